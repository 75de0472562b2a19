"""The seen ring: what a feed has served before, in 25 bytes an entry."""

from __future__ import annotations

import base64
import struct
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from dateline.poller.identity import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# guid hash, link hash (zero: the entry has no link of its own), content hash, revision (high bit: another feed's), Unix second first seen
_SLOT = struct.Struct("<8s8s4sBI")
SLOT_BYTES = _SLOT.size
CONTENT_BYTES = 4
_GUID_AT, _LINK_AT = 0, 8
# A document that shrinks for a day must not make the entries it will show again look new.
LEAST_SLOTS = 64
SLOTS_PER_ENTRY = 2

_FOREIGN = 0x80
_REVISION = 0x7F
_FIRST_SEEN = attrgetter("first_seen")


class Slot(NamedTuple):
    """One entry as it was last seen. `owned`: this feed published it and makes its revisions; `first_seen` in Unix seconds."""

    guid: bytes
    link: bytes
    content: bytes
    revision: int
    owned: bool
    first_seen: int


class Ring:
    """The slots of one feed, least recently seen first. Belongs to the one decision it was decoded for."""

    def __init__(self, slots: list[Slot]) -> None:
        self._slots: dict[bytes, Slot] = {}
        self._links: dict[bytes, bytes] = {}
        for slot in slots:
            self.put(slot)

    @classmethod
    def decode(cls, text: str) -> Ring:
        """A ring from `FeedState.ring`; an empty text is an empty ring. ValueError where it is no ring."""
        packed = base64.b64decode(text, validate=True)
        if len(packed) % SLOT_BYTES:
            raise ValueError(f"a ring is a multiple of {SLOT_BYTES} bytes, not {len(packed)}")
        return cls([_slot(fields) for fields in _SLOT.iter_unpack(packed)])

    def encode(self, capacity: int) -> str:
        """The `capacity` most recently seen slots, as `FeedState.ring` holds them."""
        kept = list(self._slots.values())[-capacity:]
        return base64.b64encode(b"".join(_packed(slot) for slot in kept)).decode()

    def __len__(self) -> int:
        return len(self._slots)

    def __iter__(self) -> Iterator[Slot]:
        return iter(self._slots.values())

    def by_guid(self, guid: bytes) -> Slot | None:
        """The slot with this guid hash."""
        return self._slots.get(guid)

    def by_link(self, link: bytes) -> Slot | None:
        """The slot with this link hash; NOTHING finds nothing."""
        guid = self._links.get(link)
        return None if guid is None else self._slots[guid]

    def put(self, slot: Slot, *, instead_of: Slot | None = None) -> None:
        """Make this the most recently seen slot, in place of an older one of the same article."""
        for old in (instead_of, self._slots.get(slot.guid)):
            if old is not None and self._slots.pop(old.guid, None) is not None and self._links.get(old.link) == old.guid:
                del self._links[old.link]
        self._slots[slot.guid] = slot
        if slot.link != NOTHING:
            self._links[slot.link] = slot.guid

    def settle(self, guids: Iterable[bytes]) -> None:
        """Order what one document showed, so that what was seen first is forgotten first; `guids` in the order of the document.

        Of what was first seen together, the last in the document goes first: most documents begin with the newest.
        """
        seen = [self._slots.pop(guid) for guid in guids if guid in self._slots]
        seen.reverse()
        seen.sort(key=_FIRST_SEEN)
        for slot in seen:
            self._slots[slot.guid] = slot


class Siblings:
    """The rings of a scope's other feeds, searched without being unpacked: most polls bring nothing to search for."""

    def __init__(self, rings: Iterable[str]) -> None:
        self._encoded = rings
        self._packed: list[bytes] | None = None

    def find(self, *, link: bytes, guid: bytes | None) -> Slot | None:
        """A sibling's slot with this link, or with this guid and some link; owners' before others', and of those the latest revision's."""
        found = None
        for packed in self._rings():
            slot = _scan(packed, _LINK_AT, link) if link != NOTHING else None
            if slot is None and guid is not None:
                slot = _scan(packed, _GUID_AT, guid)
            if slot is None or slot.link == NOTHING:
                continue
            if found is None or (slot.owned, slot.revision) > (found.owned, found.revision):
                found = slot
        return found

    def _rings(self) -> list[bytes]:
        if self._packed is None:
            self._packed = [base64.b64decode(ring) for ring in self._encoded]
        return self._packed


def capacity(entries: int) -> int:
    """How many slots a feed keeps whose longest document held so many entries."""
    return max(SLOTS_PER_ENTRY * entries, LEAST_SLOTS)


def disowned(ring: str) -> str:
    """The same ring as a bystander's: what its feed owned passes on to whoever serves it next."""
    slots = Ring([slot._replace(owned=False) for slot in Ring.decode(ring)])
    return slots.encode(len(slots))


def _scan(packed: bytes, at: int, wanted: bytes) -> Slot | None:
    position = packed.find(wanted)
    while position >= 0:
        start = position - at
        if start >= 0 and start % SLOT_BYTES == 0:
            return _slot(_SLOT.unpack_from(packed, start))
        position = packed.find(wanted, position + 1)
    return None


def _slot(fields: tuple[bytes, bytes, bytes, int, int]) -> Slot:
    guid, link, content, revision, first_seen = fields
    return Slot(guid, link, content, revision & _REVISION, not revision & _FOREIGN, first_seen)


def _packed(slot: Slot) -> bytes:
    revision = min(slot.revision, _REVISION) | (0 if slot.owned else _FOREIGN)
    return _SLOT.pack(slot.guid, slot.link, slot.content, revision, slot.first_seen)
