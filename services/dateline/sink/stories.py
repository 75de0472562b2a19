"""Which articles carry the same text: one pure fold per language group of a partition's log."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple

from dateline.events import StoryOrigin, StoryRecord, utc
from dateline.sink.window import View, Window

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from dateline.events import EnrichedArticle

__all__ = ["Batch", "Stories"]

# Equal hashes mean equal words.
SAME_TEXT = 1.0
# Enough to tell whether the siblings of any one copy agree: two copies of each of two origins.
PROVING_COPIES = 2
PROVEN_ORIGINS = 2


class Stories:
    """The committed state of one partition; language groups share nothing, not even a clock.

    1. `batch()`  2. `batch.decide()` each article in order  3. commit `batch.records` with the events  4. `advance(batch)`.
    A commit that fails is followed by nothing: drop the batch and decide again. Restoring applies the committed records.
    """

    def __init__(self, window_hours: float) -> None:
        """Start empty; `window_hours` is how far apart copies of one story may be."""
        self._length = timedelta(hours=window_hours)
        self._windows: dict[str, Window] = {}

    def batch(self) -> Batch:
        """A sheet for the decisions of one transaction, on top of what is committed."""
        return Batch(self._windows, self._length)

    def decide(self, article: EnrichedArticle, group: str, offset: int) -> StoryRecord | None:
        """One decision by itself; changes nothing. Null: this revision has been decided under these rules."""
        return self.batch().decide(article, group, offset)

    def advance(self, batch: Batch) -> None:
        """Take over a batch that has been committed."""
        for record in batch.records:
            self.apply(record)

    def apply(self, record: StoryRecord) -> None:
        """Take over one committed record, in log order; the same for a live and for a restored state."""
        window = self._windows.setdefault(record.group, Window())
        window.add(record)
        window.drop_before(View.at(record.clock, window, window, self._length).horizon)

    def __len__(self) -> int:
        """How many records the windows hold."""
        return sum(len(window.records) for window in self._windows.values())


class Batch:
    """Decisions that are not committed yet; they see each other, and the state does not see them."""

    def __init__(self, committed: dict[str, Window], length: timedelta) -> None:
        """Decide on top of `committed`, which is only read."""
        self.records: list[StoryRecord] = []
        self._committed = committed
        self._length = length
        self._pending: dict[str, Window] = {}

    def decide(self, article: EnrichedArticle, group: str, offset: int) -> StoryRecord | None:
        """The article's part in its story. Null: this revision has been decided under these rules, so it is dropped."""
        pending = self._pending.setdefault(group, Window())
        view = View.at(utc(article.first_seen_at), self._committed.get(group) or Window(), pending, self._length)
        if view.has_seen((article.id, article.revision.number, article.attribution.rules)):
            return None
        record = _record(view, article, group, offset, self._length)
        pending.add(record)
        self.records.append(record)
        return record


class _Place(NamedTuple):
    """An article's part in a story, and whether the story has counted it before."""

    story: str
    role: Literal["first", "duplicate", "revision"]
    of: str | None = None
    similarity: float | None = None
    counted: bool = False
    restarted: bool = False


def _record(view: View, article: EnrichedArticle, group: str, offset: int, length: timedelta) -> StoryRecord:
    dated_at = _dated_at(article)
    place = _place(view, article, dated_at, length)
    story = view.story(place.story)
    published_at = None if article.published_at is None else utc(article.published_at)
    origin = _proven(article)
    return StoryRecord(
        article=article.id,
        revision=article.revision.number,
        rules=article.attribution.rules,
        group=group,
        story=place.story,
        role=place.role,
        of=place.of,
        similarity=place.similarity,
        fingerprint=article.fingerprint,
        published_at=published_at,
        dated_at=dated_at,
        origin=origin,
        copies=story.copies + (not place.counted) if story else 1,
        earliest_published_at=_earliest(published_at, story.earliest_published_at if story else None),
        proofs=_proofs(story.proofs if story else (), article.id, origin),
        restarted=place.restarted,
        offset=offset,
        clock=view.clock,
    )


def _place(view: View, article: EnrichedArticle, dated_at: datetime, length: timedelta) -> _Place:
    previous = view.article(article.id)
    if article.revision.number > 0:
        return _place_of_revision(view, article, previous, dated_at, length)
    if previous is not None:
        return _place_again(previous, article.id)
    if view.story(article.id) is not None:
        return _Place(article.id, "first", counted=True)
    match = _match(view, article, dated_at, length)
    if match is None:
        return _Place(article.id, "first")
    return _Place(match.story, "duplicate", of=match.article, similarity=SAME_TEXT)


def _place_of_revision(view: View, article: EnrichedArticle, previous: StoryRecord | None, dated_at: datetime, length: timedelta) -> _Place:
    """A revision stays in its article's story. If that is not in this group's window, it starts anew, like any text."""
    if previous is not None or view.story(article.id) is not None:
        return _Place(previous.story if previous else article.id, "revision", of=article.id, counted=True)
    match = _match(view, article, dated_at, length)
    return _Place(match.story if match else article.id, "revision", of=article.id, restarted=True)


def _place_again(previous: StoryRecord, article: str) -> _Place:
    """A first text decided again, under other rules: its part stays the same."""
    if previous.story == article:
        return _Place(article, "first", counted=True)
    if previous.role == "duplicate":
        return _Place(previous.story, "duplicate", of=previous.of, similarity=previous.similarity, counted=True)
    return _Place(previous.story, "duplicate", of=previous.story, counted=True)


def _match(view: View, article: EnrichedArticle, dated_at: datetime, length: timedelta) -> StoryRecord | None:
    """The copy of this text with the lowest offset that is another article's, dated within the window."""
    fingerprint = article.fingerprint
    for record in view.copies(fingerprint.content_hash):
        comparable = record.article != article.id and record.fingerprint.version == fingerprint.version
        if comparable and abs(record.dated_at - dated_at) <= length:
            return record
    return None


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _dated_at(article: EnrichedArticle) -> datetime:
    """When it was published, or first seen where that is unknown, in the future, or only a day."""
    published_at = article.published_at
    if published_at is None or article.published_precision == "day" or published_at > article.first_seen_at:
        return utc(article.first_seen_at)
    return utc(published_at)


def _proven(article: EnrichedArticle) -> StoryOrigin | None:
    """The origin this copy's own words prove."""
    attribution = article.attribution
    if attribution.status != "attributed" or not attribution.origins:
        return None
    origin = attribution.origins[0]
    return StoryOrigin(id=origin.id, name=origin.name, kind=origin.kind, article=article.id)


def _proofs(earlier: Iterable[StoryOrigin], article: str, own: StoryOrigin | None) -> list[StoryOrigin]:
    """What the story's copies prove, the article's own words replacing what it said before."""
    proofs = [proof for proof in earlier if proof.article != article]
    if own is None:
        return proofs
    origins = {(proof.id, proof.name) for proof in proofs}
    same = [proof for proof in proofs if (proof.id, proof.name) == (own.id, own.name)]
    room = len(same) < PROVING_COPIES if same else len(origins) < PROVEN_ORIGINS
    return [*proofs, own] if room else proofs
