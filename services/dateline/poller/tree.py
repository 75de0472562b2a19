"""From bytes to an element tree, repairing no more than it takes; and what an element holds, as text."""

from __future__ import annotations

import re
from contextlib import suppress
from html.entities import html5
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from dateline.errors import NotAFeed
from dateline.poller.names import XHTML

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

# Possessive throughout: comments and instructions before a DOCTYPE are skipped once, never tried again.
_DOCTYPE = re.compile(rb"(?:\s++|<\?(?>.*?\?>)|<!--(?>.*?-->))*+(?P<doctype><!DOCTYPE(?>[^\[>]*)(?:\[(?>.*?\]\s*>)|>))", re.DOTALL)
_CDATA, _CDATA_END = b"<![CDATA[", b"]]>"
_CONTROL = bytes({*range(0x20)} - {0x9, 0xA, 0xD})
_AMPERSAND = re.compile(rb"&(?:#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|([A-Za-z][A-Za-z0-9]{1,31});)?")
_PREDEFINED = frozenset((b"lt", b"gt", b"amp", b"quot", b"apos"))
_CHARACTERS = ((0x9, 0xA, 0xD), range(0x20, 0xD800), range(0xE000, 0xFFFE), range(0x10000, 0x110000))
# The largest real feed seen has a tenth of it; a tree takes about 200 bytes an element, on top of its text.
_MOST_TAGS = 600_000
# The shortest tag there is.
_TAG_BYTES = 3
# The longest honest tag seen has 6 kB. libxml2's recovery keeps every attribute it meets, repeated ones too, at 400 bytes each.
# Possessive, so that a tag without an end is looked at once.
_LONG_TAG = re.compile(rb"<([A-Za-z_][\w:.-]{0,100}+)[^<>]{65536,}+>")
_DECLARED_NAMESPACE = re.compile(r"\sxmlns(?::[\w.-]+)?=\"[^\"]*\"")


class Tree(NamedTuple):
    """The root, and whether the document had to be repaired."""

    root: Element
    repaired: bool


def sound_tree(body: bytes) -> Tree | None:
    """The tree of a document that is sound and in UTF-8, which libxml2 checks as it goes; None where anything is amiss."""
    try:
        return Tree(etree.fromstring(_with_few_tags(_without_doctype(body)), _parser(recover=False)), repaired=False)
    except etree.XMLSyntaxError:
        return None


def read_tree(utf8: bytes) -> Tree:
    """The tree of a document in UTF-8: as it is, else with its characters mended, else as far as libxml2 can follow.

    Entities are never expanded, nothing is ever loaded: the DOCTYPE is removed first. NotAFeed where there is no root.
    """
    start = utf8.find(b"<")
    body = _with_few_tags(_without_doctype(utf8[start:] if start > 0 else utf8))
    repaired = start > 0 and bool(utf8[:start].strip())
    try:
        return Tree(etree.fromstring(body, _parser(recover=False)), repaired)
    except etree.XMLSyntaxError:
        mended = _mended(body)
    try:
        return Tree(etree.fromstring(mended, _parser(recover=False)), repaired=True)
    except etree.XMLSyntaxError:
        pass
    try:
        root = etree.fromstring(_LONG_TAG.sub(rb"<\1>", mended), _parser(recover=True))
    except etree.XMLSyntaxError as error:
        raise NotAFeed(f"the body is not XML: {error.msg}") from None
    if root is None:
        raise NotAFeed("the body is not XML")
    return Tree(root, repaired=True)


def text_of(element: Element) -> str:
    """The element's own text, trimmed."""
    text = element.text
    return text.strip() if text else ""


def markup_of(element: Element) -> str:
    """What stands in the element: its text, or its children as markup. The `div` that wraps Atom's XHTML is left out."""
    if not len(element):
        text = element.text
        return text.strip() if text else ""
    if element.get("type") == "xhtml" and len(element) == 1 and element[0].tag == f"{XHTML}div":
        element = element[0]
    for child in element.iterdescendants():
        if isinstance(child.tag, str) and child.tag.startswith(XHTML):
            with suppress(ValueError):  # repaired XML may hold names that nothing may be renamed to, such as ":"
                child.tag = child.tag.removeprefix(XHTML)
    opening = (element.text or "").replace("&", "&amp;").replace("<", "&lt;")
    return (opening + "".join(_markup(child) for child in element)).strip()


def _markup(child: Element) -> str:
    # lxml repeats the namespaces of all ancestors in the first tag.
    head, bracket, rest = etree.tostring(child, encoding="unicode").partition(">")
    return _DECLARED_NAMESPACE.sub("", head) + bracket + rest


def _parser(*, recover: bool) -> etree.XMLParser:
    # A parser keeps the state of its last document, so each document gets its own.
    return etree.XMLParser(
        encoding="utf-8",
        recover=recover,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )


def _without_doctype(body: bytes) -> bytes:
    match = _DOCTYPE.match(body)
    return body if match is None else body[: match.start("doctype")] + body[match.end("doctype") :]


def _with_few_tags(body: bytes) -> bytes:
    """The beginning of a body that has more tags than any honest one: what follows is cut off."""
    if len(body) <= _MOST_TAGS * _TAG_BYTES or body.count(b"<") <= _MOST_TAGS:
        return body
    end = 0
    for _ in range(_MOST_TAGS):
        end = body.index(b"<", end) + 1
    return body[: end - 1]


def _mended(body: bytes) -> bytes:
    """Without characters that XML does not know, and with ampersands and ends of CDATA that mean something.

    What stands in CDATA means what it says already; its end elsewhere is text (XML 1.0 §2.4), at which libxml2 would drop what follows.
    """
    sound = body.translate(None, _CONTROL)
    mended, done = bytearray(), 0
    while (start := sound.find(_CDATA, done)) >= 0 and (end := sound.find(_CDATA_END, start)) >= 0:
        _mend_text(sound, done, start, mended)
        done = end + len(_CDATA_END)
        mended += sound[start:done]
    _mend_text(sound, done, len(sound), mended)
    return bytes(mended)


def _mend_text(sound: bytes, start: int, end: int, mended: bytearray) -> None:
    """Append a part of the body. Piece by piece: re.sub keeps one per match."""
    for match in _AMPERSAND.finditer(sound, start, end):
        mended += sound[start : match.start()].replace(_CDATA_END, b"]]&gt;")
        mended += _ampersand(match)
        start = match.end()
    mended += sound[start:end].replace(_CDATA_END, b"]]&gt;")


def _ampersand(match: re.Match[bytes]) -> bytes:
    """Numbers and XML's five names stay, HTML's names become numbers, any other ampersand means itself."""
    name = match[1]
    if name is None:
        return _numbered(match[0]) if len(match[0]) > 1 else b"&amp;"
    if name in _PREDEFINED:
        return match[0]
    characters = html5.get(name.decode() + ";")
    if characters is None:
        return b"&amp;" + match[0][1:]
    return "".join(f"&#{ord(character)};" for character in characters).encode()


def _numbered(reference: bytes) -> bytes:
    """A character by its number, as it stands, or nothing where XML knows no such character (XML 1.0 §2.2)."""
    digits = reference[2:-1]
    number = int(digits[1:], 16) if digits[:1] in b"xX" else int(digits)
    return reference if any(number in numbers for numbers in _CHARACTERS) else b""
