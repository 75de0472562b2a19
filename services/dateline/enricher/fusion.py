"""How likely each language is, given what several detectors say, the script and what was declared: Bayes' rule.

For each language, `language_tables.json` counts how often each detector gave each answer on text known to be in it, so that
a detector counts for as much as it is worth there. `tests/eval/language_tables.py` makes it and says from what.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files
from math import exp, log
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dateline.enricher.placement import LARGEST_GROUPS
from dateline.enricher.tags import group_of_language, language_of_tag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dateline.enricher.engines import Opinion

__all__ = ["Candidate", "Claim", "Tables", "weigh"]

# The languages that one declaration may mean, most often one.
Claim = tuple[str, ...]

# How often a declaration is right, as far as we believe it: systems left as installed say English, other languages are
# declared by somebody. Of 247 real pages six declared a wrong language, and all six said English.
DECLARED_ODDS = 0.9 / 0.1
DECLARED_ENGLISH_ODDS = 0.7 / 0.3
# What a language's news is worth before a word is read: the 24 largest groups, other languages with a press, the rest.
# One Norwegian paper in ten is in Nynorsk.
LARGE_SHARE, PRESS_SHARE, NYNORSK_SHARE, RARE_SHARE = 3.0, 1.0, 0.3, 0.1
PRESS = """
    af am as az be bg bn ca ckb cs cy da et eu fi fil ga gl gu ha he hi hy ig is ka kk km kn ku ky lb lo lt lv mg mk ml mn mr
    mt my nb ne nn ny om or pa ps rw sd si sk sl sn so sq sv sw ta te tg th ti tk ug ur uz xh yo zu bo
"""

# An answer never counted for a language may still come: this much of one, for each of the answers that might. A script is
# read off the letters, so that one never counted is all but impossible.
UNSEEN = {"script": 0.01}
UNSEEN_OF_DETECTORS = 0.3
UNSEEN_ANSWERS = 50
# Rankings kept, by what was said: answers repeat, since most texts are plainly in one language.
REMEMBERED = 4096
# Beyond the eighth no candidate is ever worth naming.
KEPT = 8


class Candidate(NamedTuple):
    """A language and how likely it is."""

    language: str
    probability: float


class Tables(msgspec.Struct, frozen=True):
    """How often (`counts`: engine, answer, label) each answer was given on texts in each of `labels`.

    A label is a language, with a script (`sr-Latn`) where detectors know its scripts unlike.
    """

    about: str
    labels: list[str]
    counts: dict[str, dict[str, dict[str, int]]]


@lru_cache(REMEMBERED)
def weigh(opinions: tuple[Opinion, ...], claims: tuple[Claim, ...]) -> tuple[Candidate, ...]:
    """The likeliest languages, best first, with probabilities that sum to at most 1.

    `claims` are what is declared, the most specific first; one may name several languages (`no` is `nb` or `nn`).
    """
    labels = _labels(claims)
    evidence = [[log(prior) for prior in _priors(labels, claims)], *(_log_likelihoods(opinion, labels) for opinion in opinions)]
    scores = [sum(column) for column in zip(*evidence, strict=True)]
    best = max(scores)
    weights: dict[str, float] = {}
    for label, score in zip(labels, scores, strict=True):
        language = language_of_tag(label)
        weights[language] = weights.get(language, 0.0) + exp(score - best)
    total = sum(weights.values())
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Candidate(language, weight / total) for language, weight in ranked[:KEPT])


def _labels(claims: tuple[Claim, ...]) -> tuple[str, ...]:
    """The labels of the tables and the declared languages that have none there."""
    known = _tables().labels
    languages = {language_of_tag(label) for label in known}
    return (*known, *dict.fromkeys(language for claim in claims for language in claim if language not in languages))


def _priors(labels: tuple[str, ...], claims: tuple[Claim, ...]) -> list[float]:
    """What each label is worth before a word is read; a later claim counts half of the one before."""
    shares = [_share(label) for label in labels]
    priors = list(shares)
    for position, claim in enumerate(claims):
        claimed = [index for index, label in enumerate(labels) if language_of_tag(label) in claim]
        odds = DECLARED_ENGLISH_ODDS if claim == ("en",) else DECLARED_ODDS
        claimed_share = sum(shares[index] for index in claimed)
        factor = odds * (sum(shares) - claimed_share) / claimed_share / 2**position
        for index in claimed:
            priors[index] = max(priors[index], shares[index] * factor)
    return priors


_PRESS = frozenset(PRESS.split())


def _share(label: str) -> float:
    language = language_of_tag(label)
    if language not in (label, "sr"):
        return RARE_SHARE  # a language in a script that is not its usual one
    if language in _PRESS:
        return NYNORSK_SHARE if language == "nn" else PRESS_SHARE
    return LARGE_SHARE if group_of_language(language) in LARGEST_GROUPS else RARE_SHARE


@lru_cache(REMEMBERED)
def _log_likelihoods(opinion: Opinion, labels: tuple[str, ...]) -> list[float]:
    """How likely this answer is on a text in each of the labels."""
    answers = _tables().counts[opinion.engine]
    counted, totals = answers.get(opinion.symbol, {}), _totals(opinion.engine)
    unseen = UNSEEN.get(opinion.engine, UNSEEN_OF_DETECTORS)
    others = unseen * (len(answers) + UNSEEN_ANSWERS)
    return [log((counted.get(label, 0) + unseen) / (totals.get(label, 0) + others)) for label in labels]


@cache
def _totals(engine: str) -> Mapping[str, int]:
    totals: dict[str, int] = {}
    for by_label in _tables().counts[engine].values():
        for label, counted in by_label.items():
            totals[label] = totals.get(label, 0) + counted
    return totals


@cache
def _tables() -> Tables:
    return msgspec.json.decode((files("dateline.enricher") / "language_tables.json").read_bytes(), type=Tables)
