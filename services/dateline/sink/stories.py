"""Which articles carry the same text: one pure fold per language group of a partition's log."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import xxhash

from dateline.events import StoryOrigin, StoryRecord, StoryRole, utc
from dateline.sink.matching import best_match, credit_hash, title_key, traits_of
from dateline.sink.rows import NO_ID, NO_TIME, Row, microseconds, moment, packed_id, unpacked_id
from dateline.sink.sketches import WHOLE, sample_of
from dateline.sink.window import Limits, Window

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dateline.events import EnrichedArticle, Relation
    from dateline.sink.matching import Traits
    from dateline.sink.sketches import Sample
    from dateline.sink.window import View

__all__ = ["Stories"]

ROLES: tuple[StoryRole, ...] = ("first", "duplicate", "revision", "excerpt")
HOUR = 3_600_000_000
# A group's window is 900 MB then; in three days a million articles are four a second.
MOST_ARTICLES = 1_000_000
# Enough to tell whether the siblings of any one copy agree: two copies of each of two origins.
PROVING_COPIES = 2
PROVEN_ORIGINS = 2
# What is said of a text's siblings is said only with as much confidence as of itself (DESIGN: a claim needs proof).
PROVING_CONFIDENCE = 0.8
# Whose text is only partly the origin's proves nothing for copies of the rest.
PARTLY: frozenset[Relation] = frozenset({"compiled", "contribution", "excerpt"})


class Stories:
    """The state of one partition; language groups share nothing, not even a clock.

    1. `decide` each article of a batch in order  2. commit the records with the events  3. `commit`.
    A commit that fails is followed by `take_back`. Restoring applies the committed records instead of deciding.
    """

    def __init__(self, window_hours: float, *, articles: int = MOST_ARTICLES) -> None:
        """Start empty; `window_hours` is how far apart copies of one story may be, `articles` how many a group may hold."""
        self._limits = Limits(int(window_hours * HOUR), articles)
        self._windows: dict[str, Window] = {}
        self._touched: dict[str, Window] = {}

    def decide(self, article: EnrichedArticle, group: str, offset: int) -> StoryRecord | None:
        """The article's part in its story. Null: this revision has been decided under these rules, so it is dropped."""
        window = self._window(group)
        view = window.at(microseconds(article.first_seen_at))
        if view.has_seen(packed_id(article.id), _seen_key(article.id, article.revision.number, article.attribution.rules)):
            return None
        dated_at, origin = _dated_at(article), _proven(article)
        traits = traits_of(article, dated_at, origin)
        record = _record(view, article, traits, _place(view, article, traits, self._limits.length), origin, group=group, offset=offset)
        window.add(view, _row(record, traits.sample), traits.sample, record.proofs)
        self._touched[group] = window
        return record

    def apply(self, record: StoryRecord) -> None:
        """Take over one committed record, in log order, after what was decided here has been committed or taken back."""
        sample = sample_of(record.fingerprint)
        window = self._touched[record.group] = self._window(record.group)
        window.replay(_row(record, sample), sample, record.proofs, record.room)

    def commit(self) -> None:
        """What was decided stays."""
        for window in self._touched.values():
            window.commit()
        self._touched.clear()

    def take_back(self) -> None:
        """What was decided since the last commit never was."""
        for window in self._touched.values():
            window.take_back()
        self._touched.clear()

    def __len__(self) -> int:
        """How many records the windows hold."""
        return sum(len(window) for window in self._windows.values())

    def nbytes(self) -> int:
        """Bytes of all windows."""
        return sum(window.nbytes() for window in self._windows.values())

    def _window(self, group: str) -> Window:
        window = self._windows.get(group)
        if window is None:
            window = self._windows[group] = Window(self._limits)
        return window


class _Place(NamedTuple):
    """An article's part in a story, and whether the story has counted it before."""

    story: str
    role: StoryRole
    of: str | None = None
    similarity: float | None = None
    counted: bool = False
    restarted: bool = False


def _record(
    view: View, article: EnrichedArticle, traits: Traits, place: _Place, origin: StoryOrigin | None, *, group: str, offset: int
) -> StoryRecord:
    story, proofs = view.story(packed_id(place.story)) or (None, ())
    return StoryRecord(
        article=article.id,
        revision=article.revision.number,
        rules=article.attribution.rules,
        group=group,
        feed=article.feed.id,
        address=f"{traits.address:016x}" if traits.address else None,
        story=place.story,
        role=place.role,
        of=place.of,
        similarity=place.similarity,
        fingerprint=article.fingerprint,
        dated_at=moment(traits.dated_at),
        origin=origin,
        copies=story.copies + (not place.counted) if story else 1,
        earliest_published_at=_earliest(_exactly_published(article), story),
        proofs=_proofs(proofs, article.id, origin),
        restarted=place.restarted,
        room=view.room,
        offset=offset,
        clock=moment(view.clock),
    )


def _row(record: StoryRecord, sample: Sample) -> Row:
    earliest = record.earliest_published_at
    return Row(
        article=packed_id(record.article),
        story=packed_id(record.story),
        of=NO_ID if record.of is None else packed_id(record.of),
        dated_at=microseconds(record.dated_at),
        clock=microseconds(record.clock),
        earliest=NO_TIME if earliest is None else microseconds(earliest),
        seen=_seen_key(record.article, record.revision, record.rules),
        titled=title_key(record.feed, record.fingerprint.title_hash),
        address=int(record.address or "0", 16),
        credit=credit_hash(record.origin),
        copies=record.copies,
        shingles=sample.shingles,
        similarity=round((record.similarity or 0) * WHOLE),
        role=ROLES.index(record.role),
        sketch_length=len(sample.hashes),
        numbers_length=len(sample.numbers),
    )


def _place(view: View, article: EnrichedArticle, traits: Traits, length: int) -> _Place:
    previous, own_story = view.article(traits.article), view.story(traits.article) is not None
    if article.revision.number > 0 and (previous or own_story):
        return _Place(unpacked_id(previous.story) if previous else article.id, "revision", of=article.id, counted=True)
    if previous is not None:
        return _place_again(previous, article.id)
    if own_story:
        return _Place(article.id, "first", counted=True)
    place = _place_of_new(view, article.id, traits, length)
    # A revision whose earlier text is not in this group's window starts anew, like any text.
    return place._replace(role="revision", of=article.id, similarity=None, restarted=True) if article.revision.number > 0 else place


def _place_of_new(view: View, article: str, traits: Traits, length: int) -> _Place:
    found = best_match(view, traits, length)
    if found is None:
        return _Place(article, "first")
    row, similarity = found.alike.row, found.alike.share / WHOLE
    story, of = unpacked_id(row.story), unpacked_id(row.article)
    match found.kind:
        case "update":
            return _Place(story, "revision", of, similarity, counted=True)
        case "duplicate":
            return _Place(story, "duplicate", of, similarity)
        case "excerpt":
            return _Place(article, "excerpt", of, similarity)


def _place_again(previous: Row, article: str) -> _Place:
    """A first text decided again, under other rules: its part stays the same."""
    story, of, role = unpacked_id(previous.story), unpacked_id(previous.of), ROLES[previous.role]
    if role == "first" or (role == "revision" and of == article):
        return _Place(story, "first", counted=True) if story == article else _Place(story, "duplicate", of=story, counted=True)
    return _Place(story, role, of, previous.similarity / WHOLE, counted=True)


def _seen_key(article: str, revision: int, rules: str) -> int:
    """What makes a decision the same decision."""
    return xxhash.xxh3_64_intdigest(f"{article}\n{revision}\n{rules}".encode(errors="surrogatepass"))


def _earliest(published_at: datetime | None, story: Row | None) -> datetime | None:
    earlier = None if story is None or story.earliest == NO_TIME else moment(story.earliest)
    return min((when for when in (published_at, earlier) if when is not None), default=None)


def _exactly_published(article: EnrichedArticle) -> datetime | None:
    """When it was published; null where that is unknown, in the future, or only a day."""
    published_at = article.published_at
    if published_at is None or article.published_precision == "day" or published_at > article.first_seen_at:
        return None
    return utc(published_at)


def _dated_at(article: EnrichedArticle) -> int:
    return microseconds(_exactly_published(article) or article.first_seen_at)


def _proven(article: EnrichedArticle) -> StoryOrigin | None:
    """The origin this copy's own words prove to be that of the whole text."""
    attribution = article.attribution
    if attribution.status != "attributed" or not attribution.origins or attribution.relation in PARTLY:
        return None
    origin = attribution.origins[0]
    if origin.confidence < PROVING_CONFIDENCE or not origin.evidence:
        return None
    return StoryOrigin(id=origin.id, name=origin.name, kind=origin.kind, article=article.id)


def _proofs(earlier: Sequence[StoryOrigin], article: str, own: StoryOrigin | None) -> list[StoryOrigin]:
    """What the story's copies prove, the article's own words replacing what it said before."""
    proofs = [proof for proof in earlier if proof.article != article]
    if own is None:
        return proofs
    origins = {(proof.id, proof.name) for proof in proofs}
    same = [proof for proof in proofs if (proof.id, proof.name) == (own.id, own.name)]
    room = len(same) < PROVING_COPIES if same else len(origins) < PROVEN_ORIGINS
    return [*proofs, own] if room else proofs
