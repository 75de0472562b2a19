"""Ways to break a feed, by bytes and by structure; the dice decide everything, so that a seed repeats a run."""

from __future__ import annotations

import re
from random import Random  # noqa: TC003 - dice are what every function here takes
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LONGEST = 200_000
_TAG = re.compile(rb"<[^<>]{0,300}>")
_TEXT = re.compile(rb">([^<>]{1,200})<")
_QUOTED = re.compile(rb"(?:\"[^\"<>]{0,200}\"|'[^'<>]{0,200}')")
_NAME = re.compile(rb"</?([A-Za-z][\w:.-]{0,40})")
_JSON_VALUE = re.compile(rb":\s*(\"[^\"]{0,100}\"|\d+|true|null)")

# Words that mean something to some step of a parser.
WORDS = (
    *(b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?xml", b"?>", b"<!DOCTYPE", b"<!DOCTYPE rss [", b"]>", b'<!ENTITY a "&b;">', b"&a;"),
    *(b"&", b"&amp", b"&nbsp;", b"&#0;", b"&#xD800;", b"&#x110000;", b"&#99999999999;", b"&#38;#60;", b"&lt;", b"&;", b"&#;", b"&#x;"),
    *(
        b"<",
        b">",
        b"</",
        b"/>",
        b"<>",
        b"</>",
        b"< item>",
        b"<item",
        b"<item>",
        b"</item>",
        b"<entry>",
        b"<channel>",
        b"</channel>",
        b"<rss>",
    ),
    *(
        b"\x00",
        b"\x01",
        b"\x0b",
        b"\x0c",
        b"\x1f",
        b"\x7f",
        b"\x80",
        b"\x85",
        b"\xa0",
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\xff",
        b"\xfe\xff",
        b"\xff\xfe",
    ),
    *(
        b"\xef\xbb\xbf",
        b"\xf4\x90\x80\x80",
        b"\xe2\x80\xa8",
        b"\xe2\x80\xae",
        b"\x1b$B",
        b"\x1b(B",
        b"\x0e",
        b"\r",
        b"\r\n",
        b"\t",
        b"\xef\xbf\xbe",
    ),
    *(
        b"http://[",
        b"http://[::1",
        b"//",
        b"http://",
        b"https://@:99999/",
        b"javascript:1",
        b"file:///etc/passwd",
        b"/etc/passwd",
        b"?#",
        b"%",
        b"%zz",
    ),
    *(b"data:,", b"urn:x:y", b"tag:", b"\xe2\x80\x8b.example", b"http://\xc3\x9f.example", b"http://a..b/", b"../../..", b"mailto:a@b"),
    *(
        b"9999-12-31T23:59:59-14:00",
        b"0000-00-00",
        b"0001-01-01",
        b"2026-02-30",
        b"99999999999999999999",
        b"-1",
        b"1e999",
        b"NaN",
        b"1772532000",
    ),
    *(
        b"24:60:61",
        b"+9999",
        b"GMT+99",
        b"31 Dec 9999 23:59 -2359",
        b"Mon, 1",
        b"\xd9\xa1\xd9\xa2 Mar 2026",
        b"\xc2\xb2026",
        b"12 AM",
        b"29 Feb 1900",
    ),
    *(
        b"xml:base='http://['",
        b"xml:base='x:'",
        b"xml:lang='" + b"x" * 300 + b"'",
        b"xmlns='urn:x'",
        b"xmlns:dc=''",
        b"xmlns:xml='a'",
        b"type='xhtml'",
    ),
    *(
        b"type='html'",
        b"rel='self'",
        b"rel='enclosure'",
        b"href=''",
        b"isPermaLink='maybe'",
        b"length='-5'",
        b"length='\xd9\xa1'",
        b"encoding='utf-7'",
    ),
    *(
        b"encoding='utf-16'",
        b"encoding='iso-2022-jp'",
        b"encoding='punycode'",
        b"encoding='x-user-defined'",
        b"encoding=''",
        b"version='9.99.9'",
    ),
    *(b"{", b"}", b"[", b"]", b"null", b"[[[[[[", b'"\\ud800"', b'"\\u0000"', b"1e400", b"-0", b'{"items": 1}', b"true", b",", b":", b'"'),
    *(b"@", b"a@b (c", b"(((", b")", b"a@b.example (Ann)", b"<a@b>", b"( )", b"mode='base64'", b"mode='escaped'", b"src='x'"),
)


def mutated(body: bytes, dice: Random, others: Sequence[bytes]) -> bytes:
    """The body, broken in one to eight ways."""
    for _ in range(dice.choice((1, 1, 2, 3, 5, 8))):
        body = dice.choice(_WAYS)(body, dice, others)[:LONGEST]
    return body


def _span(body: bytes, dice: Random, most: int = 200) -> tuple[int, int]:
    start = dice.randrange(len(body) + 1)
    return start, min(len(body), start + dice.randrange(1, most))


def _flip(body: bytes, dice: Random, others: Sequence[bytes]) -> bytes:
    at, _ = _span(body, dice)
    return body[:at] + bytes((dice.randrange(256),)) + body[at + 1 :]


def _delete(body: bytes, dice: Random, others: Sequence[bytes]) -> bytes:
    start, end = _span(body, dice)
    return body[:start] + body[end:]


def _cut_off(body: bytes, dice: Random, others: Sequence[bytes]) -> bytes:
    return body[: dice.randrange(len(body) + 1)]


def _insert_word(body: bytes, dice: Random, others: Sequence[bytes]) -> bytes:
    at, _ = _span(body, dice)
    return body[:at] + dice.choice(WORDS) + body[at:]


def _replace_by_word(body: bytes, dice: Random, others: Sequence[bytes]) -> bytes:
    start, end = _span(body, dice, 20)
    return body[:start] + dice.choice(WORDS) + body[end:]


def _repeat(body: bytes, dice: Random, others: Sequence[bytes]) -> bytes:
    start, end = _span(body, dice)
    return body[:end] + body[start:end] * dice.choice((1, 2, 10, 100, 1000)) + body[end:]


def _move(body: bytes, dice: Random, others: Sequence[bytes]) -> bytes:
    start, end = _span(body, dice)
    rest = body[:start] + body[end:]
    at = dice.randrange(len(rest) + 1)
    return rest[:at] + body[start:end] + rest[at:]


def _splice(body: bytes, dice: Random, others: Sequence[bytes]) -> bytes:
    other = dice.choice(others)
    return body[: dice.randrange(len(body) + 1)] + other[dice.randrange(len(other) + 1) :]


def _graft(body: bytes, dice: Random, others: Sequence[bytes]) -> bytes:
    """A piece of another feed, from one tag to a later one."""
    other = dice.choice(others)
    tags = list(_TAG.finditer(other))
    if not tags:
        return body
    first = dice.randrange(len(tags))
    last = min(len(tags) - 1, first + dice.randrange(6))
    at = _place(_TAG, body, dice)
    return body[:at] + other[tags[first].start() : tags[last].end()] + body[at:]


def _reencode(body: bytes, dice: Random, others: Sequence[bytes]) -> bytes:
    read, written = (
        dice.choice(("utf-8", "latin-1", "cp1252", "utf-16")),
        dice.choice(("utf-8", "cp1252", "utf-16", "utf-16-be", "utf-32", "koi8-r")),
    )
    return body.decode(read, "replace").encode(written, "replace")


def _drop_tag(body: bytes, dice: Random, others: Sequence[bytes]) -> bytes:
    return _substitute(_TAG, body, dice, lambda found: b"")


def _double_tag(body: bytes, dice: Random, others: Sequence[bytes]) -> bytes:
    return _substitute(_TAG, body, dice, lambda found: found * dice.choice((2, 3, 300)))


def _rename(body: bytes, dice: Random, others: Sequence[bytes]) -> bytes:
    names = _NAME.findall(dice.choice(others)) or [b"x"]
    return _substitute(_NAME, body, dice, lambda found: found[: 1 + found.startswith(b"</")] + dice.choice(names))


def _rename_throughout(body: bytes, dice: Random, others: Sequence[bytes]) -> bytes:
    ours, theirs = _NAME.findall(body), _NAME.findall(dice.choice(others))
    return body.replace(dice.choice(ours), dice.choice(theirs)) if ours and theirs else body


def _other_text(body: bytes, dice: Random, others: Sequence[bytes]) -> bytes:
    return _substitute(_TEXT, body, dice, lambda found: b">" + dice.choice(WORDS) + b"<")


def _other_value(body: bytes, dice: Random, others: Sequence[bytes]) -> bytes:
    return _substitute(_QUOTED, body, dice, lambda found: b'"' + dice.choice(WORDS).replace(b'"', b"") + b'"')


def _other_json(body: bytes, dice: Random, others: Sequence[bytes]) -> bytes:
    values = (
        b"null",
        b"[]",
        b"{}",
        b"1",
        b"-1.5",
        b"true",
        b'""',
        b'["a"]',
        b'{"name": null}',
        b'[{"url": []}]',
        b"12345678901234567890123",
    )
    return _substitute(_JSON_VALUE, body, dice, lambda found: b": " + dice.choice(values))


def _substitute(pattern: re.Pattern[bytes], body: bytes, dice: Random, change: Callable[[bytes], bytes]) -> bytes:
    """One match, drawn by lot, changed."""
    found = list(pattern.finditer(body))
    if not found:
        return body
    match = dice.choice(found)
    return body[: match.start()] + change(match[0]) + body[match.end() :]


def _place(pattern: re.Pattern[bytes], body: bytes, dice: Random) -> int:
    found = list(pattern.finditer(body))
    return dice.choice(found).end() if found else 0


_WAYS = (
    *(_flip, _delete, _cut_off, _insert_word, _insert_word, _replace_by_word, _repeat, _move, _splice, _graft, _graft, _reencode),
    *(_drop_tag, _double_tag, _rename, _rename_throughout, _other_text, _other_text, _other_value, _other_value, _other_json, _other_json),
)
