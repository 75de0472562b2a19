"""Secrets of feeds: put in where a feed is called, and nowhere else."""

from __future__ import annotations

import time
from base64 import b64decode
from typing import TYPE_CHECKING

import pytest

from dateline.errors import ConfigurationError, FetchError
from dateline.poller.credentials import neutral, resolve
from dateline.settings import feed_secrets

if TYPE_CHECKING:
    from pathlib import Path

SECRETS = {"KEY": "k/e y+1", "PAIR": "reader:pass:word", "USER": "reader", "WORD": "p%4aß", "LINES": "a\r\nHost: x"}
HOST = "gazette.example"


def test_a_reference_in_path_and_query_is_replaced_and_encoded() -> None:
    request = resolve(f"https://{HOST}/${{KEY}}/rss?token=${{key}}&n=2#top", SECRETS)
    assert request.url == f"https://{HOST}/k%2Fe%20y%2B1/rss?token=k%2Fe%20y%2B1&n=2"
    assert request.headers == {}


@pytest.mark.parametrize(
    ("user", "pair"),
    [
        ("${PAIR}", "reader:pass:word"),
        ("${USER}", "reader:"),
        ("${USER}:${WORD}", "reader:p%4aß"),
        ("reader:${WORD}", "reader:p%4aß"),
        ("reader:p%40ss", "reader:p@ss"),
        ("reader", "reader:"),
    ],
)
def test_user_and_password_leave_the_address_and_become_a_header(user: str, pair: str) -> None:
    request = resolve(f"https://{user}@{HOST}:8443/rss", SECRETS)
    assert request.url == f"https://{HOST}:8443/rss"
    scheme, _, packed = request.headers["Authorization"].partition(" ")
    assert (scheme, b64decode(packed).decode()) == ("Basic", pair)


def test_headers_of_a_feed_hold_references_too_and_one_named_authorization_goes_before_the_address() -> None:
    request = resolve(
        f"https://a:b@{HOST}/rss", SECRETS, {"X-Api-Key": "${USER}", "authorization": "Bearer ${USER}-7", "Accept": "text/xml"}
    )
    assert request.headers == {"X-Api-Key": "reader", "authorization": "Bearer reader-7", "Accept": "text/xml"}


def test_a_missing_secret_is_named_and_it_is_said_where_it_goes() -> None:
    with pytest.raises(
        FetchError, match="secret Other is missing; set DATELINE_FEED_SECRET_OTHER, or write dateline_feed_secret_other"
    ) as caught:
        resolve(f"https://{HOST}/?a=${{KEY}}&b=${{Other}}", SECRETS)
    assert caught.value.kind == "secret"


@pytest.mark.parametrize(
    "url",
    [
        "https://${KEY}/rss",
        "https://${KEY}.example/",
        "https://gazette.example:${KEY}/",
        "https://gazette.example/?a=${",
        "https://gazette.example/${a b}",
    ],
)
def test_a_reference_where_none_may_stand_is_refused(url: str) -> None:
    with pytest.raises(FetchError) as caught:
        resolve(url, SECRETS)
    assert caught.value.kind == "secret"


@pytest.mark.parametrize("name", ["Host", "content-length", "User-Agent", "If-None-Match", "Accept-Encoding", "a b", "", "x\r\ny"])
def test_a_header_that_is_not_the_feeds_to_set_is_refused(name: str) -> None:
    with pytest.raises(FetchError) as caught:
        resolve(f"https://{HOST}/", SECRETS, {name: "x"})
    assert caught.value.kind == "header"


def test_a_value_with_a_line_break_opens_no_second_header_and_is_not_shown() -> None:
    with pytest.raises(FetchError, match="control character") as caught:
        resolve(f"https://{HOST}/", SECRETS, {"X-Api-Key": "${LINES}"})
    assert "Host: x" not in str(caught.value)


@pytest.mark.parametrize(("value", "secrets"), [("\u00e9\u2192", {}), ("Bearer ${KEY}", {"KEY": "schl\u00fcssel"})])
def test_a_value_that_no_header_carries_is_refused_before_the_publisher_is_blamed_and_is_not_shown(
    value: str, secrets: dict[str, str]
) -> None:
    with pytest.raises(FetchError, match=r"value of the header A .*ASCII") as caught:
        resolve(f"https://{HOST}/", secrets, {"A": value})
    assert "schl" not in str(caught.value)
    assert "\u00e9" not in str(caught.value)


def test_values_are_taken_out_of_an_address_and_a_reference_put_back() -> None:
    url = f"https://{HOST}/${{KEY}}/rss?token=${{KEY}}&n=2"
    request = resolve(url, SECRETS)
    assert request.masked(request.url) == url
    assert resolve(request.masked(request.url), SECRETS) == request
    assert resolve("https://word.example/${WORD}", {"WORD": "word"}).masked("https://word.example/word") == "https://word.example/${WORD}"


def test_values_are_taken_out_of_a_body_in_every_spelling_unless_they_are_too_short_to_tell() -> None:
    request = resolve(f"https://{HOST}/?a=${{KEY}}&b=${{SHORT}}", SECRETS | {"SHORT": "ab", "KEY": "one&two"})
    assert request.without_values(b"<l>?t=one&amp;two</l><l>one%26two</l><l>one&two</l> about") == b"<l>?t=</l><l></l><l></l> about"


@pytest.mark.parametrize(
    "written",
    [
        "k/e y+1",
        "k%2Fe%20y%2B1",
        "k%2fe%20y%2b1",
        "k/e+y%2B1",
        "k%252Fe%2520y%252b1",
        r"k\/e y+1",
        r"k\u002Fe\u0020y\u002b1",
        "k&#x2f;e&#32;y&#43;1",
        "k&amp;#47;e y+1",
        "%6B%2F%65%20%79%2B%31",
    ],
)
@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "utf-16-be"])
def test_a_value_is_taken_out_of_a_body_however_addresses_json_and_markup_write_it(written: str, codec: str) -> None:
    request = resolve(f"https://{HOST}/?a=${{KEY}}", SECRETS)
    body = f"<l>https://{HOST}/{written}/a</l> k/e y+2".encode(codec)
    assert request.without_values(body).decode(codec) == f"<l>https://{HOST}//a</l> k/e y+2"


def test_a_value_with_other_letters_is_taken_out_in_their_encodings_too() -> None:
    request = resolve(f"https://{HOST}/?a=${{WORD}}", {"WORD": 'ß漢&"x😀'})
    assert request.without_values('"ß漢&\\"x😀" "\\u00DF\\u6f22&\\"x\\ud83d\\uDE00"'.encode()) == b'"" ""'
    old = resolve(f"https://{HOST}/?a=${{WORD}}", {"WORD": "fähre-7"})
    assert old.without_values("<l>fähre-7</l>".encode("latin-1")) == b"<l></l>"


def test_an_address_is_masked_whichever_case_its_encoding_has() -> None:
    request = resolve(f"https://{HOST}/${{KEY}}/rss", SECRETS)
    assert request.masked(f"https://{HOST}/k%2fe%20y%2b1/rss?t=k%2Fe%20y+1") == f"https://{HOST}/${{KEY}}/rss?t=${{KEY}}"


def test_a_long_body_is_searched_for_a_value_in_little_time() -> None:
    request = resolve(f"https://{HOST}/?a=${{WORD}}", {"WORD": "%%%%%%aaaaaa"})
    body = b"%25" * 100_000 + b"&amp;" * 100_000 + b"\\" * 100_000 + b"%" * 100_000
    began = time.process_time()
    assert request.without_values(body) == body
    assert time.process_time() - began < 2.0


def test_what_a_publisher_writes_refers_to_no_secret() -> None:
    assert resolve(neutral("https://evil.example/?steal=${KEY}"), SECRETS).url == "https://evil.example/?steal=$%7BKEY}"


def test_secrets_stand_in_the_environment_or_in_files_which_it_goes_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dateline_feed_secret_first").write_text("one\n")
    (tmp_path / "dateline_feed_secret_second").write_text("two\n")
    (tmp_path / "dateline_kafka__sasl_password").write_text("not a feed's")
    monkeypatch.setenv("DATELINE_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("DATELINE_FEED_SECRET_SECOND", "deux")
    assert feed_secrets() == {"FIRST": "one", "SECOND": "deux"}


def test_without_any_there_are_no_secrets_and_a_folder_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATELINE_SECRETS_DIR", raising=False)
    assert feed_secrets() == {}
    monkeypatch.setenv("DATELINE_SECRETS_DIR", str(tmp_path / "none"))
    with pytest.raises(ConfigurationError, match="DATELINE_SECRETS_DIR"):
        feed_secrets()
