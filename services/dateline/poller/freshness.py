"""How long an answer is fresh, as its publisher says: until then there is nothing new to ask for."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# RFC 9111 §1.2.2: a larger number of seconds means this one. How much of it is believed is the schedule's to say.
MOST_FRESH_SECONDS = float(2**31)

# A directive with an optional value, quoted or not (RFC 9111 §5.2); a quoted one may hold commas.
_DIRECTIVE = re.compile(r'([A-Za-z0-9_-]+)\s*(?:=\s*(?:"([^"]*)"|([^",;\s]*)))?')
_MOST_DIGITS = 12
# Far more than any honest header; what is longer is not read to its end.
_MOST_CHARACTERS = 4096


def fresh_seconds(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds from `now` (aware UTC) for which an answer with these headers (names in lower case) is fresh; null where they say nothing.

    RFC 9111 §4.2.1 for a private cache: max-age, else Expires minus Date, less the Age that shared caches have added
    (§4.2.3). no-store and a no-cache that names no field mean 0, and so does a value that cannot be read, as §4.2.1 asks.
    s-maxage, private, public and must-revalidate say nothing to one who asks again anyway. There is no guessing from
    Last-Modified (§4.2.2).
    """
    directives = _directives(headers.get("cache-control"))
    if "no-store" in directives or directives.get("no-cache", "named") == "":
        return 0.0
    lifetime = _lifetime(directives.get("max-age"), headers, now)
    if lifetime is None:
        return None
    return min(max(lifetime - (_seconds(_first(headers.get("age"))) or 0.0), 0.0), MOST_FRESH_SECONDS)


def _lifetime(max_age: str | None, headers: Mapping[str, str], now: datetime) -> float | None:
    if max_age is not None:
        return _seconds(max_age) or 0.0
    if "expires" not in headers:
        return None
    expires = _moment(headers["expires"])
    return 0.0 if expires is None else (expires - (_moment(headers.get("date")) or now)).total_seconds()


def _directives(header: str | None) -> dict[str, str]:
    """Cache-Control's directives by name in lower case, the first of each; "" where one has no value."""
    found: dict[str, str] = {}
    for name, quoted, token in _DIRECTIVE.findall((header or "")[:_MOST_CHARACTERS]):
        found.setdefault(name.lower(), quoted or token)
    return found


def _first(header: str | None) -> str:
    """The first of several values (RFC 9111 §5.1)."""
    return (header or "").partition(",")[0].strip()


def _seconds(text: str) -> float | None:
    if not (text.isascii() and text.isdigit()):
        return None
    return MOST_FRESH_SECONDS if len(text) > _MOST_DIGITS else min(float(text), MOST_FRESH_SECONDS)


def _moment(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text or "")
    except (ValueError, TypeError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
