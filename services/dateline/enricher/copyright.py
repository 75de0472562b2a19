"""The copyright line of an article, as printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dateline.enricher.evidence import Finding
    from dateline.enricher.page_metadata import PageMetadata
    from dateline.enricher.zones import Line
    from dateline.events import RawArticle

__all__ = ["copyright_of", "holder_of", "statements_in"]

# Longer lines are terms of use.
LINE_CHARACTERS = 200


def statements_in(lines: Iterable[Line]) -> list[str]:
    """What stands below or beside the text and may be a copyright line by its length and first character: few lines may."""
    around = (line.text for line in lines if line.zone in {"below", "elsewhere"} and len(line.text) <= LINE_CHARACTERS)
    return [text for text in around if text.lstrip()[:1] in _FIRST_CHARACTERS]


def copyright_of(statements: Sequence[str], findings: Iterable[Finding], raw: RawArticle, page: PageMetadata) -> str | None:
    """What a rule found below the text, else the feed's or the page's statement, else the last of the `statements` that begins as one."""
    found = next((finding.line.text for finding in findings if finding.rule.kind == "copyright"), None)
    stated = next((text for text in (found, raw.entry.rights, page.notice) if text and _SIGN.search(text)), None)
    if stated is not None:
        return " ".join(stated.split())[:LINE_CHARACTERS]
    return next((text for text in reversed(statements) if _SIGN.match(text)), None)


def holder_of(statement: str) -> str | None:
    """Who claims the copyright of a whole site in a line that says no more: © 2026 Tarn Post. All rights reserved."""
    found = _HOLDER.fullmatch(statement)
    return found["name"] if found else None


# Of what the patterns below begin with.
_FIRST_CHARACTERS = frozenset("cC©(版")
_SIGN = regex.compile(r"(?i)\s*(?:©|\(c\)\s|copyright\b)")
_HOLDER = regex.compile(
    r"(?i)\s*(?:copyright|©|\(c\)|版权所有)[\s:\uff1a©]*(?:\(c\)\s*)?(?:(?:19|20)\d\d(?:\s*[-\u2013\u2014]\s*(?:19|20)\d\d)?)?[,\s]*(?:by\s+)?"
    r"(?P<name>[^.,|©]{2,40}?)[\s.,|]*(?:all rights reserved|alle rechte|todos los derechos|tous droits|版权所有|版權所有|.{0,40})?\.?"
)
