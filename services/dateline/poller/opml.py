"""Feeds from an OPML file: folders become labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from dateline.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dateline.events import Publisher


class Listed(NamedTuple):
    """A feed as a list names it."""

    url: str
    title: str | None = None
    labels: tuple[str, ...] = ()
    language: str | None = None
    publisher: Publisher | None = None


def read_opml(body: bytes, name: str) -> list[Listed]:
    """Every feed of an OPML document, each address once, in document order; BadInput names the file when it is none."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise BadInput(f"{name} is not XML: {error.msg}") from error
    if root is None or root.tag != "opml":
        raise BadInput(f"{name} is not OPML: its first element is not <opml>")
    seen: dict[str, Listed] = {}
    for listed in _outlines(root.findall("body/outline"), ()):
        seen.setdefault(listed.url, listed)
    return list(seen.values())


def read_list(file: Path) -> list[Listed]:
    """The feeds of an OPML file; BadInput names the file when it cannot be read."""
    try:
        return read_opml(file.read_bytes(), str(file))
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}") from error


def _outlines(outlines: list[etree._Element], labels: tuple[str, ...]) -> Iterator[Listed]:
    for outline in outlines:
        url = (outline.get("xmlUrl") or "").strip()
        name = (outline.get("title") or outline.get("text") or "").strip() or None
        if url:
            yield Listed(url, name, labels, outline.get("language"))
        inner = labels if url or name is None else (*labels, name)
        yield from _outlines(outline.findall("outline"), inner)
