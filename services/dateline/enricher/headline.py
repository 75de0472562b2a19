"""A headline without what is not of it: the site's name behind it, labels before it, what search engines are meant to find."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dateline.enricher.words import normalized_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dateline.enricher.pieces import Kind

__all__ = ["Headline", "choose_headline", "clean_headline"]


class Headline(NamedTuple):
    """A headline as served and clean, and the parts set aside: kind, first and last code point in `raw`."""

    raw: str
    clean: str
    removed: tuple[tuple[Kind, int, int], ...] = ()


def clean_headline(raw: str, sites: Iterable[str] = (), page: str | None = None) -> Headline:
    """The headline without the names of its `sites`, labels ("BREAKING:") and a kicker that the headline of its `page` lacks.

    What would leave less than two words stays.
    """
    start, end = _around(raw, page) if page else (0, len(raw))
    names = {_key(name) for site in sites for name in (site, *_NAME_PARTS.split(site), site.partition(".")[0]) if _key(name)}
    while (cut := _suffix(raw[start:end], names)) is not None and _is_headline(raw[start : start + cut]):
        end = start + cut
    kept = start + _prefix(raw[start:end], names)
    if _is_headline(raw[kept:end]):
        start = kept
    return Headline(raw, raw[start:end], tuple(_set_aside(raw, start, end)))


def _set_aside(raw: str, start: int, end: int) -> Iterator[tuple[Kind, int, int]]:
    """What was cut, without the separators between it and the headline."""
    label = raw[:start].rstrip()
    if label:
        yield "other", 0, len(label)
    words = len(raw) - len(raw[end:].lstrip(_SEPARATING))
    if words < len(raw):
        yield "headline_suffix", words, len(raw)


def choose_headline(candidates: Sequence[str], sites: Iterable[str] = ()) -> str | None:
    """The headline that most of the candidates agree on, whatever their quotes and dashes; among as many, the first."""
    if not candidates:
        return None
    known = tuple(sites)
    keys = [_key(clean_headline(candidate, known).clean) for candidate in candidates]
    best = max(range(len(candidates)), key=lambda place: (keys.count(keys[place]), -place))
    return candidates[best]


def _suffix(text: str, names: set[str]) -> int | None:
    """Where the headline ends before a last part that is the site's, or that is made for search engines; null where there is none."""
    found = _SEARCH_SUFFIX.search(text)
    if found is not None:
        return len(text[: found.start()].rstrip(_SEPARATING))
    separator = next(reversed(list(_SEPARATOR.finditer(text))), None)
    if separator is None:
        return None
    last = text[separator.end() :]
    return separator.start() if _key(last) in names or _SITE.fullmatch(last) else None


def _prefix(text: str, names: set[str]) -> int:
    """Where the headline begins behind a label or the site's name; 0 where there is none."""
    label = _LABEL.match(text)
    if label is not None:
        return label.end()
    separator = _SEPARATOR.search(text)
    return separator.end() if separator is not None and _key(text[: separator.start()]) in names else 0


def _around(text: str, page: str) -> tuple[int, int]:
    """Where the headline that the page shows stands in the one that was served, if it stands there between separators; else all of it."""
    start = text.find(page)
    end = start + len(page)
    alone = start >= 0 and (not start or text[start - 1] in _SEPARATING) and (end == len(text) or _SEPARATOR.match(text, end))
    return (start, end) if alone and _is_headline(page) else (0, len(text))


def _is_headline(text: str) -> bool:
    return len(normalized_words(text)) > 1


def _key(text: str) -> str:
    return " ".join(normalized_words(text))


_SEPARATING = " |-–—·•»:"  # noqa: RUF001 - dashes as printed
# What parts a headline from a site's name has spaces around it, or is a bar or a full-width bar.
_SEPARATOR = re.compile(r"\s+[|–—·•»:-]+\s+|\s*[|｜：]\s*")  # noqa: RUF001 - dashes as printed
_NAME_PARTS = re.compile(r"\s+[|–—·-]\s+")  # noqa: RUF001 - dashes as printed
# An address as a site's name: golem.de, www.post.example.
_SITE = re.compile(r"(?:www\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,12}", re.IGNORECASE)
# What content systems put behind headlines for search engines: "Last Minute GERMANY, ASIA headlines and events".
_SEARCH_SUFFIX = re.compile(
    r"(?<=\s)(?:(?:last minute|son dakika|breaking news|latest news)\b[^.!?]{0,80}?(?:headlines?|news|haberleri|events?|updates?)"
    r"(?: and (?:events|headlines|updates))?"
    r"|(?:son dakika)[^.!?]{0,80})\s*$",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?:breaking(?: news)?|exclusive|update[d]?(?: \d+)?|watch|video|live(?: updates)?|opinion|analysis|just in|developing"
    r"|explainer|in pictures|photos|podcast"
    r"|eilmeldung|liveticker|exklusiv|kommentar|en direct|vidéo|exclusif|en vivo"
    r"|última hora|urgente|vídeo|ao vivo|diretta|ultim['’]ora"  # noqa: RUF001 - as typeset
    r"|son dakika|срочно|видео|速報|独自|快讯|快訊|속보|عاجل)\s*(?:[:：|]|\s[–—-]\s)\s*"  # noqa: RUF001 - dashes as printed
    r"|[【\[](?:速報|独自|快讯|快訊|속보|단독|video|breaking|exclusive|watch)[】\]]\s*",
    re.IGNORECASE,
)
