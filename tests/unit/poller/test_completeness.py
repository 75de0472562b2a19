"""A day of a simulated web, polled by the poller's own decisions: each article comes out once, in order, and none is missing."""

from __future__ import annotations

import random

import pytest

from bench.completeness import Poller, judge, most_within
from bench.simulated_web import DAY, HOUR, START, invented_rhythms, the_web


@pytest.mark.heavy
def test_every_article_of_a_day_comes_out_once_and_in_order():
    web = the_web(invented_rhythms(random.Random(4)), feeds=40, days=1, seed=4, trouble=3.0)
    run = Poller(web, requests_per_second=len(web) / HOUR, days=1).run()
    # Two visits at an hour each: what was on show for less could have been missed.
    score = judge(web, run, since=START, known=START, until=START + DAY, least_seconds=2 * HOUR)
    assert score.expected > 400
    assert score.revisions > 50
    assert (score.missing, score.twice, score.disordered, score.flip_flops, score.stale) == (0, 0, 0, 0, 0)


def test_a_web_is_a_function_of_its_seed_and_of_time():
    one, same, other = (the_web(invented_rhythms(random.Random(1)), feeds=20, days=1, seed=seed) for seed in (5, 5, 6))
    assert [feed.document(START + HOUR) for feed in one] == [feed.document(START + HOUR) for feed in same]
    assert [feed.at for feed in one] != [feed.at for feed in other]


def test_the_busiest_minute_leaves_out_its_end():
    assert most_within([0.0, 30.0, 59.9, 60.0, 119.8], 60.0) == 3
