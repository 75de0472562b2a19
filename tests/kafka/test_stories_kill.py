"""Sinks killed, stopped and moved while copies arrive, and left down while days of input pile up: the same stories as undisturbed."""

from __future__ import annotations

import asyncio
import random
import time

import msgspec
import pytest
from enriched import enriched, words
from harness import FOLDER, Chaos, environment, new_cluster, produce, read_all

from dateline.events import EnrichedArticle, decode, encode
from dateline.log import topics
from dateline.sink.normalize import normalize
from dateline.sink.stories import Stories

GROUPS = ("en", "de", "fr")
ARTICLES = 300  # of each group, half before the sinks are left down and half meanwhile
STRIKES = 4
PROCESSES = 2
# As DATELINE_SINK__WINDOW_HOURS has it where nothing is set.
WINDOW_HOURS = 72.0
SETTLED_SECONDS = 90.0


def log_of(group: str) -> list[EnrichedArticle]:
    """What a group's partition holds: reports, copies near and far, excerpts, revisions; minutes apart, in its second half days in all."""
    dice = random.Random(group)
    articles: list[EnrichedArticle] = []
    hour = 0.0
    for number in range(ARTICLES):
        hour += dice.uniform(0.02, 0.1) if number < ARTICLES // 2 else dice.uniform(0.3, 1.2)
        earlier = dice.randrange(max(len(articles) - 60, 0), len(articles)) if articles else None
        kind = "first" if earlier is None else dice.choice(("first", "copy", "copy", "edited", "excerpt", "revision"))
        name = f"{group}{number}"
        if kind == "revision":
            before = articles[earlier]
            revision = msgspec.structs.replace(before.revision, number=before.revision.number + 1 + number)
            articles.append(msgspec.structs.replace(before, revision=revision, first_seen_at=enriched("x", seen=hour).first_seen_at))
            continue
        said = words(name) if kind == "first" else (articles[earlier].text.body or "")
        if kind == "edited":
            parts = said.split()
            parts[dice.randrange(len(parts))] = f"edited{number}"
            said = " ".join(parts)
        elif kind == "excerpt":
            said = " ".join(said.split()[: max(len(said.split()) // 4, 30)])
        credit = dice.choice((None, None, "Tern"))
        articles.append(enriched(name, said, headline=f"Headline {number}", seen=hour, published=hour - dice.uniform(0, 5), credit=credit))
    return articles


def undisturbed(logs: dict[str, list[EnrichedArticle]]) -> list[bytes]:
    """The events of one fold that nobody disturbs, one partition after the other."""
    events = []
    for group, articles in logs.items():
        stories = Stories(WINDOW_HOURS)
        for offset, article in enumerate(articles):
            record = stories.decide(decode(encode(article), EnrichedArticle), group, offset)
            stories.commit()
            if record is not None:
                events.append(encode(normalize(article, record)))
    return events


async def settled(cluster, count: int, chaos: Chaos) -> list[bytes]:
    """The events in `news`, once there are so many and no more come."""
    deadline = time.monotonic() + SETTLED_SECONDS
    while True:
        chaos.revive()
        events = [record.value for record in await read_all(cluster, "news", len(GROUPS))]
        if len(events) >= count or time.monotonic() > deadline:
            return events
        await asyncio.sleep(0.5)


async def more_came_out(cluster, chaos: Chaos) -> None:
    """Wait until each partition has more decisions than at the last strike."""
    before = await counts(cluster)
    deadline = time.monotonic() + SETTLED_SECONDS
    while any(now <= then for then, now in zip(before, await counts(cluster), strict=True)):
        assert time.monotonic() < deadline, "a sink stands still"
        chaos.wake()
        chaos.revive()
        await asyncio.sleep(0.3)


async def counts(cluster) -> list[int]:
    """How many decisions each partition has."""
    found = [record.partition for record in await read_all(cluster, "stories", len(GROUPS))]
    return [found.count(partition) for partition in range(len(GROUPS))]


@pytest.mark.long
@pytest.mark.timeout(240)
async def test_killed_moved_and_left_down_sinks_tell_the_same_stories_as_one_that_nobody_disturbs(kafka_bootstrap, tmp_path):
    cluster = new_cluster(kafka_bootstrap, feeds_partitions=len(GROUPS), articles_partitions=len(GROUPS))
    await topics.apply(cluster)
    logs = {group: log_of(group) for group in GROUPS}
    expected = undisturbed(logs)
    roles = {decode(value, _Event).story.role for value in expected}
    assert roles == {"first", "duplicate", "excerpt", "revision"}, "the log lacks what the test is about"

    async def write(first: int, last: int) -> None:
        for partition, (group, articles) in enumerate(logs.items()):
            records = [(group.encode(), encode(article)) for article in articles[first:last]]
            await produce(cluster, "articles.enriched", records, partition=partition)

    inside = tmp_path / "inside"
    inside.mkdir()
    surroundings = environment(cluster) | {"INSIDE_FOLDER": str(inside), "PAUSE_SECONDS": "0.05"}
    commands = [[str(FOLDER / "service_worker.py"), "sink"]] * PROCESSES
    half = ARTICLES // 2
    with Chaos(commands, random.Random(3), environment=surroundings, log=tmp_path / "workers.log") as chaos:
        for strike in range(STRIKES):
            # A record that is being handled when its process dies for the third time is taken for the cause: something comes out between.
            await write(half * 2 * strike // (2 * STRIKES), half * (2 * strike + 1) // (2 * STRIKES))
            await more_came_out(cluster, chaos)
            await write(half * (2 * strike + 1) // (2 * STRIKES), half * (2 * strike + 2) // (2 * STRIKES))
            await chaos.strike_inside(inside, among=range(PROCESSES), within_seconds=8.0)
            chaos.strike(kill_share=0.0)
        kills, stops = chaos.kills, chaos.stops
    assert kills >= STRIKES
    assert stops
    await write(half, ARTICLES)
    with Chaos(commands, random.Random(4), environment=surroundings, log=tmp_path / "workers.log") as chaos:
        await chaos.strike_inside(inside, among=range(PROCESSES), within_seconds=20.0)
        events = await settled(cluster, len(expected), chaos)
    assert len(events) == len(expected)
    assert [dict(record.headers) for record in await read_all(cluster, "dead-letters", len(GROUPS))] == []
    assert len(events) == len(expected)
    assert sorted(events) == sorted(expected)


class _Story(msgspec.Struct):
    role: str


class _Event(msgspec.Struct):
    story: _Story
