"""What one commit to a folder publishes: which staged file becomes which final one, and how files are called.

_dateline/output.json                                        the output's own id
_dateline/staged/00003-<unique>.staged                       being written, or waiting to be published; invisible to readers of *.parquet
_dateline/manifests/00003-<note>.json                        the files of one commit
_dateline/published/00003                                    the note of the partition's last commit whose files are all published
day=2026-01-31/news-00003-000000001200-000000001750-1a2b3c4d.parquet
partition, first offset, offset after the last, part of the commit's id
"""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from datetime import date

MARKER = "_dateline/output.json"
STAGED, MANIFESTS, PUBLISHED = "_dateline/staged", "_dateline/manifests", "_dateline/published"
# What notes begin with whose manifests publish a mark too; earlier ones did not.
_MARKED = "marked-"
_FINAL = re.compile(r"news-(\d+)-\d+-(\d+)-[0-9a-f]+\.\w+")


class Marker(msgspec.Struct, frozen=True, kw_only=True):
    """What a folder says of itself: written once, by the first exporter."""

    id: str
    format: str


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """One staged file and the name it gets; a file that is there under that name is replaced."""

    staged: str
    final: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What one commit publishes; its offsets are those of one partition of `news`."""

    partition: int
    first: int
    end: int
    publications: list[Publication]


def new_note() -> str:
    """A word for one commit, which stands beside its offset, in the name of its manifest and in the mark."""
    return f"{_MARKED}{uuid.uuid4().hex}"


def is_marked(note: str) -> bool:
    """Whether the mark says this note once the commit's files are published."""
    return note.startswith(_MARKED)


def mark_path(partition: int) -> str:
    """Where the note of the last commit that was published whole stands."""
    return f"{PUBLISHED}/{partition:05d}"


def owner(partition: int) -> str:
    """What the names of a partition's staged files and manifests begin with."""
    return f"{partition:05d}-"


def day_folder(day: date) -> str:
    """The folder of a day, as Hive names partitions."""
    return f"day={day.isoformat()}"


def final_name(partition: int, first: int, end: int, unique: str, suffix: str) -> str:
    """The name of a published file."""
    return f"news-{partition:05d}-{first:012d}-{end:012d}-{unique[:8]}.{suffix}"


def is_of(name: str, partition: int) -> bool:
    """Whether a published file holds events of a partition."""
    found = _FINAL.fullmatch(name)
    return found is not None and int(found[1]) == partition


def end_of(name: str) -> int:
    """The offset after the last one that a published file stands for."""
    found = _FINAL.fullmatch(name)
    return int(found[2]) if found else 0
