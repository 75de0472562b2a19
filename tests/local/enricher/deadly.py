"""What workers call in tests: it does to its process what the record asks for, and writes down each record that it handles."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from pathlib import Path

from dateline.errors import TooLarge
from dateline.log.port import Output


def decide(item, agencies, partitions):
    """`word argument…`: what is to happen; the output names the process."""
    word, *arguments = item.value.decode().split(" ")
    if seen := os.environ.get("SEEN_FILE"):
        with Path(seen).open("a") as file:
            file.write(f"{word}\n")
    DEEDS.get(word, lambda *_: None)(*arguments)
    if word == "refused":
        return TooLarge("no room")
    return [Output("out", b"key", item.value, (("pid", str(os.getpid()).encode()),), 0)]


def exhaust():
    hoard = []
    while True:
        hoard.append(bytearray(64 << 20))


def wait(path, times="1"):
    """Say that we are here and wait to be killed; who comes after so many may pass."""
    with Path(path).open("a+") as file:
        file.seek(0)
        if len(file.readlines()) == int(times):
            return
        file.write(f"{os.getpid()}\n")
    time.sleep(600)


def bug():
    raise KeyError("bug")


DEEDS = {
    "exit": lambda: os._exit(3),
    "segfault": lambda: ctypes.string_at(0),
    "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "memory": exhaust,
    "sleep": lambda: time.sleep(600),
    "babble": lambda: os.write(0, b"\xff" * 8),
    "slow": lambda seconds: time.sleep(float(seconds)),
    "wait": wait,
    "bug": bug,
}
