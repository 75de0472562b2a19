"""When a permanent redirect is believed, and when it is given up."""

from __future__ import annotations

import pytest
from invented import URL, a_feed

from dateline.events import FeedDoubt, FeedMove, FeedState
from dateline.poller.moves import after_answer, after_failure, found_anew

HERE = "https://feeds.harbour-gazette.example/all"
ELSEWHERE = "https://tarn-valley-post.example/rss"
DAY = 86_400
START = 1_772_712_000


def visits(*answers: str | None, every: int = DAY, same_entries: bool = False) -> FeedState:
    state = FeedState(id=a_feed().id)
    for number, moved_to in enumerate(answers):
        state = after_answer(state, moved_to, scope=a_feed().scope, same_entries=same_entries, now=START + number * every)
    return state


def test_a_redirect_is_adopted_after_visits_on_several_days_agree() -> None:
    assert visits(*[HERE] * 3).url is None
    adopted = visits(*[HERE] * 4)
    assert (adopted.url, adopted.move) == (HERE, None)


def test_many_visits_in_one_day_are_one_vote_and_one_record() -> None:
    hourly = visits(*[HERE] * 24, every=3600)
    assert (hourly.url, hourly.move and hourly.move.visits) == (None, 1)
    assert visits(*[HERE] * 80, every=3600).url == HERE


def test_a_visit_without_the_redirect_or_with_another_one_starts_the_count_anew() -> None:
    assert visits(HERE, HERE, None, HERE, HERE).url is None
    assert visits(HERE, HERE, HERE + "2", HERE, HERE).url is None
    assert visits(HERE, None).move is None


def test_an_address_of_another_publisher_is_adopted_only_where_it_serves_the_same_entries() -> None:
    assert visits(*[ELSEWHERE] * 9) == visits()
    assert visits(*[ELSEWHERE] * 4, same_entries=True).url == ELSEWHERE


def test_an_adopted_address_may_move_on() -> None:
    assert visits(*[HERE] * 4, None, *[URL] * 4).url == URL


# --- giving up ---

ADOPTED = FeedState(id=a_feed().id, url=HERE, served_by=HERE + "?1", etag="e", last_modified="m", body_hash="h", ring="r", title="t")
NOT_THERE: list[tuple[str, int | None]] = [
    ("status", 404),
    ("status", 410),
    ("dns", None),
    ("connect", None),
    ("tls", None),
    ("parse", None),
]
IN_TROUBLE: list[tuple[str, int | None]] = [
    ("status", 500),
    ("status", 503),
    ("status", 403),
    ("timeout", None),
    ("resting", None),
    ("", None),
]


def failures(*failed: tuple[str, int | None], every: int = DAY, state: FeedState = ADOPTED) -> FeedState:
    for number, (kind, status) in enumerate(failed):
        state = after_failure(state, kind, status, now=START + number * every)
    return state


@pytest.mark.parametrize("failed", NOT_THERE)
def test_an_adopted_address_where_the_feed_is_not_is_given_up_after_visits_on_three_days(failed: tuple[str, int | None]) -> None:
    assert failures(*[failed] * 2).url == HERE
    given_up = failures(*[failed] * 3)
    assert given_up == FeedState(id=ADOPTED.id, ring="r", title="t")
    assert failures(failed, state=given_up) == given_up


@pytest.mark.parametrize("failed", IN_TROUBLE)
def test_a_server_in_trouble_is_no_reason_to_give_an_address_up(failed: tuple[str, int | None]) -> None:
    assert failures(*[failed] * 99) == ADOPTED


def test_trouble_between_two_visits_that_say_so_changes_nothing() -> None:
    assert failures(("status", 404), ("status", 503), ("timeout", None), ("dns", None)).doubt == FeedDoubt(since=START, visits=2)
    assert failures(("status", 404), ("status", 503), ("dns", None), ("parse", None)).url is None


def test_many_failures_in_a_day_are_one_doubt_and_one_record() -> None:
    hourly = failures(*[("status", 404)] * 24, every=3600)
    assert (hourly.url, hourly.doubt) == (HERE, FeedDoubt(since=START))
    assert failures(*[("status", 404)] * 48, every=3600).url == HERE
    assert failures(*[("status", 404)] * 49, every=3600).url is None


def test_any_answer_takes_all_doubts_back() -> None:
    doubted = failures(*[("status", 404)] * 2)
    assert after_answer(doubted, None, scope=a_feed().scope, same_entries=True, now=START) == ADOPTED
    assert found_anew(doubted, URL, now=START).doubt is None


def test_the_feeds_own_address_is_never_given_up() -> None:
    own = FeedState(id=a_feed().id, etag="e", move=FeedMove(url=HERE, since=START))
    assert failures(*[("status", 404)] * 99, state=own) == own
