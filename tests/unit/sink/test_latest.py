"""What the sink counts and shows of events: those that are committed, a few of them, and each of bounded size."""

from __future__ import annotations

import orjson
import pytest
from enriched import NOON, article_id, enriched

from dateline.errors import TransientError
from dateline.events import Withdrawal, encode
from dateline.log import task
from dateline.log.client import Cluster
from dateline.log.port import Output
from dateline.log.withdrawals import order_output
from dateline.settings import Settings
from dateline.sink import metrics, service
from dateline.sink.latest import KEPT_EVENTS, LatestEvents
from dateline.sink.service import sink
from fakes import CRASH, FakeLog, FakeTopicLog, FakeTopics, Fault, drain

ROLES = ("first", "duplicate", "excerpt", "revision", "skipped", "dead_letter")


@pytest.fixture(autouse=True)
def no_backoff(monkeypatch):
    """Waiting is measured on a real broker, and nobody has ordered a withdrawal."""
    monkeypatch.setattr(task, "FIRST_BACKOFF_SECONDS", 0.0)
    monkeypatch.setattr(service, "KafkaTopicLog", lambda _, topic: FakeTopicLog(FakeTopics(), topic))


def record(article):
    return Output("articles.enriched", b"en", encode(article))


async def shown(*entries):
    """What the sink shows once it has handled its input."""
    log = FakeLog(entries, service="sink", topic="articles.enriched")
    settings = Settings()
    async with sink(settings, Cluster(settings.kafka), lambda *_: log.open()) as running:
        await drain(log, lambda: running._make_task(0))
    return await running.shows["events"]()


def counted():
    return {role: metrics.REGISTRY.get_sample_value("dateline_sink_events_total", {"outcome": role}) for role in ROLES}


@pytest.mark.parametrize("fault", [Fault("send"), Fault("before_commit"), CRASH])
async def test_each_article_has_one_outcome_whatever_crashes(fault):
    before = counted()
    articles = [enriched("a"), enriched("b"), enriched("a"), enriched("c", "other")]
    events = await shown(fault, *map(record, articles), Output("articles.enriched", b"en", b"{"))
    assert {role: value - before[role] for role, value in counted().items() if value != before[role]} == {
        "first": 2,
        "duplicate": 1,
        "skipped": 1,
        "dead_letter": 1,
    }
    assert [event["id"] for event in events] == [article_id(name) for name in "cba"]


async def test_the_latest_event_comes_first_with_its_evidence_and_without_its_text():
    copy, first = await shown(record(enriched("a")), record(enriched("b", credit="Tern News")))
    assert [first["id"], copy["id"]] == [article_id("a"), article_id("b")]
    assert (copy["story"]["role"], copy["story"]["copies"], copy["origin"]) == ("duplicate", 2, "Tern News")
    assert copy["evidence"] == [{"origin": "Tern News", "confidence": 0.95, "kind": "credit_line", "text": "Source: Tern News"}]
    assert "body" not in copy
    assert orjson.loads(orjson.dumps(copy))


async def test_what_is_withdrawn_after_it_was_committed_is_shown_as_withdrawn_though_the_sink_has_nothing_to_do(monkeypatch):
    topics = FakeTopics()
    monkeypatch.setattr(service, "KafkaTopicLog", lambda _, topic: FakeTopicLog(topics, topic))
    monkeypatch.setattr(service, "ORDERS_FRESH_SECONDS", 0.0)
    log = FakeLog([record(enriched(name, name * 9, credit="Tern News")) for name in "ab"], service="sink", topic="articles.enriched")
    settings = Settings()
    async with sink(settings, Cluster(settings.kafka), lambda *_: log.open()) as running:
        await drain(log, lambda: running._make_task(0))
        assert [event["status"] for event in await running.shows["events"]()] == ["usable", "usable"]
        order = order_output(Withdrawal(subject=article_id("a"), kind="article", reason="a test", at=NOON))
        topics.append(("withdrawals", 0), order)
        later, withdrawn = await running.shows["events"]()
    assert (later["status"], withdrawn["status"], withdrawn["id"]) == ("usable", "canceled", article_id("a"))
    assert (withdrawn["headline"], withdrawn["origin"], withdrawn["evidence"]) == (None, None, [])


async def test_an_event_that_passed_as_canceled_is_remembered_as_canceled_before_its_order_is_read_back(monkeypatch):
    topics = FakeTopics()
    rule = order_output(Withdrawal(subject="https://www.post.example/bridge", kind="url", reason="a test", at=NOON))
    topics.append(("withdrawals", 0), rule)
    monkeypatch.setattr(service, "KafkaTopicLog", lambda _, topic: FakeTopicLog(topics, topic))
    # No rule names the second revision: only the order that the guard gives for the first one does.
    first = enriched("a", "the bridge opens", link="https://www.post.example/bridge")
    second = enriched("a", "the bridge is open", link="https://www.post.example/moved", revision=1)
    log = FakeLog([record(first), record(second)], service="sink", topic="articles.enriched")
    settings = Settings()
    async with sink(settings, Cluster(settings.kafka), lambda *_: log.open()) as running:
        await drain(log, lambda: running._make_task(0))
        events = await running.shows["events"]()
    assert [(event["revision"], event["status"], event["headline"]) for event in events] == [(1, "canceled", None), (0, "canceled", None)]


async def test_while_the_orders_cannot_be_read_the_events_are_shown_by_those_that_are_known(monkeypatch):
    class Away:
        async def stable(self):
            raise TransientError("no broker")

        async def close(self):
            pass

    log = FakeLog([record(enriched("a"))], service="sink", topic="articles.enriched")
    settings = Settings()
    async with sink(settings, Cluster(settings.kafka), lambda *_: log.open()) as running:
        await drain(log, lambda: running._make_task(0))
        monkeypatch.setattr(service, "KafkaTopicLog", lambda _, topic: Away())
        monkeypatch.setattr(service, "ORDERS_FRESH_SECONDS", 0.0)
        assert [event["id"] for event in await running.shows["events"]()] == [article_id("a")]


async def test_no_more_events_are_kept_than_are_shown_and_none_that_is_very_long():
    events = await shown(*(record(enriched(f"article {number}", f"text {number}")) for number in range(KEPT_EVENTS + 7)))
    assert len(events) == KEPT_EVENTS
    assert events[0]["id"] == article_id(f"article {KEPT_EVENTS + 6}")
    latest = LatestEvents()
    latest.extend([Output("news", b"key", b"x" * 100_000)], NOON)
    assert len(latest._ring) == 0
