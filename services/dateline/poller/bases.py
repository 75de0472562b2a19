"""Where relative links start: at the document's address, or where xml:base says (https://www.w3.org/TR/xmlbase/)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from dateline.poller.names import XML_BASE

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

# Browsers, servers and search engines agree on no more, and no honest address has a fifth of so many parts. A base is joined with every
# link of the document, part by part, so that a long one costs its length times their number.
LONGEST_ADDRESS, _MOST_SLASHES = 2000, 100
_BLANK = re.compile(r"[\t\r\n]+")


class Bases:
    """The base of every element of one document. One that is longer than any address, or no address at all, is passed over.

    `document` is the address that relative links start from, without secrets, or empty where none is known; `named`: elements
    may name their own.
    """

    __slots__ = ("_document", "_known", "_named")

    def __init__(self, document: str, *, named: bool) -> None:
        self._document = document if _can_be_base(document) else ""
        self._named = named
        # What holds for the children of an element: joined once, however many links there are in it.
        self._known: dict[Element, str] = {}

    def at(self, document: str) -> Bases:
        """The same for a document with another address."""
        return Bases(document, named=self._named)

    def absolute(self, href: str, element: Element) -> str:
        """An address that stands in `element` made absolute; as it stands where that cannot be done."""
        href = href.strip()
        if "\n" in href or "\t" in href or "\r" in href:
            href = _BLANK.sub("", href)
        if href.startswith(("https://", "http://")):
            return href
        return joined(self._of(element) if self._named else self._document, href)

    def _of(self, element: Element) -> str:
        around = element.getparent()
        return _within(self._document if around is None else self._inside(around), element)

    def _inside(self, element: Element) -> str:
        unknown = []
        around: Element | None = element
        while around is not None and around not in self._known:
            unknown.append(around)
            around = around.getparent()
        base = self._document if around is None else self._known[around]
        for inner in reversed(unknown):
            base = self._known[inner] = _within(base, inner)
        return base


def joined(base: str, href: str) -> str:
    """The address that `href` means at `base`; as it stands where that cannot be done."""
    if not _can_be_base(base):
        return href
    try:
        return urljoin(base, href)
    except ValueError:
        return href


def _within(base: str, element: Element) -> str:
    own = element.get(XML_BASE)
    if not own or not _can_be_base(own):
        return base
    try:
        address = urljoin(base, own.strip())
    except ValueError:
        return base
    return address if _can_be_base(address) else base


def _can_be_base(address: str) -> bool:
    return len(address) <= LONGEST_ADDRESS and address.count("/") <= _MOST_SLASHES
