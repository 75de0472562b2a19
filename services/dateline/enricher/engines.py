"""What language detectors take a text for, each answer as one symbol: the detector's label and how sure it is."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SURELY", "UNKNOWN", "Opinion", "ask_cld2", "ask_eldc", "ask_langid", "ask_langid_without_names"]

# Symbol of a detector that does not know.
UNKNOWN = ""
# How a symbol ends whose detector is as sure as it gets.
SURELY = ":2"
# eldc and langid are as often right on this much as on all of a text, and langid needs half a microsecond for each.
SHORT_CODE_POINTS = 300
# Fewer letters than this without names are an article and a preposition.
LEAST_WORDS_CODE_POINTS = 8

# Where "hardly", "rather" and "surely" part on each detector's own scale; none of them is a probability.
ELDC_STEPS = (0.5, 0.65)
CLD2_STEPS = (50, 90)
LANGID_STEPS = (0.5, 0.99)


class Opinion(NamedTuple):
    """One detector's answer, such as `de:2`: a label in its own spelling and 0, 1 or 2 for how sure it is."""

    engine: str
    symbol: str


def ask_eldc(text: str) -> Opinion:
    """Of 60 languages; the best on headlines in one of them. `text` is printable."""
    details = _eldc()(text[:SHORT_CODE_POINTS])
    known = details.language and details.language != "und"
    return Opinion("eldc", _symbol(details.language, max(details.scores.values(), default=0.0), ELDC_STEPS) if known else UNKNOWN)


def ask_cld2(text: str) -> Opinion:
    """Of 165 languages, traditional Chinese apart as `zh-Hant`; the best alone on long texts. `text` is printable."""
    detect, refusal = _cld2()
    try:
        _, _, details = detect(text.encode("utf-8", "replace"), isPlainText=True)
    except refusal:
        return Opinion("cld2", UNKNOWN)
    _, label, percent, _ = details[0]
    return Opinion("cld2", UNKNOWN if label == "un" else _symbol(label, percent, CLD2_STEPS))


def ask_langid(text: str) -> Opinion:
    """Of 140 languages, slowly: for texts on which the others leave a doubt. Its model takes 80 MB from the first call on."""
    label, probability = _langid()(text[:SHORT_CODE_POINTS])
    return Opinion("langid", _symbol(label, probability, LANGID_STEPS))


def ask_langid_without_names(text: str) -> Opinion:
    """The same of the words that have no capital: names are in no language, and headlines are full of them."""
    words = " ".join(word for word in text[:SHORT_CODE_POINTS].split() if word == word.lower())
    if len(words) < LEAST_WORDS_CODE_POINTS:
        return Opinion("langid without names", UNKNOWN)
    return Opinion("langid without names", ask_langid(words).symbol)


def _symbol(label: str, score: float, steps: tuple[float, float]) -> str:
    return f"{label}:{(score >= steps[0]) + (score >= steps[1])}"


# Each is loaded where it is first needed, once per process: commands that detect nothing pay nothing.


@cache
def _eldc() -> Callable[[str], Any]:
    import eldc

    eldc.init()
    eldc.set_scores(1)
    detect: Callable[[str], Any] = eldc.detect_details
    return detect


@cache
def _cld2() -> tuple[Callable[..., tuple[bool, int, tuple[tuple[str, str, int, float], ...]]], type[Exception]]:
    import pycld2

    return pycld2.detect, pycld2.error


@cache
def _langid() -> Callable[[str], tuple[str, float]]:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    classify: Callable[[str], tuple[str, float]] = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True).classify
    return classify
