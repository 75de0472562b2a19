"""Feeds from and to OPML (http://opml.org/spec2.opml): folders become labels, and labels folders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lxml import etree
from msgspec.structs import replace

from dateline.errors import BadInput, NotAFeed
from dateline.poller.encoding import to_utf8
from dateline.poller.identity import without_secrets
from dateline.poller.listed import FeedList, Listed, Refused, plain
from dateline.poller.tree import read_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lxml.etree import _Element as Element

    from dateline.events import Feed

__all__ = ["Listed", "read_list", "read_opml", "write_opml"]

# Readers show two or three; deeper is no list that a person keeps.
MOST_FOLDERS = 16
# Between the names of folders within folders, in one label.
_INSIDE = "/"


def read_list(file: Path) -> list[Listed]:
    """The feeds of an OPML file; BadInput names the file when it cannot be read."""
    try:
        return read_opml(file.read_bytes(), str(file)).listed
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}") from error


def read_opml(body: bytes, name: str) -> FeedList:
    """Every feed of an OPML document, each address once with the labels of all its places, in document order.

    Broken XML is read as far as it goes, entities are never loaded. BadInput names the document when it is no OPML.
    """
    try:
        root = read_tree(to_utf8(body).body).root
    except NotAFeed as error:
        raise BadInput(f"{name} is not OPML: {error}") from None
    if _name(root) != "opml":
        raise BadInput(f"{name} is not OPML: its first element is not <opml>")
    refused: list[Refused] = []
    places = [root, *(child for child in root if _name(child) == "body")]
    found: dict[str, Listed] = {}
    for place in places:
        for listed in _outlines(place, (), refused):
            before = found.get(listed.url)
            found[listed.url] = listed if before is None else _together(before, listed)
    return FeedList(list(found.values()), refused)


def write_opml(feeds: list[Feed], *, title: str) -> bytes:
    """An OPML 2.0 document: each feed in the folders of its labels, which also stand in its `category`; UTF-8."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = title
    body = etree.SubElement(root, "body")
    folders: dict[tuple[str, ...], Element] = {(): body}
    for feed in feeds:
        labels = [label for label in map(plain, feed.labels) if label]
        for path in [_path(label) for label in labels] or [()]:
            etree.SubElement(_folder(folders, path), "outline", _attributes(feed, labels))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _outlines(parent: Element, path: tuple[str, ...], refused: list[Refused]) -> Iterator[Listed]:
    for outline in parent:
        if _name(outline) != "outline":
            continue
        # Attributes are written in any case; xmlUrl is the one that counts.
        said = {str(key).lower(): str(value).strip() for key, value in outline.items()}
        url, name = said.get("xmlurl", ""), plain(said.get("title") or said.get("text") or "")
        if url:
            yield _listed(url, name, path, said)
        elif said.get("type", "").lower() in ("rss", "atom"):
            refused.append(Refused(name or f"outline {len(refused) + 1}", "has no xmlUrl, the address of its feed"))
        inner = path if url or not name else (*path, name)
        if len(inner) <= MOST_FOLDERS:
            yield from _outlines(outline, inner, refused)
        elif len(outline):
            refused.append(Refused(name, f"stands in more than {MOST_FOLDERS} folders, and what it holds is not read"))


def _listed(url: str, name: str, path: tuple[str, ...], said: dict[str, str]) -> Listed:
    categories = (plain(category).removeprefix(_INSIDE) for category in said.get("category", "").split(","))
    labels = dict.fromkeys([*filter(None, categories), *([_INSIDE.join(path)] if path else [])])
    # Where a feed has no title, its address stands in `text`, which must not be empty.
    title = name if name and name not in (plain(url), plain(without_secrets(url))) else None
    return Listed(url, title, tuple(labels), said.get("language") or None)


def _together(first: Listed, second: Listed) -> Listed:
    return replace(
        first,
        title=first.title or second.title,
        labels=tuple(dict.fromkeys((*first.labels, *second.labels))),
        language=first.language or second.language,
    )


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2].lower()


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _path(label: str) -> tuple[str, ...]:
    """The folders that a label names; a label with a blank or nothing beside a slash is one folder."""
    parts = tuple(label.split(_INSIDE))
    return parts if len(parts) <= MOST_FOLDERS and all(part and part == part.strip() for part in parts) else (label,)


def _folder(folders: dict[tuple[str, ...], Element], path: tuple[str, ...]) -> Element:
    if path not in folders:
        folders[path] = etree.SubElement(_folder(folders, path[:-1]), "outline", text=path[-1])
    return folders[path]


def _attributes(feed: Feed, labels: list[str]) -> dict[str, str]:
    title = plain(feed.title or "")
    said = {"text": title or feed.url, "title": title, "type": "rss", "xmlUrl": feed.url, "language": feed.language or ""}
    if not any("," in label or label.startswith(_INSIDE) for label in labels):
        said["category"] = ",".join(labels)
    return {name: value for name, value in said.items() if value}
