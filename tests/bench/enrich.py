"""What an article costs in the enricher: CPU with its text and with its page, and what the pool of worker processes adds.

Everything is invented: dice make sentences of common English words, so that detectors of languages are as sure as they are of news, and the
agency is none. An article with its text has 5,900 characters; a page has the size of a real one, most of it no text. Beside them, without a
target, stands the same text in words of no language, on which every detector is asked, the slowest too: what the few texts of which the
quick ones are unsure cost.
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import time
from typing import TYPE_CHECKING

import msgspec
import psutil
import uvloop
from tests.bench.english import COMMON_WORDS, FUNCTION_WORDS
from tests.fakes import FakeRecord

from dateline.enricher.agencies import load_agencies
from dateline.enricher.attribution import attribute
from dateline.enricher.language import language_of
from dateline.enricher.page import NO_PAGE, read_page
from dateline.enricher.pool import worker_pool
from dateline.enricher.record import enrich_record
from dateline.enricher.sample import sample_article
from dateline.enricher.service import briefing
from dateline.enricher.text import plain_article, text_of
from dateline.events import RawArticle, decode, encode
from dateline.log.port import BATCH_RECORDS
from dateline.ops.logs import configure_logs
from dateline.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dateline.settings import Settings

TEXT_CHARACTERS = 5_900
PAGE_BYTES = 180_000
TARGETS_MS = {"text": 1.2, "page": 20.0}
# Beyond reading the text and the page.
ATTRIBUTION_MS = {"text": 0.3, "page": 3.0}
UNKNOWN, SHORT = "text in no language", "page of few words"
PARTITIONS = 6
REPEATS = 5
# As a partition's reader hands them over; batches of pages are as many as fit their bytes.
IN_A_BATCH = {"text": BATCH_RECORDS, "page": 20}
SECONDS_EACH = 4.0

# Syllables of the words that nobody uses.
ONSETS = (*"bcdfghklmnprstvw", "br", "ch", "cl", "dr", "fl", "gr", "sh", "st", "tr")
VOWELS, ENDS = "aeiou", ("", "n", "r", "s", "t", "l", "nd")


def vocabulary(dice: random.Random) -> list[str]:
    """Words that nobody uses, of one to four syllables."""
    syllable = lambda: dice.choice(ONSETS) + dice.choice(VOWELS) + dice.choice(ENDS)  # noqa: E731 - said twice otherwise
    return ["".join(syllable() for _ in range(dice.choice((1, 2, 2, 3, 4)))) for _ in range(6000)]


def paragraph(words: Sequence[str], dice: random.Random) -> str:
    """Three sentences of English function words and others."""
    sentences = []
    for _ in range(3):
        said = [dice.choice(FUNCTION_WORDS) if dice.random() < 0.45 else dice.choice(words) for _ in range(dice.randint(12, 24))]
        sentences.append(" ".join(said).capitalize() + ".")
    return " ".join(sentences)


def article_markup(words: Sequence[str], dice: random.Random) -> str:
    """A text of TEXT_CHARACTERS in paragraphs, its credit last."""
    paragraphs: list[str] = []
    while sum(map(len, paragraphs)) < TEXT_CHARACTERS:
        paragraphs.append(paragraph(words, dice))
    paragraphs.append("(Meridian Press)")
    return "".join(f"<p>{text}</p>\n" for text in paragraphs)


def page(text: str, words: Sequence[str], dice: random.Random) -> str:
    """The text inside what surrounds texts: menus, teasers, a footer, scripts, and nested boxes with long class names."""
    teaser = lambda number: (  # noqa: E731 - only here
        f'<div class="teaser teaser--{number % 7} grid__item u-mb-{number % 5}">'
        f'<a class="teaser__link" href="/section/{number}/{dice.choice(words)}">'
        f'<img loading="lazy" src="/img/{number}.jpg" alt=""><h3 class="teaser__title">{" ".join(dice.choices(words, k=8))}</h3></a>'
        f'<p class="teaser__lead">{" ".join(dice.choices(words, k=14))}</p></div>'
    )
    menu = "".join(f'<li class="menu__item"><a href="/{word}">{word.capitalize()}</a></li>' for word in dice.choices(words, k=150))
    body = f"<article><h1>Gate opened</h1>{text}</article>"
    around = [teaser(number) for number in range(320)]
    script = (
        "<script>" + "window.push({" + ",".join(f'"{word}":{dice.random():.6f}' for word in dice.choices(words, k=1200)) + "})</script>"
    )
    head = '<head><meta charset="utf-8"><title>Gate opened</title><meta property="og:title" content="Gate opened"></head>'
    nav, half = f'<nav><ul class="menu">{menu}</ul></nav>', len(around) // 4
    html = (
        f"<html>{head}<body>{nav}<main>{''.join(around[:half])}{body}</main><aside>{''.join(around[half:])}</aside>{script}</body></html>"
    )
    return html[:-14].ljust(PAGE_BYTES - 14) + "</body></html>"


def page_of(kind: str, words: Sequence[str], dice: random.Random) -> str | None:
    """The page of an article of this kind, if it has one."""
    if kind == SHORT:
        return f"<html><body><article><p>{paragraph(words, dice).partition('. ')[0]}.</p></article></body></html>"
    return page(article_markup(words, dice), words, dice) if kind == "page" else None


def articles(kind: str, count: int) -> list[bytes]:
    """Raw articles as they stand on the topic, no two alike."""
    dice = random.Random(7)
    words = vocabulary(dice) if kind == UNKNOWN else COMMON_WORDS
    sample = decode(sample_article(), RawArticle)
    assert sample.page is not None
    made = []
    for number in range(count):
        html = page_of(kind, words, dice)
        linked = None if html is None else msgspec.structs.replace(sample.page, html=html)
        plain = article_markup(words, dice) if html is None else None
        entry = msgspec.structs.replace(
            sample.entry, title=" ".join(dice.choices(words, k=8)), content=plain, summary=paragraph(words, dice)
        )
        made.append(encode(msgspec.structs.replace(sample, id=f"00000000-0000-5000-8000-{number:012}", entry=entry, page=linked)))
    return made


def batch(values: Sequence[bytes], partition: int) -> list[FakeRecord]:
    return [FakeRecord("articles.raw", partition, offset, 0, b"key", value, ()) for offset, value in enumerate(values)]


def cpu_ms(records: Sequence[FakeRecord]) -> float:
    """CPU of one article in one process, the least of several rounds: what others did to the machine meanwhile is in none."""
    agencies, rounds = load_agencies(None), []
    for _ in range(REPEATS):
        began = time.process_time()
        for record in records:
            enrich_record(record, agencies, PARTITIONS)
        rounds.append((time.process_time() - began) / len(records) * 1000)
    return min(rounds)


def attribution_ms(values: Sequence[bytes]) -> float:
    """CPU of telling whose report an article is, beyond reading its page and its text."""
    agencies, rounds = load_agencies(None), []
    raws = [decode(value, RawArticle) for value in values]
    read = [(raw, read_page(raw.page) if raw.page else NO_PAGE) for raw in raws]
    plain = [(raw, page.metadata, plain_article(raw, page)) for raw, page in read]
    told = [(raw, metadata, whole, text_of(whole)) for raw, metadata, whole in plain]
    languages = [language_of(raw, text) for raw, _, _, text in told]
    for _ in range(REPEATS):
        began = time.process_time()
        for (raw, metadata, whole, text), language in zip(told, languages, strict=True):
            attribute(raw, metadata, whole, text, language=language, agencies=agencies)
        rounds.append((time.process_time() - began) / len(raws) * 1000)
    return min(rounds)


class Figures(msgspec.Struct):
    """Of one run through the pool, per article: wall, and CPU of the loop's process and of the workers."""

    articles_per_second: float
    loop_ms: float
    workers_ms: float
    worker_megabytes: float
    worker_megabytes_at_most: float
    ready_seconds: float
    alone_ms: float


async def through_pool(settings: Settings, records: Sequence[FakeRecord], size: int) -> Figures:
    """Batches of as many partitions as there are, one after the other in each, as its tasks send them."""
    began = time.perf_counter()
    async with worker_pool(briefing(settings), size=size) as pool:
        await asyncio.gather(*(pool.decide(records[:1]) for _ in range(size)))
        ready_seconds = time.perf_counter() - began
        alone = []
        for _ in range(50):
            asked = time.perf_counter()
            await pool.decide(records[:1])
            alone.append((time.perf_counter() - asked) * 1000)
        workers = psutil.Process().children()
        count, end = 0, time.perf_counter() + SECONDS_EACH

        async def one_partition() -> None:
            nonlocal count
            while time.perf_counter() < end:
                outcomes = await pool.decide(records)
                count += len(outcomes)

        loop_before, workers_before, began = time.process_time(), used(workers), time.perf_counter()
        await asyncio.gather(*(one_partition() for _ in range(PARTITIONS)))
        wall = time.perf_counter() - began
        loop_seconds, workers_seconds, megabytes = time.process_time() - loop_before, used(workers) - workers_before, resident(workers)
        await asyncio.gather(*(pool.decide(rare()) for _ in range(size)))
        return Figures(
            articles_per_second=count / wall,
            loop_ms=loop_seconds / count * 1000,
            workers_ms=workers_seconds / count * 1000,
            worker_megabytes=megabytes,
            worker_megabytes_at_most=resident(workers),
            ready_seconds=ready_seconds,
            alone_ms=statistics.median(alone),
        )


def used(workers: Sequence[psutil.Process]) -> float:
    """CPU seconds so far."""
    return sum(times.user + times.system for times in (worker.cpu_times() for worker in workers))


def resident(workers: Sequence[psutil.Process]) -> float:
    """Megabytes of the largest."""
    return max(worker.memory_info().rss for worker in workers) / 1e6


def rare() -> list[FakeRecord]:
    """What few articles need is loaded with the first of them."""
    return batch([*articles(UNKNOWN, 1), *articles(SHORT, 1)], 0)


def report() -> None:
    settings = load_settings(log={"level": "error"})
    configure_logs(settings.log)
    print(f"{len(os.sched_getaffinity(0))} cores")
    for kind, target in TARGETS_MS.items():
        records = batch(articles(kind, IN_A_BATCH[kind]), 0)
        size = statistics.mean(len(record.value or b"") for record in records)
        alone = cpu_ms(records)
        print(f"{kind}: {size / 1000:.1f} kB each, {alone:.2f} ms CPU an article in one process (target ≤ {target:g})")
        told = attribution_ms([record.value or b"" for record in records])
        print(f"  of it {told:.2f} ms for whose report it is (target ≤ {ATTRIBUTION_MS[kind]:g})")
        for workers in (1, 2):
            got = uvloop.run(through_pool(settings, records, workers))
            print(
                f"  {workers} workers: {got.articles_per_second:5.0f} articles/s; CPU an article {got.workers_ms:.2f} ms in workers "
                f"and {got.loop_ms:.3f} ms in the loop, {got.workers_ms + got.loop_ms - alone:+.3f} ms against one process; "
                f"one alone is back after {got.alone_ms:.2f} ms; {got.worker_megabytes:.0f} MB each "
                f"({got.worker_megabytes_at_most:.0f} with what few articles need), ready after {got.ready_seconds:.2f} s"
            )
    print(f"{UNKNOWN}: {cpu_ms(batch(articles(UNKNOWN, IN_A_BATCH['text']), 0)):.2f} ms CPU an article in one process")


if __name__ == "__main__":
    report()
