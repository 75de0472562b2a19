"""What is withdrawn comes back in no order of events, and what is not withdrawn passes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from enriched import article_id
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dateline.envelope import news_envelope
from dateline.errors import Undecodable
from dateline.events import NewsEvent, Withdrawal, decode, encode
from dateline.log import task as log_task
from dateline.log.lookup import ScannedTopic, Start
from dateline.log.port import Output
from dateline.log.task import Stateless, StreamTask
from dateline.log.withdrawals import WITHDRAWALS, GuardedLog, Withdrawals, order_output
from dateline.sink.canceler import Searching, cancel, handler
from dateline.sink.guard import NEWS, NewsGuard, canceled_output
from dateline.sink.orders import News, give, order_of, order_of_publisher
from examples import examples
from fakes import FakeLog, FakeRecord, FakeTopicLog, FakeTopics, Fault
from jumping_loop import JumpingLoop

EXAMPLE = decode(Path(__file__).parents[3].joinpath("schemas/examples/io.dateline.news.v1.json").read_bytes(), NewsEvent)
NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
PARTITIONS = 2
INPUT = "articles.enriched"


@pytest.fixture(autouse=True, scope="module")
def no_waiting():
    with pytest.MonkeyPatch.context() as patch:
        for name in ("FIRST_BACKOFF_SECONDS", "LAST_BACKOFF_SECONDS", "READ_WAIT_SECONDS"):
            patch.setattr(log_task, name, 0.0)
        yield


def event(name: str, revision: int = 0, *, url: str | None = None) -> NewsEvent:
    """An event of a publisher whose domain is harbour-lantern.example."""
    return replace(
        EXAMPLE, id=article_id(name), revision=revision, url=url or f"https://www.harbour-lantern.example/{name}", canonical_url=None
    )


def order(name: str, **fields: Any) -> Withdrawal:
    return Withdrawal(subject=article_id(name), kind="article", reason="a test", at=NOW, **fields)


def news_output(made: NewsEvent) -> Output:
    return Output(NEWS, made.id.encode(), encode(made), news_envelope(made, time=NOW, received=[("traceparent", b"00-1")]))


# ── a world whose steps are taken in any order ───────────────────────────────────────────────────────────────────────


class Schedule(NamedTuple):
    """Who goes first, and before which turns the one who would be next comes last from then on.

    Few changes of priority reach what uniform dice seldom do: somebody who stands still while the others finish
    (Burckhardt et al., A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs, ASPLOS 2010).
    """

    ranks: list[str]
    changes: set[int]


class Turns:
    """Everybody waits for a turn before a step that others can see, and after it."""

    def __init__(self, schedule: Schedule) -> None:
        self._ranks, self._changes = list(schedule.ranks), schedule.changes
        self._waiting: dict[asyncio.Future[None], str] = {}

    async def turn(self, actor: str) -> None:
        waiting = asyncio.get_running_loop().create_future()
        self._waiting[waiting] = actor
        await waiting

    async def play(self, is_over: Any) -> None:
        for number in range(3000):
            await self._settle(6)
            if not self._waiting:
                await self._settle(40)
            if self._waiting:
                if number in self._changes:
                    self._put_last(self._waiting[self._next()])
                chosen = self._next()
                del self._waiting[chosen]
                chosen.set_result(None)
            elif is_over():
                return
        raise AssertionError("it never came to rest")

    async def _settle(self, rounds: int) -> None:
        """Let everybody go on to where they wait."""
        for _ in range(rounds):
            await asyncio.sleep(0)
        self._waiting = {waiting: actor for waiting, actor in self._waiting.items() if not waiting.done()}

    def _next(self) -> asyncio.Future[None]:
        return min(self._waiting, key=lambda waiting: self._ranks.index(self._waiting[waiting]))

    def _put_last(self, actor: str) -> None:
        self._ranks.remove(actor)
        self._ranks.append(actor)


class Stepped:
    """A log whose steps take turns, before and after those that are named."""

    def __init__(self, log: Any, turns: Turns, actor: str, *steps: str) -> None:
        self._log, self._turns, self._actor, self._steps = log, turns, actor, steps

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._log, name)
        if name not in self._steps:
            return method

        async def stepped(*arguments: Any, **options: Any) -> Any:
            await self._turns.turn(self._actor)
            result = await method(*arguments, **options)
            await self._turns.turn(self._actor)
            return result

        return stepped


async def pass_on(records: Any, state: Any) -> list[list[Output]]:
    """The sink without its stories: what it reads are events already."""
    return [[news_output(decode(record.value, NewsEvent))] for record in records]


class World:
    """Sinks on every partition of the input, each a process with a table of its own, cancelers, and operators."""

    def __init__(self, schedule: Schedule, *, inputs: list[list[NewsEvent | Fault]]) -> None:
        self.turns, self.topics = Turns(schedule), FakeTopics(partitions=PARTITIONS)
        self.logs: list[FakeLog] = []
        for partition, entries in enumerate(inputs):
            values = [entry if isinstance(entry, Fault) else Output(INPUT, b"en", encode(entry)) for entry in entries]
            self.logs.append(FakeLog(values, topics=self.topics, service="sink", topic=INPUT, partition=partition))
        for partition in range(PARTITIONS):
            self.logs.append(FakeLog(topics=self.topics, service="canceler", topic=WITHDRAWALS, partition=partition))

    def topic(self, name: str, actor: str) -> Any:
        return Stepped(FakeTopicLog(self.topics, name), self.turns, actor, "stable", "sent")

    def sink(self, log: FakeLog) -> StreamTask:
        actor = actor_of(log)
        withdrawals = Withdrawals(lambda: self.topic(WITHDRAWALS, actor))
        stepped = lambda: Stepped(log.open(), self.turns, actor, "send", "commit")  # noqa: E731
        opened = lambda: GuardedLog(stepped(), NewsGuard(withdrawals))  # noqa: E731
        return StreamTask(opened, log.input[1], service="sink", topic=INPUT, handler=pass_on, state=Stateless())

    def canceler(self, log: FakeLog, handle: Any) -> StreamTask:
        actor = actor_of(log)
        news = Searching(ScannedTopic(lambda: self.topic(NEWS, actor), lambda key, _: self.topics.place_of(key)))
        opened = lambda: Stepped(log.open(), self.turns, actor, "send", "commit")  # noqa: E731
        return StreamTask(opened, log.input[1], service="canceler", topic=WITHDRAWALS, handler=handle, state=news)

    async def write(self, outputs: Any) -> None:
        for output in outputs:
            await self.turns.turn("operator")
            self.topics.append((output.topic, self.topics.place_of(output.key)), output)
            await self.turns.turn("operator")

    async def write_in_a_transaction(self, given: Withdrawal) -> None:
        """As a poller does for a feed's own deletions; each for itself."""
        log = FakeLog(topics=self.topics, service="poller", topic=given.subject).open()
        await log.fence()
        await log.begin()
        await self.turns.turn("poller")
        await log.send([order_output(given)])
        await self.turns.turn("poller")
        await log.commit(None)

    async def withdraw(self, wanted: Any) -> None:
        """As the command does."""
        news = News(self.topic(NEWS, "operator"), wanted, place_of=lambda key, _: self.topics.place_of(key), now=NOW)
        await news.search(lambda *_: None)
        await give(wanted, news, self.topic(WITHDRAWALS, "operator"), self.write, reason="a test", now=NOW, progress=lambda *_: None)

    async def run(self, *operators: Any) -> list[NewsEvent]:
        """Let all of them act until there is nothing left to do; what `news` holds, in the order of its offsets."""
        handle = handler()
        await handle.start()
        tasks = [self.sink(log) if log.input[0] == INPUT else self.canceler(log, handle) for log in self.logs]
        running = [asyncio.ensure_future(task.run()) for task in tasks]
        acting = [asyncio.ensure_future(operator) for operator in operators]
        try:
            await self.turns.play(lambda: all(operator.done() for operator in acting) and all(map(self._is_done, self.logs)))
            for operator in acting:
                operator.result()
            assert not any(task.done() for task in running)
        finally:
            for task in (*running, *acting):
                task.cancel()
            await asyncio.gather(*running, *acting, return_exceptions=True)
        return [decode(record.value, NewsEvent) for number in range(PARTITIONS) for record in self.topics.records(NEWS, number)]

    def _is_done(self, log: FakeLog) -> bool:
        committed = log.committed.offset if log.committed else 0
        return all(record.offset < committed for record in self.topics.records(*log.input))


ACTORS = [f"{service} {partition}" for service in ("sink", "canceler") for partition in range(PARTITIONS)] + ["operator", "poller"]
SCHEDULES = st.builds(Schedule, st.permutations(ACTORS), st.sets(st.integers(0, 40), max_size=4))


def actor_of(log: FakeLog) -> str:
    return f"{log.lease[0]} {log.lease[2]}"


def last_status(events: list[NewsEvent], name: str) -> str | None:
    """What compaction leaves of an article."""
    return next((found.status for found in reversed(events) if found.id == article_id(name)), None)


def in_any_order(**cases: Any) -> Any:
    """Many schedules, of which each of the faults that ARCHITECTURE.md names needs two changes at most."""
    return lambda test: examples(150)(given(schedule=SCHEDULES, **cases)(test))


FAULTS = st.sampled_from([None, Fault("send"), Fault("before_commit"), Fault("after_commit")])


def entries(fault: Fault | None, *events: NewsEvent) -> list[NewsEvent | Fault]:
    return [*events[:1], *([fault] if fault else []), *events[1:]]


# ── nothing comes back ───────────────────────────────────────────────────────────────────────────────────────────────


@in_any_order(
    fault=FAULTS,
    first=st.lists(st.sampled_from("ab"), max_size=3),
    second=st.lists(st.sampled_from("ac"), max_size=2),
    within=st.booleans(),
)
def test_whatever_the_order_an_article_that_is_withdrawn_ends_as_canceled_and_the_others_stay(
    schedule, fault, first, second, within
) -> None:
    async def story() -> None:
        inputs = [entries(fault, *map(event, first)), [event(name, 1) for name in second]]
        world = World(schedule, inputs=inputs)
        give_order = world.write_in_a_transaction(order("a")) if within else world.write([order_output(order("a"))])
        events = await world.run(give_order)
        assert last_status(events, "a") == ("canceled" if "a" in (*first, *second) else None)
        others = [found.status for found in events if found.id != article_id("a")]
        assert others == ["usable"] * sum(name != "a" for name in (*first, *second))

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        runner.run(story())


@in_any_order(
    fault=FAULTS,
    wanted=st.sampled_from(
        [
            order_of("https://harbour-lantern.example/a?utm_source=rss"),
            order_of_publisher("www.harbour-lantern.example"),
            order_of(article_id("a")),
        ]
    ),
)
def test_whatever_the_order_a_command_leaves_nothing_usable_of_what_it_names_though_its_address_changes(schedule, fault, wanted) -> None:
    elsewhere = replace(event("a", 1), url="https://www.harbour-lantern.example/moved")

    async def story() -> None:
        other = replace(event("b"), publisher=None, feed=replace(EXAMPLE.feed, url="https://post.example/rss"))
        world = World(schedule, inputs=[entries(fault, event("a"), elsewhere), [other]])
        # In the partitions of the rules, so that they are written behind an open transaction.
        others = [world.write_in_a_transaction(order(name)) for name in "yz"]
        events = await world.run(world.withdraw(wanted), *others)
        assert last_status(events, "a") == "canceled"
        assert [found.status for found in events if found.id == article_id("b")] == ["usable"]

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        runner.run(story())


# ── what the canceler writes ─────────────────────────────────────────────────────────────────────────────────────────


class Remembered:
    """`LastRecords` from a dictionary; notes what was asked."""

    def __init__(self, *events: NewsEvent) -> None:
        self.records = {found.id.encode(): FakeRecord(NEWS, 0, 7, 0, found.id.encode(), encode(found), ()) for found in events}
        self.asked: list[Any] = []

    async def find(self, wanted: Any) -> Any:
        self.asked.append(dict(wanted))
        return {key: self.records[key] for key in wanted if key in self.records}


def read(*values: Withdrawal | bytes) -> list[FakeRecord]:
    return [
        FakeRecord(WITHDRAWALS, 0, offset, 0, b"key", value if isinstance(value, bytes) else encode(value), ())
        for offset, value in enumerate(values)
    ]


def written(outcome: Any) -> list[tuple[str, str]]:
    """Topic and what it says, of every output of an outcome."""
    said = []
    for output in outcome:
        if output.topic == NEWS:
            said.append((NEWS, decode(output.value, NewsEvent).status))
        else:
            said.append((output.topic, "carried out" if decode(output.value, Withdrawal).carried_out else "open"))
    return said


CANCELED_NOW = [(NEWS, "canceled"), (WITHDRAWALS, "carried out")]
NOTHING_THERE = [(WITHDRAWALS, "carried out")]


async def test_an_order_cancels_the_newest_event_or_the_one_that_it_brings_and_what_is_canceled_is_left() -> None:
    news = Remembered(event("a", 3), replace(event("c"), status="canceled"))
    brought = order("b", last=replace(event("b", 1), status="canceled"), found_to=12)
    outcomes = await cancel(read(order("a"), brought, order("c"), order("d")), news)
    assert list(map(written, outcomes)) == [CANCELED_NOW, CANCELED_NOW, NOTHING_THERE, NOTHING_THERE]
    output = outcomes[0][0]
    assert decode(output.value, NewsEvent).revision == 3
    headers = dict(output.headers)
    assert (headers["ce_subject"].decode(), headers["ce_time"]) == (article_id("a"), b"2026-03-05T12:00:00Z")
    done = decode(outcomes[1][1].value, Withdrawal)
    assert (done.last, done.found_to, done.reason) == (None, None, "a test")


async def test_orders_that_repeat_are_carried_out_once_and_rules_and_what_is_carried_out_are_passed_over() -> None:
    news = Remembered(event("a"))
    rule = Withdrawal(subject="gazette.example", kind="publisher", reason="a test", at=NOW)
    outcomes = await cancel(read(order("a"), order("a"), order("b", carried_out=True), rule), news)
    assert list(map(written, outcomes)) == [CANCELED_NOW, [], [], []]
    await cancel(read(rule), news)
    assert len(news.asked) == 1  # nobody searches for nothing


async def test_what_is_no_order_goes_to_dead_letters_and_the_others_are_carried_out() -> None:
    no_id = Withdrawal(subject="gazette", kind="article", reason="a test", at=NOW)
    outcomes = await cancel(read(b"{", order("a"), no_id), Remembered(event("a")))
    assert [isinstance(outcome, Undecodable) for outcome in outcomes] == [True, False, True]
    assert written(outcomes[1]) == CANCELED_NOW


async def test_a_feeds_own_deletion_is_searched_from_a_day_before_the_article_was_seen_and_a_commands_from_where_it_read() -> None:
    news = Remembered()
    await cancel(read(order("a", since=NOW), order("b", found_to=12), order("c")), news)
    day_before = int(NOW.timestamp() * 1000) - 86_400_000
    assert list(news.asked[0].values()) == [Start(None, day_before), Start(12, None), Start(None, None)]


async def test_an_event_that_passes_as_canceled_has_an_id_of_its_own_and_keeps_its_other_headers() -> None:
    sent = news_output(event("a"))
    passed = canceled_output(sent)
    before, after = dict(sent.headers), dict(passed.headers)
    # What told of the origin goes with it.
    assert before.keys() - after.keys() == {"ce_originid"}
    assert {name for name in after if after[name] != before[name]} == {"ce_id"}
    assert decode(passed.value, NewsEvent).story == event("a").story
