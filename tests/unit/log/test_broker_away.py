"""A broker that goes away, or a refusal: what commands say, and what is done about what was begun."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import ClusterAuthorizationFailedError, KafkaConnectionError, KafkaError, RequestTimedOutError

from dateline.errors import KafkaUnavailable, TransientError
from dateline.log import client, contact, topics
from dateline.log.client import Cluster, CommittedOffsets, admin, translated
from dateline.settings import KafkaSettings

CLUSTER = Cluster(KafkaSettings(bootstrap="kafka.example:9092"))


class FakeClient:
    """A client of the admin's kind that answers as told."""

    def __init__(self) -> None:
        self.closed = False
        self.answers: list[Any] = []

    async def start(self) -> None:
        await asyncio.sleep(0)

    async def close(self) -> None:
        self.closed = True

    async def list_consumer_group_offsets(self, _: str, partitions: list[Any]) -> dict[Any, Any]:
        answer = await self.answers.pop(0)
        return dict.fromkeys(partitions, SimpleNamespace(offset=answer, metadata=""))

    async def describe_topics(self, names: list[str]) -> list[dict[str, Any]]:
        return [{"topic": name, "partitions": [{"error_code": 0, "leader": -1}]} for name in names]


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> list[FakeClient]:
    made: list[FakeClient] = []

    def make(**_: object) -> FakeClient:
        made.append(FakeClient())
        return made[-1]

    monkeypatch.setattr(client, "AIOKafkaAdminClient", make)
    return made


async def visit(error: Exception) -> None:
    async with admin(CLUSTER):
        with translated():
            raise error


@pytest.mark.parametrize("error", [KafkaConnectionError(), RequestTimedOutError(), TimeoutError(), ConnectionResetError()])
@pytest.mark.usefixtures("clients")
async def test_a_broker_that_goes_away_during_a_visit_ends_it_as_one_that_is_away(error: Exception) -> None:
    with pytest.raises(KafkaUnavailable, match=rf"kafka\.example:9092 \({type(error).__name__}"):
        await visit(error)


@pytest.mark.usefixtures("clients")
async def test_a_refusal_is_not_called_a_broker_that_is_away() -> None:
    with pytest.raises(TransientError, match="ClusterAuthorizationFailedError"):
        await visit(ClusterAuthorizationFailedError())


async def test_topics_that_were_created_without_first_offsets_are_named_with_what_is_left_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "VISIBLE_SECONDS", 0.01)
    wanted = topics.wanted_topics(CLUSTER.settings)
    with pytest.raises(KafkaUnavailable) as caught:
        await topics._begin(FakeClient(), CLUSTER, wanted, wanted)
    assert "not every partition that was created has a leader" in str(caught.value)
    for service in ("enricher", "sink", "canceler"):
        assert f"dateline offsets set {service} --to earliest" in str(caught.value)
    assert "offsets set poller" not in str(caught.value)


async def test_a_read_of_offsets_that_fails_late_leaves_the_client_alone_that_others_have_made_since(clients: list[FakeClient]) -> None:
    offsets, late = CommittedOffsets(CLUSTER), asyncio.get_running_loop().create_future()
    first = asyncio.create_task(offsets.read("relay", "in", 0))
    while not clients:
        await asyncio.sleep(0)
    failing, answer = (asyncio.get_running_loop().create_future() for _ in range(2))
    clients[0].answers += [late, failing]
    second = asyncio.create_task(offsets.read("relay", "in", 1))
    await asyncio.sleep(0.01)
    failing.set_exception(KafkaError())
    with pytest.raises(KafkaError):
        await second
    assert clients[0].closed
    third = asyncio.create_task(offsets.read("relay", "in", 2))
    while len(clients) < 2:
        await asyncio.sleep(0)
    clients[1].answers.append(answer)
    await asyncio.sleep(0.01)
    late.set_exception(KafkaError())
    with pytest.raises(KafkaError):
        await first
    assert not clients[1].closed
    answer.set_result(7)
    found = await third
    assert found is not None
    assert found.offset == 7


async def test_a_reader_of_offsets_that_is_cancelled_takes_nobody_elses_client_away(clients: list[FakeClient]) -> None:
    offsets = CommittedOffsets(CLUSTER)
    reads = [asyncio.create_task(offsets.read("relay", "in", partition)) for partition in range(2)]
    while not clients:
        await asyncio.sleep(0)
    answers = [asyncio.get_running_loop().create_future() for _ in reads]
    clients[0].answers += answers
    await asyncio.sleep(0.01)
    reads[0].cancel()
    await asyncio.sleep(0.01)
    assert not clients[0].closed
    answers[1].set_result(3)
    found = await reads[1]
    assert found is not None
    assert found.offset == 3


async def test_a_broker_without_metadata_is_asked_again_after_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    pauses: list[float] = []

    class Without:
        def __init__(self, **_: object) -> None:
            made.append(self)

        async def bootstrap(self) -> None:
            pass

        async def set_topics(self, _: list[str]) -> None:
            pass

        async def force_metadata_update(self) -> bool:
            return False

        async def close(self) -> None:
            pass

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            raise asyncio.CancelledError

    monkeypatch.setattr(contact, "AIOKafkaClient", Without)
    monkeypatch.setattr(contact.asyncio, "sleep", pause)
    with pytest.raises(asyncio.CancelledError):
        await contact.BrokerContact(CLUSTER).run()
    assert len(made) == len(pauses) == 3
