"""The explanation of one article, line by line: whose report it is and why, then what is known of the text."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

from rich.console import Console
from rich.text import Text as Line

from dateline.explain.passages import Marks, Part, field_text, in_order, marked, quoted
from dateline.explain.words import EVIDENCE, MENTIONS, METHODS, RELATIONS, TAKEN_FROM, in_words, language_name
from dateline.showable import counted, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dateline.events import Attribution, EnrichedArticle, Language, Mention, NewsStory, Origin, Span

__all__ = ["explain_article"]

LABEL_COLUMNS = 16
# A margin may be wider than a narrow terminal; so much is always left to write in.
LEAST_COLUMNS = 20
# Of a longer text the beginning and the end are shown, where credits stand, whatever is quoted, and what was set aside.
FIRST_PARAGRAPHS, LAST_PARAGRAPHS = 3, 2
# More than surrounds an article within its feed; a page may have hundreds.
MOST_SET_ASIDE = 12
# A paragraph in which nothing is quoted, and a passage that was set aside, are cut at so much.
PART_CHARACTERS = 400
# Relative dates that are named; the rest is counted.
MOST_NAMED = 12
# What is surer is not rounded to 1.
NEARLY_SURE = 0.994
# Of a passage that is said twice so much tells which it is.
BRIEF_CHARACTERS = 60


def explain_article(
    article: EnrichedArticle, *, width: int, full: bool = False, story: NewsStory | None = None, names: Mapping[str, str] | None = None
) -> list[Line]:
    """The explanation in lines of at most `width` columns, without trailing space.

    `full` shows the whole text. `names` gives the names of agencies by id. `story` is said where it is known.
    """
    sheet = _Sheet(width)
    marks = Marks()
    _headline(sheet, article)
    _origin(sheet, article, marks)
    _mentions(sheet, article, marks, _names(article.attribution, names or {}))
    _copy(sheet, article, marks)
    _language(sheet, article, marks)
    if story is not None:
        _story(sheet, story, is_proven=bool(article.attribution.origins))
    _passages(sheet, article)
    _fingerprint(sheet, article)
    _text(sheet, article, marks, full=full)
    return sheet.lines


class _Sheet:
    """Lines of a bounded width: labels to the left, what they say beside them."""

    def __init__(self, width: int) -> None:
        self.lines: list[Line] = []
        self._width = width
        self._console = Console(width=width)

    def say(self, label: str, *values: Line | str) -> None:
        """A label and what it says; each value begins a line of its own."""
        for number, value in enumerate(values):
            line = value if isinstance(value, Line) else Line(printable(value))
            self.put(line, indent=LABEL_COLUMNS, label=Line.assemble((label if number == 0 else "", "cyan")))

    def put(self, line: Line, *, indent: int = 0, label: Line | None = None) -> None:
        """A line, broken where it is too long, all of it indented; `label` stands before it in the first row."""
        start = label or Line()
        start.append(" " * (indent - start.cell_len))
        rows = line.wrap(self._console, max(self._width - indent, LEAST_COLUMNS)) or [Line()]
        for number, row in enumerate(rows):
            whole = start + row if number == 0 else Line(" " * indent) + row
            whole.rstrip()
            self.lines.append(whole)

    def quote(self, line: Line, number: int, *, about: str) -> None:
        """A numbered quotation and, below it, what it is."""
        label = Line.assemble(" " * LABEL_COLUMNS, (f"[{number}] ", "green"))
        self.put(line, indent=label.cell_len, label=label.copy())
        self.put(Line(printable(about), style="dim"), indent=label.cell_len)

    def blank(self) -> None:
        """An empty line."""
        self.lines.append(Line())


# ── headline, and whose report it is ─────────────────────────────────────────────────────────────────────────────────


def _headline(sheet: _Sheet, article: EnrichedArticle) -> None:
    text = article.text
    sheet.put(Line(printable(text.headline or "(no headline)"), style="bold"))
    for removed in text.removed:
        if removed.field == "headline_raw":
            sheet.put(_bracketed(removed.kind, Line(printable(removed.text))))
    sheet.blank()


def _origin(sheet: _Sheet, article: EnrichedArticle, marks: Marks) -> None:
    attribution = article.attribution
    match attribution.status:
        case "self":
            sheet.say("report of", "the publisher itself")
        case "conflict":
            sheet.say("report of", "contradictory: this copy names origins that exclude each other, and both are kept")
        case "unattributed":
            sheet.say("report of", "not said: nothing in this copy names an origin, and silence proves nothing")
        case _:
            pass
    for origin in attribution.origins:
        sheet.say("report of" if attribution.status == "attributed" else "", _named_origin(origin))
        for evidence in origin.evidence:
            about = f"{in_words(evidence.kind)}; {EVIDENCE.get(evidence.role, in_words(evidence.role))}; weight {_figure(evidence.weight)}"
            _quote(sheet, article, evidence, marks, about)
    if attribution.distributor is not None:
        sheet.say("passed on by", f"{attribution.distributor.name}, a wire for press releases")
    sheet.say("relation", RELATIONS[attribution.relation])


def _named_origin(origin: Origin) -> Line:
    known = ", ".join(filter(None, (in_words(origin.kind), origin.country)))
    return Line.assemble((printable(origin.name), "bold"), f" ({printable(known)}), confidence {_figure(origin.confidence)}")


def _names(attribution: Attribution, names: Mapping[str, str]) -> dict[str, str]:
    return {**names, **{origin.id: origin.name for origin in attribution.origins if origin.id}}


def _mentions(sheet: _Sheet, article: EnrichedArticle, marks: Marks, names: Mapping[str, str]) -> None:
    """Who is named without that counting; what counts is quoted with its origin."""
    others: dict[tuple[str, str], list[Mention]] = {}
    for mention in article.attribution.mentions:
        if mention.role in MENTIONS:
            others.setdefault((mention.id, mention.role), []).append(mention)
    if others:
        sheet.say("named as well", "which proves no origin:")
    for (identity, role), (mention, *more) in others.items():
        again = f", {counted(len(more), 'more time')}" if more else ""
        _quote(sheet, article, mention, marks, f"{names.get(identity, identity)} {MENTIONS[role]}{again}")


def _quote(sheet: _Sheet, article: EnrichedArticle, span: Span, marks: Marks, about: str) -> None:
    place = {"source": "document", "headline_raw": "headline as served"}.get(span.field, span.field)
    sheet.quote(quoted(field_text(article, span), span), marks.number(span), about=f"{about}; {place} {span.start}–{span.end}")  # noqa: RUF001 - a range


# ── this copy ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _copy(sheet: _Sheet, article: EnrichedArticle, marks: Marks) -> None:
    attribution = article.attribution
    publisher = attribution.publisher
    known = ", ".join(filter(None, (publisher.name, publisher.domain, publisher.country))) if publisher else ""
    sheet.say("published by", known or "not said")
    sheet.say(
        "written by",
        ", ".join(author.name + (f" ({author.role})" if author.role else "") for author in attribution.authors) or "nobody is named",
    )
    sheet.say("published", _date(article))
    dateline = attribution.dateline
    sheet.say("dateline", "none" if dateline is None else f"«{dateline.raw}»: {', '.join(filter(None, (dateline.place, dateline.date)))}")
    if attribution.copyright is not None:
        sheet.say("copyright", attribution.copyright)
    _notices(sheet, article, marks)
    if article.link is not None:
        sheet.say("link", article.link)
    if article.flags:
        sheet.say("doubts", ", ".join(map(in_words, article.flags)))


def _notices(sheet: _Sheet, article: EnrichedArticle, marks: Marks) -> None:
    """Legal and editorial notices; those that are quoted already as proofs by their number."""
    notices = article.attribution.notices
    known = [f"{in_words(notice.kind)} [{marks.number(notice)}]" for notice in notices if marks.has(notice)]
    others = [notice for notice in notices if not marks.has(notice)]
    if notices:
        sheet.say("notices", ", ".join(known) or "legal and editorial ones:")
    for notice in others:
        _quote(sheet, article, notice, marks, in_words(notice.kind))


def _date(article: EnrichedArticle) -> str:
    if article.published_at is None:
        return "no date is given, so none is known"
    return f"{article.published_at:%Y-%m-%d %H:%M} UTC, given to the {article.published_precision or 'second'}"


# ── language ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _language(sheet: _Sheet, article: EnrichedArticle, marks: Marks) -> None:
    language = article.language
    sheet.say("language", *_language_lines(language))
    translation = language.translation
    if translation is None:
        return
    by = {"machine": "translated by a machine", "human": "translated by a person", "unknown": "translated"}[translation.kind]
    source = f" from {language_name(translation.from_)}" if translation.from_ else ""
    sheet.say("translation", f"{by}{source}, confidence {_figure(translation.confidence)}")
    for span in translation.evidence:
        _quote(sheet, article, span, marks, "speaks for a translation")


def _language_lines(language: Language) -> Iterable[str]:
    sure = "" if language.confidence is None else f", confidence {_figure(language.confidence)}"
    yield f"{language_name(language.tag) if language.tag else 'undetermined'}{sure}: {METHODS[language.method]}"
    yield f"declared: {', '.join(language.declared)}" if language.declared else "nothing is declared"
    if language.alternatives:
        yield "or " + ", ".join(f"{language_name(other.tag)} {_figure(other.confidence)}" for other in language.alternatives)
    if language.mixed:
        yield "a good part of it is in another language"


# ── text ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _text(sheet: _Sheet, article: EnrichedArticle, marks: Marks, *, full: bool) -> None:
    text = article.text
    whole = {True: "the whole text", False: "not the whole text", None: "perhaps not the whole text"}[text.complete]
    origin = f"from {TAKEN_FROM[text.from_]}, {whole}" if text.from_ else "nothing was served"
    sheet.blank()
    sheet.say("text", f"{counted(text.word_count, 'word')} in {counted(len(text.paragraphs), 'paragraph')}, {origin}")
    if text.summary and text.from_ != "summary":
        sheet.say("summary", text.summary if full else _cut(text.summary))
    left_out: list[_Marked] = []
    paragraphs = set_aside = 0
    for part, found in _in_runs([(part, marks.within(part)) for part in in_order(text)]):
        paragraphs += part.kind is None
        set_aside += part.kind is not None
        between = FIRST_PARAGRAPHS < paragraphs <= len(text.paragraphs) - LAST_PARAGRAPHS
        spared = between if part.kind is None else set_aside > MOST_SET_ASIDE
        if spared and not full and not found:
            left_out.append((part, found))
            continue
        _left_out(sheet, left_out)
        left_out.clear()
        _shown(sheet, part, found, full=full)


# A part with where something is quoted in it, and the number of that.
_Marked: TypeAlias = "tuple[Part, list[tuple[int, int, int]]]"


def _in_runs(parts: Iterable[_Marked]) -> Iterator[_Marked]:
    """With one part for several that were set aside one after the other as the same, such as a list of links."""
    for kind, run in groupby(parts, key=lambda marked: None if marked[1] else marked[0].kind):
        if kind is None:
            yield from run
        else:
            first, *rest = (part for part, _ in run)
            yield first._replace(text=" · ".join([first.text, *(part.text for part in rest)])), []


def _shown(sheet: _Sheet, part: Part, found: Sequence[tuple[int, int, int]], *, full: bool) -> None:
    line = marked(part, found) if found or full else Line(_cut(part.text))
    sheet.blank()
    sheet.put(line if part.kind is None else _bracketed(part.kind, line), indent=2)


def _left_out(sheet: _Sheet, parts: Sequence[_Marked]) -> None:
    """How much is not shown; a single paragraph takes no more room than saying so."""
    if len(parts) == 1:
        _shown(sheet, *parts[0], full=False)
    elif parts:
        kept = [part for part, _ in parts if part.kind is None]
        words = sum(len(part.text.split()) for part in kept)
        counts = [f"{counted(len(kept), 'paragraph')} with {counted(words, 'word')}"] if kept else []
        counts += [f"{counted(len(parts) - len(kept), 'passage')} set aside"] if len(parts) > len(kept) else []
        sheet.blank()
        sheet.put(Line(f"[… {' and '.join(counts)} …]", style="dim"), indent=2)


def _bracketed(kind: str, line: Line) -> Line:
    shown = Line.assemble(f"[set aside, {in_words(kind)}: ", line, "]")
    shown.stylize("dim")
    return shown


def _cut(text: str) -> str:
    if len(text) <= PART_CHARACTERS:
        return printable(text)
    kept = text[:PART_CHARACTERS].rsplit(" ", 1)[0] or text[:PART_CHARACTERS]
    return f"{printable(kept)} [… {counted(len(text) - len(kept), 'more character')}]"


def _figure(share: float) -> str:
    """Two digits, a third where it tells from certainty."""
    return f"{share:.3f}" if share > NEARLY_SURE else f"{share:.2f}"


# ── what its passages are, and what it is like ───────────────────────────────────────────────────────────────────────


def _passages(sheet: _Sheet, article: EnrichedArticle) -> None:
    text = article.text
    for number, repeat in enumerate(text.repeats):
        how = "word for word" if repeat.kind == "verbatim" else "in other words"
        sheet.say("said twice" if number == 0 else "", f"{how}: «{_brief(repeat.a.text)}» and «{_brief(repeat.b.text)}»")
    if text.relative_dates:
        counts = Counter(span.text for span in text.relative_dates)
        named = [f"{words} ({count}×)" if count > 1 else words for words, count in counts.most_common(MOST_NAMED)]  # noqa: RUF001 - times
        more = f", and {len(counts) - len(named)} more" if len(counts) > len(named) else ""
        depends = "seen from its publication" if article.published_at else "which nothing here dates"
        sheet.say("relative dates", f"{', '.join(named)}{more}: {depends}")


def _brief(text: str) -> str:
    """The beginning of a passage."""
    return text if len(text) <= BRIEF_CHARACTERS else text[:BRIEF_CHARACTERS].rsplit(" ", 1)[0] + " …"


def _story(sheet: _Sheet, story: NewsStory, *, is_proven: bool) -> None:
    part = {"first": "the first copy to reach us", "duplicate": "another copy", "revision": "a later text", "excerpt": "an excerpt"}[
        story.role
    ]
    of = f" of article {story.of}" if story.of else ""
    sheet.say("story", f"{part}{of}; copy {story.copies} so far, story {story.id}")
    if story.origin is not None and not is_proven:
        sheet.say("", f"another copy proves the origin: {story.origin.name}, in article {story.origin.article}")


def _fingerprint(sheet: _Sheet, article: EnrichedArticle) -> None:
    fingerprint = article.fingerprint
    sketch = f", sketch of {counted(fingerprint.shingles, 'word pair')}" if fingerprint.sketch and fingerprint.shingles is not None else ""
    sheet.say(
        "fingerprint", f"text {fingerprint.content_hash}", f"headline {fingerprint.title_hash}{sketch}, version {fingerprint.version}"
    )
    sheet.say("rules", article.attribution.rules)
