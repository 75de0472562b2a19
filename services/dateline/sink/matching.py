"""Which earlier text this one repeats, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import urlsplit

import xxhash

from dateline.sink.rows import packed_id
from dateline.sink.sketches import WHOLE, sample_of

if TYPE_CHECKING:
    from dateline.events import EnrichedArticle, StoryOrigin
    from dateline.sink.rows import Row
    from dateline.sink.sketches import Sample
    from dateline.sink.window import Alike, View

__all__ = ["Match", "Traits", "address_hash", "best_match", "credit_hash", "title_key", "traits_of"]

# Of the smaller text, this share stands in the other. Reprints that were cut, reordered and lightly edited are above it;
# texts that quote each other are below. Ten-thousandths.
COPY = 7_500
# A publisher's own text under its own headline, come again under another id.
UPDATE = 9_000
# From this ratio of sizes on, two texts are one story; below, one quotes or sums up the other.
SAME_STORY = 3_500
# Texts of fewer shingles prove little by what they share. Below the first number nothing less than equality counts: a sentence with another
# name in it is another story. Below the second not even that: it is a headline, and "Morning briefing" stands everywhere.
FEW_SHINGLES = 24
HEADLINE_SHINGLES = 12


class Traits(NamedTuple):
    """What of an article is compared. Hashes are 64 bits, 0 for none; times microseconds since 1970."""

    article: bytes
    sample: Sample
    dated_at: int
    titled: int
    address: int
    credit: int


class Match(NamedTuple):
    """The earlier decision whose text is repeated. An update is the publisher's own, under another id."""

    kind: Literal["update", "duplicate", "excerpt"]
    alike: Alike


def traits_of(article: EnrichedArticle, dated_at: int, origin: StoryOrigin | None) -> Traits:
    """What of an article is compared."""
    fingerprint = article.fingerprint
    return Traits(
        article=packed_id(article.id),
        sample=sample_of(fingerprint),
        dated_at=dated_at,
        titled=title_key(article.feed.id, fingerprint.title_hash) if article.text.headline else 0,
        address=int(address_hash(article.canonical_url or article.link) or "0", 16),
        credit=credit_hash(origin),
    )


def best_match(view: View, traits: Traits, length: int) -> Match | None:
    """The text that this one repeats, another article's, dated within the window's length in microseconds.

    The publisher's own before a copy before an excerpt; then by the share of the smaller text, then the earlier.
    """
    best, least = None, None
    for alike in view.alike(traits.sample, COPY):
        if alike.row.article == traits.article or abs(alike.row.dated_at - traits.dated_at) > length:
            continue
        kind = _kind(traits, alike)
        if kind is None:
            continue
        order = (_KINDS[kind], -alike.share, alike.number)
        if least is None or order < least:
            best, least = Match(kind, alike), order
    return best


def _kind(traits: Traits, alike: Alike) -> Literal["update", "duplicate", "excerpt"] | None:
    row, sizes = alike.row, (traits.sample.shingles, alike.row.shingles)
    if not alike.numbers_agree:
        return None
    if min(sizes) < FEW_SHINGLES:
        equal = alike.share == WHOLE and sizes[0] == sizes[1]
        return "duplicate" if equal and (min(sizes) >= HEADLINE_SHINGLES or _supported(traits, row)) else None
    if min(sizes) * WHOLE < SAME_STORY * max(sizes):
        return "excerpt"
    return "update" if alike.share >= UPDATE and 0 != row.titled == traits.titled else "duplicate"


def _supported(traits: Traits, row: Row) -> bool:
    """Whether two equal headlines are one report's: both lead to the same page, or both credit the same origin."""
    return 0 != traits.address == row.address or 0 != traits.credit == row.credit


def title_key(feed: str, title_hash: str) -> int:
    """A headline in a feed."""
    return xxhash.xxh3_64_intdigest(f"{feed}\n{title_hash}".encode())


def address_hash(url: str | None) -> str | None:
    """Where an article stands, hex: host without www., path and query, without scheme, fragment and what counts its readers."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    if not parts.hostname:
        return None
    query = "&".join(sorted(part for part in parts.query.split("&") if not part.startswith("utm_")))
    return xxhash.xxh3_64_hexdigest(f"{parts.hostname.removeprefix('www.')}{parts.path.rstrip('/')}?{query}".encode(errors="surrogatepass"))


def credit_hash(origin: StoryOrigin | None) -> int:
    """Whom an article credits."""
    return 0 if origin is None else xxhash.xxh3_64_intdigest(f"{origin.id}\n{origin.name if origin.id is None else ''}".encode())


_KINDS = {"update": 0, "duplicate": 1, "excerpt": 2}
