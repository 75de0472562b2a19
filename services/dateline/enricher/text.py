"""An entry's markup as plain text: headline, summary and a body in paragraphs."""

from __future__ import annotations

import html
import re
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from dateline.enricher.words import count_words
from dateline.events import Paragraph, Removed, Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dateline.events import Entry, TextFrom

__all__ = ["BODY_CODE_POINTS", "Piece", "PlainEntry", "plain_entry", "plain_pieces", "text_of"]

# 600 kB of UTF-8 in the longest scripts in use: two thirds of a record, so that the rest of an article fits beside it.
BODY_CODE_POINTS = 200_000
# Ten times the longest summary or headline seen; what is longer is a body in the wrong element.
SUMMARY_CODE_POINTS = 20_000
HEADLINE_CODE_POINTS = 2_000

PARAGRAPH_GAP = "\n\n"


class Piece(NamedTuple):
    """One paragraph as found: its text on one line, and whether it captions a picture."""

    text: str
    caption: bool = False


class PlainEntry(NamedTuple):
    """An entry without its markup, before anything is cut; `pieces` are the body's, from the element named `source`."""

    headline: str | None
    summary: str | None
    source: TextFrom | None
    pieces: list[Piece]


def plain_entry(entry: Entry) -> PlainEntry:
    """The entry as plain text; the body is from content, else summary, else title."""
    headline = " ".join(piece.text for piece in plain_pieces(entry.title))[:HEADLINE_CODE_POINTS] or None
    summary = plain_pieces(entry.summary)
    source, pieces = _body_source(entry, summary, headline)
    return PlainEntry(headline, PARAGRAPH_GAP.join(piece.text for piece in summary) or None, source, pieces)


def text_of(plain: PlainEntry, limit: int = BODY_CODE_POINTS) -> Text:
    """The text as it is published, its body of at most `limit` code points.

    Captions are set aside, with spans into the whole text they were taken from (`source`). Nothing is guessed: whether
    a feed's text is the whole article stays null.
    """
    body, paragraphs, truncated = _body(plain.pieces, limit)
    return Text(
        headline=plain.headline,
        headline_raw=plain.headline,
        summary=plain.summary and plain.summary[: min(limit, SUMMARY_CODE_POINTS)],
        body=body,
        paragraphs=paragraphs,
        removed=_captions(plain.pieces, limit),
        relative_dates=[],
        repeats=[],
        word_count=count_words(body or ""),
        from_=plain.source,
        complete=None,
        truncated=truncated,
    )


def plain_pieces(markup: str | None) -> list[Piece]:
    """Paragraphs of a text that is HTML when it holds a known tag, and plain text otherwise."""
    text = _clean(markup or "")
    if _TAG.search(text):
        return list(_html_pieces(text))
    return [Piece(line) for line in _plain_lines(_ENTITY.sub(lambda found: html.unescape(found[0]), text))]


def _body_source(entry: Entry, summary: list[Piece], headline: str | None) -> tuple[TextFrom | None, list[Piece]]:
    content = plain_pieces(entry.content)
    if any(not piece.caption for piece in content):
        return "content", content
    if any(not piece.caption for piece in summary):
        return "summary", summary
    return ("title", [Piece(headline)]) if headline else (None, [])


def _body(pieces: Iterable[Piece], limit: int) -> tuple[str | None, list[Paragraph], bool]:
    """The body, where its paragraphs stand in it, and whether `limit` cut it."""
    texts = [piece.text for piece in pieces if not piece.caption]
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


def _captions(pieces: Iterable[Piece], limit: int) -> list[Removed]:
    removed = []
    start = 0
    for text, caption in pieces:
        end = start + len(text)
        if caption and end <= limit:
            removed.append(Removed(field="source", start=start, end=end, text=text, kind="caption"))
        start = end + len(PARAGRAPH_GAP)
    return removed


# ── HTML ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _html_pieces(text: str) -> Iterable[Piece]:
    """Block elements and line breaks part paragraphs; everything else is words."""
    root = etree.fromstring(text.encode("utf-8", "replace"), _PARSER)
    if root is None:
        return
    etree.strip_elements(root, *_NOT_TEXT, with_tail=False)
    for caption in list(root.iter("figcaption")):
        words = " ".join(caption.itertext())
        del caption[:]
        caption.text = _clean(words)
    for block in root.iter(*_BLOCKS):
        block.text = (_CAPTION_BREAK if block.tag == "figcaption" else _BREAK) + _clean(block.text or "")
        block.tail = _BREAK + _clean(block.tail or "")
    whole = str(etree.tostring(root, method="text", encoding="unicode"))
    for segment in whole.split(_BREAK):
        if line := " ".join(_clean(segment).split()):
            yield Piece(line, caption=segment.startswith(_CAPTION))


def _clean(text: str) -> str:
    """Without what XML and JSON readers refuse, which character references smuggle into HTML."""
    return _UNPRINTABLE.sub("", text)


# Noncharacters (Unicode §23.7) mean nothing outside a program: `_clean` drops those of the feed.
_BREAK = "\ufdd0"
_CAPTION = "\ufdd1"
_CAPTION_BREAK = _BREAK + _CAPTION
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")

_NOT_TEXT = (
    *("script", "style", "noscript", "template", "head", "iframe", "object", "embed", "applet", "svg", "canvas"),
    *("audio", "video", "map", "button", "select", "textarea", "datalist"),
)
_BLOCKS = (
    *("p", "br", "div", "li", "ul", "ol", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "hr"),
    *("table", "caption", "tr", "td", "th", "section", "article", "aside", "header", "footer", "main", "nav", "figure"),
    *("figcaption", "address", "center", "form", "fieldset", "details", "summary", "hgroup", "body"),
)
_INLINE = (
    *("a", "abbr", "acronym", "b", "big", "cite", "code", "del", "em", "font", "i", "img", "ins", "kbd", "mark", "q", "s"),
    *("small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "wbr", "picture", "source", "input", "html"),
)
_TAG = re.compile(rf"<(?:!--|!\[CDATA\[|/?(?:{'|'.join((*_NOT_TEXT, *_BLOCKS, *_INLINE))})(?=[\s/>]))", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.IGNORECASE)
# `huge_tree` lifts the limit of 256 levels, which badly nested feeds do reach; bytes, so that nothing is taken for a path.
_PARSER = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, no_network=True)


# ── plain text ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _plain_lines(text: str) -> list[str]:
    """Paragraphs stand apart by an empty line; without any, each line is one if most end like a sentence, else lines are wrapped."""
    lines = [" ".join(line.split()) for line in text.strip().splitlines()]
    if "" not in lines and 2 * sum(line.endswith(_SENTENCE_ENDS) for line in lines) >= len(lines):
        return lines
    return [" ".join(group) for filled, group in groupby(lines, key=bool) if filled]


_SENTENCE_ENDS = (*".!?…。！？।۔؟:;)", '."', ".”", ".»", "”", "»", "“", "」", "』")  # noqa: RUF001 - the signs of other scripts
