"""Where files are kept: the port, and a folder of this machine; `arrow_files.py` has all other places.

Paths are relative to the output and have slashes. Whatever the place raises is a TransientError, so that the partition waits.
"""

from __future__ import annotations

import io
import os
import uuid
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Protocol

from dateline.errors import ConfigurationError, TransientError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Files(Protocol):
    """What an exporter does with files."""

    # How a person would name where they are.
    place: str

    def create(self, path: str) -> IO[bytes]:
        """A new file; what was written is there for good once it is closed."""
        ...

    def read(self, path: str) -> bytes | None:
        """A whole file; None where there is none."""
        ...

    def open(self, path: str) -> IO[bytes] | None:
        """A file of which parts are read, as they are asked for; None where there is none."""
        ...

    def publish(self, staged: str, final: str) -> bool:
        """Give a staged file its final name, replacing what is there. False where neither is there; harmless when it was done before."""
        ...

    def delete(self, path: str) -> None:
        """Remove a file; harmless where there is none."""
        ...

    def names(self, folder: str) -> list[str]:
        """Files and folders in a folder, by name; none where there is no such folder."""
        ...

    def claim(self, path: str, content: bytes) -> bytes:
        """Write a file unless it is there; what it holds now, whoever wrote it."""
        ...


@contextmanager
def translated(place: str) -> Iterator[None]:
    """What goes wrong with files, as ours."""
    try:
        yield
    except OSError as error:
        raise TransientError(f"{place}: {error.strerror or error}") from error


class LocalFiles:
    """A folder of this machine. Files and names are synchronized with the disk before anybody relies on them."""

    def __init__(self, root: Path) -> None:
        """ConfigurationError where the folder cannot be made or written to."""
        self._root, self.place = root, str(root)
        try:
            root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(f"{root} is no folder that can be written to: {error.strerror or error}") from error

    def create(self, path: str) -> IO[bytes]:
        with translated(self.place):
            place = self._root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            return _Synchronized(place)

    def read(self, path: str) -> bytes | None:
        with translated(self.place):
            try:
                return (self._root / path).read_bytes()
            except FileNotFoundError:
                return None

    def open(self, path: str) -> IO[bytes] | None:
        with translated(self.place):
            try:
                return (self._root / path).open("rb")
            except FileNotFoundError:
                return None

    def publish(self, staged: str, final: str) -> bool:
        source, place = self._root / staged, self._root / final
        with translated(self.place):
            if not source.exists():
                return place.exists()
            if not place.parent.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                _synchronize(place.parent.parent)
            # Another incarnation may be publishing the same.
            with suppress(FileNotFoundError):
                source.replace(place)
            _synchronize(place.parent)
            return place.exists()

    def delete(self, path: str) -> None:
        with translated(self.place):
            (self._root / path).unlink(missing_ok=True)

    def names(self, folder: str) -> list[str]:
        with translated(self.place):
            try:
                return sorted(place.name for place in (self._root / folder).iterdir())
            except FileNotFoundError:
                return []

    def claim(self, path: str, content: bytes) -> bytes:
        place = self._root / path
        aside = place.with_name(f"{place.name}.{uuid.uuid4().hex}")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            aside.write_bytes(content)
            try:
                # Fails where there is one, and shows it whole where there was none.
                os.link(aside, place)
            except FileExistsError:
                pass
            finally:
                aside.unlink()
            _synchronize(place.parent)
            return place.read_bytes()
        except OSError as error:
            raise ConfigurationError(f"{self._root} cannot be written to: {error.strerror or error}") from error


class _Synchronized(io.BufferedWriter):
    """A file that is on the disk, with its name, once it is closed."""

    def __init__(self, place: Path) -> None:
        super().__init__(io.FileIO(place, "x"))
        self._folder = place.parent

    def close(self) -> None:
        if self.closed:
            return
        try:
            self.flush()
            os.fsync(self.fileno())
        finally:
            super().close()
        _synchronize(self._folder)


def _synchronize(folder: Path) -> None:
    """Have the disk know the names in a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
