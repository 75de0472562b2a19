"""Texts in known languages, and which half of them the tables are made from."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Literal, NamedTuple

from dateline.enricher.tags import canonical_language, language_of_tag

FOLDER = Path("../shared/data/language")
# NTREX's name for a language that its label leaves open (Hassaniya Arabic is in no detector and no newspaper).
LEFT_OUT = frozenset({"mey"})


class Sentence(NamedTuple):
    """A text, the tag it should get, and whether the tables may be made from it."""

    kind: str
    tag: str
    text: str
    half: Literal["made from", "measured on"]


def news_texts(folder: Path) -> list[Sentence]:
    """NTREX-128: of each kind the first half of the sentences, the same ones in every language, is what tables are made from.

    A run of sentences of the second half never holds one of the first, since both are in the order of the documents.
    """
    lines = [json.loads(line) for line in (folder / "ntrex-dev.jsonl").read_text().splitlines()]
    lines = [line for line in lines if line["lang"] not in LEFT_OUT]
    totals = Counter((line["kind"], line["code"]) for line in lines)
    seen: Counter[tuple[str, str]] = Counter()
    texts = []
    for line in lines:
        place = line["kind"], line["code"]
        half = "made from" if 2 * seen[place] < totals[place] else "measured on"
        seen[place] += 1
        texts.append(Sentence(line["kind"], tag_of_label(line["code"], line["lang"]), line["text"], half))
    return texts


def close_varieties(folder: Path) -> list[Sentence]:
    """DSLCC: original journalism; nothing is made from it."""
    lines = [json.loads(line) for line in (folder / "varieties-dev.jsonl").read_text().splitlines()]
    mended = {"my": "ms", "cz": "cs", "sr": "sr-Latn"}  # its own codes; its Serbian is in Latin letters
    labels = [(mended.get(line["lang"], language_of_tag(line["lang"])), line["text"]) for line in lines if line["lang"] != "xx"]
    return [Sentence("variety", label, text, "measured on") for label, text in labels]


def tag_of_label(code: str, language: str) -> str:
    """The tag our contract gives a text of this label: scripts of Chinese and Serbian named, Dari as Persian."""
    match code:
        case "zho-CN":
            return "zh-Hans"
        case "zho-TW":
            return "zh-Hant"
        case "srp-Cyrl":
            return "sr-Cyrl"
        case "srp-Latn":
            return "sr-Latn"
        case _:
            return canonical_language(language) or language
