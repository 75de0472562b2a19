"""What tells copies of one text from other texts."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from dateline.enricher.words import normalized_words
from dateline.events import Fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dateline.events import Paragraph, Text

__all__ = ["fingerprint"]

# Version of the normalization in words.py: hashes compare only within one.
VERSION = 1
# A body shorter than this ("Read more on our site.") is the same in unrelated articles, so the headline speaks for it too.
TELLING_WORDS = 8
# A headline and body shorter than this ("Live updates") say nothing: such an article is like no other one.
LEAST_WORDS = 4
HASH_BYTES = 16


def fingerprint(article: str, text: Text, credit_lines: Iterable[Paragraph] = ()) -> Fingerprint:
    """Hashes of the normalized words of the body, without its credit lines, and of the headline.

    Editors change headlines and credits, so neither parts copies; only a short body is hashed with its headline, and a
    text of three words with the id of its `article`.
    """
    title = normalized_words(text.headline or "")
    words = normalized_words(_without(text, credit_lines)) if text.from_ != "title" else title
    if len(words) < TELLING_WORDS and text.from_ != "title":
        words = [*title, "\n", *words]
    if len(words) < LEAST_WORDS:
        words = [*words, "\n", article]
    return Fingerprint(version=VERSION, content_hash=_hash(words), title_hash=_hash(title), sketch=None, numbers=None, shingles=None)


def _without(text: Text, credit_lines: Iterable[Paragraph]) -> str:
    body = text.body or ""
    for line in sorted(credit_lines, key=lambda line: line.start, reverse=True):
        body = body[: line.start] + body[line.end :]
    return body


def _hash(words: list[str]) -> str:
    return hashlib.blake2b(" ".join(words).encode(), digest_size=HASH_BYTES).hexdigest()
