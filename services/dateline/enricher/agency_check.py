"""What an operator's agency list changes, and what in it cannot work as it was meant."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from msgspec.structs import asdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dateline.enricher.agencies import Agencies, Agency

__all__ = ["Correction", "Finding", "Report", "check_agencies"]

# As a name that is looked for everywhere in texts; syllables and ideographs tell more in fewer signs.
LEAST_NAME_LETTERS = 3
LEAST_CODE_LETTERS = 2


class Finding(NamedTuple):
    """What is wrong with one agency's entry, or what its author should know. A warning is about what the operator's file brings."""

    level: Literal["warning", "note"]
    agency: str
    says: str


class Correction(NamedTuple):
    """A field of an entry of the built-in list that the operator's file gives another value."""

    agency: str
    field: str
    before: Any
    after: Any


class Report(NamedTuple):
    """What the two lists make together; `added` and `muted` are ids, `agencies` a count."""

    rules: str
    agencies: int
    added: tuple[str, ...]
    muted: tuple[str, ...]
    corrected: tuple[Correction, ...]
    findings: tuple[Finding, ...]

    @property
    def needs_attention(self) -> bool:
        """Whether something does not work as it was meant."""
        return any(finding.level == "warning" for finding in self.findings)


def check_agencies(builtin: Agencies, together: Agencies) -> Report:
    """The report on a list laid over the built-in one, given that one alone and both together.

    What does not work is a warning where an entry that was added or corrected has a part in it, and within the built-in list a note.
    """
    before = {agency.id: agency for agency in builtin.agencies}
    after = {agency.id: agency for agency in together.agencies}
    added = tuple(identity for identity in after if identity not in before)
    corrected = tuple(
        correction for identity in after if identity in before for correction in _corrections(before[identity], after[identity])
    )
    touched = {*added, *(correction.agency for correction in corrected)}
    own = chain.from_iterable(_own(agency) for agency in together.agencies if agency.id in touched)
    found = [*_shared(together.agencies), *own, *_unreachable(together)]
    findings = (_finding(problem, touched) for problem in found)
    return Report(
        rules=together.rules,
        agencies=len(after),
        added=added,
        muted=tuple(identity for identity in before if identity not in after),
        corrected=corrected,
        findings=tuple(sorted(findings, key=lambda finding: (finding.level != "warning", finding.agency))),
    )


def _corrections(before: Agency, after: Agency) -> Iterator[Correction]:
    new = asdict(after)
    for field, value in asdict(before).items():
        if new[field] != value:
            yield Correction(before.id, field, value, new[field])


class _Problem(NamedTuple):
    """`agencies` are the ids of those concerned; `is_serious` where something does not work."""

    agencies: tuple[str, ...]
    says: str
    is_serious: bool = True


def _finding(problem: _Problem, touched: set[str]) -> Finding:
    """Told of the entry that the operator can change."""
    concerned = next((agency for agency in problem.agencies if agency in touched), None)
    level: Literal["warning", "note"] = "warning" if concerned is not None and problem.is_serious else "note"
    return Finding(level, concerned or problem.agencies[0], problem.says)


# ── what two agencies share ──────────────────────────────────────────────────────────────────────────────────────────


def _shared(agencies: Sequence[Agency]) -> Iterator[_Problem]:
    """Names, codes and domains of several agencies: their look-ups hold none of them."""
    for what, keys in (("name", _keyed(agencies, _names, _plain)), ("domain", _keyed(agencies, _domains, str.lower))):
        yield from _of_several(what, keys)
    codes = _keyed(agencies, _codes, str)
    yield from _of_several("code", codes)
    names = _keyed(agencies, _names, _plain)
    for code, bearers in codes.items():
        others = [agency for agency in names.get(_plain(code), {}) if agency not in bearers]
        if others:
            yield _Problem(
                (*bearers, *others), f"code «{code}» of {' and '.join(bearers)} is a name of {' and '.join(others)}, which it does not name"
            )


# What agencies are known by, as it is looked up → the id of each with how it writes it.
Keyed: TypeAlias = dict[str, dict[str, str]]


def _keyed(agencies: Iterable[Agency], known_by: Callable[[Agency], Iterable[str]], key: Callable[[str], str]) -> Keyed:
    keyed: Keyed = defaultdict(dict)
    for agency in agencies:
        for written in known_by(agency):
            keyed[key(written)].setdefault(agency.id, written)
    return keyed


def _of_several(what: str, keys: Keyed) -> Iterator[_Problem]:
    for bearers in keys.values():
        if len(bearers) > 1:
            written = next(iter(bearers.values()))
            yield _Problem(tuple(bearers), f"{what} «{written}» is shared by {' and '.join(bearers)}, so that alone it names none of them")


def _codes(agency: Agency) -> tuple[str, ...]:
    return agency.codes


def _domains(agency: Agency) -> tuple[str, ...]:
    return agency.domains


def _names(agency: Agency) -> tuple[str, ...]:
    return (agency.name, *agency.names, *agency.ambiguous_names)


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _unreachable(agencies: Agencies) -> Iterator[_Problem]:
    reached = {
        agency.id for table in (agencies.by_name, agencies.by_code, agencies.by_domain) for key, agency in table.items() if key.strip()
    }
    for agency in agencies.agencies:
        if agency.id not in reached:
            yield _Problem((agency.id,), "nothing can name it: it has no name, code or domain of its own")


# ── what one entry says ──────────────────────────────────────────────────────────────────────────────────────────────


def _own(agency: Agency) -> Iterator[_Problem]:
    yield from _own_names(agency)
    for code in agency.codes:
        if len(code.strip()) < LEAST_CODE_LETTERS:
            yield _Problem((agency.id,), f"code «{code}» is too short: any letter in brackets would be a credit")
        elif code != code.strip():
            yield _Problem((agency.id,), f"code «{code}» has spaces around it, so it never matches")
    for code, meaning in agency.homonyms.items():
        if code not in agency.codes:
            yield _Problem((agency.id,), f"homonym «{code}» is none of its codes")
        elif not agency.languages:
            yield _Problem(
                (agency.id,), f"code «{code}» also means {meaning}, so it counts in the agency's languages only, and none is given"
            )
        else:
            yield _Problem((agency.id,), f"code «{code}» also means {meaning}", is_serious=False)
    for domain in agency.domains:
        if not _DOMAIN.fullmatch(domain) or domain.lower().startswith("www."):
            yield _Problem((agency.id,), f"domain «{domain}» never matches a whole site: write it as example.org")


def _own_names(agency: Agency) -> Iterator[_Problem]:
    ambiguous = {_plain(name) for name in agency.ambiguous_names}
    written: dict[str, str] = {}
    for name in _names(agency):
        plain = _plain(name)
        first = written.setdefault(plain, " ".join(name.split()))
        if not any(map(str.isalpha, plain)):
            yield _Problem((agency.id,), f"name «{name}» has no letter, so it never matches")
        elif plain not in ambiguous and _letters(plain) < LEAST_NAME_LETTERS:
            yield _Problem((agency.id,), f"name «{name}» is too short to be looked for everywhere: make it a code")
        if first != " ".join(name.split()):
            yield _Problem((agency.id,), f"«{first}» and «{name}» are one name", is_serious=False)
    for name in agency.ambiguous_names:
        yield _Problem((agency.id,), f"name «{name}» is an ordinary word as well, and counts only where a credit stands", is_serious=False)


def _letters(name: str) -> int:
    """Letters of alphabets; an ideograph or a syllable counts as two."""
    return sum(
        2 if unicodedata.category(sign) == "Lo" and unicodedata.east_asian_width(sign) == "W" else 1 for sign in name if sign.isalpha()
    )


_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)+")
