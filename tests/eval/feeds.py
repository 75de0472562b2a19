"""`python -m tests.eval.feeds FOLDER`: what our parser reads of real feeds, against feedparser, field by field.

Of values that feedparser has and ours lacks or has otherwise, and of documents whose entries differ in number, the first few are
listed: each is a mistake of one of the two.
"""

from __future__ import annotations

import html
import io
import re
import sys
from calendar import timegm
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import feedparser

from dateline.errors import NotAFeed
from dateline.poller.read import read_document

if TYPE_CHECKING:
    import time
    from collections.abc import Callable

    from dateline.poller.document import Document, ParsedEntry

NOW = datetime.now(UTC)
SHOWN = 8
_TAG = re.compile(r"<[^<>]*>")


class Field(NamedTuple):
    """One value of an entry, as both parsers give it, in a form that can be compared."""

    theirs: Callable[[Any], object]
    ours: Callable[[ParsedEntry], object]


def _plain(text: str | None) -> str:
    return " ".join(html.unescape(_TAG.sub("", html.unescape(text or ""))).split())


def _moment(parsed: time.struct_time | None) -> int | None:
    return timegm(parsed) if parsed else None


def _second(at: datetime | None) -> int | None:
    return int(at.timestamp()) if at else None


FIELDS = {
    "link": Field(lambda entry: entry.get("link"), lambda parsed: parsed.entry.link),
    "guid": Field(lambda entry: entry.get("id"), lambda parsed: parsed.entry.guid),
    "title": Field(lambda entry: _plain(entry.get("title")), lambda parsed: _plain(parsed.entry.title)),
    "published": Field(lambda entry: _moment(entry.get("published_parsed")), lambda parsed: _second(parsed.published_at)),
    "updated": Field(
        lambda entry: _moment(dict.get(entry, "updated_parsed")), lambda parsed: _second(parsed.updated_at or parsed.published_at)
    ),
    "summary": Field(lambda entry: _plain(entry.get("summary")), lambda parsed: _plain(parsed.entry.summary)),
    "language": Field(lambda entry: entry.get("language"), lambda parsed: parsed.entry.language),
    "rights": Field(lambda entry: _plain(entry.get("rights")), lambda parsed: _plain(parsed.entry.rights)),
}


def ours(body: bytes) -> Document | NotAFeed:
    try:
        return read_document(body, url="feed", now=NOW)
    except NotAFeed as refusal:
        return refusal


def theirs(body: bytes) -> list[Any]:
    # Without the clean-ups that rewrite markup, which would hide what was read.
    entries = feedparser.parse(io.BytesIO(body), response_headers={"content-type": "application/xml"}, sanitize_html=False).entries
    # We leave out entries with nothing in them.
    return [entry for entry in entries if any(entry.get(name) for name in ("id", "link", "title", "summary", "content", "enclosures"))]


def main(folder: Path) -> None:
    values: Counter[str] = Counter()
    equal: Counter[str] = Counter()
    entries: Counter[str] = Counter()
    fallbacks = documents = 0
    uneven, odd = [], []
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        body = path.read_bytes()
        if body.lstrip()[:1] == b"{":
            continue  # feedparser reads no JSON Feed
        document, other = ours(body), theirs(body)
        documents += 1
        found = 0 if isinstance(document, NotAFeed) else len(document.entries)
        entries.update(ours=found, feedparser=len(other))
        if isinstance(document, NotAFeed) or found != len(other):
            uneven.append(f"{path.name}: {document if isinstance(document, NotAFeed) else found} against {len(other)}")
            continue
        fallbacks += document.format == "feedparser"
        for entry, parsed in zip(other, document.entries, strict=True):
            for name, field in FIELDS.items():
                wanted = field.theirs(entry)
                if wanted in (None, ""):
                    continue
                values[name] += 1
                got = field.ours(parsed)
                equal[name] += got == wanted
                if got != wanted:
                    odd.append((name, f"{path.name}#{parsed.entry.position}: {got!r:.100} against {wanted!r:.100}"))
    _report(documents, uneven, entries, fallbacks)
    for name in FIELDS:
        print(f"{name:10} {100 * equal[name] / max(values[name], 1):6.2f} % of {values[name]} equal")
        for line in [line for which, line in odd if which == name][:SHOWN]:
            print(f"    {line}")


def _report(documents: int, uneven: list[str], entries: Counter[str], fallbacks: int) -> None:
    share = 100 * (documents - len(uneven)) / max(documents, 1)
    print(f"{share:.1f} % of {documents} documents have as many entries; {entries['ours']} entries against {entries['feedparser']}")
    print(f"{fallbacks} documents needed feedparser")
    for line in uneven:
        print(f"    {line}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
