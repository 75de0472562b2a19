"""`python -m tests.eval attribution`: whose report labelled pages are, and by which words.

A page goes the way of `dateline parse --url` and `dateline enrich`, at the root of the host it was labelled with. Wire copy is right when
one of its agencies is named; an agency named for a page of another publisher is false. Confidence is set against how often it was right.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime
from itertools import pairwise
from statistics import mean
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.labelled import data_at

from dateline.enricher.agencies import load_agencies
from dateline.enricher.enrich import enrich
from dateline.poller.document import Limits
from dateline.poller.sources import Source, read_source

if TYPE_CHECKING:
    from pathlib import Path

    from dateline.events import Attribution

NOW = datetime(2027, 1, 1, tzinfo=UTC)
PRECISION, RECALL, F1, FALSE_ORIGINS, RIGHT_AGENCY = 0.92, 0.80, 0.86, 0.04, 0.98
NEGATIVES = ("photo_only", "quote_only", "boilerplate_only", "homonym", "none")
BINS = (0.0, 0.8, 0.9, 0.95, 1.01)


class Judged(NamedTuple):
    """A label and what was found for its page."""

    label: dict[str, Any]
    found: Attribution

    @property
    def named(self) -> set[str]:
        return {origin.id for origin in self.found.origins if origin.id}

    @property
    def right(self) -> bool:
        return bool(self.named & set(self.label["origin"]))


def report() -> list[str]:
    """Print the tables; the promises that are not kept."""
    data = data_at("attribution")
    judged = [_judge(json.loads(line), data) for line in (data / "labels.jsonl").read_text().splitlines()]
    wire = [page for page in judged if page.label["label"] == "wire"]
    negative = [page for page in judged if page.label["label"] in NEGATIVES]
    own = [page for page in judged if page.label["label"] == "own"]
    hits, right = [page for page in wire if page.named], [page for page in wire if page.right]
    false = [page for page in (*negative, *own) if page.named]
    precision = len(right) / max(len(hits) + len(false), 1)
    recall = len(right) / max(len(wire), 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    figures = [("precision", precision, PRECISION), ("recall", recall, RECALL), ("F1", f1, F1)]
    figures.append(("right agency", len(right) / max(len(hits), 1), RIGHT_AGENCY))
    print(f"attribution: {len(judged)} pages, {len(wire)} of them wire copy")
    for name, value, least in figures:
        print(f"  {name:13} {value:.3f}  (at least {least})")
    shortfalls = [f"attribution: {name} is {value:.3f}, promised {least}" for name, value, least in figures if value < least]
    _print_languages(wire)
    _print_relations(right)
    _print_calibration(judged)
    _print_mistakes(wire, [page for page in (*negative, *own) if page.found.origins])
    return shortfalls + _false_origins(negative)


def _judge(label: dict[str, Any], data: Path) -> Judged:
    source = Source(label["id"], f"https://{label['host'] or 'nowhere.example'}/", None)
    (raw,) = read_source((data / label["page"]).read_bytes(), source, now=NOW, limits=Limits()).articles
    return Judged(label, enrich(raw, AGENCIES).attribution)


def _false_origins(negative: list[Judged]) -> list[str]:
    shortfalls = []
    for name in NEGATIVES:
        pages = [page for page in negative if page.label["label"] == name]
        share = mean(bool(page.found.origins) for page in pages) if pages else 0.0
        print(f"  false origins, {name:16} {share:.3f}  of {len(pages)} (at most {FALSE_ORIGINS})")
        if share > FALSE_ORIGINS:
            shortfalls.append(f"attribution: {share:.3f} of {name} pages have an origin, promised {FALSE_ORIGINS}")
    return shortfalls


def _print_languages(wire: list[Judged]) -> None:
    by_language: defaultdict[str, list[bool]] = defaultdict(list)
    for page in wire:
        by_language[page.label["lang"]].append(page.right)
    rows = sorted(by_language.items(), key=lambda row: -len(row[1]))
    print("  recall by language:", ", ".join(f"{language} {sum(right)}/{len(right)}" for language, right in rows))


def _print_relations(right: list[Judged]) -> None:
    pairs = Counter((page.label["relation"], page.found.relation) for page in right)
    same = sum(count for (wanted, found), count in pairs.items() if wanted == found)
    print(f"  relation as labelled: {same} of {len(right)};", ", ".join(f"{w} as {f} {n}" for (w, f), n in pairs.items() if w != f))


def _print_calibration(judged: list[Judged]) -> None:
    """How often an agency was right, by how sure we were: sureness must not fall as it rises."""
    sure = [
        (origin.confidence, origin.id in page.label["origin"])
        for page in judged
        if page.label["label"] != "other_source"
        for origin in page.found.origins
        if origin.id
    ]
    for low, high in pairwise(BINS):
        inside = [right for confidence, right in sure if low <= confidence < high]
        if inside:
            said = mean(confidence for confidence, _ in sure if low <= confidence < high)
            print(f"  confidence {low:.2f} to {min(high, 1):.2f}: said {said:.2f}, right {mean(inside):.2f} of {len(inside)}")


def _print_mistakes(wire: list[Judged], false: list[Judged]) -> None:
    for page in (*(page for page in wire if not page.right), *false):
        quoted = "; ".join(
            f"{origin.id or origin.name}: {origin.evidence[0].text[:60]!r}" for origin in page.found.origins if origin.evidence
        )
        print(f"    {page.label['id']} {page.label['label']} wants {page.label['origin']}, got {page.found.status} {quoted}")


AGENCIES = load_agencies(None)
