"""A folder of files as an output: each commit publishes whole segments, all of them or none.

    1. note what is staged for this partition: whoever staged it can commit no more once we have fenced
    2. fence (the producer's epoch), and read the committed offset and the note committed with it
    3. publish what the manifest of that note still lists; remove what else was noted in 1
    4. stage events under unique names, and a mark that holds a new note; what is closed is on the disk; write the manifest
    5. commit offset, note and dead letters in one transaction of Kafka
    6. publish: staged files get their final names, the mark last; then remove the manifest

Whatever ends between 5 and the end of 6 is done again by the next owner in 3, and nothing before 5 was ever to be seen. Only names
noted before the fence are removed in 3, so that a process that stood still there removes nothing of its successor's. A folder
has no fence of its own, and most object stores cannot even rename: hence Kafka's.

After 3 the mark says the committed note, which a commit without files repeats. Where it says another one or is not there, somebody has
brought an older state of the folder back. The mark is one of the files of 6: who wakes up late finds it published and writes nothing.

A withdrawn article is taken out of all files of its partition that hold it: they are staged anew without it and replaced in 6. They may be
of any day, since an article that comes from a feed that was removed and added again is first seen anew.
"""

from __future__ import annotations

import asyncio
import threading
import uuid
from datetime import UTC
from typing import IO, TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

import msgspec
import structlog

from dateline.errors import ConfigurationError
from dateline.export.files import translated
from dateline.export.manifest import (
    MANIFESTS,
    MARKER,
    STAGED,
    Manifest,
    Marker,
    Publication,
    day_folder,
    end_of,
    final_name,
    is_marked,
    is_of,
    mark_path,
    new_note,
    owner,
)
from dateline.export.output import OutputKind
from dateline.log.task import transact

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from dateline.export.files import Files
    from dateline.export.output import Delivery
    from dateline.log.port import Output, PartitionLog

logger = structlog.get_logger()
T = TypeVar("T")

# Files open at once in one partition: articles of so many days in one segment are a backlog, and a backlog is in no hurry.
SEGMENT_DAYS = 32
# As long as any transaction of ours may take; see settings.transaction_deadline_seconds.
DEADLINE_SECONDS = 20.0


class Writer(Protocol):
    """Writes one file of a format."""

    def add(self, rows: Any) -> None:
        """Write rows that the format has made."""
        ...

    def close(self) -> None:
        """All is written."""
        ...


class Format(Protocol):
    """How events stand in a file."""

    suffix: str

    def rows(self, deliveries: Sequence[Delivery]) -> Any:
        """Events as they are written; Refused where one cannot be, and then none is."""
        ...

    def writer(self, stream: IO[bytes]) -> Writer: ...

    def holds(self, file: IO[bytes], ids: Collection[str]) -> bool:
        """Whether a file has copies of these articles, withdrawals aside."""
        ...

    def without(self, file: IO[bytes], ids: Collection[str], stream: IO[bytes]) -> None:
        """Write a file's events anew without the copies of these articles."""
        ...


class Limits(NamedTuple):
    """When a segment is whole."""

    # Of values as they came: memory holds less, files less still.
    segment_bytes: int = 64 << 20
    segment_seconds: float = 300.0


class Staged(NamedTuple):
    """A file being written."""

    path: str
    writer: Writer


class Segments:
    """One partition's place in a folder."""

    def __init__(self, files: Files, form: Format, log: PartitionLog, partition: int, limits: Limits) -> None:
        self._files, self._format, self._log, self._partition, self._limits = files, form, log, partition, limits
        self.patience_seconds = limits.segment_seconds
        self.behind = False
        # Of the last commit that brought files.
        self._note = ""
        self._open: dict[str, Staged] = {}
        # Staged by this incarnation; whether they are ours to remove is known only as long as no commit was tried.
        self._mine: list[str] = []
        self._written: set[str] = set()
        self._withdrawn: set[str] = set()
        self._bytes = 0
        self._first: int | None = None
        # A thread may outlive the wait for it: one at a time touches the files.
        self._turn = threading.Lock()

    async def fence(self) -> int | None:
        noted = await self._in_thread(self._noted)  # 1
        await self._log.fence()  # 2
        committed = await self._log.committed()
        if committed is not None and committed.note:
            await self._in_thread(self._publish_listed, committed.note)  # 3
            self.behind = await self._in_thread(self._is_behind, committed.note)
            # Whoever goes on though events are missing is not asked again.
            self._note = "" if self.behind else committed.note
        await self._in_thread(self._remove, noted)
        if committed is None:
            return await self._in_thread(self._end_of_published)
        return committed.offset

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        await self._in_thread(self._add, deliveries)  # 4

    def _count(self, events: Sequence[Delivery]) -> None:
        """What was written, and what is to be taken out for it."""
        if self._first is None:
            self._first = events[0].offset
        for delivery in events:
            self._bytes += len(delivery.value)
            if delivery.event.status == "canceled":
                self._withdrawn.add(delivery.event.id)
            else:
                self._written.add(delivery.event.id)

    @property
    def full(self) -> bool:
        return self._bytes >= self._limits.segment_bytes or len(self._open) >= SEGMENT_DAYS

    async def commit(self, position: int, letters: Sequence[Output]) -> None:
        manifest = await self._in_thread(self._sealed, position)
        note = self._note if manifest is None else new_note()
        if manifest is not None:
            manifest = await self._in_thread(self._write_manifest, note, manifest)
        self._mine.clear()
        await transact(self._log, letters, position, note=note, deadline_seconds=DEADLINE_SECONDS)  # 5
        self._note = note
        if manifest is not None:
            await self._in_thread(self._publish, note, manifest)  # 6
            logger.info("segment published", partition=self._partition, files=len(manifest.publications) - 1, position=position)
        self._written.clear()
        self._withdrawn.clear()
        self._bytes, self._first = 0, None

    async def close(self) -> None:
        """Remove what was staged and never tried to be committed."""
        await self._in_thread(self._abandon)

    async def _in_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        """Work with files where a slow disk holds up no heartbeat."""

        def work() -> T:
            with self._turn, translated(self._files.place):
                return function(*arguments)

        return await asyncio.to_thread(work)

    # --- what follows runs in threads ---

    def _add(self, deliveries: Sequence[Delivery]) -> None:
        by_day: dict[str, list[Delivery]] = {}
        for delivery in deliveries:
            by_day.setdefault(day_folder(delivery.event.first_seen_at.astimezone(UTC).date()), []).append(delivery)
        # All or none: an event that is refused must not leave its company half written.
        rows = {day: self._format.rows(events) for day, events in by_day.items()}
        for day, events in by_day.items():
            self._staged(day).writer.add(rows[day])
            self._count(events)

    def _staged(self, day: str) -> Staged:
        if day not in self._open:
            path = self._new_name()
            self._open[day] = Staged(path, self._format.writer(self._files.create(path)))
        return self._open[day]

    def _new_name(self) -> str:
        path = f"{STAGED}/{owner(self._partition)}{uuid.uuid4().hex}.staged"
        self._mine.append(path)
        return path

    def _sealed(self, position: int) -> Manifest | None:
        """Close what is open; what a commit up to `position` publishes, None for nothing."""
        publications = []
        unique = uuid.uuid4().hex
        for day, staged in self._open.items():
            staged.writer.close()
            name = final_name(self._partition, self._first or 0, position, unique, self._format.suffix)
            path = self._purged(staged.path, self._withdrawn & self._written)
            if path is not None:
                self._files.delete(staged.path)
            publications.append(Publication(staged=path or staged.path, final=f"{day}/{name}"))
        self._open = {}
        if self._withdrawn:
            publications += self._purged_files(self._withdrawn)
        if not publications:
            return None
        return Manifest(partition=self._partition, first=self._first or 0, end=position, publications=publications)

    def _purged_files(self, ids: Collection[str]) -> list[Publication]:
        """Published files of any day that hold copies of withdrawn articles, staged anew without them."""
        purged = [(final, self._purged(final, ids)) for final in self._published()]
        return [Publication(staged=path, final=final) for final, path in purged if path is not None]

    def _published(self) -> list[str]:
        """Paths of this partition's published files."""
        days = [day for day in self._files.names("") if day.startswith("day=")]
        return [f"{day}/{name}" for day in days for name in self._files.names(day) if is_of(name, self._partition)]

    def _purged(self, path: str, ids: Collection[str]) -> str | None:
        """A file staged anew without the copies of these articles; None where it holds none."""
        file = self._files.open(path) if ids else None
        if file is None:
            return None
        with file:
            if not self._format.holds(file, ids):
                return None
            file.seek(0)
            fresh = self._new_name()
            with self._files.create(fresh) as stream:
                self._format.without(file, ids, stream)
        return fresh

    def _write_manifest(self, note: str, manifest: Manifest) -> Manifest:
        """Write the manifest, as it is given back: the mark is published with the files."""
        staged = self._new_name()
        with self._files.create(staged) as stream:
            stream.write(note.encode())
        mark = Publication(staged=staged, final=mark_path(self._partition))
        manifest = msgspec.structs.replace(manifest, publications=[*manifest.publications, mark])
        with self._files.create(self._manifest_path(note)) as stream:
            stream.write(msgspec.json.encode(manifest))
        return manifest

    def _manifest_path(self, note: str) -> str:
        return f"{MANIFESTS}/{owner(self._partition)}{note}.json"

    def _publish_listed(self, note: str) -> None:
        """Publish what a committed manifest lists; one that is gone was published whole."""
        content = self._files.read(self._manifest_path(note))
        if content is not None:
            self._publish(note, msgspec.json.decode(content, type=Manifest))

    def _is_behind(self, note: str) -> bool:
        """Whether the folder has not seen the commit of this note published."""
        return is_marked(note) and self._files.read(mark_path(self._partition)) != note.encode()

    def _publish(self, note: str, manifest: Manifest) -> None:
        for publication in manifest.publications:
            if not self._files.publish(publication.staged, publication.final):
                logger.warning("a published file is gone", file=publication.final)
        self._files.delete(self._manifest_path(note))

    def _noted(self) -> list[str]:
        """Paths of what is staged for this partition, manifests too."""
        begins = owner(self._partition)
        return [f"{folder}/{name}" for folder in (STAGED, MANIFESTS) for name in self._files.names(folder) if name.startswith(begins)]

    def _remove(self, noted: Collection[str]) -> None:
        for path in noted:
            self._files.delete(path)

    def _end_of_published(self) -> int | None:
        """How far the published files reach, where the group has forgotten it; None where there are none."""
        return max((end_of(path.rpartition("/")[2]) for path in self._published()), default=None)

    def _abandon(self) -> None:
        mine, self._mine = self._mine, []
        opened, self._open = self._open, {}
        for staged in opened.values():
            try:
                staged.writer.close()
            except Exception as error:  # noqa: BLE001 - it is thrown away
                logger.debug("abandoned", file=staged.path, error=str(error))
        for path in mine:
            self._files.delete(path)


def open_segments(files: Files, form: Format, name: str, limits: Limits) -> OutputKind:
    """A folder as an output; ConfigurationError where it holds another format's files."""
    fresh = Marker(id=uuid.uuid4().hex, format=form.suffix)
    try:
        marker = msgspec.json.decode(files.claim(MARKER, msgspec.json.encode(fresh)), type=Marker)
    except msgspec.MsgspecError as error:
        raise ConfigurationError(f"{name}/{MARKER} is not what an exporter writes there; export to another folder ({error})") from error
    if marker.format != form.suffix:
        raise ConfigurationError(f"{name} is an output of {marker.format} files; export {form.suffix} to a folder of its own")
    return OutputKind(marker.id, name, lambda log, partition: Segments(files, form, log, partition, limits))
