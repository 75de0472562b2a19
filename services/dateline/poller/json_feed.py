"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from pydantic_core import from_json

from dateline.errors import CutOff, NotAFeed
from dateline.events import Author, Category, Enclosure, Entry, Link
from dateline.poller.bases import joined
from dateline.poller.document import Document, Limits, ParsedEntry, about, dated
from dateline.poller.draft import TRUNCATED
from dateline.poller.identity import without_secrets
from dateline.poller.people import is_mailbox, person, without_addresses

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
# A surrogate that its other half does not stand beside.
_HALF_CHARACTER = re.compile(r"[\ud800-\udfff]")

# The largest real feed seen has 2,000. Each takes 60 to 200 bytes of memory, from one byte of body.
_MOST_VALUES = 600_000


def parse_json(decoded: Decoded, *, url: str, now: datetime, limits: Limits) -> Document:
    """What a JSON Feed says; NotAFeed where it is other JSON, or none."""
    if decoded.body.count(b"[") + decoded.body.count(b"{") > _MOST_VALUES:
        raise NotAFeed("the body is JSON with more lists and objects than any feed has")
    feed, broken, repaired = _loaded(decoded.body)
    items = feed.get("items") if isinstance(feed, dict) else None
    version = _text(feed.get("version")) if isinstance(feed, dict) else None
    if not isinstance(items, list) or not (version or "").startswith((_VERSION, _VERSION.replace("https", "http"))):
        raise NotAFeed(_other_json(feed) if broken is None else f"the body looks like JSON and cannot be read: {broken}")
    cut_off = broken is not None
    if cut_off:
        items = items if _ends_with_a_whole_item(decoded.body) else items[:-1]
        if not items:
            raise CutOff("the document is cut off before the end of its first entry")
    base = without_secrets(url)
    inherited = _Item(feed, base, limits).authors()
    said = about(_text(feed.get("title")), _absolute(base, _text(feed.get("home_page_url"))), _text(feed.get("language")), limits)
    objects = [item for item in items[: limits.max_entries] if isinstance(item, dict)]
    doubts = {
        "encoding_guessed": decoded.guessed,
        "json_repaired": repaired,
        "cut_off": cut_off,
        TRUNCATED: said.truncated or len(items) > limits.max_entries,
    }
    return Document(
        format=f"json-{(version or '').rpartition('/')[2][:3]}",
        title=said.title,
        link=said.link,
        language=said.language,
        encoding=decoded.encoding,
        encoding_origin=decoded.origin,
        entries=tuple(_Item(item, base, limits).entry(position, now, inherited) for position, item in enumerate(objects)),
        flags=tuple(flag for flag, holds in doubts.items() if holds),
    )


class _Loaded(NamedTuple):
    """A value; what is wrong where the document ends too early: then the value is as much as there is; whether it was repaired."""

    value: Any
    broken: str | None = None
    repaired: bool = False


def _loaded(body: bytes) -> _Loaded:
    try:
        return _Loaded(orjson.loads(body))
    except orjson.JSONDecodeError as error:
        broken = error.msg
    try:
        return _Loaded(_repaired(body), repaired=True)
    except (ValueError, RecursionError):
        pass
    try:
        return _Loaded(from_json(body.rstrip(), allow_partial=True), broken)
    except ValueError:
        raise NotAFeed(f"the body looks like JSON and cannot be read: {broken}") from None


def _repaired(body: bytes) -> Any:
    """The value of a whole document that is JSON but for control characters, halves of characters, and numbers that are none.

    Read twice, so that nothing else comes of it than of a sound one: json takes numbers that no message can hold.
    """
    text = json.dumps(json.loads(body.decode(), strict=False, parse_constant=lambda _: None), ensure_ascii=False)
    return orjson.loads(_HALF_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", text))


def _ends_with_a_whole_item(body: bytes) -> bool:
    """Whether what is missing comes after an item's end: only list and feed are still open."""
    try:
        orjson.loads(body.rstrip().removesuffix(b",") + b"]}")
    except orjson.JSONDecodeError:
        return False
    return True


def _other_json(value: object) -> str:
    """What the JSON says instead: errors of APIs have a message."""
    if isinstance(value, dict):
        for name in ("error", "message", "detail", "title"):
            text = _text(value.get(name)) if not isinstance(value.get(name), dict) else _text(value[name].get("message"))
            if text:
                shown = "".join(character if character.isprintable() else " " for character in text[:100])
                return f"the body is JSON, but no JSON Feed; it says {shown!r}"
    return "the body is JSON, but no JSON Feed"


class _Item:
    """One item in the making, or the feed, which names its authors as an item does; `truncated` when something was left out of it."""

    def __init__(self, item: dict[str, Any], base: str, limits: Limits) -> None:
        self._item = item
        self._base = base
        self._limits = limits
        self._truncated = False

    def entry(self, position: int, now: datetime, inherited: list[Author]) -> ParsedEntry:
        """The item as an entry with its dates understood; `inherited` are the feed's authors, for items that name none."""
        item = self._item
        link, external = self._page(item.get("url")), self._page(item.get("external_url"))
        entry = Entry(
            guid=self._scalar(item.get("id")),
            guid_is_permalink=None,
            link=link or external,
            title=self._scalar(item.get("title")),
            summary=self._long(item.get("summary")),
            content=self._long(item.get("content_html")) or self._long(item.get("content_text")),
            authors=self.authors() or list(inherited),
            categories=[Category(term=tag, scheme=None, label=None) for one in self._list("tags") if (tag := self._cleared(one))],
            rights=None,
            language=self._scalar(item.get("language")),
            source=None,
            enclosures=[found for one in self._list("attachments") if isinstance(one, dict) and (found := self._enclosure(one))],
            media=[],
            links=[Link(rel="related", href=external, type=None)] if link and external else [],
            published_raw=self._scalar(item.get("date_published")),
            updated_raw=self._scalar(item.get("date_modified")),
            position=position,
            extensions=self._extensions(),
        )
        return dated(entry, now=now, flags=(TRUNCATED,) * self._truncated)

    def authors(self) -> list[Author]:
        """The people it names, as version 1.1 writes them or as 1.0 did, each once."""
        people = [one for one in (*self._list("authors"), self._item.get("author")) if isinstance(one, dict)]
        keep = self._limits.keep_email_addresses
        read = (person(self._scalar(one.get("name")) or "", self._scalar(one.get("url")), keep_addresses=keep) for one in people)
        return list(dict.fromkeys(author for author in read if author is not None))

    def _enclosure(self, attachment: dict[str, Any]) -> Enclosure | None:
        url = self._absolute(attachment.get("url"))
        size = attachment.get("size_in_bytes")
        if not url:
            return None
        return Enclosure(url=url, type=self._scalar(attachment.get("mime_type")), length=size if type(size) is int else None)

    def _extensions(self) -> dict[str, Any]:
        """Members that the format does not know, cleaned and no deeper than allowed."""
        found: dict[str, Any] = {}
        for name, value in self._item.items():
            if name in _KNOWN:
                continue
            if len(found) >= self._limits.max_extensions:
                self._truncated = True
                break
            kept = self._kept(value, 1)
            if kept is not None:
                found[name[: self._limits.max_scalar_characters]] = kept
        return found

    def _kept(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            return self._cleared(value)
        if not isinstance(value, dict | list):
            return value
        if depth >= self._limits.max_depth:
            self._truncated = True
            return None
        most = self._limits.max_list_items
        self._truncated = self._truncated or len(value) > most
        if isinstance(value, list):
            return [self._kept(one, depth + 1) for one in value[:most]]
        return {name: self._kept(value[name], depth + 1) for name in list(value)[:most]}

    def _list(self, name: str) -> list[Any]:
        value = self._item.get(name)
        if not isinstance(value, list):
            return []
        self._truncated = self._truncated or len(value) > self._limits.max_list_items
        return value[: self._limits.max_list_items]

    def _scalar(self, value: object) -> str | None:
        return self._cut(_text(value), self._limits.max_scalar_characters)

    def _long(self, value: object) -> str | None:
        return self._cut(_text(value), self._limits.max_text_characters)

    def _cut(self, text: str | None, most: int) -> str | None:
        if text is None or len(text) <= most:
            return text
        self._truncated = True
        return text[:most]

    def _cleared(self, value: object) -> str | None:
        """A text without e-mail addresses, unless these are wanted."""
        text = self._scalar(value)
        return text if text is None or self._limits.keep_email_addresses else without_addresses(text)

    def _page(self, href: object) -> str | None:
        """An address that leads somewhere, and not to a mailbox unless these are wanted."""
        written = self._scalar(href)
        if written is None or (is_mailbox(written) and not self._limits.keep_email_addresses):
            return None
        return _absolute(self._base, written)

    def _absolute(self, href: object) -> str | None:
        return _absolute(self._base, self._scalar(href))


def _text(value: object) -> str | None:
    """A text, without NUL, which databases refuse; a number as a text (ids are often numbers); else None."""
    if isinstance(value, str):
        return value.replace("\x00", "").strip() or None
    return str(value) if type(value) in (int, float) else None


def _absolute(base: str, href: str | None) -> str | None:
    return joined(base, href) if href else None
