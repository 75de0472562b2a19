"""How long an answer is fresh, by RFC 9111."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dateline.poller.freshness import MOST_FRESH_SECONDS, fresh_seconds

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
AT_NOON = "Thu, 05 Mar 2026 12:00:00 GMT"
AT_ONE = "Thu, 05 Mar 2026 13:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"cache-control": "public, must-revalidate"}, None),
        ({"cache-control": "private"}, None),
        ({"cache-control": "max-age=600"}, 600),
        ({"cache-control": "Public , MAX-AGE = 600"}, 600),
        ({"cache-control": 'max-age="600"'}, 600),
        ({"cache-control": "max-age=600, max-age=7"}, 600),
        ({"cache-control": "s-maxage=600"}, None),
        ({"cache-control": "s-maxage=60, max-age=600"}, 600),
        ({"cache-control": 'x="max-age=5, ", max-age=600'}, 600),
        ({"cache-control": "max-age=600", "expires": "0"}, 600),
        ({"cache-control": "max-age=600", "age": "200"}, 400),
        ({"cache-control": "max-age=600", "age": "200, 5"}, 400),
        ({"cache-control": "max-age=600", "age": "700"}, 0),
        ({"cache-control": "max-age=600", "age": "-5"}, 600),
        ({"cache-control": "max-age=soon"}, 0),
        ({"cache-control": "max-age=-1"}, 0),
        ({"cache-control": "max-age"}, 0),
        ({"cache-control": "max-age=" + "9" * 400}, MOST_FRESH_SECONDS),
        ({"cache-control": "no-store, max-age=600"}, 0),
        ({"cache-control": "max-age=600, no-cache"}, 0),
        ({"cache-control": 'no-cache="Set-Cookie", max-age=600'}, 600),
        ({"expires": AT_ONE, "date": AT_NOON}, 3600),
        ({"expires": AT_ONE, "date": AT_ONE}, 0),
        ({"expires": AT_ONE}, 3600),
        ({"expires": AT_ONE, "date": "noon"}, 3600),
        ({"expires": AT_ONE, "date": AT_NOON, "age": "600"}, 3000),
        ({"expires": AT_NOON, "date": AT_ONE}, 0),
        ({"expires": "0"}, 0),
        ({"expires": "-1"}, 0),
        ({"expires": "Thu, 05 Mar 9999 12:00:00 GMT"}, MOST_FRESH_SECONDS),
        ({"expires": "Thu, 05 Mar 2026 13:00:00"}, 3600),
        ({"last-modified": AT_NOON}, None),
    ],
)
def test_an_answer_is_fresh_as_long_as_its_headers_say(headers: dict[str, str], seconds: float | None) -> None:
    assert fresh_seconds(headers, now=NOW) == seconds


def test_a_header_without_end_is_read_to_a_bound() -> None:
    assert fresh_seconds({"cache-control": "a=b, " * 100_000 + "max-age=600"}, now=NOW) is None
