"""`python -m tests.eval.language_tables [FOLDER]`: count how often each detector gives which answer in which language.

Writes services/dateline/enricher/language_tables.json from one half of NTREX-128; `make eval` measures on the other half. Only
counts go into it, no text. Detectors know languages that NTREX lacks: for those an answer is assumed that is right nine
times in ten. Run it again when a detector's version changes or its answers are cut into symbols otherwise.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from importlib.resources import files
from pathlib import Path

import eldc
import msgspec
import pycld2
from py3langid.langid import MODEL_FILE, LanguageIdentifier
from tests.eval.language_data import news_texts
from tests.labelled import data_at

from dateline.enricher.close import FAMILY_OF, ask_words
from dateline.enricher.engines import Opinion, ask_cld2, ask_eldc, ask_langid, ask_langid_without_names
from dateline.enricher.fusion import Tables
from dateline.enricher.scripts import sample_of
from dateline.enricher.tags import SCRIPTS_OF, canonical_language, language_of_tag

ABOUT = (
    "How often detectors gave each answer on texts in each language, counted on half of the development half of NTREX-128 "
    "(Christian Federmann, Tom Kocmi, Ying Xin, 2022; github.com/MicrosoftTranslator/NTREX; CC BY-SA 4.0). Counts only."
)
# What is assumed of a language that was not counted: surely, rather, hardly itself, and something else in the rest.
ASSUMED = {2: 35, 1: 7, 0: 3}
ASSUMED_OTHER = 5
# Detectors know these too; nothing is published in them.
NO_PRESS = frozenset({"vo", "ia", "ie", "aa", "na", "bi", "ik"})

Counts = dict[str, dict[str, Counter[str]]]


def main(folder: Path) -> None:
    counts: Counts = defaultdict(lambda: defaultdict(Counter))
    texts = [text for text in news_texts(folder) if text.half == "made from"]
    for text in texts:
        sample = sample_of(text.text)
        label = label_of(text.tag)
        detectors = (ask(sample.text) for ask in (ask_eldc, ask_cld2, ask_langid, ask_langid_without_names))
        words = (ask_words(sample.text, family) for family in dict.fromkeys(FAMILY_OF.values()))
        for opinion in (Opinion("script", sample.script or ""), *detectors, *words):
            counts[opinion.engine][opinion.symbol][label] += 1
    labels = {label_of(text.tag) for text in texts}
    labels |= assume_others(counts, labels)
    path = Path(str(files("dateline.enricher") / "language_tables.json"))
    path.write_bytes(written(Tables(ABOUT, sorted(labels), {engine: sort(counts[engine]) for engine in sorted(counts)})))
    print(f"{len(texts)} texts, {len(labels)} labels, {path.stat().st_size:,} bytes in {path}")


def label_of(tag: str) -> str:
    """What the tables tell apart: Serbian by script, since detectors know one of them better; Chinese not."""
    return tag if tag.startswith("sr-") else language_of_tag(tag)


def assume_others(counts: Counts, counted: set[str]) -> set[str]:
    """Counts for languages, and for scripts of languages, that were not counted and that a detector knows."""
    languages = {language_of_tag(label) for label in counted}
    added = set()
    for engine, names in own_labels().items():
        for name, language in names:
            scripts = SCRIPTS_OF.get(language, ("Latn",))
            new = [f"{language}-{script}" for script in scripts if not counts["script"].get(script, {}).get(language)]
            for label in new if language in languages else [language]:
                if label.startswith("sr-"):
                    continue
                added.add(label)
                for sure, times in ASSUMED.items():
                    counts[engine][f"{name}:{sure}"][label] += times
    for label in added:
        language, _, script = label.partition("-")
        for name in [script] if script else SCRIPTS_OF.get(language, ("Latn",)):
            counts["script"][name][label] += sum(ASSUMED.values())
    return added


def own_labels() -> dict[str, list[tuple[str, str]]]:
    """For each detector its labels with the language that each means."""
    known = {
        "eldc": eldc.LANGUAGES,
        "cld2": [dict(pycld2.LANGUAGES)[name] for name in pycld2.DETECTED_LANGUAGES],
        "langid": LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True).labels,
    }
    return {
        engine: sorted((name, language) for name in names if (language := canonical_language(name)) and language not in NO_PRESS)
        for engine, names in known.items()
    }


def sort(answers: dict[str, Counter[str]]) -> dict[str, dict[str, int]]:
    return {answer: dict(sorted(answers[answer].items())) for answer in sorted(answers)}


def written(tables: Tables) -> bytes:
    """JSON with one answer a line, so that a difference can be read."""
    lines = [f'{{"about": {text(tables.about)},\n"labels": {text(tables.labels)},\n"counts": {{']
    engines = []
    for engine, answers in tables.counts.items():
        engines.append(f"{text(engine)}: {{\n" + ",\n".join(f"{text(answer)}: {text(by)}" for answer, by in answers.items()) + "}")
    return (lines[0] + ",\n".join(engines) + "}}\n").encode()


def text(value: object) -> str:
    return msgspec.json.encode(value).decode()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else data_at("language"))
