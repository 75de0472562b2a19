"""Texts in known languages, and which half of them the tables are made from."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Literal, NamedTuple

from dateline.enricher.tags import canonical_language, language_of_tag

if TYPE_CHECKING:
    from pathlib import Path

# NTREX's name for a language that its label leaves open (Hassaniya Arabic is in no detector and no newspaper).
LEFT_OUT = frozenset({"mey"})
Half = Literal["made from", "measured on"]


class Sentence(NamedTuple):
    """A text, the tag it should get, and whether the tables may be made from it."""

    kind: str
    tag: str
    text: str
    half: Half


def news_texts(folder: Path) -> list[Sentence]:
    """NTREX-128: of each kind the first half of the sentences, the same ones in every language, is what tables are made from.

    The few sentences of the second half that a paragraph of the first holds as well are left out.
    """
    lines = [json.loads(line) for line in (folder / "ntrex-dev.jsonl").read_text().splitlines()]
    lines = [line for line in lines if line["lang"] not in LEFT_OUT]
    totals = Counter((line["kind"], line["code"]) for line in lines)
    seen: Counter[tuple[str, str]] = Counter()
    placed = []
    for line in lines:
        group = line["kind"], line["code"]
        half: Half = "made from" if 2 * seen[group] < totals[group] else "measured on"
        placed.append((seen[group], line, half))
        seen[group] += 1
    english = [(place, line, half) for place, line, half in placed if line["code"] == "eng-US"]
    made_from = "\n".join(line["text"] for _, line, half in english if half == "made from")
    known = {(line["kind"], place) for place, line, half in english if half == "measured on" and line["text"] in made_from}
    kept = [(line, half) for place, line, half in placed if half == "made from" or (line["kind"], place) not in known]
    return [Sentence(line["kind"], tag_of_label(line["code"], line["lang"]), line["text"], half) for line, half in kept]


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
