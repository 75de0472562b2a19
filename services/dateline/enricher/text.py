"""The article in clean form: headline, summary and a body in paragraphs, from its page or from its feed's markup."""

from __future__ import annotations

import html
import re
from itertools import groupby
from typing import TYPE_CHECKING, Literal, NamedTuple

from lxml import etree
from msgspec import Struct

from dateline.enricher.boilerplate import hints_of, is_disclaimer, is_surely_text, kind_of_line, trailer_of
from dateline.enricher.headline import Headline, clean_headline
from dateline.enricher.page_facts import forbids_excerpts
from dateline.enricher.page_metadata import NO_METADATA
from dateline.enricher.page_tree import bounded
from dateline.enricher.pieces import BLOCKS, NOT_TEXT, Piece, pieces_of
from dateline.enricher.words import count_words, on_one_line, without_controls
from dateline.events import Paragraph, Removed, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dateline.enricher.page import ReadPage
    from dateline.enricher.page_metadata import PageMetadata
    from dateline.enricher.pieces import Kind
    from dateline.events import RawArticle, TextFrom

__all__ = ["BODY_CODE_POINTS", "Passage", "PlainArticle", "plain_article", "plain_line", "text_of"]

# 600 kB of UTF-8 in the longest scripts in use: two thirds of a record, so that the rest of an article fits beside it.
BODY_CODE_POINTS = 200_000
# Ten times the longest summary or headline seen; what is longer is a body in the wrong element.
SUMMARY_CODE_POINTS = 20_000
HEADLINE_CODE_POINTS = 2_000
# A page that shows less than this share of what the feed carries is not the article: a notice, a login, a page made by scripts.
LEAST_PAGE_SHARE = 0.5
# A notice of republication stands in the last few paragraphs.
NOTICE_PARAGRAPHS = 6
# Markup that is shorter has not enough attributes or elements to cost time.
LONG_MARKUP = 50_000
# A feed's content of so many characters that does not break off is the whole text; shorter ones are teasers as often as not.
WHOLE_CHARACTERS = 600

# The longest list of authors seen has 300 characters.
LONGEST_DECLARATION = 500

PARAGRAPH_GAP = "\n\n"


# A Struct as a Piece is one.
class Passage(Struct, frozen=True, gc=False):
    """A paragraph, where it stands in the whole text, and what it is if it is not of the body."""

    start: int
    end: int
    kind: Kind | None

    def of(self, text: str) -> str:
        """Its words in the text that it is a passage of."""
        return text[self.start : self.end]


class PlainArticle(NamedTuple):
    """An article without its markup, before anything is cut.

    `whole` is the text before anything was set aside: the headline, then everything the body was taken from, in its order, and of a page
    everything that it shows; last, a line for each declaration of authors and sources. `passages` part it behind the headline, from the
    body's first to its last, `before` and `after` what a page shows elsewhere; `source` names the element they are from. `complete` as in
    Text. The summary is the page's own description where the feed has none. `is_page_usable`: the page shows the article, whether or not
    the body was taken from it.
    """

    headline: Headline | None
    summary: str | None
    source: TextFrom | None
    whole: str
    passages: list[Passage]
    complete: bool | None
    before: Sequence[Passage] = ()
    after: Sequence[Passage] = ()
    declared: Sequence[Declared] = ()
    summary_from_page: bool = False
    is_page_usable: bool = False


DeclaredName = Literal["author", "source", "source_address", "canonical"]


class Declared(NamedTuple):
    """What the feed's fields or the page's markup say of the article's makers: which sort of field, its text, where that begins.

    source_address: the feed that an entry was taken from, title and address; canonical: the address that a page calls its own.
    """

    name: DeclaredName
    text: str
    start: int


def plain_article(raw: RawArticle, page: ReadPage | None = None) -> PlainArticle:
    """The article as plain text; its body is from the page, else the feed's content, else its summary, else its title.

    What the feed itself carried is passed on whatever becomes of the page's text. So where that is not passed on in full, content that is
    whole, or longer than the page shows, is the body, and shorter content the summary of a feed that gives none.
    """
    entry = raw.entry
    headline = _headline(raw, page)
    content, summary = _shown(entry.content), _shown(entry.summary)
    on_page = _on_page(page, content if content.body_characters else summary)
    is_passed_on = raw.feed.text == "full"
    source, shown, complete = _source(content, summary, page, on_page, is_passed_on=is_passed_on)
    gap = "" if headline is None or shown.text[:1] in _LINE_BREAKS or not shown.text else PARAGRAPH_GAP
    lead = f"{headline.raw if headline else ''}{gap}"
    passages, before, after = (_moved(part, len(lead)) for part in (shown.passages, shown.before, shown.after))
    if source is None and headline is not None:
        source = "title"
        start = headline.raw.index(headline.clean)
        passages.insert(0, Passage(start, start + len(headline.clean), None))
    whole, declared = _with_declarations(lead + shown.text, raw, page)
    own = summary.plain or (content.plain if source == "page" and not is_passed_on else "")
    described = None if own else _description(raw, page)
    return PlainArticle(
        headline,
        own or described,
        source,
        whole,
        passages,
        complete,
        before,
        after,
        declared,
        summary_from_page=described is not None,
        is_page_usable=on_page is not None,
    )


def _with_declarations(whole: str, raw: RawArticle, page: ReadPage | None) -> tuple[str, list[Declared]]:
    parts, declared = [whole], []
    start = len(whole)
    for name, text in dict.fromkeys(_declarations(raw, page.metadata if page else NO_METADATA)):
        line = " ".join(text.split())[:LONGEST_DECLARATION]
        start += len(PARAGRAPH_GAP) + len(name) + len(": ")
        declared.append(Declared(name, line, start))
        parts.append(f"{name}: {line}")
        start += len(line)
    return PARAGRAPH_GAP.join(parts), declared


def _declarations(raw: RawArticle, page: PageMetadata) -> Iterator[tuple[DeclaredName, str]]:
    source = raw.entry.source
    yield from (("author", name) for name in (*(author.name for author in raw.entry.authors), *page.credits) if name and "@" not in name)
    publisher = raw.entry.extensions.get("dc:publisher")
    yield from (("source", name) for name in (source.title if source else None, publisher, *page.sources) if isinstance(name, str) and name)
    if source and source.url:
        yield "source_address", f"{source.title or ''} {source.url}".strip()
    if page.canonical_url:
        yield "canonical", page.canonical_url


def text_of(plain: PlainArticle, limit: int = BODY_CODE_POINTS) -> Text:
    """The text as it is published, its body of at most `limit` code points; what is set aside within as much of the whole is named."""
    kept = [passage.of(plain.whole) for passage in plain.passages if passage.kind is None]
    body, paragraphs, truncated = _body([on_one_line(text) for text in kept], limit)
    headline = plain.headline
    return Text(
        headline=headline.clean if headline else None,
        headline_raw=headline.raw if headline else None,
        summary=plain.summary and plain.summary[: min(limit, SUMMARY_CODE_POINTS)],
        body=body,
        paragraphs=paragraphs,
        removed=[*_removed_of_headline(headline), *_removed(plain, limit)],
        relative_dates=[],
        repeats=[],
        word_count=count_words(body or ""),
        from_=plain.source,
        complete=False if truncated else plain.complete,
        truncated=truncated,
    )


def plain_line(markup: str | None) -> str | None:
    """A short text without its markup, on one line; null where nothing is left."""
    return _shown(markup).line or None


def _description(raw: RawArticle, page: ReadPage | None) -> str | None:
    """What the page says of itself, unless its robots directives forbid to show any of it."""
    if page is None or raw.page is None or forbids_excerpts(raw.page.rights.robots):
        return None
    return next((plain for description in page.metadata.descriptions if (plain := _shown(description).plain)), None)


# ── headline ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _headline(raw: RawArticle, page: ReadPage | None) -> Headline | None:
    """The feed's headline; where the entry has none, or only the document title of its page, the page's own."""
    served = (plain_line(raw.entry.title) or "")[:HEADLINE_CODE_POINTS]
    own = page.headline[:HEADLINE_CODE_POINTS] if page and page.headline else None
    publisher = raw.feed.publisher.name if raw.feed.publisher else None
    sites = [name for name in (raw.feed.title, publisher, *(page.metadata.sites if page else ())) if name]
    headline = clean_headline(served, sites, own) if served else None
    if own and page and (not served or _is_title_of(page, served)) and (headline is None or headline.clean != own):
        return clean_headline(own, sites)
    return headline


def _is_title_of(page: ReadPage, served: str) -> bool:
    return " ".join((page.metadata.title or "").split()) == " ".join(served.split())


def _removed_of_headline(headline: Headline | None) -> Iterator[Removed]:
    for kind, start, end in headline.removed if headline else ():
        yield Removed(field="headline_raw", start=start, end=end, text=headline.raw[start:end] if headline else "", kind=kind)


# ── where the body is from ───────────────────────────────────────────────────────────────────────────────────────────


class _Shown(NamedTuple):
    """A text without its markup, and its passages; what lies between them is white."""

    text: str
    passages: list[Passage]
    before: Sequence[Passage] = ()
    after: Sequence[Passage] = ()

    @property
    def body_characters(self) -> int:
        return sum(passage.end - passage.start for passage in self.passages if passage.kind is None)

    @property
    def plain(self) -> str:
        return PARAGRAPH_GAP.join(on_one_line(passage.of(self.text)) for passage in self.passages if passage.kind is None)

    @property
    def line(self) -> str:
        return " ".join(passage.of(self.text).strip() for passage in self.passages)


def _on_page(page: ReadPage | None, fed: _Shown) -> _Shown | None:
    """The body that the page shows; null where that is so much less than the feed gives that the page is not the article."""
    if page is None or not page.pieces:
        return None
    shown = _judged(_joined(page.pieces))
    return shown if shown.body_characters and shown.body_characters >= LEAST_PAGE_SHARE * fed.body_characters else None


def _source(
    content: _Shown, summary: _Shown, page: ReadPage | None, on_page: _Shown | None, *, is_passed_on: bool
) -> tuple[TextFrom | None, _Shown, bool | None]:
    """Where the body is from, the text it is in, and whether that is whole; what is set aside is named even where nothing else is there."""
    is_whole = _is_whole(content, summary)
    if page is not None and on_page is not None:
        if is_passed_on or not (is_whole or content.body_characters >= on_page.body_characters):
            return "page", _amid(on_page, page), _is_whole_page(page)
        return "content", _amid(content, page), is_whole
    if content.body_characters:
        return "content", content, is_whole
    if summary.body_characters:
        return "summary", summary, False if _breaks_off(summary) else None
    if page is not None and not content.text and not summary.text:
        return None, _amid(_Shown("", []), page), None
    return None, content if content.text else summary, None


def _amid(shown: _Shown, page: ReadPage) -> _Shown:
    """A body amid everything else that its page shows."""
    before = _joined(page.before)
    start = len(before.text) + len(PARAGRAPH_GAP) if before.text else 0
    after = _joined(page.after, start + (len(shown.text) + len(PARAGRAPH_GAP) if shown.text else 0))
    whole = PARAGRAPH_GAP.join(part.text for part in (before, shown, after) if part.text)
    return _Shown(whole, _moved(shown.passages, start), before.passages, after.passages)


def _moved(passages: Iterable[Passage], by: int) -> list[Passage]:
    return [Passage(passage.start + by, passage.end + by, passage.kind) for passage in passages]


def _is_whole_page(page: ReadPage) -> bool | None:
    """False where a part is missing, null where the publisher says it is not free without saying which part is not."""
    return False if page.is_cut or page.paid_part else None if page.is_paid else True


def _is_whole(content: _Shown, summary: _Shown) -> bool | None:
    if _breaks_off(content):
        return False
    return True if content.body_characters >= WHOLE_CHARACTERS and content.body_characters > summary.body_characters else None


def _breaks_off(shown: _Shown) -> bool:
    """Whether a text ends in the middle, or sends its reader elsewhere for the rest."""
    last = next((passage.of(shown.text) for passage in reversed(shown.passages) if passage.kind is None), "")
    sent_on = any(passage.kind == "feed_footer" and _GOES_ON.search(passage.of(shown.text)) for passage in shown.passages)
    return sent_on or _CUT.search(last) is not None


# ── passages ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _shown(markup: str | None) -> _Shown:
    """A text that is HTML when it holds a known tag, and plain text otherwise, with what stands around articles told apart."""
    text = without_controls(markup or "")
    if _TAG.search(text):
        return _judged(_joined(_html_pieces(text)))
    return _judged(_plain_passages(_ENTITY.sub(lambda found: html.unescape(found[0]), text)))


def _html_pieces(text: str) -> Iterator[Piece]:
    markup = bounded(text)[0] if len(text) > LONG_MARKUP else text
    root = etree.fromstring(markup.encode("utf-8", "replace"), _PARSER)
    return iter(()) if root is None else pieces_of(root)


def _joined(pieces: Iterable[Piece], start: int = 0) -> _Shown:
    """The pieces as paragraphs of one text, and as passages of one in which it begins at `start`."""
    texts, passages = [], []
    for piece in pieces:
        end = start + len(piece.text)
        texts.append(piece.text)
        passages.append(Passage(start, end, piece.kind))
        start = end + len(PARAGRAPH_GAP)
    return _Shown(PARAGRAPH_GAP.join(texts), passages)


def _judged(shown: _Shown) -> _Shown:
    """With the kinds of lines that say what they are, and of what a line ends with."""
    hints = hints_of(shown.text)
    parts = [part for passage in shown.passages for part in _parts(shown.text, passage, hints)]
    for place in range(max(len(parts) - NOTICE_PARAGRAPHS, 0), len(parts)):
        part = parts[place]
        if part.kind is None and is_disclaimer(part.of(shown.text), hints):
            parts[place] = Passage(part.start, part.end, "republication_disclaimer")
    return _Shown(shown.text, parts)


def _parts(text: str, passage: Passage, hints: Sequence[str]) -> Iterator[Passage]:
    start, end = passage.start, passage.end
    if is_surely_text(end - start, hints):
        yield passage
        return
    line = text[start:end]
    kind = passage.kind or kind_of_line(line, hints)
    trailer = None if kind else trailer_of(line, hints)
    if trailer is None:
        yield Passage(start, end, kind)
    else:
        if line[: trailer.start].strip():
            yield Passage(start, start + len(line[: trailer.start].rstrip()), None)
        yield Passage(start + trailer.start, end, trailer.kind)


def _removed(plain: PlainArticle, limit: int) -> Iterator[Removed]:
    last = limit + (plain.passages[0].start if plain.passages else 0)
    for passage in plain.passages:
        if passage.kind is not None and passage.end <= last:
            yield Removed(field="source", start=passage.start, end=passage.end, text=passage.of(plain.whole), kind=passage.kind)


def _body(texts: Sequence[str], limit: int) -> tuple[str | None, list[Paragraph], bool]:
    """The body, where its paragraphs stand in it, and whether `limit` cut it."""
    paragraphs: list[Paragraph] = []
    start = 0
    for text in texts:
        if start >= limit:
            break
        end = min(start + len(text), limit)
        paragraphs.append(Paragraph(start=start, end=end))
        start = end + len(PARAGRAPH_GAP)
    whole = PARAGRAPH_GAP.join(texts)
    body = whole[: paragraphs[-1].end] if paragraphs else None
    return body, paragraphs, body is not None and len(body) < len(whole)


_INLINE = (
    *("a", "abbr", "acronym", "b", "big", "cite", "code", "del", "em", "font", "i", "img", "ins", "kbd", "mark", "q", "s"),
    *("small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "wbr", "picture", "source", "input", "html"),
)
_TAG = re.compile(rf"<(?:!--|!\[CDATA\[|/?(?:{'|'.join((*sorted(NOT_TEXT), *sorted(BLOCKS), *_INLINE))})(?=[\s/>]))", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.IGNORECASE)
# `huge_tree` lifts the limit of 256 levels, which badly nested feeds do reach; bytes, so that nothing is taken for a path.
_PARSER = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, no_network=True)


# ── plain text ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _plain_passages(text: str) -> _Shown:
    """Paragraphs stand apart by an empty line; without any, each line is one if most end like a sentence, else lines are wrapped.

    In a document that is plain text (its content begins with the end of its headline's line) each line is a paragraph.
    """
    lines = list(_lines(text.rstrip()))
    filled = [(start, end) for start, end in lines if end > start]
    ended = sum(text[start:end].endswith(_SENTENCE_ENDS) for start, end in filled)
    if text[:1] in _LINE_BREAKS or (len(filled) == len(lines) and 2 * ended >= len(filled)):
        return _Shown(text, [Passage(start, end, None) for start, end in filled])
    groups = (list(group) for is_filled, group in groupby(lines, key=lambda line: line[1] > line[0]) if is_filled)
    return _Shown(text, [Passage(group[0][0], group[-1][1], None) for group in groups])


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Where each line's words begin and end; an empty line does both at one place."""
    start = 0
    for line in text.splitlines(keepends=True):
        words = line.strip()
        first = start + (line.index(words) if words else 0)
        yield first, first + len(words)
        start += len(line)


_LINE_BREAKS = ("\n", "\r")
_SENTENCE_ENDS = (*".!?…。！？।۔؟:;)", '."', ".”", ".»", "”", "»", "“", "」", "』")  # noqa: RUF001 - the signs of other scripts
# A text that ends so was cut off by whoever made the feed.
_CUT = re.compile(r"(?:…|\.{3}|\[(?:…|\.{3}|&hellip;)\]|\((?:…|\.{3})\))\s*\Z")
_GOES_ON = re.compile(
    r"read|continue|more|weiter|mehr|lire|suite|leer|seguir|sigue|leia|ler|leggi|continua|lees|læs|les mer|läs"
    r"|czytaj|číst|devam|читать|читати|διαβάστε|続き|全文|더|المزيد",
    re.IGNORECASE,
)
