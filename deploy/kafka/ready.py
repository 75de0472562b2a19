"""Wait until a Kafka broker answers a request; an open port alone proves nothing.

    python3 ready.py HOST:PORT SECONDS [PID]

Ends with 0 on the first answer, with 1 after SECONDS or as soon as the process PID is gone.
"""

import os
import socket
import struct
import sys
import time

# ApiVersions, version 0: every broker answers it, before any authentication, and it has no body.
# https://kafka.apache.org/protocol.html#The_Messages_ApiVersions
API_VERSIONS, VERSION, CORRELATION_ID, CLIENT = 18, 0, 1, b"ready"
HEADER = struct.pack(f">hhih{len(CLIENT)}s", API_VERSIONS, VERSION, CORRELATION_ID, len(CLIENT), CLIENT)
# Length, correlation id and error code, all big-endian; the list of APIs that follows is of no interest.
ANSWER = struct.Struct(">iih")


def answers(host: str, port: int, seconds: float) -> bool:
    """Whether a broker at host:port answers one request, with no error, within `seconds` per step."""
    try:
        with socket.create_connection((host, port), timeout=seconds) as connection, connection.makefile("rb") as reply:
            connection.sendall(struct.pack(">i", len(HEADER)) + HEADER)
            first = reply.read(ANSWER.size)
    except OSError:
        return False
    return len(first) == ANSWER.size and ANSWER.unpack(first)[1:] == (CORRELATION_ID, 0)


def alive(pid: int | None) -> bool:
    """Whether the process exists; one we were not told of counts as alive."""
    if pid is None:
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait(host: str, port: int, seconds: float, pid: int | None) -> bool:
    """Whether the broker answered before `seconds` passed or its process ended."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0 and alive(pid):
        if answers(host, port, min(left, 5.0)):
            return True
        time.sleep(0.05)
    return False


if __name__ == "__main__":
    address, seconds, *pid = sys.argv[1:]
    host, _, port = address.rpartition(":")
    sys.exit(0 if wait(host, int(port), float(seconds), int(pid[0]) if pid else None) else 1)
