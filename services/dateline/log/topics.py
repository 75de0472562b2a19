"""The topics: what is wanted, what is there, and bringing one to the other without ever moving a record."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import NewTopic
from aiokafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    KafkaError,
    RebalanceInProgressError,
    TopicAlreadyExistsError,
    UnknownMemberIdError,
    for_code,
)
from aiokafka.structs import OffsetAndMetadata

from dateline.errors import ConfigurationError, KafkaUnavailable, TransientError
from dateline.log.client import Cluster, admin, drop, translated
from dateline.log.visit import places_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from dateline.settings import KafkaSettings

DAY_MS = 86_400_000
# A new topic is known to every broker a moment after it is created.
VISIBLE_SECONDS = 10.0


@dataclass(frozen=True)
class Topic:
    """A topic as it should be."""

    name: str
    partitions: int
    config: Mapping[str, str]
    # Service groups that read it and therefore need a first offset.
    readers: tuple[str, ...] = ()
    # Its partition count is part of what its records mean, so it never grows.
    fixed: bool = False


@dataclass(frozen=True)
class TopicState:
    """A topic as it should be and as it is. `partitions` is None where it is missing."""

    wanted: Topic
    partitions: int | None
    refusal: str | None = None


def wanted_topics(settings: KafkaSettings) -> tuple[Topic, ...]:
    """Every topic of DESIGN §2, in the order of the flow."""
    feeds, articles = settings.feeds_partitions, settings.articles_partitions
    compact = {"cleanup.policy": "compact", "segment.ms": str(DAY_MS), "min.cleanable.dirty.ratio": "0.1"}
    return (
        Topic("feeds", feeds, compact, readers=("poller",), fixed=True),
        Topic("feeds.state", feeds, compact, fixed=True),
        Topic("withdrawals", feeds, compact, readers=("canceler",)),
        Topic("articles.raw", articles, _kept(7), readers=("enricher",)),
        Topic("articles.enriched", articles, _kept(7), readers=("sink",), fixed=True),
        # Input retention + window + 1 day, so that a sink restores its window from what is kept.
        Topic("stories", articles, _kept(11), fixed=True),
        # A withdrawal must stand behind all else of its article, for compaction and for whoever follows one partition.
        Topic(
            "news",
            articles,
            {"cleanup.policy": "compact,delete", "retention.ms": str(30 * DAY_MS), "min.compaction.lag.ms": str(DAY_MS)},
            fixed=True,
        ),
        Topic("dead-letters", articles, _kept(30)),
    )


def _kept(days: int) -> dict[str, str]:
    return {"cleanup.policy": "delete", "retention.ms": str(days * DAY_MS)}


# How a broker and the client refuse offsets for a group that has members of its own.
_GROUP_IN_USE = (UnknownMemberIdError, IllegalGenerationError, RebalanceInProgressError, CommitFailedError)
# Topics whose partitions belong together: partition n of one is the state or the continuation of partition n of the other.
PAIRS = (("feeds", "feeds.state"), ("articles.enriched", "stories"))


def compare(wanted: Sequence[Topic], actual: Mapping[str, int]) -> list[TopicState]:
    """Each topic with what is there of it, and why it cannot be mended where it cannot."""
    partner = dict(PAIRS) | {right: left for left, right in PAIRS}
    return [TopicState(topic, actual.get(topic.name), _refusal(topic, actual, partner)) for topic in wanted]


def _refusal(topic: Topic, actual: Mapping[str, int], partner: Mapping[str, str]) -> str | None:
    there = actual.get(topic.name)
    other = partner.get(topic.name)
    expected = topic.partitions if there is None else there
    if other is not None and other in actual and actual[other] != expected:
        return f"{topic.name} would have {expected} partitions but {other} has {actual[other]}; they must be equal"
    if there is not None and there != topic.partitions and topic.fixed:
        return f"{topic.name} has {there} partitions and must keep them; set the partition count back to {there}"
    return None


async def describe(cluster: Cluster) -> list[TopicState]:
    """Wanted against actual on the cluster."""
    wanted = wanted_topics(cluster.settings)
    async with admin(cluster) as client:
        with translated():
            return compare(wanted, await _actual(client, cluster, wanted))


async def _actual(client: Any, cluster: Cluster, wanted: Sequence[Topic]) -> dict[str, int]:
    names = {cluster.topic(topic.name): topic.name for topic in wanted}
    there = set(await client.list_topics()) & set(names)
    if not there:
        return {}
    return {names[found["topic"]]: len(found["partitions"]) for found in await client.describe_topics(sorted(there))}


async def apply(cluster: Cluster) -> list[str]:
    """Create what is missing and commit offset 0 for its readers; returns what was created. ConfigurationError on a refusal."""
    states = await describe(cluster)
    refused = [state.refusal for state in states if state.refusal]
    if refused:
        raise ConfigurationError("topics cannot be applied: " + "; ".join(refused))
    missing = [state.wanted for state in states if state.partitions is None]
    if not missing:
        return []
    async with admin(cluster) as client:
        with translated():
            response = await client.create_topics(
                [
                    NewTopic(
                        cluster.topic(topic.name), topic.partitions, cluster.settings.replication_factor, topic_configs=dict(topic.config)
                    )
                    for topic in missing
                ]
            )
        created = [topic for topic in missing if cluster.topic(topic.name) in _created(response)]
        await _begin(client, cluster, missing, created)
    return [topic.name for topic in created]


async def _begin(client: Any, cluster: Cluster, missing: Sequence[Topic], created: Sequence[Topic]) -> None:
    """Commit offset 0 for the readers of what was created. Where that fails, say what is left: another `apply` finds nothing missing."""
    left = [(service, topic) for topic in created for service in topic.readers]
    try:
        with translated():
            await _visible(client, cluster, missing)
        while left:
            service, topic = left[0]
            await set_offsets(cluster, service, topic.name, dict.fromkeys(range(topic.partitions), 0))
            del left[0]
    except (TransientError, KafkaUnavailable) as error:
        commands = [f"dateline offsets set {service} --to earliest" for service, _ in left if service != "poller"]
        first = f"; the topics are there, but do this before the services start: {', '.join(commands)}" if commands else ""
        raise KafkaUnavailable(cluster.settings.bootstrap, f"{error}{first}") from error


def _created(response: Any) -> set[str]:
    """Full names of the topics that this request created; those that somebody else created meanwhile are not ours to set offsets for."""
    created = set()
    for name, code, *rest in response.topic_errors:
        if code == 0:
            created.add(name)
        elif for_code(code) is not TopicAlreadyExistsError:
            raise ConfigurationError(f"topic {name} cannot be created: {for_code(code).__name__} {rest[0] if rest else ''}".rstrip())
    return created


async def _visible(client: Any, cluster: Cluster, topics: Sequence[Topic]) -> None:
    """Until every partition has a leader: before that, clients are told that the topic does not exist."""
    deadline = time.monotonic() + VISIBLE_SECONDS
    while time.monotonic() < deadline:
        described = await client.describe_topics([cluster.topic(topic.name) for topic in topics])
        partitions = [partition for found in described for partition in found["partitions"]]
        led = sum(partition["error_code"] == 0 and partition["leader"] >= 0 for partition in partitions)
        if led == sum(topic.partitions for topic in topics):
            return
        await asyncio.sleep(0.05)
    raise TransientError(f"not every partition that was created has a leader after {VISIBLE_SECONDS:g} s")


async def require(cluster: Cluster) -> None:
    """ConfigurationError naming the topics that are missing or not as settings say, KafkaUnavailable when nobody answers."""
    states = await describe(cluster)
    refused = [state.refusal for state in states if state.refusal]
    if refused:
        raise ConfigurationError("topics are not as the settings say: " + "; ".join(refused))
    missing = [state.wanted.name for state in states if state.partitions is None]
    if missing:
        names = ", ".join(cluster.topic(name) for name in missing)
        raise ConfigurationError(f"topics are missing at {cluster.settings.bootstrap}: {names}; create them with: dateline topics --apply")


async def offsets(cluster: Cluster, service: str, topic: str, partitions: Collection[int]) -> dict[int, int | None]:
    """Committed offset of each partition; None where there is none."""
    async with admin(cluster) as client:
        with translated():
            places = [TopicPartition(cluster.topic(topic), partition) for partition in partitions]
            found = await client.list_consumer_group_offsets(cluster.group(service), partitions=places)
    return {place.partition: None if found[place].offset < 0 else found[place].offset for place in places}


async def set_offsets(cluster: Cluster, service: str, topic: str, positions: Mapping[int, int]) -> None:
    """Commit these positions for a service's group; ConfigurationError while the group has members."""
    consumer = AIOKafkaConsumer(**cluster.client_options(), group_id=cluster.group(service), enable_auto_commit=False)
    places = {TopicPartition(cluster.topic(topic), partition): OffsetAndMetadata(offset, "") for partition, offset in positions.items()}
    try:
        consumer.assign(list(places))
        with translated():
            await asyncio.wait_for(consumer.start(), 10.0)
            await asyncio.wait_for(consumer.commit(places), 10.0)
    except TransientError as error:
        if isinstance(error.__cause__, _GROUP_IN_USE):
            raise ConfigurationError(f"group {cluster.group(service)} has running members; stop the {service} first") from error
        raise KafkaUnavailable(cluster.settings.bootstrap, str(error)) from error
    finally:
        await drop(consumer.stop())


async def positions_at(cluster: Cluster, topic: str, moment_ms: int | None, *, latest: bool = False) -> dict[int, int]:
    """Offsets of every partition at the beginning, at the end, or at the first record not older than a time (Unix milliseconds)."""
    places = await places_of(cluster, topic)
    consumer = AIOKafkaConsumer(**cluster.client_options(), group_id=None, isolation_level="read_committed", enable_auto_commit=False)
    try:
        with translated():
            await asyncio.wait_for(consumer.start(), 10.0)
            return await _positions(consumer, places, moment_ms, latest=latest)
    except (TransientError, KafkaError) as error:
        raise KafkaUnavailable(cluster.settings.bootstrap, str(error)) from error
    finally:
        await drop(consumer.stop())


async def _positions(consumer: Any, places: list[TopicPartition], moment_ms: int | None, *, latest: bool) -> dict[int, int]:
    ends = await consumer.end_offsets(places)
    if moment_ms is not None:
        found = await consumer.offsets_for_times(dict.fromkeys(places, moment_ms))
        return {place.partition: ends[place] if found[place] is None else found[place].offset for place in places}
    begin_or_end = ends if latest else await consumer.beginning_offsets(places)
    return {place.partition: begin_or_end[place] for place in places}
