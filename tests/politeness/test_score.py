"""What pollers score: ours everything, the usual loop what it deserves, and a poller without manners nothing."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from dateline.poller.fetch import Fetcher
from dateline.poller.opml import read_opml

from .conditional import AfterNotModified, Both, OpaqueDates, OpaqueTags
from .manners import Cookies, Gzip
from .pacing import Spacing, Spread, Turns
from .pollers import ours, plain
from .redirects import Permanent
from .rude import rude
from .rule import NotShown, Pace
from .score import RULES, Score, judge, opml, run
from .server import Publishers

ROOT = Path(__file__).parents[2]
# Every situation comes up within it; the half minute of make score-poller shows more of the same.
WHOLE = Pace(seconds=20.0)
# What a fault shows within a few visits.
SHORT = Pace(seconds=8.0)


class WithCookies(Fetcher):
    """A fault: cookies are kept and sent back."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._cookies = httpx.Cookies()

    async def _send(self, request):
        self._cookies.set_cookie_header(request)
        response = await super()._send(request)
        self._cookies.extract_cookies(response)
        return response


class WithoutSpacing(Fetcher):
    """A fault: a host's requests keep no distance."""

    def __init__(self, settings, **options):
        super().__init__(settings.model_copy(update={"host_requests_per_second": 1e9}), **options)


class WithTidyTags(Fetcher):
    """A fault: ETags are sent back as they should have been written."""

    async def fetch(self, url, *, etag=None, **options):
        tidy = etag and '"' + etag.removeprefix("W/").strip('"') + '"'
        return await super().fetch(url, etag=tidy, **options)


class Scores(NamedTuple):
    """One run of each."""

    ours: Score
    plain: Score
    with_cookies: Score
    without_spacing: Score
    with_tidy_tags: Score
    rude: Score


@pytest.fixture(scope="module")
def scores():
    def faulty(make_fetcher):
        return lambda feeds, pace: ours(feeds, pace, make_fetcher=make_fetcher)

    async def polled():
        mannered = await asyncio.gather(
            run(ours, WHOLE),
            run(plain, WHOLE),
            run(faulty(WithCookies), SHORT, [Cookies(), Gzip(), Permanent(308)]),
            run(faulty(WithoutSpacing), SHORT, [Spacing(), Spread(), Turns(), Cookies()]),
            run(faulty(WithTidyTags), SHORT, [OpaqueTags(), OpaqueDates(), Both(), AfterNotModified()]),
        )
        # Alone: its flood of requests would blur the others' times, and they would leave it too few turns.
        return Scores(*mannered, await run(rude, SHORT))

    return asyncio.run(polled())


def test_our_poller_keeps_every_rule(scores):
    assert scores.ours.full, scores.ours.table()
    assert scores.ours.named(None) == set()


def test_the_usual_loop_loses_marks_for_what_it_does_not_do(scores):
    broken = {
        *("spacing", "no thundering", "two at once", "410 is believed", "ttl", "skipDays", "redirect loop"),
        *("unreadable body", "no cookies", "User-Agent", "slow body", "oversized body"),
    }
    kept = {"opaque ETag", "both validators", "308 followed", "gzip", "only GET", "Host", "credentials stay at home"}
    assert broken <= scores.plain.named(0), scores.plain.table()
    assert kept <= scores.plain.named(1), scores.plain.table()


def test_a_poller_without_manners_breaks_every_rule(scores):
    assert (scores.rude.points, scores.rude.most) == (0, len(RULES)), scores.rude.table()
    assert [mark.rule.name for mark in scores.rude.marks if isinstance(mark.verdict, NotShown)] == []


def test_our_poller_with_cookies_loses_the_mark_for_cookies_alone(scores):
    assert scores.with_cookies.named(0) == {"no cookies"}, scores.with_cookies.table()


def test_our_poller_without_spacing_loses_the_marks_for_pace_alone(scores):
    assert scores.without_spacing.named(0) == {"spacing", "no thundering"}, scores.without_spacing.table()


def test_our_poller_that_mends_etags_loses_the_mark_for_opaque_ones_alone(scores):
    assert scores.with_tidy_tags.named(0) == {"opaque ETag"}, scores.with_tidy_tags.table()


def test_a_poller_that_never_comes_gets_nothing():
    score = judge(Publishers(RULES, Pace()), [])
    assert score.points == 0
    assert all(isinstance(mark.verdict, NotShown) for mark in score.marks)


def test_every_rule_says_its_name_once_with_a_sentence_and_a_source():
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.says.endswith(".") and rule.source for rule in RULES)


def test_the_feeds_can_be_given_to_another_poller_as_opml():
    feeds = Publishers(RULES, Pace(), port=8000).feeds()
    assert [listed.url for listed in read_opml(opml(feeds).encode(), "politeness").listed] == [feed.url for feed in feeds]


async def test_a_poller_that_fails_fails_the_run():
    async def broken(feeds, pace):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await run(broken, SHORT, [Cookies()])


def test_served_for_another_poller_the_addresses_come_first_and_the_score_last():
    command = [sys.executable, "-m", "tests.politeness", "serve", "--seconds", "0.5", "--json"]
    served = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    addresses, brace, document = served.stdout.partition("{")
    assert served.returncode == 1, served.stderr
    assert len(addresses.split()) == sum(len(rule.feeds) for rule in RULES)
    assert json.loads(brace + document)["points"] == 0
