"""The body of an article page: what trafilatura finds, told apart piece by piece from what stands between it."""

from __future__ import annotations

import logging
from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, cast

from lxml import etree
from msgspec import Struct
from msgspec.structs import replace

from dateline.enricher.boilerplate import hints_of, is_appeal, is_byline, is_dated, kind_of_line
from dateline.enricher.pieces import pieces_of
from dateline.enricher.words import normalized_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lxml import html
    from trafilatura.settings import Extractor

    from dateline.enricher.pieces import Kind, Piece

__all__ = ["PageBody", "body_pieces"]

SHINGLE_WORDS = 4
# A piece is found when most of its shingles are: readers join and part lines otherwise than we do.
FOUND_SHARE = 0.6
# What stands between two paragraphs that were found, beside them, is one too, unless it is as short as a label or mostly links.
TELLING_WORDS = 8
MOST_LINKED = 0.5
SOME_LINKED = 0.3
# Who wrote an article stands above its first paragraph, or right below a standfirst.
PARAGRAPH_WORDS, BYLINE_PIECES = 12, 4
# A standfirst stands among few other things below the headline: byline, date, picture, buttons.
STANDFIRST_PIECES = 30
# Makers of pages name whole articles "widget": a name that covers so much of what was found says nothing.
BELIEVED_SHARE = 0.3
# An appeal after the article is short; what is longer is the article.
TAIL_SHARE = 0.3
# Below, trafilatura's other readers are asked too, which takes two thirds of a page's time; above, they change one page in seventy.
ENOUGH_CHARACTERS = 1000

# Shorter ones are teasers as often as not.
PARAGRAPH_CHARACTERS = 100

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_FLOWING = frozenset(("p", "div", "blockquote", "section", "td", "article", "main", "span", "pre", "br", "center"))
# Of trafilatura's own list of elements to drop. By JSON-LD it tells forums.
_DROPPED = (
    *("aside", "footer", "nav", "menu", "iframe", "svg", "style"),
    *("noscript", "button", "select", "picture", "video", "audio", "canvas"),
)
_SCRIPTS = etree.XPath("//script[not(@type = 'application/ld+json')]")
_PARAGRAPHS_OF_ARTICLES = etree.XPath("//article//p")
_SENTENCE_ENDS = tuple('.!?…。！？।۔؟:"”»“」』)')  # noqa: RUF001 - the signs of other scripts


class PageBody(NamedTuple):
    """All pieces that a page shows, in their order: those before the body's first paragraph, from there to its last, and after it.

    Within the body each piece has its kind where it is not of the body. Where no body is found, all are `before`.
    """

    before: list[Piece]
    pieces: list[Piece]
    after: list[Piece]


def body_pieces(root: html.HtmlElement, headlines: Iterable[str] = (), descriptions: Iterable[str] = ()) -> PageBody:
    """Where the body stands in the page.

    `headlines` are the page's own, which are no part of the body; one of its own `descriptions` that it shows above the first
    paragraph is its standfirst.
    """
    body = root.find("body")
    pieces = [] if body is None else [piece for piece in pieces_of(body) if any(map(str.isalnum, piece.text))]
    words = [tuple(normalized_words(piece.text)) for piece in pieces]
    found = _Found(_extracted_lines(root, pieces))
    titles = {tuple(normalized_words(headline)) for headline in headlines}
    shown = [_Shown(piece, said, said in titles or piece.tag == "h1", found.has(said)) for piece, said in zip(pieces, words, strict=True)]
    places = [place for place, one in enumerate(shown) if one.is_body]
    if not places:
        return PageBody(pieces, [], [])
    lead = _standfirst(shown, places[0], {tuple(normalized_words(description)) for description in descriptions})
    if lead is not None:
        shown[lead] = replace(shown[lead], is_found=True)
    first, end = places[0] if lead is None else lead, places[-1] + 1
    return PageBody(pieces[:first], list(_judged(shown[first:end])), pieces[end:])


class _Shown(Struct, frozen=True, gc=False):
    """A piece of the page, its words, whether it is the headline, and whether trafilatura has it in the body."""

    piece: Piece
    words: tuple[str, ...]
    is_headline: bool
    is_found: bool

    @property
    def is_body(self) -> bool:
        return self.is_found and not self.is_headline


# ── what trafilatura finds ───────────────────────────────────────────────────────────────────────────────────────────


def _extracted_lines(root: html.HtmlElement, pieces: Sequence[Piece]) -> list[str]:
    """The body as trafilatura gives it: of the article that the page marks, else of the page, by all its readers where that is little."""
    quick, article = "", _marked_article(root, pieces)
    for part in (root,) if article is None else (article, root):
        quick = _extracted(_alone(part), fast=True)
        if len(quick) >= ENOUGH_CHARACTERS:
            return quick.splitlines()
    return (_extracted(root, fast=False) or quick).splitlines()


def _marked_article(root: html.HtmlElement, pieces: Sequence[Piece]) -> html.HtmlElement | None:
    """The first `article` with enough paragraphs, if it has most of the page's that are neither links nor boilerplate by their place."""
    characters: dict[html.HtmlElement, int] = {}
    for paragraph in cast("list[html.HtmlElement]", _PARAGRAPHS_OF_ARTICLES(root)):
        length = len(paragraph.text_content())
        if length >= PARAGRAPH_CHARACTERS:
            *_, outermost = paragraph.iterancestors("article")
            characters[outermost] = characters.get(outermost, 0) + length
    article = next((one for one, length in characters.items() if length >= ENOUGH_CHARACTERS), None)
    lengths = (len(piece.text) for piece in pieces if piece.kind is None and piece.linked <= MOST_LINKED)
    everywhere = sum(length for length in lengths if length >= PARAGRAPH_CHARACTERS)
    return article if article is not None and 2 * characters[article] > everywhere else None


def _extracted(root: html.HtmlElement, *, fast: bool) -> str:
    """It works on a copy, gets a tree and so opens nothing, and whatever it raises is "nothing found"."""
    from trafilatura import bare_extraction  # noqa: PLC0415 - half a second, which commands that read no page do not spend

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        document = bare_extraction(root, options=_options(fast=fast))
    except Exception:  # noqa: BLE001 - its errors are those of many heuristics on a tree we did not write
        return ""
    return getattr(document, "text", None) or ""


@cache
def _options(*, fast: bool) -> Extractor:
    """What it is asked for; made once, since it reads its settings file's values anew each time."""
    from trafilatura.settings import Extractor  # noqa: PLC0415 - as above

    return Extractor(output_format="python", fast=fast, precision=True, comments=False)


def _alone(part: html.HtmlElement) -> html.HtmlElement:
    """A page of this part without what trafilatura drops in any case: only after a look at each element, and not all where it is nested."""
    page = deepcopy(part)
    if part.getparent() is not None:
        article, page = page, part.makeelement("html")
        etree.SubElement(page, "body").append(article)
    for script in cast("list[html.HtmlElement]", _SCRIPTS(page)):
        script.drop_tree()
    etree.strip_elements(page, *_DROPPED, with_tail=False)
    return page


class _Found:
    """The words of what was found, by line and by shingle, so that each piece is looked up in time by its own length."""

    def __init__(self, lines: Sequence[str]) -> None:
        words = [tuple(normalized_words(line)) for line in lines]
        self._lines = set(words)
        self._shingles = {shingle for line in words for shingle in _shingles(line)}

    def has(self, words: tuple[str, ...]) -> bool:
        if words in self._lines or len(words) < SHINGLE_WORDS:
            return bool(words) and words in self._lines
        return sum(map(self._shingles.__contains__, _shingles(words))) >= FOUND_SHARE * (len(words) - SHINGLE_WORDS + 1)


def _shingles(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    return zip(words, words[1:], words[2:], words[3:], strict=False)  # SHINGLE_WORDS of them: a loop here takes twice the time


# ── piece by piece ───────────────────────────────────────────────────────────────────────────────────────────────────


def _standfirst(shown: Sequence[_Shown], first: int, descriptions: set[tuple[str, ...]]) -> int | None:
    """The piece between headline and first paragraph that leads into the body, where there is one."""
    headline = next((place for place in range(first - 1, max(first - STANDFIRST_PIECES, -1), -1) if shown[place].is_headline), None)
    if headline is None:
        return None
    below = range(headline + 1, first)
    declared = next((place for place in below if shown[place].words in descriptions and shown[place].piece.kind is None), None)
    return (
        declared if declared is not None else next((place for place in below if _leads_in(shown[place], next_to=place == below[0])), None)
    )


def _leads_in(one: _Shown, *, next_to: bool) -> bool:
    """Whether a piece is a sentence that leads in; right below the headline it needs no full stop."""
    piece = one.piece
    if (
        piece.kind is not None
        or piece.linked > MOST_LINKED
        or len(one.words) < TELLING_WORDS
        or kind_of_line(piece.text, hints_of(piece.text))
        or is_dated(piece.text)
    ):
        return False
    return (piece.tag in _FLOWING or piece.tag in _HEADINGS) and (next_to or piece.text.endswith(_SENTENCE_ENDS))


def _judged(shown: Sequence[_Shown]) -> Iterator[Piece]:
    believed = _believed_kinds(shown)
    homes = {one.piece.parent for one in shown if one.is_body}
    end = _end(shown)
    start = next((place for place, one in enumerate(shown) if one.is_body and len(one.words) >= PARAGRAPH_WORDS), 0)
    said: set[tuple[str, ...]] = set()
    kinds = [_kind(one, believed, homes) for one in shown]
    for place, one in enumerate(shown):
        if one.is_headline:
            continue
        kind = kinds[place]
        if place >= end or (place < start + BYLINE_PIECES and is_byline(one.piece.text)):
            kind = kind or "other"
        elif kind is None and _is_above_its_credit(shown, kinds, place):
            kind = "caption"
        if kind is None and len(one.words) >= TELLING_WORDS and one.words in said:
            continue  # shown twice, for narrow and wide screens
        said.add(one.words)
        yield replace(one.piece, kind=kind)


def _believed_kinds(shown: Sequence[_Shown]) -> set[Kind]:
    characters = sum(len(one.piece.text) for one in shown if one.is_body)
    share: dict[Kind, int] = {}
    for one in shown:
        if one.is_body and one.piece.kind is not None:
            share[one.piece.kind] = share.get(one.piece.kind, 0) + len(one.piece.text)
    every = {one.piece.kind for one in shown if one.piece.kind is not None}
    return {kind for kind in every if share.get(kind, 0) <= BELIEVED_SHARE * characters}


def _kind(one: _Shown, believed: set[Kind], homes: set[int]) -> Kind | None:
    """What a piece is, if it is not of the body."""
    piece = one.piece
    if piece.kind in believed and (piece.kind != "related_links" or piece.linked > SOME_LINKED or not one.is_found):
        return piece.kind
    if said := kind_of_line(piece.text, hints_of(piece.text)):
        return said
    if piece.linked > MOST_LINKED and piece.tag in ("li", "div", *_HEADINGS):
        return "related_links"
    if one.is_found or _beside(one, homes):
        return None
    return "related_links" if piece.linked > MOST_LINKED else "other"


def _is_above_its_credit(shown: Sequence[_Shown], kinds: Sequence[Kind | None], place: int) -> bool:
    """Whether a piece is alone with the picture credit below it in one block: then it is the picture's caption."""
    home = shown[place].piece.parent
    if place + 1 == len(shown) or kinds[place + 1] != "caption" or shown[place + 1].piece.parent != home:
        return False
    return not any(0 <= other < len(shown) and shown[other].piece.parent == home for other in (place - 1, place + 2))


def _beside(one: _Shown, homes: set[int]) -> bool:
    """Whether a piece that was not found stands as those do that were: a heading or a telling paragraph beside them."""
    piece = one.piece
    if piece.parent not in homes or piece.linked > MOST_LINKED:
        return False
    return piece.tag in _HEADINGS or (piece.tag in _FLOWING and len(one.words) >= TELLING_WORDS)


def _end(shown: Sequence[_Shown]) -> int:
    """Where an appeal to subscribe, to give or to comment ends the article: the first heading or paragraph of it in its last part."""
    left = TAIL_SHARE * sum(len(one.piece.text) for one in shown)
    end = place = len(shown)
    while place and left > 0:
        place -= 1
        left -= len(shown[place].piece.text)
        if is_appeal(shown[place].piece.text):
            end = place
    return end
