"""Which entries of a document are new, which are revised, and what the feed remembers of them.

Within a scope the feed that first published an article owns it: only its copy makes revisions, other feeds record it as seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from dateline.poller.document import says_something
from dateline.poller.identity import NOTHING, article_id, guid_hash
from dateline.poller.keys import Keys, keys_of
from dateline.poller.listed import MOST_TITLE_CHARACTERS
from dateline.poller.record import Recorder
from dateline.poller.ring import CONTENT_BYTES, Ring, Siblings, Slot, capacity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from dateline.events import Feed, FeedState, Http, RawArticle
    from dateline.poller.document import Document

# Texts that change at every visit (a counter, a clock) would otherwise be revised for ever; lemon24/reader stops at 24 too.
MOST_REVISIONS = 24
# In place of the content's hash, in the slot of an entry that its feed deleted.
TAKEN_BACK = bytes(CONTENT_BYTES)


class Validators(NamedTuple):
    """What tells the next visit whether anything changed; they advance only together with the articles."""

    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None


class TakenBack(NamedTuple):
    """An article that its publisher takes back, and when it was first seen, in Unix seconds."""

    article: str
    first_seen: int


class Decision(NamedTuple):
    """What one poll publishes, and the feed's new state where it changed. `places`: where in the document the articles stand."""

    articles: list[RawArticle]
    places: list[int]
    state: FeedState | None
    withdrawn: list[TakenBack]


def raw_articles(document: Document, feed: Feed, *, http: Http | None, now: datetime) -> list[RawArticle]:
    """Every entry as served, as if none had been seen before: repeated ids included, revision 0."""
    recorder = Recorder.of(feed, document, http=http, now=now)
    every_keys = keys_of(document, feed.url)
    return [
        recorder.article(parsed, keys, guid=keys.guid, link=keys.link, revision=0, first_seen=int(now.timestamp()))
        for parsed, keys in zip(document.entries, every_keys, strict=True)
    ]


def decide_poll(
    feed: Feed,
    state: FeedState,
    siblings: Iterable[FeedState],
    document: Document,
    *,
    http: Http | None,
    validators: Validators,
    now: datetime,
    part: Collection[int] | None = None,
) -> Decision:
    """What a document brings that its feed and its scope have not seen.

    `part` are the places of the entries that are decided now, null for the whole document; while entries are left for later, the
    validators stay as they were, so that a poller that dies in between is served them again. `siblings` are the states of the
    scope's other feeds. Where several polls are decided in one transaction, pass the states of earlier decisions in place of the
    committed ones: then they see each other. `now` is aware UTC.
    """
    ring = Ring.decode(state.ring)
    held = len(ring)
    visit = _Visit(ring, Siblings(sibling.ring for sibling in siblings if sibling.id != feed.id), now)
    recorder = Recorder.of(feed, document, http=http, now=now)
    every_keys = _believed(keys_of(document, feed.url), ring)
    guids = {keys.guid for keys in every_keys}
    articles, places = [], []
    for place in range(len(every_keys)) if part is None else sorted(part):
        keys = every_keys[place]
        # What says nothing is no article, and would be the same one in every feed of a scope.
        sight = visit.see(keys, guids) if says_something(document.entries[place].entry) else None
        if sight is not None:
            places.append(place)
            articles.append(
                recorder.article(
                    document.entries[place], keys, guid=sight.guid, link=sight.link, revision=sight.revision, first_seen=sight.first_seen
                )
            )
    visit.settle()
    if part is not None:
        return Decision(articles, places, _new_state(state, ring, document, _validators_of(state), held=held), [])
    withdrawn = [
        TakenBack(article_id(feed.scope, feed.id, guid=slot.guid, link=slot.link), slot.first_seen)
        for slot in visit.taken_back(document.deleted)
    ]
    return Decision(articles, places, _new_state(state, ring, document, validators, held=held), withdrawn)


def _validators_of(state: FeedState) -> Validators:
    return Validators(state.etag, state.last_modified, state.body_hash)


def _believed(every_keys: list[Keys], ring: Ring) -> list[Keys]:
    """The keys of a document's entries, by their links alone where a guid is known and yet says nothing."""
    served = {(keys.link, keys.content[:CONTENT_BYTES]) for keys in every_keys if keys.link != NOTHING}
    return [keys._replace(guid=keys.link, everywhere=False) if _is_passed_on(keys, ring, served) else keys for keys in every_keys]


def _is_passed_on(keys: Keys, ring: Ring, served: Collection[tuple[bytes, bytes]]) -> bool:
    """Whether an entry has its guid from another article, as where guids are the places of a list (0, 1, 2 …).

    A guid holds an article together while its link or its text changes, and while both do: a headline is edited and the address follows
    it (WordPress keeps `?p=123`). So link and text must both be another's, and something else must speak against the guid:
    it is a number that may be a place; or the article that had it is served elsewhere in this document as it was; or the link is
    known as that of another article, with that one's very text or with a guid that means nothing outside of its feed.
    """
    known, content = ring.by_guid(keys.guid), keys.content[:CONTENT_BYTES]
    if known is None or keys.link in (NOTHING, known.link) or known.content == content:
        return False
    if keys.place or (known.link, known.content) in served:
        return True
    other = ring.by_link(keys.link)
    return other is not None and known.link != NOTHING and (other.content == content or not keys.everywhere)


class _Visit:
    """One walk through a document: remembers every entry in the ring and says which of them are to be published."""

    def __init__(self, ring: Ring, siblings: Siblings, now: datetime) -> None:
        self._ring = ring
        self._siblings = siblings
        self._now = int(now.timestamp())
        # Guids as the ring has them now, in the order of the document.
        self._met: dict[bytes, None] = {}

    def see(self, keys: Keys, guids: set[bytes]) -> Slot | None:
        """The slot to publish an article from, or None where nothing is new. `guids` are those of the whole document."""
        known = self._ring.by_guid(keys.guid)
        if known is None:
            known = self._ring.by_link(keys.link)
            if known is not None and known.guid in guids:
                # Its guid is still here under another link: the article moved, and this entry took its place.
                known, keys = None, keys._replace(link=NOTHING)
        if known is not None and known.guid in self._met:
            return None
        slot, news = self._first_sight(keys) if known is None else self._again(known, keys)
        self._ring.put(slot, instead_of=known)
        self._met[slot.guid] = None
        return slot if news else None

    def settle(self) -> None:
        """Leave the ring so that the oldest is forgotten first."""
        self._ring.settle(self._met)

    def taken_back(self, deleted: Iterable[str]) -> list[Slot]:
        """The slots of entries that the feed says it deleted (RFC 6721), as far as it published them; each is told once."""
        slots = []
        for ref in deleted:
            known = self._ring.by_guid(guid_hash(ref))
            if known is not None and known.owned and known.content != TAKEN_BACK:
                self._ring.put(known._replace(content=TAKEN_BACK), instead_of=known)
                slots.append(known)
        return slots

    def _first_sight(self, keys: Keys) -> tuple[Slot, bool]:
        """New to this feed. Where a sibling has it, it is nothing new, and ours only if its owner is gone."""
        content = keys.content[:CONTENT_BYTES]
        other = self._siblings.find(link=keys.link, guid=keys.guid if keys.everywhere else None)
        if other is None:
            return Slot(keys.guid, keys.link, content, 0, owned=True, first_seen=self._now), True
        return Slot(keys.guid, other.link, content, other.revision, owned=not other.owned, first_seen=other.first_seen), False

    def _again(self, known: Slot, keys: Keys) -> tuple[Slot, bool]:
        """Seen before. Its id stays: the link it was first seen with is kept, and a guid may rotate where the link makes the id.

        An article that is known by its link alone, which stands in the guid's place, has no other guid any more.
        Revisions count on from the latest of the scope. Two feeds own an article where one took it over while the other was removed
        for a while: then the one that published the later revision goes on with it.
        """
        content = keys.content[:CONTENT_BYTES]
        known = known._replace(guid=known.guid if known.link in (NOTHING, known.guid) else keys.guid)
        if known.owned and content == known.content:
            return known, False
        other = self._siblings.find(link=known.link, guid=None)
        if other is not None:
            if other.owned and (not known.owned or other.revision >= known.revision):
                return known._replace(content=content, revision=other.revision, owned=False), False
            known = known._replace(revision=max(known.revision, other.revision))
        known = known._replace(owned=True)
        if content == known.content or known.revision >= MOST_REVISIONS:
            return known, False
        return known._replace(content=content, revision=known.revision + 1), True


def _new_state(state: FeedState, ring: Ring, document: Document, validators: Validators, *, held: int) -> FeedState | None:
    """The state with the ring as it is now; `held` is how many slots it had before the visit."""
    # What is missing today is back tomorrow, and must not look new then: the longest document counts, and no ring gets shorter.
    longest = max(state.longest, len(document.entries))
    after = replace(
        state,
        etag=validators.etag,
        last_modified=validators.last_modified,
        body_hash=validators.body_hash,
        title=(document.title or state.title or "")[:MOST_TITLE_CHARACTERS] or None,
        ring=ring.encode(max(capacity(longest), held)),
        longest=longest,
    )
    return None if after == state else after
