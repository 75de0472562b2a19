"""The place and date that a report opens with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import regex

from dateline.events import Dateline

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dateline.enricher.evidence import Finding
    from dateline.enricher.zones import Line

__all__ = ["dateline_of"]

MOST_PLACE_CHARACTERS = 60


def dateline_of(lines: Iterable[Line], findings: Iterable[Finding]) -> Dateline | None:
    """The dateline that names an agency, else one that the first paragraph opens with; null where neither is there.

    `place` and `date` are as printed; null where the dateline lacks them.
    """
    named = next((finding for finding in findings if finding.rule.kind == "dateline"), None)
    if named is not None:
        return _read(named.text, named.groups.get("place", ""))
    first = next((line.text for line in lines if line.field == "body"), "")
    bare = _BARE.match(first)
    return None if bare is None else _read(bare["raw"], bare["raw"])


def _read(raw: str, where: str) -> Dateline:
    moment = _DATE.search(where)
    place = where[: moment.start()] if moment else where
    return Dateline(
        raw=raw.strip(),
        place=place.strip(_AROUND)[:MOST_PLACE_CHARACTERS] or None,
        date=moment[0].strip(_AROUND) if moment else None,
    )


_AROUND = " \t,.،;:–—―-/([（"  # noqa: RUF001 - dashes and brackets as printed
_DATE = regex.compile(r"(?:(?<!\p{L})\p{Lu}\p{L}{2,9}\.?\s+)?\d{1,4}[\p{L}.]*(?:[\s./,-]+(?:de\s+)?\p{L}{3,10}\.?)?(?:[\s,./-]+\d{1,4})*")
# In capitals, and a dash that no headline has: TARNMOUTH, Northshire, Jan. 5 —
_BARE = regex.compile(
    r"(?P<raw>\p{Lu}[\p{Lu}.'\u2019-]{2,}(?:\s\p{Lu}[\p{Lu}.'\u2019-]+){0,3}(?:,\s\p{Lu}[\p{L}.]+){0,2}(?:,?\s+\p{Lu}\p{L}{2,8}\.?\s+\d{1,2})?)\s*(?:[\u2013\u2014\u2015]|--|\s-\s)\s*\p{Lu}"
)
