"""The lines of an article by where they stand: what a line says of an origin depends on its place."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from msgspec import Struct

from dateline.enricher.boilerplate import is_dated
from dateline.enricher.words import normalized_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dateline.enricher.pieces import Kind
    from dateline.enricher.text import DeclaredName, Passage, PlainArticle
    from dateline.events import Paragraph, Text

__all__ = ["Line", "Zone", "lines_of"]

# headline: as served · over: right above the headline · above: between it and the first paragraph · body: the main run ·
# below: right after it · caption: under a picture · elsewhere: menus, teasers, footers · declared: what fields and markup say
Zone = Literal["headline", "over", "above", "body", "below", "caption", "elsewhere", "declared"]

# A paragraph has so many words, and the signs of a sentence; a line of credits has fewer, a menu has strokes. Han and Kana count by the
# character, of which a word has about two.
PARAGRAPH_WORDS, PARAGRAPH_CHARACTERS = 12, 30
MOST_BARS = 2
# In so many characters nearly all paragraphs have as many words.
SURELY_LONG = 160
# Found paragraphs with more lines between them than this are two runs: an article, and a teaser or a comment far below it.
RUN_GAP = 15
HEAVY_SHARE = 0.4
# Between headline and text stand byline, date, buttons and a picture; whatever is further up is a menu.
ABOVE_LINES = 30
ABOVE_WITHOUT_HEADLINE = 12
# The headline may stand below what looks like a first paragraph.
HEADLINE_LINES = 6
# Right below the text stand credits, copyright and tags; then come other articles. A credit may be a link.
BELOW_LINES, LINKED_LINES = 10, 2
# A byline may also stand below a standfirst or the first picture.
BYLINE_PARAGRAPHS = 1
OVER_LINES = 3
SOON_LINES, MORE_LINES = 3, 2
_MENUS: frozenset[Kind] = frozenset(("navigation", "newsletter", "share"))
_AMID: frozenset[Kind] = frozenset(("widget", "caption"))
_APART: frozenset[Kind] = frozenset(("related_links", "navigation", "newsletter", "share", "comment_form"))


# A Struct as a Piece is one.
class Line(Struct, frozen=True, gc=False):
    """A line of the article: its zone, its text, and where that begins in which field.

    In the body `number` counts paragraphs from the first, 0, and `left` those after it; the last sentences that are too short for a
    paragraph are counted by themselves. Elsewhere `number` is the distance to the body, in lines. `is_short`: too short for a paragraph.
    `is_last`: no line of the text follows soon. `below_caption`: what stands right above is a caption.
    """

    zone: Zone
    text: str
    field: Literal["headline_raw", "body", "source"]
    start: int
    kind: Kind | None = None
    number: int = 0
    left: int = 0
    name: DeclaredName | None = None
    is_short: bool = False
    is_last: bool = True
    below_caption: bool = False


class _Item(Struct, frozen=True, gc=False):
    """A passage of the whole text; `paragraph` where it is published as one of the body."""

    passage: Passage
    text: str
    paragraph: Paragraph | None
    is_body: bool

    @property
    def is_long(self) -> bool:
        """Whether it is a paragraph by its looks."""
        if len(self.text) < PARAGRAPH_CHARACTERS or self.text.count(" | ") > MOST_BARS or not _SENTENCE.search(self.text):
            return False
        is_long = _is_long(self.text[:SURELY_LONG]) or (len(self.text) > SURELY_LONG and _is_long(self.text))
        return is_long and not is_dated(self.text)


def _is_long(text: str) -> bool:
    words = normalized_words(text)
    return len(words) >= PARAGRAPH_WORDS and sum(map(len, words)) >= PARAGRAPH_CHARACTERS


def lines_of(plain: PlainArticle, text: Text) -> list[Line]:
    """All lines of an article in their order; where they are published `field` is, else `source`, the whole text."""
    lines = [Line("headline", plain.headline.raw, "headline_raw", 0)] if plain.headline else []
    items = list(_items(plain, text))
    run = _main_run(items, plain)
    numbers = {place: number for number, place in enumerate(place for place in range(run.first, run.last + 1) if items[place].is_body)}
    short_last = sum(place > run.last_long for place in numbers)
    passed = 0
    below_caption = False
    for place, item in enumerate(items):
        passed += place in numbers
        zone = _zone(place, item, run, passed)
        lines.append(
            Line(
                zone=zone,
                text=item.text,
                field="body" if item.paragraph else "source",
                start=item.paragraph.start if item.paragraph else item.passage.start,
                kind=item.passage.kind,
                number=numbers.get(place, run.first - place if place < run.first else place - run.last),
                left=len(numbers) - passed - short_last * (place <= run.last_long) if zone == "body" else 0,
                is_short=zone == "body" and place not in run.paragraphs,
                is_last=zone != "below" or _ends(items, place),
                below_caption=below_caption,
            )
        )
        below_caption = item.passage.kind == "caption"
    return lines + [Line("declared", one.text, "source", one.start, name=one.name) for one in plain.declared]


def _items(plain: PlainArticle, text: Text) -> Iterator[_Item]:
    paragraphs = iter(text.paragraphs if plain.source != "title" else ())
    for passage in (*plain.before, *plain.passages, *plain.after):
        if plain.source == "title" and passage.kind is None and passage.end <= len(plain.headline.raw if plain.headline else ""):
            continue
        is_body = passage.kind is None and bool(plain.passages) and plain.passages[0].start <= passage.start < plain.passages[-1].end
        paragraph = next(paragraphs, None) if is_body else None
        shown = text.body[paragraph.start : paragraph.end] if paragraph and text.body else passage.of(plain.whole)
        yield _Item(passage, shown, paragraph, is_body)


class _Run(NamedTuple):
    """The article's text among the items.

    `top`: above which place no byline stands; `first` and `last` of its text, and `last_long` without its short last sentences; `end` of
    what is below it; all long `paragraphs` of the page.
    """

    top: int
    first: int
    last_long: int
    last: int
    end: int
    paragraphs: frozenset[int]


def _main_run(items: Sequence[_Item], plain: PlainArticle) -> _Run:
    """The heaviest run of paragraphs; where there is none all items are above."""
    long = [place for place, item in enumerate(items) if item.is_body and item.is_long]
    places = long or [place for place, item in enumerate(items) if item.is_body]
    if not places:
        return _Run(max(len(items) - ABOVE_LINES, -1), len(items), len(items) - 1, len(items) - 1, len(items), frozenset())
    first, last_long = _heaviest(items, places)
    top, first = _top(items, places, first, plain)
    last = _last_sentence(items, last_long)
    end = min(last + 1 + BELOW_LINES, len(items))
    # Another article's text begins there, or is this line itself.
    end = next((place + 1 for place in range(last + 1, end) if items[place].is_long), end)
    return _Run(top, first, last_long, last, end, frozenset(long))


def _last_sentence(items: Sequence[_Item], last: int) -> int:
    """Where the text ends: sentences below its last long paragraph are of it, however short; labels and credits are not."""
    for place in range(last + 1, min(last + 1 + BELOW_LINES, len(items))):
        item = items[place]
        if item.is_body and not item.is_long and len(item.text) <= SURELY_LONG and _LAST_SENTENCE.match(item.text):
            last = place
        elif item.is_body or item.passage.kind not in _AMID:
            break
    return last


def _heaviest(items: Sequence[_Item], places: Sequence[int]) -> tuple[int, int]:
    """The first and last place of the heaviest run, and of those that are no much lighter: a chart may stand between two."""
    runs = [[places[0]]]
    for before, place in pairwise(places):
        if place - before > RUN_GAP:
            runs.append([])
        runs[-1].append(place)
    weights = [sum(len(items[place].text) for place in run) for run in runs]
    heavy = [run for run, weight in zip(runs, weights, strict=True) if weight >= HEAVY_SHARE * max(weights)]
    return heavy[0][0], heavy[-1][-1]


def _top(items: Sequence[_Item], places: Sequence[int], first: int, plain: PlainArticle) -> tuple[int, int]:
    """Where the headline stands above the first paragraph, else how far up a byline may stand; and the first paragraph.

    What was taken for paragraphs above the headline (a row of links, a date) is none.
    """
    if not plain.before and not any(passage.kind for passage in plain.passages[:ABOVE_LINES]):
        return -1, first
    headline = normalized_words(plain.headline.clean) if plain.headline else []
    highest, lowest = max(first - ABOVE_LINES, 0), min(first + HEADLINE_LINES, len(items))
    shown = [place for place in range(highest, lowest) if headline and normalized_words(items[place].text) == headline]
    if not shown:
        return max(first - ABOVE_WITHOUT_HEADLINE, -1), first
    return shown[0], next((place for place in places if place > max(first - 1, shown[-1])), first)


def _ends(items: Sequence[_Item], place: int) -> bool:
    """Whether the article is over at this line below its text: a box amid the text has more lines of it right behind."""
    behind = 0
    for item in items[place + 1 : place + 1 + SOON_LINES]:
        if item.passage.kind in _APART:
            break
        behind += item.is_body
    return behind < MORE_LINES


def _zone(place: int, item: _Item, run: _Run, paragraphs: int) -> Zone:
    """`paragraphs`: how many of the text stand at this place and before it."""
    kind = item.passage.kind
    if kind == "caption" and not (run.last < place < run.end and _STATEMENT.match(item.text)):
        return "caption"
    if run.first <= place <= run.last and item.is_body:
        return "body"
    if run.top < place < run.first:
        return "elsewhere" if kind in _MENUS else "above"
    if run.top - OVER_LINES <= place < run.top:
        return "elsewhere" if kind in _APART else "over"
    if run.last < place < run.end:
        return "elsewhere" if kind in _APART and place > run.last + LINKED_LINES else "below"
    return "above" if run.first < place < run.last and paragraphs <= BYLINE_PARAGRAPHS and kind not in _MENUS else "elsewhere"


# Neither in brackets nor behind a dash, a label or a copyright sign, and with no more than a credit after its end. What stands before a
# quotation is no label.
_LAST_SENTENCE = re.compile(
    r"(?!copyright\b|\S+(?:\s\S+)?\s?[:：](?!\s?[\"“„«「『'‘]))[\"“„«「『'‘¿¡]*[^\W_].*[.!?…。！？।۔؟][\"”»“」』'’)]*"  # noqa: RUF001 - the signs of other scripts
    r"(?:\s*[(（\[/][^()（）]{1,40}[)）\]/]|\s[-–—]+\s?[^.!?]{1,40}|\s\S{1,20})?[.\s]*\Z",  # noqa: RUF001 - as above
    re.IGNORECASE,
)
# With a year, or with the number that an agency gives its report.
_STATEMENT = re.compile(r"(?:©|\(c\)|copyright).*(?:(?:19|20)\d\d|[a-z]:\d{6}-\d)", re.IGNORECASE)
_SENTENCE = re.compile(r"[.,!?;…。，！？；、।۔،؟]")  # noqa: RUF001 - the signs of other scripts
