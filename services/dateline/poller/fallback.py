"""The last rung: feedparser in a process of its own, for bodies that our parser finds nothing in.

feedparser can be held up for minutes by a megabyte, so it runs where it can be killed. It opens what reads like a path and
calls what reads like a URL, so it only ever gets a stream.
"""

from __future__ import annotations

import io
import math
import resource
import subprocess
import sys
from datetime import datetime  # noqa: TC003 - msgspec reads the annotations
from typing import Any

import msgspec

from dateline.errors import NotAFeed
from dateline.events import Author, Category, Enclosure, Entry, EntrySource, Link, Timestamp, decode, encode
from dateline.poller.document import Document, Limits, about, dated
from dateline.poller.people import is_mailbox, person, without_addresses

# A body has 5 s in all; what our parser took before, and starting the process, come off that. Of 428 real feeds one comes here, for 20 ms.
TIMEOUT_SECONDS = 3.0
# Ten times what the largest body we hand over takes; beyond it the process dies and not the machine.
_MEMORY_BYTES = 1 << 30
_DEFAULT_LIMITS = Limits()


class _Task(msgspec.Struct, frozen=True, kw_only=True):
    """The first line of the child's input; the body follows."""

    url: str
    content_type: str | None
    now: Timestamp
    limits: Limits


def parse_with_feedparser(
    body: bytes,
    *,
    url: str,
    content_type: str | None = None,
    now: datetime,
    limits: Limits = _DEFAULT_LIMITS,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> Document:
    """What feedparser makes of a body, with `feedparser` as format and flag. Blocks; NotAFeed where it fails or takes too long."""
    task = _Task(url=url, content_type=content_type, now=now, limits=limits)
    command = [sys.executable, "-P", "-m", "dateline.poller.fallback"]
    try:
        done = subprocess.run(  # noqa: S603 - our own module, and nothing of the body in the arguments
            command, input=encode(task) + b"\n" + body, capture_output=True, timeout=timeout_seconds, check=True, cwd="/"
        )
        return decode(done.stdout, Document)
    except subprocess.TimeoutExpired:
        raise NotAFeed(f"the body cannot be read: feedparser gave up after {timeout_seconds:g} s") from None
    except (subprocess.CalledProcessError, msgspec.MsgspecError):
        raise NotAFeed("the body cannot be read, not even by feedparser") from None


def main() -> None:
    """The child: one task and one body on stdin, one Document on stdout."""
    seconds = math.ceil(TIMEOUT_SECONDS)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    line, _, body = sys.stdin.buffer.read().partition(b"\n")
    sys.stdout.buffer.write(encode(_read(body, decode(line, _Task))))


def _read(body: bytes, task: _Task) -> Document:
    import feedparser  # noqa: PLC0415 - only the child pays for it

    headers = {"content-location": task.url, "content-type": task.content_type or "application/xml"}
    result = feedparser.parse(io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    items = result.entries[: task.limits.max_entries]
    entries = (_entry(item, position, task.limits) for position, item in enumerate(items))
    said = about(_text(result.feed, "title"), _text(result.feed, "link"), _text(result.feed, "language"), task.limits)
    return Document(
        format="feedparser",
        title=said.title,
        link=said.link,
        language=said.language,
        encoding=_text(result, "encoding") or "utf-8",
        encoding_origin="feedparser",
        entries=tuple(dated(entry, now=task.now) for entry in entries),
        flags=("feedparser",) + ("truncated",) * (said.truncated or len(result.entries) > len(items)),
    )


def _entry(item: Any, position: int, limits: Limits) -> Entry:
    contents = [text for text in (_text(content, "value") for content in item.get("content", ())) if text]
    source = item.get("source") or {}
    links = [
        Link(rel=one.get("rel"), href=one.href, type=one.get("type")) for one in item.get("links", ())[1:] if _link(one, "href", limits)
    ]
    return Entry(
        guid=_text(item, "id"),
        guid_is_permalink=item.get("guidislink"),
        link=_link(item, "link", limits),
        title=_text(item, "title"),
        summary=_text(item, "summary"),
        content=contents[0] if contents else None,
        authors=_authors(item, limits),
        categories=[
            Category(term=term, scheme=tag.get("scheme"), label=_cleared(tag, "label", limits))
            for tag in item.get("tags", ())
            if (term := _cleared(tag, "term", limits))
        ],
        rights=_cleared(item, "rights", limits),
        language=_text(item, "language"),
        source=EntrySource(title=_cleared(source, "title", limits), url=_link(source, "href", limits)) if source else None,
        enclosures=[Enclosure(url=one.href, type=one.get("type"), length=None) for one in item.get("enclosures", ()) if one.get("href")],
        media=[],
        links=links,
        published_raw=_text(item, "published"),
        updated_raw=_text(item, "updated"),
        position=position,
        extensions={},
    )


def _authors(item: Any, limits: Limits) -> list[Author]:
    people = item.get("authors") or [{}]
    read = (person(_text(one, "name") or "", _link(one, "href", limits), keep_addresses=limits.keep_email_addresses) for one in people)
    return [author for author in read if author is not None]


def _link(holder: Any, name: str, limits: Limits) -> str | None:
    """An address that leads to no mailbox, unless these are wanted; feedparser has made absolute what was a bare one."""
    href = _text(holder, name)
    if href is None or limits.keep_email_addresses:
        return href
    return None if is_mailbox(href) or is_mailbox(href.rpartition("/")[2]) else href


def _cleared(holder: Any, name: str, limits: Limits) -> str | None:
    text = _text(holder, name)
    return text if text is None or limits.keep_email_addresses else without_addresses(text) or None


def _text(holder: Any, name: str) -> str | None:
    value = holder.get(name)
    return value.strip() or None if isinstance(value, str) else None


if __name__ == "__main__":
    main()
