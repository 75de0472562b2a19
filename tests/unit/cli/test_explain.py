"""`dateline explain`: what it takes, what it prints, and how it ends."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from test_filters import raw_line

from dateline.cli import article_sources, run
from dateline.cli.article_sources import look_up
from dateline.enricher.agencies import read_agencies
from dateline.enricher.enrich import enrich
from dateline.errors import DatelineError
from dateline.events import EnrichedArticle, RawArticle, decode, encode
from dateline.settings import KafkaSettings
from fakes import FakeRecord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ID = "00000000-0000-5000-8000-000000000007"
# A twin of the kind of text this began with, invented: republished, boilerplate around it, one pair said twice, no date anywhere.
TWIN = """Storm gate held its first surge. Last Minute SOUND, HARBOUR headlines

Many towns on the sound had no gate of their own until last year. The storm caused this to change rapidly.

A pilot told VOA yesterday that he expects no further surge anytime soon. In March, the council had warned of one.

Random Post

Leave a reply
"""
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Tarn Post</title><link>https://post.example/</link>
<item><title>First bridge</title><link>https://post.example/1</link><description>It was opened.</description></item>
<item><title>Second bridge</title><link>https://post.example/2</link><description>It was opened too.</description></item>
</channel></rss>"""
PAGE = (
    "<!doctype html><html lang=en><head><title>A bridge opens</title></head>"
    "<body><h1>A bridge opens</h1><p>The council opened it.</p></body></html>"
)


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATELINE_ENRICHER__AGENCIES", raising=False)
    monkeypatch.setenv("COLUMNS", "80")


def written(name: str, text: str | bytes) -> str:
    Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


def as_json(capfdbinary: pytest.CaptureFixture[bytes], *arguments: str) -> dict[str, Any]:
    assert run(["explain", "--json", *arguments]) == 0
    document = capfdbinary.readouterr().out
    decode(document, EnrichedArticle)
    found: dict[str, Any] = json.loads(document)
    return found


def test_a_text_is_explained_in_80_columns_without_colour(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", written("twin.txt", TWIN)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) <= 80
    assert out.startswith("Storm gate held its first surge.\n[set aside, headline suffix: Last Minute SOUND, HARBOUR headlines]\n")
    assert "published by    not said" in out
    assert "written by      nobody is named" in out
    assert "relative dates  last year, yesterday, In March" in out
    assert (
        out.index("had warned of one.")
        < out.index("[set aside, widget: Random Post]")
        < out.index("[set aside, comment form: Leave a reply]")
    )


def test_json_is_the_enriched_article_as_one_document(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    found = as_json(capfdbinary, written("twin.txt", TWIN), "--at", "2026-03-01T08:30:00Z")
    assert [span["text"] for span in found["text"]["relative_dates"]] == ["last year", "yesterday", "In March"]
    assert found["first_seen_at"] == "2026-03-01T08:30:00Z"
    assert as_json(capfdbinary, written("saved.json", json.dumps(found, indent=2))) == found


def test_the_first_entry_of_a_feed_is_explained_with_a_word_on_how_many_there_are(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", written("feed.xml", FEED)]) == 0
    out, err = capfd.readouterr()
    assert out.startswith("First bridge\n")
    assert err == "feed.xml holds 2 articles; this is the first, --entry N chooses another\n"
    assert run(["explain", "feed.xml", "--entry", "2"]) == 0
    out, err = capfd.readouterr()
    assert (out.splitlines()[0], err) == ("Second bridge", "")


def test_an_entry_is_chosen_by_its_number(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert as_json(capfdbinary, written("feed.xml", FEED), "--entry", "2")["text"]["headline"] == "Second bridge"
    lines = raw_line(1) + b"\n" + raw_line(2)
    assert as_json(capfdbinary, written("raw.jsonl", lines), "--entry", "2")["id"].endswith("2")


def test_a_page_has_the_publisher_of_its_address(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    found = as_json(capfdbinary, written("page.html", PAGE), "--url", "https://www.post.example/1")
    assert (found["text"]["headline"], found["text"]["from"]) == ("A bridge opens", "page")
    assert found["attribution"]["publisher"]["domain"] == "post.example"


def test_lines_of_raw_and_of_enriched_articles_give_the_same_article(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    raw = as_json(capfdbinary, written("raw.jsonl", b"\n\n" + raw_line(7)))
    assert as_json(capfdbinary, written("enriched.jsonl", json.dumps(raw).encode())) == raw
    assert raw["id"] == ID


def test_standard_input_is_read_as_a_file_is(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    for document in (FEED.encode(), raw_line(7)):
        stdin = io.TextIOWrapper(io.BytesIO(document))
        monkeypatch.setattr(sys, "stdin", stdin)
        assert as_json(capfdbinary, "-")["text"]["headline"] in ("First bridge", "A bridge")


@pytest.mark.parametrize(
    ("document", "arguments", "code", "says"),
    [
        (None, ["none.txt"], 65, "none.txt cannot be read: No such file or directory"),
        (b"", ["empty.txt"], 65, "empty.txt: the text is empty"),
        (b"plain words", ["words.dat"], 65, "words.dat: "),
        (FEED.encode(), ["feed.xml", "--entry", "3"], 65, "feed.xml: holds 2 articles, so there is no entry 3"),
        (FEED.encode(), ["feed.xml", "--entry", "0"], 2, "--entry"),
        (raw_line(1, published_at=7), ["raw.jsonl"], 65, "raw.jsonl: not of type RawArticle"),
        (
            b'{"version": "https://jsonfeed.org/version/1.1", "title": "Post", "items": []}',
            ["feed.json"],
            65,
            "feed.json: holds no article",
        ),
    ],
)
def test_what_cannot_be_explained_is_named_with_its_reason(
    capsys: pytest.CaptureFixture[str], document: bytes | None, arguments: list[str], code: int, says: str
) -> None:
    if document is not None:
        written(arguments[0], document)
    assert run(["explain", *arguments]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err


def test_an_address_is_fetched_only_where_it_may_be(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "http://127.0.0.1:8080/page"]) == 1
    assert "not public" in capsys.readouterr().err


# ── from the log ─────────────────────────────────────────────────────────────────────────────────────────────────────


def enriched(number: int, revision: int, rules_of: str) -> bytes:
    agencies = read_agencies(f"agencies: [{{id: tern, name: {rules_of}, kind: agency}}]".encode())
    line = raw_line(number, revision={"number": revision, "content_hash": "00"})
    return encode(enrich(decode(line, RawArticle), agencies))


def looked_up(monkeypatch: pytest.MonkeyPatch, values: list[bytes | None]) -> EnrichedArticle:
    async def read_each(cluster: object, topic: str, **_: object) -> AsyncIterator[FakeRecord]:
        assert topic == "articles.enriched"
        for offset, value in enumerate(values):
            yield FakeRecord(topic, 0, offset, 0, None, value, ())

    monkeypatch.setattr("dateline.log.reading.read_each", read_each)
    return asyncio.run(look_up(KafkaSettings(), ID))


def test_an_id_gives_the_newest_revision_and_of_the_same_the_later_record(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, again = enriched(7, 0, "Tern"), enriched(7, 1, "Tern"), enriched(7, 1, "Heron")
    values = [first, None, b"not JSON", b'{"id":"' + ID.encode() + b'"}', enriched(8, 9, "Tern"), second, again, first]
    assert looked_up(monkeypatch, values) == decode(again, EnrichedArticle)


def test_an_id_that_is_not_there_is_an_error_that_says_how_much_was_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DatelineError, match=r"no article .*7 among the 1 records of dateline\.articles\.enriched"):
        looked_up(monkeypatch, [enriched(8, 0, "Tern")])


def test_an_id_is_looked_up_in_the_log(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    async def found(settings: KafkaSettings, identity: str) -> EnrichedArticle:
        assert identity == ID
        return decode(enriched(7, 0, "Tern"), EnrichedArticle)

    monkeypatch.setattr(article_sources, "look_up", found)
    assert run(["explain", ID.upper()]) == 0
    assert capsys.readouterr().out.startswith("A bridge\n")
