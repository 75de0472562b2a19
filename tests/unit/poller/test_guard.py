"""What the poller holds back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from invented import NOW, a_feed, item, read, rss
from msgspec.structs import replace

from dateline.events import Publisher, Withdrawal, decode, encode
from dateline.log.withdrawals import WITHDRAWALS, Withdrawals, order_output
from dateline.poller.decide import raw_articles
from dateline.poller.guard import RawGuard
from dateline.poller.pending import article_output
from fakes import FakeTopicLog, FakeTopics

if TYPE_CHECKING:
    from dateline.events import RawArticle
    from dateline.log.port import Output

FIRST, SECOND = raw_articles(read(rss(item(1), item(2))), a_feed(), http=None, now=NOW)


async def passed(*articles: RawArticle, withdrawn: tuple[str, str]) -> list[Output]:
    kind, subject = withdrawn
    topics = FakeTopics()
    order: Any = Withdrawal(subject=subject, kind=kind, reason="a test", at=NOW)  # type: ignore[arg-type]
    topics.append((WITHDRAWALS, 0), order_output(order))
    guard = RawGuard(Withdrawals(lambda: FakeTopicLog(topics, WITHDRAWALS)))
    await guard.prepare()
    return list(await guard.admit(list(map(article_output, articles))))


async def test_a_withdrawn_article_is_held_back_and_the_others_pass_as_they_are() -> None:
    assert await passed(FIRST, SECOND, withdrawn=("article", FIRST.id)) == [article_output(SECOND)]


async def test_an_article_at_a_withdrawn_address_is_held_back_and_withdrawn_itself_before_it_moves() -> None:
    order, other = await passed(FIRST, SECOND, withdrawn=("url", "http://www.harbour-gazette.example/story/1?utm_source=x"))
    assert other == article_output(SECOND)
    said = decode(order.value, Withdrawal)
    assert (order.topic, said.subject, said.kind, said.carried_out) == (WITHDRAWALS, FIRST.id, "article", False)
    assert said.since == datetime(2026, 3, 5, 12, tzinfo=UTC)


async def test_all_of_a_withdrawn_publisher_is_held_back_by_its_scope_or_by_what_the_feed_was_added_with() -> None:
    assert await passed(FIRST, SECOND, withdrawn=("publisher", "harbour-gazette.example")) == []
    elsewhere = replace(FIRST, feed=replace(FIRST.feed, publisher=Publisher(name=None, domain="lantern.example", country=None)))
    assert await passed(elsewhere, SECOND, withdrawn=("publisher", "lantern.example")) == [article_output(SECOND)]


async def test_what_is_no_article_passes() -> None:
    topics = FakeTopics()
    guard = RawGuard(Withdrawals(lambda: FakeTopicLog(topics, WITHDRAWALS)))
    plan = article_output(FIRST)._replace(topic="feeds.state", value=encode(SECOND))
    assert list(await guard.admit([plan])) == [plan]
