"""What `dead-letters` holds, for operators: each letter with where it came from and why, and whether it is done with.

A letter is done with by a marker: a record without a value, in the letter's partition and with its key, whose headers name the
letter's offset. Replayed and marked are one transaction, so that a letter goes back once. Markers are as old as letters at least, so
that retention takes no marker before its letter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from dateline.errors import BadInput
from dateline.log.dead_letters import PREFIX, TOPIC
from dateline.log.port import Output

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from dateline.log.port import Record

__all__ = ["REPLAYABLE", "Letter", "Letters", "Spot", "chosen", "marker", "read_letter", "refusal", "replayed", "spot_of"]

# On a record that was put back: how often it has been.
REPLAYS = "dateline-replays"
DONE, DONE_OFFSET = "dateline-done", "dateline-done-offset"
# Topics that services read record by record; nobody puts anything into others, whatever a header says.
REPLAYABLE = ("articles.raw", "articles.enriched", "withdrawals")
# Kafka's numbers have 64 bits.
MOST_DIGITS = 18

State = Literal["waiting", "replayed", "discarded"]


class Spot(NamedTuple):
    """Where a letter stands in `dead-letters`: its name on the command line is PARTITION/OFFSET."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}/{self.offset}"


class Letter(NamedTuple):
    """A record that was set aside, without its value. `topic` is the short name of where it came from; null: the headers do not say.

    `cut`: only the beginning of its value or key is kept, so that it cannot be put back. `at_ms` is when it was set aside, `replays`
    how often it had been put back before.
    """

    spot: Spot
    at_ms: int
    key: bytes | None
    value_bytes: int
    topic: str | None
    partition: int | None
    offset: int | None
    service: str
    stage: str
    error: str
    reason: str
    exception: str | None
    replays: int
    cut: bool
    state: State = "waiting"

    @property
    def origin(self) -> str:
        """Where it came from, as far as that is known."""
        if self.topic is None:
            return "unknown"
        return self.topic if self.partition is None or self.offset is None else f"{self.topic}/{self.partition} offset {self.offset}"


class Letters:
    """Every letter, folded from the records of the topic, each partition's in order."""

    def __init__(self, prefix: str) -> None:
        """`prefix` is that of all our topics."""
        self._prefix = prefix
        self._letters: dict[Spot, Letter] = {}

    def apply(self, record: Record) -> None:
        """Take a record into account."""
        done = _done(record)
        if done is None:
            letter = read_letter(record, self._prefix)
            self._letters[letter.spot] = letter
            return
        spot, state = done
        known = self._letters.get(spot)
        if known is not None:
            self._letters[spot] = known._replace(state=state)

    def get(self, spot: Spot) -> Letter | None:
        """The letter that stands there."""
        return self._letters.get(spot)

    def every(self) -> list[Letter]:
        """All of them, the oldest first."""
        return sorted(self._letters.values(), key=lambda letter: (letter.at_ms, letter.spot))


def read_letter(record: Record, prefix: str) -> Letter:
    """One letter as it is written; what a header lacks or says in vain is null."""
    said = _named(record.headers)
    errors = {name.removeprefix(PREFIX): text for name, text in said.items() if name.startswith(PREFIX)}
    topic = errors.get("topic")
    return Letter(
        spot=Spot(record.partition, record.offset),
        at_ms=record.timestamp,
        key=record.key,
        value_bytes=len(record.value or b""),
        topic=None if topic is None else topic.removeprefix(f"{prefix}."),
        partition=_number(errors.get("partition")),
        offset=_number(errors.get("offset")),
        service=errors.get("connector.name", "unknown"),
        stage=errors.get("stage", "unknown"),
        error=errors.get("class.name", "unknown"),
        reason=errors.get("exception.message", "no reason given"),
        exception=errors.get("exception.class.name"),
        replays=_number(said.get(REPLAYS)) or 0,
        cut="value.sha256" in errors or "key.sha256" in errors,
    )


def refusal(letter: Letter, *, force: bool) -> str | None:
    """Why a letter is not put back, or null. `force` overrules what is only caution."""
    if letter.topic not in REPLAYABLE:
        return f"came from {letter.origin}; only records of {', '.join(REPLAYABLE)} are put back"
    if letter.cut:
        return "is only the beginning of a record that was too large; the feed brings the article again with its next revision"
    if force:
        return None
    if letter.state != "waiting":
        return f"was {letter.state} before; --force replays it all the same"
    if letter.replays:
        return f"came back dead after {letter.replays} replays; mend the cause, then --force replays it"
    return None


def replayed(record: Record, letter: Letter, partitions: Mapping[str, int]) -> Output:
    """The original as it was, with a header that counts; to its own partition, as long as there is one.

    `partitions` are the numbers of partitions by topic. The counter stands first: of too many headers the last are lost when a
    record is set aside again.
    """
    if letter.topic is None:
        raise BadInput(f"{letter.spot} does not say where it came from")
    originals = [(name, value) for name, value in record.headers if not name.startswith(PREFIX) and name != REPLAYS]
    counted = (REPLAYS, str(letter.replays + 1).encode())
    fits = letter.partition is not None and letter.partition < partitions.get(letter.topic, 0)
    return Output(letter.topic, record.key, record.value, (counted, *originals), letter.partition if fits else None)


def marker(letter: Letter, state: Literal["replayed", "discarded"]) -> Output:
    """The record that says that a letter is done with."""
    headers = ((DONE, state.encode()), (DONE_OFFSET, str(letter.spot.offset).encode()))
    return Output(TOPIC, letter.key, None, headers, letter.spot.partition)


def spot_of(text: str) -> Spot:
    """PARTITION/OFFSET; BadInput where it is none."""
    partition, slash, offset = text.partition("/")
    spot = _number(partition), _number(offset)
    if not slash or spot[0] is None or spot[1] is None:
        raise BadInput(f"{text[:50]!r} is no letter's place, such as 3/17; see: dateline dead-letters list")
    return Spot(spot[0], spot[1])


def chosen(letters: Iterable[Letter], spots: Collection[Spot], **wanted: str | None) -> list[Letter]:
    """Letters that are named, or all where none is, and of these those whose fields hold the texts that are wanted, in any case."""
    asked = {name: text.casefold() for name, text in wanted.items() if text}
    return [
        letter
        for letter in letters
        if (not spots or letter.spot in spots) and all(text in str(getattr(letter, name) or "").casefold() for name, text in asked.items())
    ]


def _done(record: Record) -> tuple[Spot, State] | None:
    """Which letter a marker is about and what became of it; null for a letter, whatever headers came with it."""
    headers = _named(record.headers)
    state, offset = headers.get(DONE), _number(headers.get(DONE_OFFSET))
    is_letter = record.value is not None or any(name.startswith(PREFIX) for name in headers)
    if is_letter or offset is None or state not in ("replayed", "discarded"):
        return None
    return Spot(record.partition, offset), "replayed" if state == "replayed" else "discarded"


def _named(headers: Iterable[tuple[str, bytes | None]]) -> dict[str, str]:
    """Headers by name; the last of a name counts, as a dead letter's own come after those that came with the record."""
    return {name: (value or b"").decode("utf-8", "replace") for name, value in headers}


def _number(text: str | None) -> int | None:
    """Null for what is no number of Kafka's: of thousands of digits none can even be read."""
    return int(text) if text is not None and len(text) <= MOST_DIGITS and text.isascii() and text.isdecimal() else None
