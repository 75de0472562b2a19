"""Fixtures that give tests a real Kafka broker.

`KAFKA_BOOTSTRAP=host:port` makes the shared fixture use a broker that is already there. Without Java or Maven a test
that needs a broker fails, with the sentence that says how to get them; it never skips.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from broker import Broker, BrokerError


@contextmanager
def running_broker() -> Iterator[Broker]:
    """A broker that answers requests, gone afterwards."""
    try:
        broker = Broker()
    except BrokerError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    try:
        broker.start()
        yield broker
    except BrokerError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    finally:
        broker.close()


@pytest.fixture(scope="session")
def kafka_bootstrap() -> Iterator[str]:
    """`host:port` of a broker that the whole run shares; name your topics so that they meet nobody else's."""
    if existing := os.environ.get("KAFKA_BOOTSTRAP"):
        yield existing
        return
    with running_broker() as broker:
        yield broker.bootstrap


@pytest.fixture
def own_broker() -> Iterator[Broker]:
    """A broker for one test alone, which may stop, kill and start it."""
    with running_broker() as broker:
        yield broker
