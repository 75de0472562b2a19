"""Where the processes behind one name are: a service of three containers has one name and three addresses."""

from __future__ import annotations

import socket

__all__ = ["MOST_ADDRESSES", "addresses"]

# More are no table that anybody reads.
MOST_ADDRESSES = 64


def addresses(host: str, port: int | None) -> list[str]:
    """The addresses of a name, of IPv4 where there are any, since a process listens on one of both; where it has none, the name itself."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return [host]
    family = min((info[0] for info in found), key=lambda family: family != socket.AF_INET)
    return sorted({str(info[4][0]) for info in found if info[0] == family})[:MOST_ADDRESSES]
