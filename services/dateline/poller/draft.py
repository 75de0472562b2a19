"""What has been read of one entry so far, within its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from dateline.poller.double_encoding import decoded_once
from dateline.poller.people import is_mailbox, without_addresses

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from dateline.events import Author, Category, Enclosure, EntrySource, Link, Media
    from dateline.poller.bases import Bases
    from dateline.poller.document import Limits

T = TypeVar("T")

TRUNCATED = "truncated"
DOUBLE_ENCODED = "double_encoded"


class Surroundings(NamedTuple):
    """What all entries of a document have in common.

    `bases` knows where relative links start; `authors` are Atom's for entries that name none (RFC 4287 §4.2.1);
    `double_encoded`: texts may have been encoded twice; `languages`: elements may name theirs.
    """

    bases: Bases
    limits: Limits
    authors: tuple[Author, ...] = ()
    double_encoded: bool = False
    languages: bool = True


class Draft:
    """One entry in the making. `ranks` says of each text how far down the list of its names it was found, `link` is its main link."""

    __slots__ = (
        "authors",
        "bases",
        "categories",
        "credit",
        "description",
        "double_encoded",
        "enclosures",
        "extensions",
        "flags",
        "itunes_author",
        "language",
        "languages",
        "limits",
        "link",
        "links",
        "media",
        "most_long",
        "most_scalar",
        "permalink",
        "ranks",
        "source",
        "source_authors",
        "texts",
    )

    def __init__(self, surroundings: Surroundings) -> None:
        self.bases, self.limits, self.source_authors, self.double_encoded, self.languages = surroundings
        self.most_scalar = self.limits.max_scalar_characters
        self.most_long = self.limits.max_text_characters
        self.link: str | None = None
        self.texts: dict[str, str] = {}
        self.ranks: dict[str, int] = {}
        self.permalink: bool | None = None
        self.authors: list[Author] = []
        self.itunes_author: Author | None = None
        self.categories: list[Category] = []
        self.links: list[Link] = []
        self.enclosures: list[Enclosure] = []
        self.media: list[Media] = []
        self.credit: str | None = None
        self.description: str | None = None
        self.language: str | None = None
        self.source: EntrySource | None = None
        self.extensions: dict[str, Any] = {}
        self.flags: list[str] = []

    def cut(self, text: str, most: int) -> str:
        """The text as it was meant and within its limit; flagged where that changed it."""
        if self.double_encoded:
            once = decoded_once(text)
            if once is not text:
                self.flag(DOUBLE_ENCODED)
                text = once
        if len(text) <= most:
            return text
        self.flag(TRUNCATED)
        return text[:most]

    def scalar(self, text: str) -> str:
        """A name, a date, an address: cut to what an honest one has."""
        most = self.most_scalar
        return text if len(text) <= most and not self.double_encoded else self.cut(text, most)

    def long(self, text: str) -> str:
        """A summary or a content: cut to what fits a record many times over."""
        most = self.most_long
        return text if len(text) <= most and not self.double_encoded else self.cut(text, most)

    def cleared(self, text: str) -> str:
        """The text without e-mail addresses, unless these are wanted."""
        return text if self.limits.keep_email_addresses else without_addresses(text)

    def may_link(self, href: str | None) -> bool:
        """Whether an address leads somewhere, and not to a mailbox unless these are wanted."""
        return bool(href) and (self.limits.keep_email_addresses or not is_mailbox(href or ""))

    def flag(self, flag: str) -> None:
        """Say it once."""
        if flag not in self.flags:
            self.flags.append(flag)

    def add(self, items: list[T], item: T) -> None:
        """One more, as far as the limit allows."""
        if len(items) < self.limits.max_list_items:
            items.append(item)
        else:
            self.flag(TRUNCATED)

    def absolute(self, href: str, element: Element) -> str:
        """An address made absolute by xml:base and by the document's own; cut to what an honest one has."""
        return self.scalar(self.bases.absolute(href, element))
