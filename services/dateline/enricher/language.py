"""In which language and script a text is: what its feed declares, weighed against what the text looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import pycld2

from dateline.enricher.scripts import Sample, chinese_script, sample_of
from dateline.enricher.tags import SCRIPTS_OF, canonical_language, declares_traditional, group_of_language
from dateline.events import Language, LanguageAlternative

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["detect_language", "language_group"]

# CLD2's answer is settled after about this much; more costs time and changes nothing.
SAMPLE_CODE_POINTS = 1_200
# Below, a name or two decides: "Kylian Mbappé" is French to any detector.
LEAST_LETTERS = 20
# From here on CLD2 was right on every one of 258 articles; below it errs on one headline in ten.
PLENTY_OF_LETTERS = 200

# A declaration alone: systems left as installed say English, other languages are declared by somebody.
DECLARED_CONFIDENCE = 0.9
DECLARED_ENGLISH_CONFIDENCE = 0.7
AGREED_CONFIDENCE = 0.99
LONG_CONFIDENCE = 0.97
SHORT_CONFIDENCE = 0.9
# A declaration kept although a short text looks like another language.
DISPUTED_CONFIDENCE = 0.6
# Bosnian, Croatian and Serbian are told apart by the text no better than this.
BCMS_CONFIDENCE = 0.5
BCMS = ("bs", "hr", "sr")


class _Guess(NamedTuple):
    """What CLD2 takes the text for: a language, its share of the text, and whether it saw traditional characters."""

    language: str
    share: float
    traditional: bool


class _Decision(NamedTuple):
    language: str | None
    method: Literal["declared", "detected", "agreed", "undetermined"]
    confidence: float | None


def detect_language(headline: str | None, body: str | None, declared: Iterable[str | None]) -> Language:
    """The language of headline and body, given what entry and feed declare (as written, the most specific first).

    A declaration decides within a group that no text tells apart, and for short texts unless it says English;
    otherwise the text does. Without either the tag is null.
    """
    as_written = list(dict.fromkeys(value for value in declared if value))
    sample = sample_of(f"{headline or ''} {(body or '')[:SAMPLE_CODE_POINTS]}")
    guess = _detect(sample)
    claims = [claim for value in as_written if (claim := _claim(value, sample.script))]
    decision = _decide(guess, claims, sample.letters)
    traditional = any(map(declares_traditional, as_written)) if guess is None else guess.traditional
    script = _script(decision.language, sample, traditional=traditional)
    return Language(
        tag=_tag(decision.language, script),
        script=script,
        confidence=decision.confidence,
        method=decision.method,
        declared=as_written,
        alternatives=_alternatives(decision, guess, claims, script),
        translation=None,
    )


def language_group(tag: str | None) -> str:
    """The group whose articles share a partition: near-duplicates share a language, and close ones are not told apart."""
    return group_of_language(tag.partition("-")[0]) if tag else "und"


def _detect(sample: Sample) -> _Guess | None:
    if sample.letters < LEAST_LETTERS:
        return None
    try:
        reliable, _, details = pycld2.detect(sample.text.encode(), isPlainText=True)
    except pycld2.error:
        return None
    code, percent = details[0][1], details[0][2]
    language = canonical_language(code)
    if not reliable or language is None:
        return None
    if language == "ku" and sample.script == "Arab":
        language = "ckb"  # the model knows Sorani under the code of Kurdish
    return _Guess(language, percent / 100, code == "zh-Hant")


def _claim(declared: str, script: str | None) -> str | None:
    """The declared language, unless the text is in a script it is never written in."""
    language = canonical_language(declared)
    if language is None or script is None:
        return language
    return language if script in SCRIPTS_OF.get(language, ("Latn",)) else None


def _decide(guess: _Guess | None, claims: list[str], letters: int) -> _Decision:
    if guess is None and not claims:
        return _Decision(None, "undetermined", None)
    if guess is None:
        return _Decision(claims[0], "declared", DECLARED_ENGLISH_CONFIDENCE if claims[0] == "en" else DECLARED_CONFIDENCE)
    group = group_of_language(guess.language)
    agreeing = [claim for claim in claims if group_of_language(claim) == group]
    if agreeing:
        return _Decision(agreeing[0], "agreed", AGREED_CONFIDENCE)
    if claims and claims[0] != "en" and letters < PLENTY_OF_LETTERS:
        return _Decision(claims[0], "declared", DISPUTED_CONFIDENCE)
    if guess.language in BCMS:
        return _Decision(guess.language, "detected", BCMS_CONFIDENCE)
    ceiling = LONG_CONFIDENCE if letters >= PLENTY_OF_LETTERS else SHORT_CONFIDENCE
    return _Decision(guess.language, "detected", round(ceiling * guess.share, 2))


def _alternatives(decision: _Decision, guess: _Guess | None, claims: list[str], script: str | None) -> list[LanguageAlternative]:
    """The languages that spoke against the decision and share what it leaves."""
    if guess is None or decision.confidence is None:
        return []
    neighbours = BCMS if decision.language in BCMS and decision.method == "detected" else ()
    rivals = [rival for rival in dict.fromkeys((guess.language, *claims, *neighbours)) if rival != decision.language]
    return [
        LanguageAlternative(tag=tag, confidence=round((1 - decision.confidence) / len(rivals), 3))
        for rival in rivals
        if (tag := _tag(rival, script))
    ]


def _tag(language: str | None, script: str | None) -> str | None:
    """The shortest canonical tag; Chinese and Serbian always say their script."""
    match language:
        case "zh":
            return "zh-Hant" if script == "Hant" else "zh-Hans"
        case "sr":
            return "sr-Latn" if script == "Latn" else "sr-Cyrl"
        case _:
            return language


def _script(language: str | None, sample: Sample, *, traditional: bool) -> str | None:
    """The dominant script, under the name its language gives it."""
    match sample.script, language:
        case "Hani", "ja":
            return "Jpan"
        case "Hani", "ko":
            return "Kore"
        case (("Hani" | None), "zh"):
            return chinese_script(sample.text) or ("Hant" if traditional else "Hans")
        case "Hani", _:
            return chinese_script(sample.text) or "Hani"
        case script, _:
            return script
