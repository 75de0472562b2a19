"""What `dateline check` asks a broker beside topics: what we may do, what time it is there, how much room its disks have.

The client lacks these requests, so they are written down here as the protocol has them (https://kafka.apache.org/protocol: Metadata v8,
DescribeGroups v3, DescribeLogDirs v4, DescribeTransactions v0).
"""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    for_code,
)
from aiokafka.protocol.admin import DescribeGroupsResponse_v3
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.transaction import AddOffsetsToTxnRequest, EndTxnRequest, InitProducerIdRequest
from aiokafka.protocol.types import Array, Boolean, CompactArray, CompactString, Int16, Int32, Int64, Schema, String, TaggedFields

from dateline.errors import ConfigurationError, TransientError
from dateline.log.client import Cluster, admin, translated

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

# Kafka's AclOperation, by code; each is a bit of what a broker answers.
OPERATIONS = {3: "Read", 4: "Write", 8: "Describe"}
# What a broker that was not asked says.
_NOT_TOLD = -(1 << 31)
# The probe's transaction is aborted at once; should this process die meanwhile, the broker does it after so long.
_TRANSACTION_MS = 5_000
_TRANSACTION = 1
# On a fresh broker, the topic in which transactions are kept is made when the first one is asked for; that takes a second or two.
COORDINATOR_PAUSES_SECONDS = (0.0, 0.2, 0.5, 1.0, 2.0)


class Forbidden(NamedTuple):
    """What we may not do, with `kind` topic or group."""

    kind: str
    name: str
    operations: tuple[str, ...]


class Skew(NamedTuple):
    """By how much the broker's clock is ahead of ours, and how sure that is: half of what the question took."""

    seconds: float
    within_seconds: float


class Disk(NamedTuple):
    """A folder of a broker's log; sizes null where it does not say."""

    broker: int
    folder: str
    total_bytes: int | None
    usable_bytes: int | None
    error: str | None


@contextmanager
def _asked() -> Iterator[None]:
    """Foreign errors become ours; one of them says that a broker knows no such question."""
    with translated():
        try:
            yield
        except NotImplementedError as error:
            raise TransientError("it is too old for the question") from error
        except TransactionalIdAuthorizationFailed as error:
            raise ConfigurationError("transactions are not allowed; grant Write and Describe on transactional ids by the prefix") from error
        except GroupAuthorizationFailedError as error:
            raise ConfigurationError("the groups of services may not be read; grant Read and Describe on groups by the prefix") from error


async def reach(cluster: Cluster) -> tuple[str, float]:
    """Who answers, in words, and how long one answer takes, in seconds. KafkaUnavailable where nobody does."""
    async with admin(cluster) as client:
        with _asked():
            began = time.monotonic()
            answer = await client.describe_cluster()
            seconds = time.monotonic() - began
    count = len(answer["brokers"])
    return f"{count} {'broker answers' if count == 1 else 'brokers answer'}", seconds


async def forbidden(cluster: Cluster, topics: Mapping[str, Collection[str]], groups: Mapping[str, Collection[str]]) -> list[Forbidden]:
    """Which of the operations wanted on topics and groups (full names) we may not do; nothing where a broker does not tell."""
    async with admin(cluster) as client:
        with _asked():
            answer = await client._client.send(client._client.get_random_node(), _MetadataRequest(list(topics)))  # noqa: SLF001 - see above
            allowed = {("topic", topic[1]): _bits(topic[0], topic[4]) for topic in answer.topics}
            for name in groups:
                response = await client._send_request_to_node(await client.find_coordinator(name), _DescribeGroupRequest(name))  # noqa: SLF001
                allowed |= {("group", group[1]): _bits(group[0], group[6]) for group in response.groups}
    wanted = {("topic", name): operations for name, operations in topics.items()}
    wanted |= {("group", name): operations for name, operations in groups.items()}
    missing = {place: missing_operations(allowed.get(place, _NOT_TOLD), operations) for place, operations in wanted.items()}
    return [Forbidden(kind, name, operations) for (kind, name), operations in missing.items() if operations]


def _bits(error_code: int, bits: int) -> int:
    """What is allowed; nothing where even the question is not."""
    if error_code in (TopicAuthorizationFailedError.errno, GroupAuthorizationFailedError.errno):
        return 0
    return _NOT_TOLD if error_code else bits


def missing_operations(bits: int, wanted: Collection[str]) -> tuple[str, ...]:
    """The operations whose bit is not set; none where the broker did not tell."""
    if bits == _NOT_TOLD:
        return ()
    return tuple(name for code, name in OPERATIONS.items() if name in wanted and not bits & (1 << code))


async def clock_skew(cluster: Cluster, *, group: str) -> Skew:
    """How the clock of a broker differs from ours: it tells when a transaction began that is opened for this and aborted.

    Nothing is written by it but the end of a transaction in Kafka's own topic of offsets. ConfigurationError where we may not open
    transactions, TransientError where the broker does not tell.
    """
    name = f"{cluster.settings.topic_prefix}.check"
    async with admin(cluster) as client:
        with _asked():
            for pause in COORDINATOR_PAUSES_SECONDS:
                await asyncio.sleep(pause)
                try:
                    return await _skew(client, name, group)
                except KafkaError as error:
                    if not getattr(error, "retriable", False):
                        raise
            return await _skew(client, name, group)


async def _skew(client: Any, name: str, group: str) -> Skew:
    """1. a producer of our own  2. its transaction begins  3. when, says its coordinator  4. it is aborted."""
    node = await client._client.coordinator_lookup(_TRANSACTION, name)  # noqa: SLF001 - nothing else asks for it
    lease = await _checked(client, node, InitProducerIdRequest(name, _TRANSACTION_MS))  # 1
    before = time.time()
    await _checked(client, node, AddOffsetsToTxnRequest(name, lease.producer_id, lease.producer_epoch, group))  # 2
    after = time.time()
    try:
        answer = await client._send_request_to_node(node, _DescribeTransactionsRequest(name))  # noqa: SLF001 - the same # 3
    finally:
        abort = EndTxnRequest(name, lease.producer_id, lease.producer_epoch, False)  # noqa: FBT003 - False aborts
        await client._send_request_to_node(node, abort)  # noqa: SLF001 - the same # 4
    began_ms = answer.transaction_states[0][4] if answer.transaction_states else -1
    if began_ms < 0:
        raise TransientError("the broker does not tell when a transaction began")
    return Skew(began_ms / 1000 - (before + after) / 2, (after - before) / 2)


async def _checked(client: Any, node: int, request: Any) -> Any:
    answer = await client._send_request_to_node(node, request)  # noqa: SLF001 - nothing else sends a request of our own
    if answer.error_code:
        raise for_code(answer.error_code)
    return answer


async def disks(cluster: Cluster) -> list[Disk]:
    """The folders of every broker; the error where one does not tell, such as a missing right to Describe the cluster."""
    found = []
    async with admin(cluster) as client:
        with _asked():
            for broker in client._client.cluster.brokers():  # noqa: SLF001
                answer = await client._send_request_to_node(broker.nodeId, _DescribeLogDirsRequest())  # noqa: SLF001
                if answer.error_code:
                    found.append(Disk(broker.nodeId, "", None, None, for_code(answer.error_code).__name__))
                found += [_disk(broker.nodeId, result) for result in answer.results]
    return found


def _disk(broker: int, result: Any) -> Disk:
    code, folder, _, total, usable, _ = result
    return Disk(broker, folder, total if total >= 0 else None, usable if usable >= 0 else None, for_code(code).__name__ if code else None)


# ── the requests ─────────────────────────────────────────────────────────────────────────────────────────────────────


class _MetadataResponseV8(Response):
    API_KEY = 3
    API_VERSION = 8
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", Array(("node_id", Int32), ("host", String("utf-8")), ("port", Int32), ("rack", String("utf-8")))),
        ("cluster_id", String("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            Array(
                ("error_code", Int16),
                ("topic", String("utf-8")),
                ("is_internal", Boolean),
                (
                    "partitions",
                    Array(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", Array(Int32)),
                        ("isr", Array(Int32)),
                        ("offline_replicas", Array(Int32)),
                    ),
                ),
                ("authorized_operations", Int32),
            ),
        ),
        ("cluster_authorized_operations", Int32),
    )


class _MetadataRequestV8(RequestStruct):
    API_KEY = 3
    API_VERSION = 8
    RESPONSE_TYPE = _MetadataResponseV8
    SCHEMA = Schema(
        ("topics", Array(String("utf-8"))),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
    )


class _MetadataRequest(Request[_MetadataRequestV8]):
    API_KEY = 3

    def __init__(self, topics: list[str]) -> None:
        self._topics = topics

    def build(self, request_struct_class: type[_MetadataRequestV8]) -> _MetadataRequestV8:
        return request_struct_class(self._topics, False, False, True)  # noqa: FBT003 - in the order of the schema


class _DescribeGroupRequestV3(RequestStruct):
    API_KEY = 15
    API_VERSION = 3
    # The client's own request of this version reads the answer of the one before, which lacks what we ask for.
    RESPONSE_TYPE = DescribeGroupsResponse_v3
    SCHEMA = Schema(("groups", Array(String("utf-8"))), ("include_authorized_operations", Boolean))


class _DescribeGroupRequest(Request[_DescribeGroupRequestV3]):
    API_KEY = 15

    def __init__(self, group: str) -> None:
        self._group = group

    def build(self, request_struct_class: type[_DescribeGroupRequestV3]) -> _DescribeGroupRequestV3:
        return request_struct_class([self._group], True)  # noqa: FBT003 - in the order of the schema


class _DescribeTransactionsResponseV0(Response):
    API_KEY = 65
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "transaction_states",
            CompactArray(
                ("error_code", Int16),
                ("transactional_id", CompactString("utf-8")),
                ("transaction_state", CompactString("utf-8")),
                ("transaction_timeout_ms", Int32),
                ("transaction_start_time_ms", Int64),
                ("producer_id", Int64),
                ("producer_epoch", Int16),
                ("topics", CompactArray(("topic", CompactString("utf-8")), ("partitions", CompactArray(Int32)), ("tags", TaggedFields))),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _DescribeTransactionsRequestV0(RequestStruct):
    FLEXIBLE_VERSION = True
    API_KEY = 65
    API_VERSION = 0
    RESPONSE_TYPE = _DescribeTransactionsResponseV0
    SCHEMA = Schema(("transactional_ids", CompactArray(CompactString("utf-8"))), ("tags", TaggedFields))


class _DescribeTransactionsRequest(Request[_DescribeTransactionsRequestV0]):
    API_KEY = 65

    def __init__(self, name: str) -> None:
        self._name = name

    def build(self, request_struct_class: type[_DescribeTransactionsRequestV0]) -> _DescribeTransactionsRequestV0:
        return request_struct_class([self._name], {})


class _DescribeLogDirsResponseV4(Response):
    API_KEY = 35
    API_VERSION = 4
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("error_code", Int16),
        (
            "results",
            CompactArray(
                ("error_code", Int16),
                ("log_dir", CompactString("utf-8")),
                (
                    "topics",
                    CompactArray(
                        ("name", CompactString("utf-8")),
                        (
                            "partitions",
                            CompactArray(
                                ("partition", Int32), ("size", Int64), ("lag", Int64), ("is_future", Boolean), ("tags", TaggedFields)
                            ),
                        ),
                        ("tags", TaggedFields),
                    ),
                ),
                ("total_bytes", Int64),
                ("usable_bytes", Int64),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _DescribeLogDirsRequestV4(RequestStruct):
    FLEXIBLE_VERSION = True
    API_KEY = 35
    API_VERSION = 4
    RESPONSE_TYPE = _DescribeLogDirsResponseV4
    SCHEMA = Schema(
        ("topics", CompactArray(("topic", CompactString("utf-8")), ("partitions", CompactArray(Int32)), ("tags", TaggedFields))),
        ("tags", TaggedFields),
    )


class _DescribeLogDirsRequest(Request[_DescribeLogDirsRequestV4]):
    API_KEY = 35

    def build(self, request_struct_class: type[_DescribeLogDirsRequestV4]) -> _DescribeLogDirsRequestV4:
        return request_struct_class([], {})  # no topic: only the folders are asked for
