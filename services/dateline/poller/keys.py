"""By what each entry of a document is known: its guid and its link, as far as they tell it from the others."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from dateline.poller.identity import NOTHING, content_hash, guid_hash, is_global_guid, is_home_page, link_hash, normalize_link, text_hash

if TYPE_CHECKING:
    from dateline.events import Entry
    from dateline.poller.document import Document


# More than any document's places have, zeros in front included.
_PLACE_DIGITS = 9


class Keys(NamedTuple):
    """Hashes of one entry. `link` is NOTHING without a link of its own; `everywhere`: the guid means the same in other feeds.

    `place`: the guid may be no more than the place where the entry stands, as it is a number and the document has so many entries.
    """

    guid: bytes
    link: bytes
    content: bytes
    everywhere: bool
    collision: bool
    place: bool = False


def keys_of(document: Document, url: str) -> list[Keys]:
    """The keys of every entry, in order; `url` is the feed's address.

    A link is an entry's own when no other entry carries it and it is no home page. A guid that several entries carry is told
    apart by link and words. An entry repeated as a whole keeps its keys: it is one article.
    """
    entries = [parsed.entry for parsed in document.entries]
    links = [normalize_link(entry.link) if entry.link else None for entry in entries]
    guids = [guid_hash(entry.guid) if entry.guid else None for entry in entries]
    by_link: defaultdict[str | None, set[tuple[bytes | None, str]]] = defaultdict(set)
    by_guid: defaultdict[bytes | None, set[tuple[str | None, str]]] = defaultdict(set)
    for entry, link, guid in zip(entries, links, guids, strict=True):
        by_link[link].add((guid, _words(entry)))
        by_guid[guid].add((link, _words(entry)))
    homes = {normalize_link(home) for home in (document.link, url) if home}
    shared = {link for link, carriers in by_link.items() if link is None or len(carriers) > 1 or link in homes or is_home_page(link)}
    return [
        _keys(entry, None if link in shared else link, None if guid is not None and len(by_guid[guid]) > 1 else guid, len(entries))
        for entry, link, guid in zip(entries, links, guids, strict=True)
    ]


def _keys(entry: Entry, own_link: str | None, own_guid: bytes | None, entries: int) -> Keys:
    """The keys, with what the entry says in place of a guid that it lacks or shares."""
    collision = entry.guid is not None and own_guid is None
    return Keys(
        guid=own_guid or _instead_of_guid(entry),
        link=link_hash(own_link) if own_link else NOTHING,
        content=content_hash(entry),
        everywhere=own_guid is not None and is_global_guid(entry.guid or ""),
        collision=collision,
        place=own_guid is not None and _may_be_a_place(entry.guid or "", entries),
    )


def _may_be_a_place(guid: str, entries: int) -> bool:
    """Whether a guid is a number from 0 to how many entries there are.

    No limit on digits would do: the numbers of a small site's articles are short too, and are larger than that but for its first few.
    """
    return guid.isascii() and guid.isdigit() and len(guid) <= _PLACE_DIGITS and int(guid) <= entries


def _instead_of_guid(entry: Entry) -> bytes:
    if entry.guid is None and not _words(entry):
        return text_hash(entry.link, entry.published_raw)  # as sitemaps list pages
    if entry.guid is None:
        return text_hash(entry.title, entry.published_raw, entry.content or entry.summary)
    return text_hash(entry.guid, entry.link, _words(entry))


def _words(entry: Entry) -> str:
    return entry.title or entry.content or entry.summary or ""
