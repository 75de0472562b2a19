"""A member that fails is given time to recover, and then said to be broken; one that is refused says why."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka.errors import GroupAuthorizationFailedError, InvalidSessionTimeoutError, KafkaError

from dateline.errors import ConfigurationError, TransientError
from dateline.log import membership
from dateline.log.client import Cluster
from dateline.log.membership import Membership
from dateline.log.metrics import Meter
from dateline.settings import KafkaSettings


class FakeConsumer:
    """Starts and polls as told."""

    def __init__(self, *, refuses: Exception | None = None) -> None:
        self.refuses, self.fails = refuses, False
        self.polls = 0
        self._client = self

    def subscribe(self, *_: object, **__: object) -> None:
        pass

    async def start(self) -> None:
        if self.refuses is not None:
            raise self.refuses

    async def getmany(self, **_: object) -> None:
        self.polls += 1
        await asyncio.sleep(0)
        if self.fails:
            raise KafkaError("Unexpected error during coordination")

    async def stop(self) -> None:
        pass

    async def close(self) -> None:
        pass


def member(monkeypatch: pytest.MonkeyPatch, consumer: FakeConsumer, **settings: object) -> Membership:
    monkeypatch.setattr(membership, "AIOKafkaConsumer", lambda **_: consumer)
    monkeypatch.setattr(membership, "POLL_PAUSE_SECONDS", 0.0)
    return Membership(Cluster(KafkaSettings(**settings)), service="relay", topic="in", meter=Meter("relay", "in"))


async def test_a_member_that_fails_for_longer_than_twice_its_session_is_broken_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = FakeConsumer()
    joined = member(monkeypatch, consumer)
    joined._session_seconds = 0.01
    await joined.start()
    try:
        for fails in (True, False):
            consumer.fails, polls = fails, consumer.polls
            while consumer.polls < polls + 3:
                await asyncio.sleep(0)
        assert not joined.broken
        consumer.fails = True
        await asyncio.wait_for(joined.changed.wait(), 5)
        assert joined.broken
    finally:
        await joined.stop()


@pytest.mark.parametrize(
    ("refusal", "says"),
    [
        (InvalidSessionTimeoutError(), "DATELINE_KAFKA__SESSION_TIMEOUT_SECONDS is 3, which the brokers refuse"),
        (GroupAuthorizationFailedError("dateline.relay"), r"may not join group dateline\.relay or read topic dateline\.in"),
    ],
)
async def test_what_the_broker_refuses_for_ever_is_a_wrong_configuration(
    monkeypatch: pytest.MonkeyPatch, refusal: KafkaError, says: str
) -> None:
    refused = member(monkeypatch, FakeConsumer(refuses=refusal), session_timeout_seconds=3.0)
    with pytest.raises(ConfigurationError, match=says):
        await refused.start()
    await refused.stop()


async def test_what_may_be_over_in_a_moment_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = member(monkeypatch, FakeConsumer(refuses=KafkaError("the group loads")))
    with pytest.raises(TransientError, match="the group loads"):
        await refused.start()
    await refused.stop()
