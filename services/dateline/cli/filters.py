"""The services as filters, without Kafka: JSON Lines in, JSON Lines out, by the same functions."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, BinaryIO, TextIO, TypeVar

import msgspec

from dateline.enricher.enrich import enrich
from dateline.enricher.language import language_group
from dateline.errors import BadInput, RecordError
from dateline.events import EnrichedArticle, RawArticle, decode, encode
from dateline.showable import printable
from dateline.sink.normalize import normalize
from dateline.sink.stories import MOST_ARTICLES, Stories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dateline.enricher.agencies import Agencies

    # The line's number and the line; the line to write, or null for nothing. BadInput when the line is not as it must be.
    Handler = Callable[[int, bytes], bytes | None]

__all__ = ["LINE_BYTES", "decoded", "read_lines", "run_enrich", "run_normalize"]

DONE = 0
# Four times the largest record there can be; a longer line is not one of ours and is not read into memory.
LINE_BYTES = 4 << 20
# So many lines of which none is as it must be are of another kind than was asked for.
WRONG_KIND = 3

M = TypeVar("M", bound=msgspec.Struct)


def run_enrich(source: BinaryIO, out: BinaryIO, err: TextIO, agencies: Agencies, *, file: str = "-") -> int:
    """RawArticle lines to EnrichedArticle lines, each byte for byte the value on `articles.enriched`; gives the exit code.

    `file` is what the lines are called where none is as it must be.
    """

    def handle(_: int, line: bytes) -> bytes:
        return encode(enrich(decoded(line, RawArticle), agencies))

    return _run(source, out, _Complaints(err, file, "a feed or a page goes through `dateline parse` first"), handle)


def run_normalize(
    source: BinaryIO,
    out: BinaryIO,
    err: TextIO,
    *,
    window_hours: float,
    window_articles: int = MOST_ARTICLES,
    file: str = "-",
) -> int:
    """EnrichedArticle lines to NewsEvent lines, stories folded in input order per language group; gives the exit code.

    A revision that came before under the same rules gives no line, as it gives no event.
    """
    stories = Stories(window_hours, articles=window_articles)

    def handle(number: int, line: bytes) -> bytes | None:
        article = decoded(line, EnrichedArticle)
        stories.take_back()  # what a line decided that gave no event
        record = stories.decide(article, language_group(article.language.tag), number)
        if record is None:
            return None
        event = encode(normalize(article, record))
        stories.commit()
        return event

    return _run(source, out, _Complaints(err, file, "what `dateline parse` gives goes through `dateline enrich` first"), handle)


class _Complaints:
    """Lines that are not as they must be, each named once, and a word on where to begin where none was."""

    def __init__(self, err: TextIO, file: str, hint: str) -> None:
        self._err, self._file, self._hint = err, file, hint
        self._count = 0

    def add(self, number: int, error: BadInput) -> None:
        self._count += 1
        self._say(f"line {number}: {error}")

    def close(self, *, all_wrong: bool) -> None:
        if self._count >= WRONG_KIND and all_wrong:
            self._say(f"no line of {self._file} is as it must be; {self._hint}")

    def _say(self, sentence: str) -> None:
        self._err.write(printable(f"dateline: {sentence}") + "\n")


def _run(source: BinaryIO, out: BinaryIO, complaints: _Complaints, handle: Handler) -> int:
    """Handle every line; one that is not as it must be is named and makes the exit code 65 at the end."""
    exit_code, all_wrong = DONE, True
    for number, line in enumerate(read_lines(source), start=1):
        if not line.strip():
            continue
        try:
            result = _handled(handle, number, line)
        except BadInput as error:
            exit_code = error.exit_code
            complaints.add(number, error)
            continue
        all_wrong = False
        if result is not None and not _written(out, result):
            return DONE
    complaints.close(all_wrong=all_wrong)
    return exit_code


def read_lines(source: BinaryIO) -> Iterator[bytes]:
    """The lines; of one that is too long only the beginning, which is too long as well."""
    while line := source.readline(LINE_BYTES + 1):
        rest = line
        while len(rest) > LINE_BYTES and not rest.endswith(b"\n"):
            rest = source.readline(LINE_BYTES + 1)
        yield line


def _handled(handle: Handler, number: int, line: bytes) -> bytes | None:
    if len(line) > LINE_BYTES:
        raise BadInput(f"longer than {LINE_BYTES} bytes")
    try:
        return handle(number, line)
    except RecordError as error:
        raise BadInput(str(error)) from error
    except OverflowError as error:
        raise BadInput("a timestamp is out of range") from error


def decoded(line: bytes, kind: type[M]) -> M:
    """A line as a message; BadInput says in what it is none."""
    try:
        return decode(line, kind)
    except msgspec.ValidationError as error:
        raise BadInput(f"not of type {kind.__name__}: {error}") from error
    except msgspec.DecodeError as error:
        raise BadInput(f"not JSON: {error}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"not UTF-8: {error.reason}") from error
    except RecursionError as error:
        raise BadInput("not of our types: nested too deeply") from error


def _written(out: BinaryIO, line: bytes) -> bool:
    """Write a line at once; false when the reader has gone. Closing keeps the interpreter from trying again at exit."""
    try:
        out.write(line + b"\n")
        out.flush()
    except BrokenPipeError:
        with contextlib.suppress(BrokenPipeError):
            out.close()
        return False
    return True
