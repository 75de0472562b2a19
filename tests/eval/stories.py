"""Stories: how often republished texts are found and strangers are kept apart, pair by pair and in one stream.

Each text goes the way of the sink: its fingerprint, and the fold. A pair is found when the second text is called a copy or an excerpt of
the first. F1 weighs each kind alike. Promised are the kinds that are copies by anybody's reading, numbers alone, and the stream.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from math import comb
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import replace
from tests.labelled import data_at

from dateline.enricher.fingerprint import fingerprint_of
from dateline.sink.stories import Stories

sys.path.append(str(Path(__file__).parents[1] / "unit" / "sink"))
from enriched import article_id, enriched

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dateline.events import EnrichedArticle, StoryRecord

# Copies of a part (`lead`, `drop50`) and of more than the text (`expand`) are found as well, but whether they are one story is a matter of
# taste; a fifth of the words changed (`rewrite20`) is more than words can tell. They are shown and not promised.
NOT_PROMISED = frozenset({"lead", "drop50", "expand", "rewrite20"})
# In a stream the last text of a story that quotes another makes one story of two, as people would not agree either.
NOT_IN_STREAM = frozenset({*NOT_PROMISED, "followup"})
# Strangers by their numbers or names though their headline is the same or none.
CHANGED = frozenset({"numonly", "tmpl_num"})
# A stranger's text that has this much of a base's paragraphs is a copy too.
CARRIED = 0.8
PAIR_F1, NUMBERS_MERGED, STREAM_ARI = 0.975, 0.01, 0.965
ORDERS = 5


class Pair(NamedTuple):
    kind: str
    base: str
    duplicate: bool
    texts: tuple[tuple[str, str], tuple[str, str]]


def report() -> list[str]:
    """Print the tables; the promises that are not kept, a sentence each."""
    data = data_at("duplicates")
    pairs = [_pair(json.loads(line)) for path in sorted(data.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()]
    found = _found(pairs)
    figures = {
        "pair F1": f1({kind: share for kind, share in found.items() if kind[1] not in NOT_PROMISED}),
        "numbers merged": found.get((False, "numonly"), 0.0),
        "stream ARI": fmean(_stream([pair for pair in pairs if pair.kind not in NOT_IN_STREAM], order) for order in range(ORDERS)),
    }
    positives, strangers = (sum(pair.duplicate is kind for pair in pairs) for kind in (True, False))
    right = sum(share * sum(pair.kind == kind for pair in pairs) for (kind_is, kind), share in found.items() if kind_is)
    wrong = sum(share * sum(pair.kind == kind for pair in pairs) for (kind_is, kind), share in found.items() if not kind_is)
    print(f"  pair F1 {figures['pair F1']:.4f} (at least {PAIR_F1}) without {', '.join(sorted(NOT_PROMISED))}")
    print(f"  all kinds: F1 {f1(found):.4f} with kinds alike, {2 * right / (right + wrong + positives):.4f} pair by pair")
    print(
        f"  numbers merged {figures['numbers merged']:.4f} (at most {NUMBERS_MERGED}); {strangers} pairs of strangers, {wrong:.0f} merged"
    )
    print(f"  stream ARI {figures['stream ARI']:.4f} (at least {STREAM_ARI}), mean of {ORDERS} orders")
    alike = [
        pair.duplicate
        for pair in pairs
        if fingerprint_of(pair.texts[0][0], "").title_hash == fingerprint_of(pair.texts[1][0], "").title_hash
    ]
    print(f"  equal headlines: {len(alike)} pairs, {alike.count(False)} of them strangers: alone they make no story")
    print(f"  stream ARI of all kinds {fmean(_stream(pairs, order) for order in range(ORDERS)):.4f}")
    return list(_shortfalls(figures))


def _pair(row: dict[str, Any]) -> Pair:
    first, second = ((row[side]["title"], "\n\n".join(row[side]["paras"])) for side in "ab")
    return Pair(row["kind"], row["base"], row["duplicate"], (first, second))


def _found(pairs: list[Pair]) -> dict[tuple[bool, str], float]:
    """The share of pairs whose second is called a copy or excerpt, by kind; printed."""
    roles: dict[tuple[bool, str], Counter[str]] = defaultdict(Counter)
    for pair in pairs:
        _, second = _folded([article(name, text, 0) for name, text in zip("ab", pair.texts, strict=True)])
        roles[pair.duplicate, pair.kind][second.role] += 1
    print("stories: pairs  found  as excerpt")
    found = {}
    for kind, counts in sorted(roles.items(), reverse=True):
        found[kind] = 1 - counts["first"] / counts.total()
        print(f"  {'copies   ' if kind[0] else 'strangers'} {kind[1]:14} {counts.total():4} {found[kind]:6.3f} {counts['excerpt']:5}")
    return found


def _stream(pairs: list[Pair], order: int) -> float:
    """All texts of the pairs once, in one stream of a day: how the stories agree with the labels."""
    labels = labelled(pairs)
    texts = sorted(labels)
    random.Random(order).shuffle(texts)
    records = _folded([article(str(number), text, number * 20) for number, text in enumerate(texts)])
    return adjusted_rand_index([labels[text] for text in texts], [record.story for record in records])


def labelled(pairs: list[Pair]) -> dict[tuple[str, str], str]:
    """Each text with its story. A stranger is of the story whose headline it bears, if it carries that text; if it carries a part of it,
    that is doubtful, and it is left out. Changed numbers and names make a story of their own.
    """
    bases = {pair.texts[0]: pair.base for pair in pairs if pair.duplicate}
    titles = {text[0]: text for text in bases}
    labels = dict(bases)
    labels |= {pair.texts[1]: pair.base for pair in pairs if pair.duplicate}
    for number, pair in enumerate(pairs):
        for side, text in enumerate(pair.texts):
            if text in labels:
                continue
            base = titles.get(text[0])
            carried = 0.0 if base is None or pair.kind in CHANGED else carried_share(base, text)
            if carried >= CARRIED:
                labels[text] = bases[base]
            elif carried <= 1 - CARRIED:
                labels[text] = f"{pair.kind} {number} {side}"
    return labels


def carried_share(base: tuple[str, str], text: tuple[str, str]) -> float:
    """The share of a text's paragraphs that another has, by their length."""
    paragraphs = base[1].split("\n\n")
    theirs = set(text[1].split("\n\n"))
    return sum(len(paragraph) for paragraph in paragraphs if paragraph in theirs) / max(1, sum(map(len, paragraphs)))


def article(name: str, text: tuple[str, str], seconds: float) -> EnrichedArticle:
    """As the enricher writes it, from a feed of its own."""
    headline, body = text
    plain = enriched(name, "x")
    moment = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return replace(
        plain,
        id=article_id(name),
        feed=replace(plain.feed, id=article_id(name)),
        first_seen_at=moment,
        published_at=moment,
        published_precision="second",
        fingerprint=fingerprint_of(headline, body),
    )


def _folded(articles: Iterable[EnrichedArticle]) -> list[StoryRecord]:
    stories, records = Stories(72), []
    for offset, one in enumerate(articles):
        record = stories.decide(one, "en", offset)
        stories.commit()
        assert record is not None
        records.append(record)
    return records


def f1(found: dict[tuple[bool, str], float]) -> float:
    """Of the mean shares of copies and strangers, each kind weighing alike."""
    recall, wrong = (fmean(share for (duplicate, _), share in found.items() if duplicate is kind) for kind in (True, False))
    return 2 * recall / (recall + wrong + 1)


def adjusted_rand_index(truth: list[str], found: list[str]) -> float:
    """How far two partitions agree on which pairs belong together, beyond chance (Hubert, Arabie 1985)."""
    together = sum(comb(count, 2) for count in Counter(zip(truth, found, strict=True)).values())
    of_truth, of_found = (sum(comb(count, 2) for count in Counter(labels).values()) for labels in (truth, found))
    expected = of_truth * of_found / max(1, comb(len(truth), 2))
    most = (of_truth + of_found) / 2
    return 1.0 if most == expected else (together - expected) / (most - expected)


def _shortfalls(figures: dict[str, float]) -> Iterator[str]:
    for name, least in (("pair F1", PAIR_F1), ("stream ARI", STREAM_ARI)):
        if figures[name] < least:
            yield f"stories: {name} is {figures[name]:.4f}, {least} is promised"
    if figures["numbers merged"] > NUMBERS_MERGED:
        yield f"stories: {figures['numbers merged']:.2%} of texts with other numbers are merged, {NUMBERS_MERGED:.0%} are allowed"
