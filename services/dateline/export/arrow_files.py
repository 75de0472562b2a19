"""Files on any file system of pyarrow's, such as an object store."""

from __future__ import annotations

import io
import time
from contextlib import suppress
from typing import IO, Any

from dateline.errors import ConfigurationError
from dateline.export.extras import needed
from dateline.export.files import translated

with needed("parquet", "pyarrow"):
    from pyarrow.fs import FileSelector, FileSystem, FileType

# Two first exporters may write a marker at once where nothing can be created exclusively; after this long both read the same.
MARKER_SETTLES_SECONDS = 2.0


class ArrowFiles:
    """Any file system of pyarrow's; files are copied to their final names, since object stores cannot rename."""

    def __init__(self, filesystem: Any, root: str) -> None:
        self._filesystem, self._root = filesystem, root.rstrip("/")
        self.place = self._root

    def create(self, path: str) -> IO[bytes]:
        with translated(self.place):
            self._filesystem.create_dir(self._at(path).rpartition("/")[0], recursive=True)
            stream: IO[bytes] = self._filesystem.open_output_stream(self._at(path))
            return stream

    def read(self, path: str) -> bytes | None:
        with translated(self.place):
            try:
                with self._filesystem.open_input_stream(self._at(path)) as stream:
                    content: bytes = stream.read()
                    return content
            except FileNotFoundError:
                return None

    def open(self, path: str) -> IO[bytes] | None:
        with translated(self.place):
            try:
                return io.BufferedReader(self._filesystem.open_input_file(self._at(path)))
            except FileNotFoundError:
                return None

    def publish(self, staged: str, final: str) -> bool:
        with translated(self.place):
            if self._is_there(staged):
                self._filesystem.create_dir(self._at(final).rpartition("/")[0], recursive=True)
                with suppress(FileNotFoundError):
                    self._filesystem.copy_file(self._at(staged), self._at(final))
                self.delete(staged)
            return self._is_there(final)

    def delete(self, path: str) -> None:
        with translated(self.place), suppress(FileNotFoundError):
            self._filesystem.delete_file(self._at(path))

    def names(self, folder: str) -> list[str]:
        with translated(self.place):
            found = self._filesystem.get_file_info(FileSelector(self._at(folder).rstrip("/"), allow_not_found=True))
            return sorted(info.base_name for info in found)

    def claim(self, path: str, content: bytes) -> bytes:
        there = self.read(path)
        if there is not None:
            return there
        with self.create(path) as stream:
            stream.write(content)
        time.sleep(MARKER_SETTLES_SECONDS)
        return self.read(path) or content

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}"

    def _is_there(self, path: str) -> bool:
        return bool(self._filesystem.get_file_info(self._at(path)).type == FileType.File)


def open_address(address: str) -> ArrowFiles:
    """A place that pyarrow knows by its address, such as s3://bucket/folder; ConfigurationError where it does not."""
    try:
        return ArrowFiles(*FileSystem.from_uri(address))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{address} cannot be opened: {error}") from error
