"""A Kafka broker in this process with faults on demand: librdkafka's mock cluster, out of the confluent-kafka wheel.

It knows no fencing, no control records and no read_committed, and it forgets offsets committed in transactions; what depends on
those is tested on a real broker. Source: librdkafka, src/rdkafka_mock.h.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from enum import IntEnum
from importlib import metadata
from typing import Self

RD_KAFKA_PRODUCER = 0


class Api(IntEnum):
    """API keys of the Kafka protocol."""

    PRODUCE = 0
    FETCH = 1
    LIST_OFFSETS = 2
    FIND_COORDINATOR = 10
    INIT_PRODUCER_ID = 22
    ADD_PARTITIONS_TO_TXN = 24
    ADD_OFFSETS_TO_TXN = 25
    END_TXN = 26
    TXN_OFFSET_COMMIT = 28


class MockBroker:
    """One broker on a port of its own; a context manager that takes it down."""

    def __init__(self) -> None:
        self._library = _library()
        message = ctypes.create_string_buffer(512)
        self._client = self._library.rd_kafka_new(RD_KAFKA_PRODUCER, self._library.rd_kafka_conf_new(), message, len(message))
        assert self._client, message.value.decode()
        self._cluster = self._library.rd_kafka_mock_cluster_new(self._client, 1)
        self.bootstrap: str = self._library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._library.rd_kafka_mock_cluster_destroy(self._cluster)
        self._library.rd_kafka_destroy(self._client)

    def create(self, *topics: str, partitions: int = 1) -> None:
        """Topics with one copy of each partition."""
        for topic in topics:
            assert self._library.rd_kafka_mock_topic_create(self._cluster, topic.encode(), partitions, 1) == 0

    def fail(self, api: Api, *codes: int) -> None:
        """Answer the next requests of this kind with these error codes, one each."""
        self._library.rd_kafka_mock_push_request_errors_array(self._cluster, api, len(codes), (ctypes.c_int * len(codes))(*codes))

    def forgive(self) -> None:
        """Forget errors that nobody has asked for yet."""
        for api in Api:
            self._library.rd_kafka_mock_clear_request_errors(self._cluster, api)

    def down(self) -> None:
        """Cut every connection and refuse new ones."""
        assert self._library.rd_kafka_mock_broker_set_down(self._cluster, 1) == 0

    def up(self) -> None:
        """Answer again."""
        assert self._library.rd_kafka_mock_broker_set_up(self._cluster, 1) == 0


def _library() -> ctypes.CDLL:
    """librdkafka: the copy in the wheel wherever the wheel keeps it, or the system's."""
    bundled = [file.locate() for file in metadata.files("confluent-kafka") or () if file.name.startswith("librdkafka")]
    library = ctypes.CDLL(str(bundled[0] if bundled else ctypes.util.find_library("rdkafka")))
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for name, result, arguments in (
        ("conf_new", pointer, ()),
        ("new", pointer, (number, pointer, text, ctypes.c_size_t)),
        ("destroy", None, (pointer,)),
        ("mock_cluster_new", pointer, (pointer, number)),
        ("mock_cluster_bootstraps", text, (pointer,)),
        ("mock_cluster_destroy", None, (pointer,)),
        ("mock_topic_create", number, (pointer, text, number, number)),
        ("mock_push_request_errors_array", None, (pointer, ctypes.c_int16, ctypes.c_size_t, pointer)),
        ("mock_clear_request_errors", None, (pointer, ctypes.c_int16)),
        ("mock_broker_set_down", number, (pointer, ctypes.c_int32)),
        ("mock_broker_set_up", number, (pointer, ctypes.c_int32)),
    ):
        function = getattr(library, f"rd_kafka_{name}")
        function.restype, function.argtypes = result, arguments
    return library
