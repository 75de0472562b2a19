"""What is wrong with a command's words is said at once: no broker is asked for it, and no secret is repeated."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from test_filters import raw_line

from dateline.cli import run
from dateline.errors import KafkaUnavailable

SECRET = "tarnferry7"


@pytest.fixture(autouse=True)
def _nobody_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATELINE_KAFKA__BOOTSTRAP", "127.0.0.1:1")  # a command that asks it ends with 69


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["dead-letters", "list", "--since", "foo"], 2, "no moment"),
        (["dead-letters", "replay", "--since", "foo"], 2, "no moment"),
        (["dead-letters", "discard", "--since", "foo"], 2, "no moment"),
        (["offsets", "set", "enricher", "--to", "earliest", "--partition", "-1"], 2, "--partition"),
        (["feeds", "add", "http://[::1"], 65, "is not an http or https address"),
        (["trace", "http://exa mple/"], 65, "neither an article's id nor an address"),
        (["withdraw", "http://exa mple/", "--reason", "asked to"], 65, "neither an article's id nor an address"),
        (["parse", "--url", "not a url", "feed.xml"], 2, "--url"),
        (["parse", "--url", "ftp://gazette.example/", "feed.xml"], 2, "--url"),
        (["explain", "--url", "not a url", "feed.xml"], 2, "--url"),
        (["export", "jsonl", "-", "--every", "5"], 2, "--every"),
        (["export", "jsonl", "-", "--segment-bytes", "5"], 2, "--segment-bytes"),
        (["export", "jsonl", "out", "--name", "mine"], 2, "--name"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_word_is_named_and_nobody_is_asked(capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, says: str) -> None:
    assert run(arguments) == code
    assert says in capsys.readouterr().err
    assert not list(Path().iterdir())


@pytest.mark.parametrize(
    "url", [f"http://reader:{SECRET}@127.0.0.1/nope", f"http://reader:{SECRET}@[::1", f"http://127.0.0.1/?token={SECRET}"]
)
@pytest.mark.parametrize("command", [["parse"], ["parse", "--summary"], ["explain"]], ids=" ".join)
def test_a_password_in_an_address_is_not_repeated(capfdbinary: pytest.CaptureFixture[bytes], command: list[str], url: str) -> None:
    assert run([*command, url]) in (1, 65)
    out, err = capfdbinary.readouterr()
    assert err
    assert SECRET.encode() not in out + err


def test_a_file_of_another_kind_is_told_so_with_its_name_after_its_lines(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    Path("feed.xml").write_text("<rss>\n" * 500, encoding="ascii")
    assert run(["enrich", "feed.xml"]) == 65
    said = capfdbinary.readouterr().err.decode().splitlines()
    assert len(said) == 501
    assert said[0].startswith("dateline: line 1: not JSON")
    assert said[499].startswith("dateline: line 500: not JSON")
    assert "feed.xml" in said[500] and "dateline parse" in said[500]


def test_raw_articles_are_sent_through_enrich_before_normalize(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    Path("raw.jsonl").write_bytes(raw_line(1) + raw_line(2) + raw_line(3))
    assert run(["normalize", "raw.jsonl"]) == 65
    assert b"dateline enrich" in capfdbinary.readouterr().err.splitlines()[-1]


def test_a_news_event_is_not_explained_but_the_article_it_tells_of(capsys: pytest.CaptureFixture[str]) -> None:
    event = {"id": "373da65f-8124-5844-94fc-d62d03b2ca06", "headline": "Gate holds", "attribution_status": "self", "story": {}}
    Path("news.jsonl").write_bytes(orjson.dumps(event) + b"\n")
    assert run(["explain", "news.jsonl"]) == 65
    assert "news.jsonl: is an event of news; explain its article: dateline explain 373da65f-8124-5844-94fc-d62d03b2ca06" in (
        capsys.readouterr().err
    )


def test_a_broker_that_does_not_answer_is_named_with_the_setting_that_names_it() -> None:
    assert "DATELINE_KAFKA__BOOTSTRAP" in str(KafkaUnavailable("127.0.0.1:1"))
