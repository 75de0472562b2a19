"""What the short names in events mean, in words."""

from __future__ import annotations

import re

__all__ = ["EVIDENCE", "LANGUAGES", "MENTIONS", "METHODS", "RELATIONS", "TAKEN_FROM", "in_words", "language_name"]

RELATIONS = {
    "original": "its own report, first published here",
    "republication": "a republication of the origin's report",
    "automatic_republication": "republished automatically, without an editor",
    "translation": "a translation of the origin's report",
    "compiled": "compiled by the publisher's own staff from what the origin reports",
    "contribution": "the publisher's own report, to which the origin contributed",
    "press_release": "a press release, as its issuer wrote it",
    "excerpt": "an excerpt of the origin's report",
    "unknown": "not said",
}

# Why an agency is named that is not for that the origin.
MENTIONS = {
    "quote": "is quoted or was spoken to: that makes nobody the author of a report",
    "image": "is credited for a picture, not for the text",
    "subject": "is what the report is about",
    "boilerplate": "stands in words that the site prints around every article",
}

# What an evidence proves.
EVIDENCE = {
    "origin": "names the origin",
    "automatic": "says that it was posted automatically",
    "no_editorial_intervention": "says that no editor worked on it",
    "legal": "says who answers for it",
    "translation": "says that it was translated",
    "republication": "says that it was republished",
    "contribution": "says who contributed",
    "issuer": "names the issuer",
}

METHODS = {
    "declared": "as declared; the text alone would not tell",
    "detected": "as its words tell",
    "agreed": "as declared, and its words agree",
    "undetermined": "too little text to tell, and nothing usable is declared",
}

TAKEN_FROM = {"page": "its page", "content": "the content", "summary": "the summary", "title": "the headline alone"}

_LANGUAGES = """
    ar Arabic; bg Bulgarian; bn Bengali; bs Bosnian; ca Catalan; cs Czech; da Danish; de German; el Greek
    en English; es Spanish; et Estonian; fa Persian; fi Finnish; fr French; he Hebrew; hi Hindi; hr Croatian
    hu Hungarian; id Indonesian; it Italian; ja Japanese; ko Korean; lt Lithuanian; lv Latvian; mk Macedonian
    ms Malay; nb Norwegian; nl Dutch; nn Norwegian (Nynorsk); pl Polish; pt Portuguese; ro Romanian; ru Russian
    sk Slovak; sl Slovenian; sq Albanian; sr Serbian; sv Swedish; ta Tamil; th Thai; tr Turkish; uk Ukrainian
    ur Urdu; vi Vietnamese; zh Chinese
"""
LANGUAGES = dict(entry.strip().split(" ", 1) for entry in re.split(r"[;\n]", _LANGUAGES.strip()) if entry.strip())


def language_name(tag: str) -> str:
    """`English (en)`; of a language that has no name here the tag alone."""
    name = LANGUAGES.get(tag.partition("-")[0])
    return f"{name} ({tag})" if name else tag


def in_words(name: str) -> str:
    """A short name as words."""
    return name.replace("_", " ")
