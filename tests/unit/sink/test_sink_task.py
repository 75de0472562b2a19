"""The sink as a task: whatever crashes, its stories are those of an undisturbed run, and a restore is read once and shown."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import msgspec
from enriched import enriched, words
from hypothesis import given
from hypothesis import strategies as st

from dateline.events import NewsEvent, StoryRecord, decode, encode
from dateline.log.port import Committed, Output
from dateline.log.task import StreamTask
from dateline.overview import unready
from dateline.settings import SinkSettings
from dateline.sink import service
from dateline.sink.service import StoriesOfPartition, handler
from dateline.sink.stories import Stories
from examples import examples
from fakes import POINTS, FakeLog, FakeTopics, Fault, drain

if TYPE_CHECKING:
    import pytest

    from dateline.events import EnrichedArticle


def given_article(article: EnrichedArticle, group: str = "en") -> Output:
    return Output("articles.enriched", group.encode(), encode(article))


class Sink:
    """Tasks on one log, one after the other, each with a state of its own."""

    def __init__(self, log: FakeLog) -> None:
        self.log, self.states = log, []
        self.handler = handler()

    def task(self) -> StreamTask:
        self.states.append(StoriesOfPartition(SinkSettings()))
        return StreamTask(self.log.open, 0, service="sink", topic="articles.enriched", handler=self.handler, state=self.states[-1])

    async def run(self) -> list[StreamTask]:
        await self.handler.start()
        return await drain(self.log, self.task)


def enriched_log(entries: list[Output | Fault], **options: Any) -> FakeLog:
    return FakeLog(entries, service="sink", topic="articles.enriched", **options)


def stories_of(log: FakeLog) -> list[tuple[str, str, str | None, int]]:
    events = [decode(value, NewsEvent) for value in log.values("news")]
    return [(event.id, event.story.id, event.story.of, event.story.copies) for event in events]


ARTICLES = st.builds(
    lambda name, text, seen, group: given_article(enriched(name, text, seen=seen), group),
    st.text("abcdef", min_size=1, max_size=3),
    st.sampled_from(["x", "y", " ".join(words("x").split()[:80]), " ".join(words("x").split()[:30])]),
    st.integers(0, 100),
    st.sampled_from(["en", "de"]),
)
FAULTS = st.builds(Fault, st.sampled_from(POINTS), st.booleans())


@examples(60)
@given(st.lists(ARTICLES | FAULTS, max_size=25))
async def test_stories_are_those_of_an_undisturbed_run_whatever_crashes(entries: list[Output | Fault]) -> None:
    disturbed, undisturbed = enriched_log(entries), enriched_log([entry for entry in entries if isinstance(entry, Output)])
    for log in (disturbed, undisturbed):
        await Sink(log).run()
    set_aside = {record.value for record in disturbed.topics.records("dead-letters")}
    if set_aside:  # three deaths at one record: what is left decides without it
        undisturbed = enriched_log([entry for entry in entries if isinstance(entry, Output) and entry.value not in set_aside])
        await Sink(undisturbed).run()
    assert stories_of(disturbed) == stories_of(undisturbed)


async def test_a_task_that_fences_again_reads_only_the_decisions_that_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    log = enriched_log([given_article(enriched("a", "x")), Fault("after_commit"), given_article(enriched("b", "x"))])
    read = reads_of_stories(log, monkeypatch)
    sink = Sink(log)
    (task,) = await sink.run()
    assert task.status.restarts == 1
    assert [story for _, story, _, _ in stories_of(log)] == [enriched("a").id] * 2
    # Nothing at first; then the decision whose commit was in doubt. Its own decisions it does not read.
    assert len(read) == len(set(read)) == 1


def reads_of_stories(log: FakeLog, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The offsets of `stories` that were read, in order."""
    offsets, opened = [], log.open

    def open_() -> Any:
        incarnation = opened()
        read = incarnation.read

        async def noted(topic: str, position: int, **options: Any) -> Any:
            found = await read(topic, position, **options)
            offsets.extend(record.offset for record in found.records if topic == "stories")
            return found

        incarnation.read = noted
        return incarnation

    monkeypatch.setattr(log, "open", open_)
    return offsets


def decisions(count: int) -> list[StoryRecord]:
    stories = Stories(72)
    made = [stories.decide(enriched(f"n{number}", f"t{number % 50}", seen=number / 1000), "en", number) for number in range(count)]
    return [record for record in made if record]


async def test_a_restore_shows_how_far_it_is_and_the_process_is_not_ready_before_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "RESTORED_AT_ONCE", 31)
    topics = FakeTopics()
    for record in decisions(50):
        topics.append(("stories", 0), Output("stories", b"", encode(record)))
    sink = Sink(enriched_log([], topics=topics))
    task = sink.task()
    phases, reasons = [], []
    apply = sink.states[0].stories.apply

    def noted(record: StoryRecord) -> None:
        apply(record)
        phases.append(task.status.phase)
        reasons.append(unready(task, time.time()))

    sink.states[0].stories.apply = noted
    running = asyncio.ensure_future(task.run())
    await sink.log.idle.wait()
    assert list(dict.fromkeys(phases)) == ["restoring", "restoring 62 %"]
    assert reasons[-1] == "restoring 62 %"
    assert (task.status.phase, unready(task, time.time())) == ("running", "has read nothing yet")
    async with asyncio.timeout(5):
        while unready(task, time.time()) is not None:
            await asyncio.sleep(0.01)
    running.cancel()


async def test_a_restored_sink_holds_what_the_window_spans_and_skips_what_is_no_decision() -> None:
    topics = FakeTopics()
    late = decisions(1)[0]
    for value in (*map(encode, decisions(200)), b"{not json", encode(msgspec.structs.replace(late, article=enriched("late").id))):
        topics.append(("stories", 0), Output("stories", b"", value))
    log = enriched_log([given_article(enriched("b", "t7", seen=1))], topics=topics, start=Committed(0))
    sink = Sink(log)
    await sink.run()
    assert stories_of(log) == [(enriched("b").id, enriched("n7").id, enriched("n7").id, 5)]
    assert len(sink.states[0].stories) == 202
