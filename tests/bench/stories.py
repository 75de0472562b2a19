"""What a story costs: fingerprint, look-up and insert against datasketch's MinHashLSH, memory, decision, and a restore from Kafka.

Everything is invented. Sketches are random, as those of real texts are; a third of the articles are copies of one of the last 5,000 with a
tenth of their hashes changed. Times are CPU, the least of several rounds where the same is done again.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
import uuid
from base64 import b64encode
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import psutil
from aiokafka import AIOKafkaProducer
from aiokafka.admin import NewTopic
from datasketch import MinHash, MinHashLSH
from msgspec.structs import replace
from tests.bench.enrich import paragraph, vocabulary

from dateline.enricher.fingerprint import fingerprint_of
from dateline.events import Fingerprint, StoryRecord, encode
from dateline.log.client import Cluster, CommittedOffsets, KafkaPartitionLog, admin
from dateline.settings import KafkaSettings, SinkSettings
from dateline.sink.matching import Traits, best_match
from dateline.sink.rows import NO_ID, Row, unpacked_id
from dateline.sink.service import StoriesOfPartition, normalize_record
from dateline.sink.sketches import Sample
from dateline.sink.stories import Stories
from dateline.sink.window import Limits, Window

sys.path.append(str(Path(__file__).parents[1] / "unit" / "sink"))
from enriched import enriched
from tests.fakes import FakeRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHARACTERS = (800, 5_900)
FINGERPRINTS = (100_000, 1_000_000)
RESTORED = int(os.environ.get("DATELINE_TEST_RESTORED", "1000000"))
TARGETS = {"fingerprint_ms": 0.35, "look_up_us": 40.0, "bytes": 900, "restore_seconds": 60.0}
MEASURED = 20_000
ROUNDS = 7
BATCH = 200
BANDS, BAND_ROWS, PERMUTATIONS = 25, 5, 128
START = datetime(2026, 3, 1, tzinfo=UTC)


# ── fingerprints ─────────────────────────────────────────────────────────────────────────────────────────────────────


def least(run: Callable[[], object], count: int) -> float:
    """CPU seconds of one of `count`, the least of several rounds."""
    rounds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        run()
        rounds.append((time.process_time() - began) / count)
    return min(rounds)


def texts(characters: int, dice: random.Random, *, plain: bool) -> list[str]:
    words = vocabulary(dice)
    made = []
    for number in range(100):
        text = f"Report {number}. "
        while len(text) < characters:
            text += paragraph(words, dice) + f" {dice.randint(1, 4000):,} of them. "
        made.append(text[:characters] if plain else "“" + text[: characters - 2].replace("e", "é") + "”")
    return made


def report_fingerprints() -> None:
    dice = random.Random(7)
    for characters in CHARACTERS:
        costs = []
        for plain in (True, False):
            bodies = texts(characters, dice, plain=plain)
            costs.append(
                least(
                    lambda bodies=bodies: [fingerprint_of("A headline of eight words for all texts", body) for body in bodies], len(bodies)
                )
            )
        print(
            f"fingerprint of {characters:,} characters: {costs[0] * 1000:.3f} ms, with accents and curly quotes {costs[1] * 1000:.3f} ms "
            f"(target ≤ {TARGETS['fingerprint_ms']} at 5,900)"
        )


# ── the index ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Invented(NamedTuple):
    """One article's sample and row; ids are numbers."""

    sample: Sample
    row: Row


class Inventor:
    """Articles without end, a third of them copies."""

    def __init__(self, seed: int) -> None:
        self._dice = np.random.default_rng(seed)
        self._recent: list[Sample] = []
        self.count = 0

    def articles(self, count: int) -> list[Invented]:
        return [self.article() for _ in range(count)]

    def article(self) -> Invented:
        number, self.count = self.count, self.count + 1
        sample = self._copy() if self._recent and number % 3 == 0 else self._text()
        if len(self._recent) < 5_000:
            self._recent.append(sample)
        else:
            self._recent[number % 5_000] = sample
        identity = (number * 0x9E3779B97F4A7C15 % (1 << 128)).to_bytes(16, "big")
        row = Row(
            article=identity,
            story=identity,
            of=NO_ID,
            dated_at=number,
            clock=number,
            earliest=number,
            seen=number * 0x9E3779B97F4A7C15 % (1 << 64),
            titled=number + 1,
            address=number + 1,
            credit=0,
            copies=1,
            shingles=sample.shingles,
            similarity=0,
            role=0,
            sketch_length=len(sample.hashes),
            numbers_length=len(sample.numbers),
        )
        return Invented(sample, row)

    def _text(self) -> Sample:
        shingles = int(self._dice.integers(60, 1200))
        hashes = np.sort(self._hashes(shingles))[:128]
        return Sample(hashes, np.sort(self._hashes(int(self._dice.integers(0, 17)))), shingles)

    def _copy(self) -> Sample:
        whole = self._recent[int(self._dice.integers(len(self._recent)))]
        kept = whole.hashes[self._dice.random(len(whole.hashes)) > 0.1]
        added = self._hashes(len(whole.hashes) - len(kept)) // np.uint32(max(1, whole.shingles // 128))
        return Sample(np.unique(np.concatenate((kept, added))), whole.numbers, whole.shingles)

    def _hashes(self, count: int) -> Any:
        return np.unique(self._dice.integers(0, 1 << 32, count, dtype=np.uint64).astype(np.uint32))


class Measured(NamedTuple):
    microseconds: float
    found: float
    filling_microseconds: float
    window_bytes: float
    resident_bytes: float


def measured_index(fingerprints: int) -> Measured:
    """A full window of so many articles: each further one is looked up and added, and the oldest makes room."""
    resident = psutil.Process().memory_info().rss
    window, inventor = Window(Limits(1 << 60, fingerprints)), Inventor(1)
    filling, _ = timed_adds(window, inventor, fingerprints)
    sizes = window.nbytes(), psutil.Process().memory_info().rss - resident
    seconds, found = timed_adds(window, inventor, MEASURED)
    return Measured(seconds * 1e6, found, filling * 1e6, sizes[0] / fingerprints, sizes[1] / fingerprints)


def timed_adds(window: Window, inventor: Inventor, count: int) -> tuple[float, float]:
    """CPU seconds of a look-up with the match and the insert, in batches as the sink reads them; the share that matched."""
    seconds, found = 0.0, 0
    for _ in range(count // BATCH):
        batch = [(row, Traits(row.article, sample, row.dated_at, row.titled, row.address, 0)) for sample, row in inventor.articles(BATCH)]
        began = time.thread_time()
        for row, traits in batch:
            view = window.at(row.clock)
            found += best_match(view, traits, 1 << 60) is not None
            window.add(view, row, traits.sample, ())
        window.commit()
        seconds += time.thread_time() - began
    return seconds / count, found / count


def datasketch_microseconds(fingerprints: int) -> tuple[float, float]:
    """CPU µs of a query and an insert, and bytes an article, of MinHashLSH on signatures of which a third are copies."""
    dice = np.random.default_rng(1)
    resident = psutil.Process().memory_info().rss
    index = MinHashLSH(num_perm=PERMUTATIONS, params=(BANDS, BAND_ROWS))
    recent: list[Any] = []
    seconds = 0.0
    for start in range(0, fingerprints + MEASURED, BATCH):
        batch = []
        for number in range(start, start + BATCH):
            values = dice.integers(0, 1 << 32, PERMUTATIONS, dtype=np.uint64)
            if recent and number % 3 == 0:
                values = np.where(dice.random(PERMUTATIONS) > 0.2, recent[number % len(recent)], values)
            recent = [*recent, values] if len(recent) < 1000 else recent
            batch.append(MinHash(num_perm=PERMUTATIONS, hashvalues=values, scheme="affine32"))
        began = time.thread_time()
        for number, signature in enumerate(batch, start):
            index.query(signature)
            index.insert(str(number), signature)
        seconds += (time.thread_time() - began) if start >= fingerprints else 0.0
    return seconds / MEASURED * 1e6, (psutil.Process().memory_info().rss - resident) / fingerprints


def alone(measure: Callable[[int], Any], fingerprints: int) -> Any:
    """In a fresh process, so that resident memory is that of this alone."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return process.submit(measure, fingerprints).result()


def report_index() -> None:
    theirs, their_bytes = alone(datasketch_microseconds, FINGERPRINTS[0])
    for fingerprints in FINGERPRINTS:
        ours = alone(measured_index, fingerprints)
        print(
            f"look-up + insert at {fingerprints:,}: {ours.microseconds:.1f} µs (≤ {TARGETS['look_up_us']:g}), {ours.found:.0%} match, "
            f"{ours.filling_microseconds:.1f} µs on the way there; "
            f"{ours.window_bytes:.0f} bytes an article, {ours.resident_bytes:.0f} of resident memory (≤ {TARGETS['bytes']})"
        )
    print(
        f"datasketch MinHashLSH {BANDS}x{BAND_ROWS} at {FINGERPRINTS[0]:,}: {theirs:.1f} µs, nothing compared, "
        f"{their_bytes:.0f} bytes an article; at {FINGERPRINTS[1]:,} not run ({their_bytes * FINGERPRINTS[1] / 1e9:.0f} GB)"
    )


# ── a language group ─────────────────────────────────────────────────────────────────────────────────────────────────


def fingerprint_from(sample: Sample, number: int) -> Fingerprint:
    encoded = [b64encode(hashes.astype("<u4").tobytes()).decode() for hashes in (sample.hashes, sample.numbers)]
    return Fingerprint(
        version=2,
        content_hash=f"{number:032x}",
        title_hash=f"{number:032x}",
        sketch=encoded[0],
        numbers=encoded[1],
        shingles=sample.shingles,
    )


def report_group() -> None:
    """Articles of 5,900 characters from bytes to bytes, on a window of a hundred thousand."""
    inventor, stories = Inventor(2), Stories(72)
    for record in story_records(FINGERPRINTS[0], inventor):
        stories.apply(record)
    stories.commit()
    plain, records = enriched("a", texts(5_900, random.Random(7), plain=True)[0], published=0), []
    for number in range(MEASURED):
        sample, row = inventor.article()
        article = replace(plain, id=unpacked_id(row.article), first_seen_at=START, fingerprint=fingerprint_from(sample, inventor.count))
        records.append(FakeRecord("articles.enriched", 0, number, 0, b"en", encode(article), ()))
    began = time.process_time()
    for number, record in enumerate(records):
        normalize_record(record, stories)
        if number % BATCH == BATCH - 1:
            stories.commit()
    each = (time.process_time() - began) / len(records)
    print(
        f"a language group's decisions, from enriched bytes to news bytes: {each * 1e6:.0f} µs CPU an article, {1 / each:,.0f} articles/s"
    )


def story_records(count: int, inventor: Inventor) -> Iterator[StoryRecord]:
    """Decisions as they stand on `stories`; their clock moves so that all are inside the window."""
    room = 2048
    for number in range(count):
        sample, row = inventor.article()
        room = room + room // 2 + 1 if number >= room else room
        identity, clock = unpacked_id(row.article), START - timedelta(hours=24) + timedelta(milliseconds=80 * number)
        yield StoryRecord(
            article=identity,
            revision=0,
            rules="1-9c692b8c",
            group="en",
            feed=unpacked_id((number % 3_000).to_bytes(16, "big")),
            address=f"{number:016x}",
            story=identity,
            role="first",
            of=None,
            similarity=None,
            fingerprint=fingerprint_from(sample, number),
            dated_at=clock,
            origin=None,
            copies=1,
            earliest_published_at=clock,
            proofs=[],
            restarted=False,
            room=room,
            offset=number,
            clock=clock,
        )


# ── a restore ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def report_restore() -> None:
    cluster = Cluster(KafkaSettings(bootstrap=os.environ["KAFKA_BOOTSTRAP"], topic_prefix=f"b{uuid.uuid4().hex[:10]}"))
    topic = cluster.topic("stories")
    async with admin(cluster) as client:
        await client.create_topics([NewTopic(topic, 1, 1)])
    try:
        size = await produced(cluster, topic)
        await restored(cluster, size)
    finally:
        async with admin(cluster) as client:
            await client.delete_topics([topic])


async def produced(cluster: Cluster, topic: str) -> float:
    """Write the decisions; the mean size of one."""
    producer = AIOKafkaProducer(
        bootstrap_servers=cluster.settings.bootstrap, compression_type="zstd", max_batch_size=512 << 10, linger_ms=20
    )
    await producer.start()
    size = 0
    try:
        sent: list[Any] = []
        for record in story_records(RESTORED, Inventor(3)):
            value = encode(record)
            size += len(value)
            sent.append(await producer.send(topic, value, key=record.article.encode(), partition=0))
            if len(sent) == 5_000:
                await asyncio.gather(*sent)
                sent = []
        await asyncio.gather(*sent)
    finally:
        await producer.stop()
    return size / RESTORED


async def restored(cluster: Cluster, size: float) -> None:
    log = KafkaPartitionLog(cluster, CommittedOffsets(cluster), service="sink", topic="articles.enriched", partition=0)
    state = StoriesOfPartition(SinkSettings(window_articles=RESTORED + 1))
    resident, began, cpu = psutil.Process().memory_info().rss, time.perf_counter(), time.process_time()
    try:
        await state.restore(log, 0, lambda _: None)
    finally:
        await log.close()
    read = time.perf_counter() - began
    state.stories.decide(enriched("a", "x", seen=-12), "en", RESTORED)
    seconds = time.perf_counter() - began
    assert len(state.stories) == RESTORED + 1
    print(
        f"restore of {RESTORED:,} decisions of {size:.0f} bytes from Kafka: {seconds:.1f} s (target < {TARGETS['restore_seconds']:g}), "
        f"{read:.1f} s to read them and {seconds - read:.1f} s to lay out the table; "
        f"{(time.process_time() - cpu) / RESTORED * 1e6:.0f} µs CPU each; "
        f"{(psutil.Process().memory_info().rss - resident) / RESTORED:.0f} bytes of resident memory an article"
    )


def report() -> None:
    report_fingerprints()
    report_group()
    report_index()
    if os.environ.get("KAFKA_BOOTSTRAP"):
        asyncio.run(report_restore())
    else:
        print("restore: no broker; make bench-stories starts one")


if __name__ == "__main__":
    report()
