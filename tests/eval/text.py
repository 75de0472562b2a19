"""`python -m tests.eval text`: what is made of real article pages, against their checked body, title and date.

Each page goes the way of `dateline parse` and `dateline enrich`. A body is compared by shingles of four words (five characters in Chinese
and Japanese), as the article-extraction-benchmark does; F1 is that of the mean precision and recall. Where the publisher marks parts as
not free, their text is not taken: the bodies of such pages are counted apart.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime
from statistics import mean, median
from time import process_time
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.labelled import data_at

from dateline.enricher.agencies import load_agencies
from dateline.enricher.enrich import enrich
from dateline.poller.document import Limits
from dateline.poller.sources import Source, read_source

if TYPE_CHECKING:
    from pathlib import Path

    from dateline.events import EnrichedArticle, RawArticle

NOW = datetime(2027, 1, 1, tzinfo=UTC)
BODY_F1, TITLE_EXACT, SAME_DAY = 0.95, 0.85, 0.93
WORST = 12
_CJK = re.compile("[぀-ヿ㐀-鿿]")


class Judged(NamedTuple):
    """One page: how its body, title and day compare, how long it took, and what is wrong with the body."""

    id: str
    publisher: str
    precision: float
    recall: float
    title: bool
    same_day: bool
    paid: bool
    reason: str
    seconds: float

    @property
    def f1(self) -> float:
        return f1(self.precision, self.recall)


def f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def report() -> list[str]:
    """Print the table; the promises that are not kept."""
    data = data_at("text")
    truths = [json.loads(line) for line in (data / "truth.jsonl").read_text().splitlines()]
    judged = [_judge(truth, (data / "pages" / f"{truth['id']}.html.gz")) for truth in truths]
    free = [page for page in judged if not page.paid]
    figures = {
        "body F1": (_mean_f1(free), BODY_F1),
        "title exact": (mean(page.title for page in judged), TITLE_EXACT),
        "same day": (mean(page.same_day for page in judged), SAME_DAY),
    }
    _print(judged, free, figures)
    return [f"text: {name} is {value:.3f}, promised {least}" for name, (value, least) in figures.items() if value < least]


def _judge(truth: dict[str, Any], path: Path) -> Judged:
    body = gzip.decompress(path.read_bytes())
    start = process_time()
    (raw,) = read_source(
        body, Source(path.stem, f"https://{truth['publisher'].lower()}.example/article", None), now=NOW, limits=Limits()
    ).articles
    article = enrich(raw, AGENCIES)
    seconds = process_time() - start
    wanted = "\n".join(truth["paragraphs"])
    ours, theirs = shingles(article.text.body or "", wanted), shingles(wanted, wanted)
    common = sum((ours & theirs).values())
    return Judged(
        id=truth["id"],
        publisher=truth["publisher"],
        precision=common / max(ours.total(), 1),
        recall=common / max(theirs.total(), 1),
        title=_line(article.text.headline) == _line(truth["title"]),
        same_day=_same_day(article, truth["publishing_date"]),
        paid="paid_part_left_out" in article.flags,
        reason=_reason(raw, article, truth),
        seconds=seconds,
    )


def shingles(text: str, like: str) -> Counter[Any]:
    """Shingles of a text in the way that suits the script of another."""
    if len(_CJK.findall(like)) > len(like) / 5:
        plain = re.sub(r"\W+", "", text)
        return Counter(plain[start : start + 5] for start in range(max(len(plain) - 4, 1)))
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[start : start + 4]) for start in range(max(len(words) - 3, 1)))


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


def _same_day(article: EnrichedArticle, wanted: str | None) -> bool:
    """The same day by UTC; where the truth has no zone, by its own clock."""
    if wanted is None or article.published_at is None:
        return wanted is article.published_at
    moment = datetime.fromisoformat(wanted)
    return article.published_at.date() == (moment if moment.tzinfo is None else moment.astimezone(UTC)).date()


def _reason(raw: RawArticle, article: EnrichedArticle, truth: dict[str, Any]) -> str:
    """The longest paragraphs that are missing and that are too many: the mistake shows in them."""
    if article.text.from_ != "page":
        return f"no body in the page ({', '.join(article.flags)})"
    ours = {re.sub(r"\W", "", paragraph): paragraph for paragraph in (article.text.body or "").split("\n\n")}
    theirs = {re.sub(r"\W", "", paragraph): paragraph for paragraph in truth["paragraphs"]}
    whole_ours, whole_theirs = "".join(ours), "".join(theirs)
    missing = max((text for key, text in theirs.items() if key not in whole_ours), key=len, default="")
    extra = max((text for key, text in ours.items() if key not in whole_theirs), key=len, default="")
    parts = [f"lacks {missing[:70]!r}" if missing else "", f"has {extra[:70]!r}" if extra else ""]
    return "; ".join(filter(None, parts))


def _mean_f1(pages: list[Judged]) -> float:
    return f1(mean(page.precision for page in pages), mean(page.recall for page in pages)) if pages else 0.0


def _print(judged: list[Judged], free: list[Judged], figures: dict[str, tuple[float, float]]) -> None:
    precision, recall = mean(page.precision for page in free), mean(page.recall for page in free)
    print(
        f"text: {len(judged)} pages of {len({page.publisher for page in judged})} publishers, {len(judged) - len(free)} of them partly paid"
    )
    for name, (value, least) in figures.items():
        print(f"  {name:12} {value:.3f}  (at least {least})")
    print(f"  precision {precision:.3f}, recall {recall:.3f} of the free")
    print(f"  CPU of the median page, read and enriched: {1000 * median(page.seconds for page in judged):.0f} ms")
    paid = [page for page in judged if page.paid]
    print(
        f"  partly paid: recall {mean(page.recall for page in paid):.3f} (their paid parts are not taken)" if paid else "  none partly paid"
    )
    worst: defaultdict[str, list[Judged]] = defaultdict(list)
    for page in free:
        worst[page.publisher].append(page)
    lowest = sorted((min(pages, key=lambda page: page.f1) for pages in worst.values()), key=lambda page: page.f1)
    print(f"  the worst page of each of the {WORST} worst publishers:")
    for page in lowest[:WORST]:
        print(f"    {page.f1:.3f} P {page.precision:.2f} R {page.recall:.2f} {page.id}: {page.reason}")
    wrong = [page.id for page in judged if not page.title]
    print(f"  another title: {', '.join(wrong)}")
    print(f"  another day: {', '.join(page.id for page in judged if not page.same_day)}")


AGENCIES = load_agencies(None)
