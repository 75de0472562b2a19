"""Dates as feeds write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented import NOW

from dateline.poller.dates import IMPOSSIBLE, MISSING, ReadDate, read_date
from examples import examples


@pytest.mark.parametrize(
    ("raw", "moment", "precision"),
    [
        ("Thu, 05 Mar 2026 10:00:07 GMT", "2026-03-05T10:00:07Z", "second"),
        ("Thu, 05 Mar 2026 10:00:07 +0130", "2026-03-05T08:30:07Z", "second"),
        ("05 Mar 26 10:00 EST", "2026-03-05T15:00:00Z", "minute"),
        ("5 March 99 10:00 Z", "1999-03-05T10:00:00Z", "minute"),
        ("Thu,5 Mar 2026 4:35:5 GMT+9", "2026-03-04T19:35:05Z", "second"),
        ("Thu, 5 Mar 2026 10:00:00 +0000 (UTC)", "2026-03-05T10:00:00Z", "second"),
        ("Thu Mar  5 10:00:00 UTC 2026", "2026-03-05T10:00:00Z", "second"),
        ("March 5, 2026 10:30 PM PST", "2026-03-06T06:30:00Z", "minute"),
        ("2026-03-05T10:00:07.123+01:00", "2026-03-05T09:00:07.123Z", "second"),
        ("2026-03-05T10:00Z", "2026-03-05T10:00:00Z", "minute"),
        ("2026-03-05T10:00+01:00", "2026-03-05T09:00:00Z", "minute"),
        ("2026-03-05T10:00-00:30", "2026-03-05T10:30:00Z", "minute"),
        ("2026-03-05 10:00:07 +0100", "2026-03-05T09:00:07Z", "second"),
        ("2026-03-05 10:00:07 UTC", "2026-03-05T10:00:07Z", "second"),
        ("1772704807", "2026-03-05T10:00:07Z", "second"),
        ("1772704807000", "2026-03-05T10:00:07Z", "second"),
        ("1772704807.5", "2026-03-05T10:00:07.5Z", "second"),
        ("20260305T1000Z", "2026-03-05T10:00:00Z", "minute"),
        ("20260305T100007Z", "2026-03-05T10:00:07Z", "second"),
        ("Πεμ, 05 Μαρ 2026 12:00:07 EET", "2026-03-05T10:00:07Z", "second"),
        ("2026-március-5T11:00+01:00", "2026-03-05T10:00:00Z", "minute"),
        ("Do, 5. März 2026 11:00:07 +0100", "2026-03-05T10:00:07Z", "second"),
        ("jeu., 5 févr. 2026 10:00:07 GMT", "2026-02-05T10:00:07Z", "second"),
        ("Чт, 05 мая 2016 13:00:07 +0300", "2016-05-05T10:00:07Z", "second"),
        ("jueves, 5 de marzo de 2026 10:00 GMT", "2026-03-05T10:00:00Z", "minute"),
        ("to, 5 marraskuuta 2025 10:00 GMT", "2025-11-05T10:00:00Z", "minute"),
        ("Sat, 31 Dec 2016 23:59:60 GMT", "2016-12-31T23:59:59Z", "second"),
    ],
)
def test_a_date_is_read_in_whatever_form_it_is_written(raw: str, moment: str, precision: str) -> None:
    assert read_date(raw, now=NOW + timedelta(days=1)) == ReadDate(datetime.fromisoformat(moment), precision, ())


@pytest.mark.parametrize(
    ("raw", "precision"),
    [
        ("2026-03-05", "day"),
        ("5 Mar 2026", "day"),
        ("2026-03-05T00:00:00", "second"),
        ("202603050000", "minute"),
        ("Thu, 05 Mar 2026 00:00 IST", "minute"),
    ],
)
def test_a_date_without_a_zone_is_read_as_utc_and_doubted(raw: str, precision: str) -> None:
    assert read_date(raw, now=NOW) == ReadDate(datetime(2026, 3, 5, tzinfo=UTC), precision, ("naive",))


@pytest.mark.parametrize("raw", ["2026년 03월  05일  19:00:07", "2026-03-05 오후 07:00:07"])
def test_korean_dates_are_read_in_the_one_zone_they_can_mean_and_doubted(raw: str) -> None:
    assert read_date(raw, now=NOW) == ReadDate(datetime(2026, 3, 5, 10, 0, 7, tzinfo=UTC), "second", ("naive",))


@pytest.mark.parametrize(
    "raw",
    [
        "31 Feb 2026 10:00 GMT",
        "2026-13-01",
        "0001-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "yesterday",
        "9" * 99,
        "1" * 100000,
        "2026-03",
        "9999-12-31T23:59:59-05:00",
        "5 Mar 2026 25:00 GMT",
        "5 Foo 2026 10:00 GMT",
        "5 listopada 2026 10:00 GMT",
        "Thu, 05 Mar 2026 24:00:00 GMT",
        "Thu, 05 Xyz 2026 10:00:00 +0100",
        "Thu, 32 Mar 2026 10:00:00 +0100",
        "2026-02-30T10:00:00Z",
        "2026-03-05T10:00:61+01:00",
        "https://gazette.example/",
        "5 Mar 2026 10:00 +9999",
        "202613051000",
        "202603052500",
        "177270480712",
        "199912",
        "202603051",
    ],
)
def test_a_date_that_cannot_be_is_null_and_never_shifted(raw: str) -> None:
    assert read_date(raw, now=NOW) == IMPOSSIBLE


@pytest.mark.parametrize("raw", ["2026030510", "2024030500", "1999123123"])
def test_ten_digits_that_read_as_a_day_and_an_hour_are_no_seconds_that_lie_ahead(raw: str) -> None:
    assert read_date(raw, now=NOW) == IMPOSSIBLE
    passed = datetime.fromtimestamp(int(raw), UTC)
    assert read_date(raw, now=passed) == ReadDate(passed, "second", ())


@pytest.mark.parametrize("raw", [None, "", "  \n"])
def test_a_missing_date_is_null_and_not_doubted(raw: str | None) -> None:
    assert read_date(raw, now=NOW) == MISSING


def test_a_date_more_than_an_hour_ahead_is_kept_and_doubted() -> None:
    soon, later = NOW + timedelta(minutes=59), NOW + timedelta(minutes=61)
    assert read_date(soon.isoformat(), now=NOW) == ReadDate(soon, "second", ())
    assert read_date(later.isoformat(), now=NOW) == ReadDate(later, "second", ("in_future",))


@examples(60)
@given(st.text(max_size=60) | st.from_regex(r"[0-9A-Za-z:,+/ -]{1,60}", fullmatch=True))
def test_no_text_is_too_odd_to_be_refused(raw: str) -> None:
    read = read_date(raw, now=NOW)
    assert (read.at is None) == (read.precision is None)


@examples(100)
@given(st.integers(600_000_000, 1_900_000_000), st.integers(-14 * 4, 14 * 4))
def test_every_moment_is_read_back_from_the_common_forms(seconds: int, quarters: int) -> None:
    zoned = datetime.fromtimestamp(seconds, timezone(timedelta(minutes=15 * quarters)))
    for raw in (format_datetime(zoned), zoned.isoformat(), zoned.isoformat(" "), format_datetime(zoned).partition(", ")[2]):
        assert read_date(raw, now=NOW + timedelta(days=9999)) == ReadDate(zoned, "second", ())
