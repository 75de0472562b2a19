"""By what each entry of a document is known: its guid and its link, as far as they tell it from the others."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from dateline.poller.identity import NOTHING, content_hash, guid_hash, is_global_guid, is_home_page, link_hash, normalize_link, text_hash

if TYPE_CHECKING:
    from dateline.events import Entry
    from dateline.poller.document import Document


class Keys(NamedTuple):
    """Hashes of one entry. `link` is NOTHING without a link of its own; `everywhere`: the guid means the same in other feeds."""

    guid: bytes
    link: bytes
    content: bytes
    everywhere: bool
    collision: bool


def keys_of(document: Document, url: str) -> list[Keys]:
    """The keys of every entry, in order; `url` is the feed's address.

    A link is an entry's own when no other entry carries it and it is no home page. A guid that several entries carry is told
    apart by link and words. An entry repeated as a whole keeps its keys: it is one article.
    """
    entries = [parsed.entry for parsed in document.entries]
    by_link: defaultdict[str, set[tuple[str | None, str]]] = defaultdict(set)
    by_guid: defaultdict[str, set[tuple[str | None, str]]] = defaultdict(set)
    links = [normalize_link(entry.link) if entry.link else None for entry in entries]
    for entry, link in zip(entries, links, strict=True):
        if link:
            by_link[link].add((entry.guid, _words(entry)))
        if entry.guid:
            by_guid[entry.guid].add((link, _words(entry)))
    homes = {normalize_link(home) for home in (document.link, url) if home}
    shared = {link for link, carriers in by_link.items() if len(carriers) > 1 or link in homes or is_home_page(link)}
    return [
        _keys(entry, None if link in shared else link, collision=bool(entry.guid) and len(by_guid[entry.guid or ""]) > 1)
        for entry, link in zip(entries, links, strict=True)
    ]


def _keys(entry: Entry, own_link: str | None, *, collision: bool) -> Keys:
    if not entry.guid:
        guid = text_hash(entry.title, entry.published_raw, entry.content or entry.summary)
    elif collision:
        guid = guid_hash(entry.guid, entry.link or "", _words(entry))
    else:
        guid = guid_hash(entry.guid)
    return Keys(
        guid=guid,
        link=link_hash(own_link) if own_link else NOTHING,
        content=content_hash(entry),
        everywhere=not collision and entry.guid is not None and is_global_guid(entry.guid),
        collision=collision,
    )


def _words(entry: Entry) -> str:
    return entry.title or entry.content or entry.summary or ""
