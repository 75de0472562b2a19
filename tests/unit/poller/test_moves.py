"""When a permanent redirect is believed."""

from __future__ import annotations

from invented import URL, a_feed

from dateline.events import FeedState
from dateline.poller.moves import after_answer

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
