"""Where a text names news agencies: one pass for all their names and codes."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, groupby
from typing import TYPE_CHECKING, NamedTuple

import regex
from ahocorasick_rs import AhoCorasick, Implementation

from dateline.enricher.words import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dateline.enricher.agencies import Agency

__all__ = ["AgencyNames", "Found"]

# More than any article names; a page of ten thousand names is a list, and what follows is looked at no more.
MOST_FOUND = 500
# Names as short and all in capitals (NHK) may be words in small letters (SID, sid), so they count as written only.
SHORT_NAME = 5
# A table of all states halves the time and takes 14 kB a name: 8 MB for our list. An operator's may be so long that it would take too many.
MOST_IN_TABLE = 2_000


class Found(NamedTuple):
    """A name or code in a text: where it stands, as written, and who bears it; `is_sure` where it means an agency anywhere."""

    start: int
    end: int
    written: str
    agencies: tuple[Agency, ...]
    is_sure: bool

    def agency(self, language: str | None, country: str | None = None) -> Agency | None:
        """The one it names; of several the one at home in the publisher's country, else that writes in `language` (a primary subtag)."""
        if len(self.agencies) == 1:
            return self.agencies[0]
        at_home = [agency for agency in self.agencies if country and agency.country == country]
        speaking = [agency for agency in self.agencies if language in agency.languages]
        return next((some[0] for some in (at_home, speaking) if len(some) == 1), None)


class AgencyNames:
    """The names and codes of a list of agencies, ready to be looked for.

    Names are looked for in any case, but for their first letter: a name that begins with a capital is none where it does not. Codes and
    names that are words as well count as written, and only where a credit stands.
    """

    def __init__(self, agencies: Iterable[Agency]) -> None:
        names: dict[str, dict[str, Agency]] = {}
        others: dict[str, dict[str, Agency]] = {}
        for agency in agencies:
            ambiguous = {*agency.ambiguous_names}
            for name in (agency.name, *agency.names):
                (others if name in ambiguous else names).setdefault(name, {})[agency.id] = agency
            for code in agency.codes:
                if code not in names:
                    others.setdefault(code, {})[agency.id] = agency
        self._names = _Automaton(names, in_any_case=True, is_sure=True)
        self._others = _Automaton(others, in_any_case=False, is_sure=False)

    def in_text(self, text: str) -> list[Found]:
        """The names that are safe anywhere, in their order; of those that overlap the first, and of these the longest."""
        return _apart(list(self._names.valid(text, self._names.matches(text))))

    def in_lines(self, lines: Sequence[str]) -> list[list[Found]]:
        """Names and codes of lines where a credit may stand; most hold none, and all are looked at in one pass."""
        whole = "\n".join(lines)
        starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
        found: list[list[Found]] = [[] for _ in lines]
        for automaton in (self._names, self._others):
            for place, matches in groupby(automaton.matches(whole), lambda match: bisect_right(starts, match[1]) - 1):
                found[place] += automaton.valid(lines[place], matches, starts[place])
        return [_apart(one) for one in found]

    def in_line(self, line: str) -> list[Found]:
        """Names and codes of a line where a credit may stand."""
        return self.in_lines([line])[0]


class _Automaton:
    def __init__(self, names: dict[str, dict[str, Agency]], *, in_any_case: bool, is_sure: bool) -> None:
        self._fold: Callable[[str], str] = folded if in_any_case else _as_written
        self._is_sure = is_sure
        keys: dict[str, list[str]] = {}
        for name in names:
            keys.setdefault(self._fold(name), []).append(name)
        self._bearers = [[(name, tuple(names[name].values())) for name in written] for written in keys.values()]
        kind = Implementation.DFA if len(keys) <= MOST_IN_TABLE else Implementation.ContiguousNFA
        self._search = AhoCorasick(list(keys), implementation=kind) if keys else None

    def matches(self, text: str) -> list[tuple[int, int, int]]:
        """Where letters stand that may be a name: the name's number, and where they begin and end."""
        return self._search.find_matches_as_indexes(self._fold(text), overlapping=True) if self._search else []

    def valid(self, text: str, matches: Iterable[tuple[int, int, int]], begins: int = 0) -> Iterator[Found]:
        """Those that are names, for `text` and matches in a whole in which it `begins` there; at most MOST_FOUND."""
        count = 0
        for number, first, last in matches:
            start, end = first - begins, last - begins
            if not _stands_alone(text, start, end):
                continue
            written = text[start:end]
            agencies = {agency.id: agency for name, bearers in self._bearers[number] if _is_name(written, name) for agency in bearers}
            if agencies:
                yield Found(start, end, written, tuple(agencies.values()), self._is_sure)
                count += 1
                if count == MOST_FOUND:
                    return


def _apart(found: list[Found]) -> list[Found]:
    if len(found) < 2:  # noqa: PLR2004 - two can overlap
        return found
    apart: list[Found] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end, not one.is_sure)):
        if not apart or one.start >= apart[-1].end:
            apart.append(one)
    return apart


def _as_written(text: str) -> str:
    return text


def _is_name(written: str, name: str) -> bool:
    if written == name:
        return True
    if len(name) <= SHORT_NAME and name.isupper():
        return False
    return not name[0].isupper() or written[0].isupper()


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether it is neither part of a word nor of an address, an account or a hashtag."""
    before, after = text[max(start - 3, 0) : start], text[end : end + 2]
    if _JOINED_BEFORE.search(before) and not _UNSPACED.match(text, start):
        return False
    return _JOINED_AFTER.match(after) is None or _UNSPACED.match(text, end - 1) is not None


# Scripts that put no space between words.
_CJK = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}"
_UNSPACED = regex.compile(rf"[{_CJK}]")
_JOINED_BEFORE = regex.compile(rf"(?:[[\p{{L}}\p{{M}}\p{{N}}_]--[{_CJK}]]|[@#]|\w[.]|//)\Z", regex.V1)
_JOINED_AFTER = regex.compile(rf"[[\p{{L}}\p{{M}}\p{{N}}_]--[{_CJK}]]|[.]\p{{Ll}}|@", regex.V1)
