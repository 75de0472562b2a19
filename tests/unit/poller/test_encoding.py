"""Encodings: what cannot be wrong wins over what is declared."""

from __future__ import annotations

import pytest

from dateline.poller.encoding import to_utf8

TITLE = "<title>Fähre läuft „pünktlich“ aus, sagt der Kapitän</title>"


def document(declared: str | None, codec: str, text: str = TITLE) -> bytes:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    return (head + text).encode(codec)


@pytest.mark.parametrize(
    ("body", "header", "encoding"),
    [
        (document("utf-8", "utf-8"), None, "utf-8"),
        (document("iso-8859-1", "utf-8"), "text/xml; charset=iso-8859-1", "utf-8"),
        (document("utf-8", "utf-8-sig"), None, "utf-8"),
        (document("utf-16", "utf-16"), None, "utf-16-le"),
        (document(None, "utf-16-be"), None, "utf-16-be"),
        (document("iso-8859-1", "cp1252"), None, "cp1252"),
        (document(None, "cp1252"), "application/xml; charset=ISO-8859-1", "cp1252"),
        (document("gb2312", "gb18030", "<title>渡轮今晨准时出航啰嗦</title>"), None, "gb18030"),
        (document("Shift_JIS", "cp932", "<title>フェリー①運航再開</title>"), None, "cp932"),
        (document("windows-1251", "cp1251", "<title>Паром отошёл вовремя</title>"), None, "cp1251"),
        (document("iso-2022-jp", "iso2022_jp", "<title>運航再開</title>"), None, "iso2022_jp"),
    ],
)
def test_a_body_is_read_in_the_encoding_it_is_in(body: bytes, header: str | None, encoding: str) -> None:
    decoded = to_utf8(body, header)
    assert (decoded.encoding, decoded.guessed) == (encoding, False)
    assert "\ufffd" not in decoded.body.decode()
    assert b"<title>" in decoded.body


def test_a_broken_character_does_not_spoil_utf8() -> None:
    decoded = to_utf8(document("utf-8", "utf-8", TITLE * 10).replace("„".encode(), b"\xe2\x80", 1))
    assert (decoded.encoding, decoded.guessed) == ("utf-8", True)
    assert decoded.body.decode().count("Fähre") == 10


@pytest.mark.parametrize("declared", [None, "no-such-codec", "punycode", "unicode_escape", "utf-16"])
def test_what_nothing_else_explains_is_western_and_flagged_as_a_guess(declared: str | None) -> None:
    decoded = to_utf8(document(declared, "cp1252"))
    assert (decoded.encoding, decoded.guessed) == ("cp1252", True)
    assert TITLE in decoded.body.decode()
