"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import orjson

from dateline.errors import NotAFeed
from dateline.events import Author, Category, Enclosure, Entry, Link
from dateline.poller.document import Document, Limits, dated
from dateline.poller.entry import person

if TYPE_CHECKING:
    from datetime import datetime

    from dateline.poller.encoding import Decoded

_VERSION = "https://jsonfeed.org/version/"
_KNOWN = frozenset(
    (
        *("id", "url", "external_url", "title", "content_html", "content_text", "summary", "date_published", "date_modified"),
        *("authors", "author", "tags", "language", "attachments"),
    )
)


def parse_json(decoded: Decoded, *, url: str, now: datetime, limits: Limits) -> Document:
    """What a JSON Feed says; NotAFeed where it is other JSON, or none."""
    try:
        feed = orjson.loads(decoded.body)
    except orjson.JSONDecodeError as error:
        raise NotAFeed(f"the body looks like JSON and cannot be read: {error.msg}") from None
    items = feed.get("items") if isinstance(feed, dict) else None
    version = _text(feed.get("version")) if isinstance(feed, dict) else None
    if not isinstance(items, list) or not (version or "").startswith((_VERSION, _VERSION.replace("https", "http"))):
        raise NotAFeed("the body is JSON, but no JSON Feed")
    home = _text(feed.get("home_page_url"))
    flags = ("encoding_guessed",) * decoded.guessed + ("truncated",) * (len(items) > limits.max_entries)
    entries = [item for item in items[: limits.max_entries] if isinstance(item, dict)]
    return Document(
        format=f"json-{(version or '').rpartition('/')[2][:3]}",
        title=_text(feed.get("title")),
        link=_absolute(url, home),
        language=_text(feed.get("language")),
        encoding=decoded.encoding,
        entries=tuple(dated(_entry(item, position, url, limits), now=now) for position, item in enumerate(entries)),
        flags=flags,
    )


def _entry(item: dict[str, Any], position: int, base: str, limits: Limits) -> Entry:
    link, external = _absolute(base, _text(item.get("url"))), _absolute(base, _text(item.get("external_url")))
    return Entry(
        guid=_text(item.get("id")),
        guid_is_permalink=None,
        link=link or external,
        title=_text(item.get("title")),
        summary=_text(item.get("summary")),
        content=_text(item.get("content_html")) or _text(item.get("content_text")),
        authors=_authors(item, limits),
        categories=[Category(term=tag, scheme=None, label=None) for tag in _texts(item.get("tags"))],
        rights=None,
        language=_text(item.get("language")),
        source=None,
        enclosures=[enclosure for attachment in _dicts(item.get("attachments")) for enclosure in _enclosure(attachment, base)],
        media=[],
        links=[Link(rel="related", href=external, type=None)] if link and external else [],
        published_raw=_text(item.get("date_published")),
        updated_raw=_text(item.get("date_modified")),
        position=position,
        extensions={name: value for name, value in item.items() if name not in _KNOWN},
    )


def _authors(item: dict[str, Any], limits: Limits) -> list[Author]:
    people = _dicts(item.get("authors")) or _dicts([item.get("author")])
    read = (person(_text(one.get("name")) or "", _text(one.get("url")), keep_addresses=limits.keep_email_addresses) for one in people)
    return [author for author in read if author is not None]


def _enclosure(attachment: dict[str, Any], base: str) -> list[Enclosure]:
    url = _absolute(base, _text(attachment.get("url")))
    size = attachment.get("size_in_bytes")
    return [Enclosure(url=url, type=_text(attachment.get("mime_type")), length=size if type(size) is int else None)] if url else []


def _text(value: object) -> str | None:
    """A text, without NUL, which databases refuse; a number as a text (ids are often numbers); else None."""
    if isinstance(value, str):
        return value.replace("\x00", "").strip() or None
    return str(value) if type(value) in (int, float) else None


def _texts(value: object) -> list[str]:
    texts = (_text(one) for one in value) if isinstance(value, list) else ()
    return [text for text in texts if text]


def _dicts(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _absolute(base: str, href: str | None) -> str | None:
    try:
        return urljoin(base, href) if href else None
    except ValueError:
        return href
