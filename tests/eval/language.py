"""Language: how often the tag is right on news in 118 languages, with and without a declaration, and what it costs."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

import psutil
from tests.eval.language_data import Sentence, close_varieties, news_texts
from tests.labelled import data_at

from dateline.enricher.language import detect_language
from dateline.enricher.tags import language_of_tag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dateline.events import Language

# Languages of NTREX-128 in which hardly any news is published: they compete, and are counted in the last column only.
WITHOUT_PRESS = "ba bem dv dz ee ff fj fo hmn mi nd nso shi sm ss tn to tt ty ve wo yue"
# What no text tells apart, so that the declaration must.
CLOSE = ("bs", "hr", "sr-Latn", "id", "ms")
# Bounds of the intervals in which stated confidence is compared with accuracy.
CONFIDENCES = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.01)
LEAST = {"headlines": 0.95, "headlines, declared": 0.99, "headlines, wrongly 'en'": 0.945, "paragraphs": 0.985, "close, declared": 0.99}
MOST_ERROR = 0.03
SHOWN = 12
BILINGUAL = [*(("en", other) for other in ("es", "fr", "de", "ru", "id", "pt", "zh-Hans")), ("ar", "fr"), ("sv", "fi")]
_WITHOUT_PRESS = frozenset(WITHOUT_PRESS.split())


class Row(NamedTuple):
    """One line of the table: the answers to its texts."""

    name: str
    answers: list[tuple[Sentence, Language]]

    def accuracy(self, *, press_only: bool = True) -> float:
        """The mean over languages, so that each counts alike."""
        right: dict[str, list[bool]] = defaultdict(list)
        for sentence, language in self.answers:
            if not press_only or language_of_tag(sentence.tag) not in _WITHOUT_PRESS:
                right[sentence.tag].append(language.tag == sentence.tag)
        return fmean(fmean(answers) for answers in right.values())

    def calibration_error(self) -> float:
        """How far stated confidence and accuracy are apart, over the intervals by their size (ECE)."""
        stated = [
            (language.confidence, language.tag == sentence.tag)
            for sentence, language in self.answers
            if language.confidence is not None and language_of_tag(sentence.tag) not in _WITHOUT_PRESS
        ]
        error = 0.0
        for low, high in pairwise(CONFIDENCES):
            inside = [(confidence, right) for confidence, right in stated if low <= confidence < high]
            if inside:
                error += abs(sum(confidence - right for confidence, right in inside))
        return error / len(stated)


def report() -> list[str]:
    """Print the tables; what falls short, a sentence each."""
    folder = data_at("language")
    resident = psutil.Process().memory_info().rss
    detect_language("Der Stadtrat hat am Sonntag die neue Brücke über den Fluss eröffnet", None, [])
    texts = [sentence for sentence in news_texts(folder) if sentence.half == "measured on"]
    rows = list(_rows(texts, close_varieties(folder)))
    print(f"{'language':28}  texts  accuracy  all languages  calibration error")
    for row in rows:
        accuracy, overall, error = row.accuracy(), row.accuracy(press_only=False), row.calibration_error()
        print(f"{row.name:28} {len(row.answers):6} {accuracy:9.4f} {overall:14.4f} {error:18.4f}")
    for row in (rows[0], next(row for row in rows if row.name == "paragraphs")):
        print(f"most often confused in {row.name}: {_confusions(row.answers)}")
    mixed = fmean(language.mixed for row in rows if row.name == "paragraphs" for _, language in row.answers)
    print(f"called mixed: {mixed:.2%} of paragraphs in one language, {_mixtures(texts):.1%} of paragraphs in two")
    _print_costs(texts)
    print(f"memory of the detectors and their tables: {(psutil.Process().memory_info().rss - resident) / 2**20:.0f} MiB with these texts")
    return list(_shortfalls(rows))


def _rows(texts: list[Sentence], varieties: list[Sentence]) -> Iterator[Row]:
    heads, sentences, paragraphs = ([text for text in texts if text.kind == kind] for kind in ("head", "sent", "para"))
    close = [text for text in varieties if text.tag in CLOSE]
    yield _row("headlines", heads, lambda _: ())
    yield _row("headlines, declared", heads, lambda text: (text.tag,))
    yield _row("headlines, wrongly 'en'", [text for text in heads if text.tag != "en"], lambda _: ("en",))
    yield _row("sentences", sentences, lambda _: ())
    yield _row("paragraphs", paragraphs, lambda _: ())
    yield _row("paragraphs, wrongly 'en'", [text for text in paragraphs if text.tag != "en"], lambda _: ("en",))
    yield _row("varieties", varieties, lambda _: ())
    yield _row("varieties, declared", varieties, lambda text: (text.tag,))
    yield _row("close, declared", close, lambda text: (text.tag,))


def _row(name: str, texts: Iterable[Sentence], declare: Callable[[Sentence], tuple[str, ...]]) -> Row:
    return Row(name, [(text, detect_language(None, text.text, declare(text))) for text in texts])


def _confusions(answers: Iterable[tuple[Sentence, Language]]) -> str:
    counted = Counter((text.tag, language.tag) for text, language in answers if language_of_tag(text.tag) not in _WITHOUT_PRESS)
    wrong = [(pair, times) for pair, times in counted.most_common() if pair[0] != pair[1]]
    return ", ".join(f"{tag} as {taken} {times}" for (tag, taken), times in wrong[:SHOWN])


def _mixtures(texts: list[Sentence]) -> float:
    """The share of texts called mixed of paragraphs in a large language with their translation after them."""
    paragraphs = defaultdict(list)
    for text in texts:
        if text.kind == "para":
            paragraphs[text.tag].append(text.text)
    pairs = [
        ("en", "es"),
        ("en", "fr"),
        ("de", "en"),
        ("ru", "en"),
        ("id", "en"),
        ("pt", "en"),
        ("ar", "fr"),
        ("zh-Hans", "en"),
        ("sv", "fi"),
    ]
    both = [f"{one}\n\n{other}" for left, right in pairs for one, other in zip(paragraphs[left], paragraphs[right], strict=False)]
    return fmean(detect_language(None, text, ()).mixed for text in both)


def _print_costs(texts: list[Sentence]) -> None:
    heads = [text.text for text in texts if text.kind == "head"]
    english = " ".join(text.text for text in texts if text.kind == "para" and text.tag == "en")
    chinese = " ".join(text.text for text in texts if text.kind == "para" and text.tag == "zh-Hans")
    croatian = " ".join(text.text for text in texts if text.kind == "para" and text.tag == "hr")
    print("CPU per article in µs:", end="")
    for name, articles in (
        ("headline", heads),
        ("5,900 characters, en", [english[:5_900]] * 300),
        ("zh", [chinese[:5_900]] * 300),
        ("hr", [croatian[:5_900]] * 300),
    ):
        started = time.process_time()
        for article in articles:
            detect_language(None, article, ())
        print(f"  {name} {1e6 * (time.process_time() - started) / len(articles):.0f}", end="")
    print()


def _shortfalls(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        if row.accuracy() < LEAST.get(row.name, 0):
            yield f"language: {row.name} are right {row.accuracy():.4f} of the time, {LEAST[row.name]} is promised"
        if "," not in row.name and row.name != "varieties" and row.calibration_error() > MOST_ERROR:
            yield f"language: the confidence of {row.name} is off by {row.calibration_error():.4f}, {MOST_ERROR} is allowed"
