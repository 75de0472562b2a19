"""The command that checks a deployment before it runs."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dateline.cli.kafka import READERS
from dateline.cli.show import json_option, say, show_json
from dateline.errors import ConfigurationError, DatelineError, TransientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dateline.cli.findings import Finding
    from dateline.log.client import Cluster
    from dateline.settings import Settings

# Where Linux tells how much a container may take: cgroup v2, then v1.
_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
# What services and commands do: topics are read and written, groups read (their offsets are committed in transactions).
TOPIC_RIGHTS, GROUP_RIGHTS = ("Read", "Write", "Describe"), ("Read", "Describe")


@click.command()
@click.option("--offline", is_flag=True, help="Check settings, files and this machine only, ask no broker.")
@json_option
def check(*, offline: bool, as_json: bool) -> None:
    """Check settings, broker, topics, rights, clock, disk, memory and the places of feeds.

    Each finding that is not well says what to do; with one that fails, the exit code is that of the worst.
    """
    from dateline.cli.findings import described, line

    findings = _all(offline=offline)
    if as_json:
        show_json([described(finding) for finding in findings])
    else:
        for finding in findings:
            say(line(finding), err=False)
    worst = max((finding.exit_code for finding in findings), default=0)
    if worst:
        raise click.exceptions.Exit(worst)


def _all(*, offline: bool) -> list[Finding]:
    """Every finding; what cannot be looked at because of an earlier one is left out."""
    from dateline.settings import load_settings

    found = _looked("settings", lambda: _settings(load_settings()))
    if _failed(found):
        return found
    settings = load_settings()
    found += _looked("files", lambda: _files(settings))
    found += _looked("agencies", lambda: _agencies(settings)) + _looked("memory", lambda: _memory(settings)) + _spans()
    if offline:
        return found
    return found + _online(settings)


def _online(settings: Settings) -> list[Finding]:
    from dateline.log.client import Cluster

    cluster = Cluster(settings.kafka)
    found = _looked("broker", lambda: _broker(cluster))
    if _failed(found):
        return found
    found += _looked("clock", lambda: _clock(cluster), optional=True) + _looked("disk", lambda: _disks(cluster), optional=True)
    # A topic that may not be described looks as if it were missing, so rights come first.
    found += _looked("rights", lambda: _rights(cluster), optional=True)
    if _failed(found):
        return found
    found += _looked("topics", lambda: _topics(cluster))
    if _failed(found):
        return found
    return found + _looked("feeds", lambda: _feeds(cluster)) + _looked("withdrawals", lambda: _withdrawals(cluster))


def _failed(found: list[Finding]) -> bool:
    return found[-1].level == "fail"


def _looked(what: str, look: Callable[[], list[Finding]], *, optional: bool = False) -> list[Finding]:
    """What a look finds, or why it finds nothing. What is `optional`, a broker need not tell."""
    from dateline.cli.findings import about_error, warning

    try:
        return look()
    except TransientError as error:
        return [warning(what, f"the broker does not tell: {error}")] if optional else [about_error(what, error)]
    except DatelineError as error:
        return [about_error(what, error)]


# ── this machine ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _settings(settings: Settings) -> list[Finding]:
    from dateline.cli.findings import fine

    kafka = settings.kafka
    return [fine("settings", f"Kafka at {kafka.bootstrap}, topics {kafka.topic_prefix}.*")]


def _files(settings: Settings) -> list[Finding]:
    """The files that settings name, but the agency list, which has a look of its own; what feeds keep secret too."""
    from dateline.cli.findings import fine
    from dateline.settings import feed_secrets

    kafka = settings.kafka
    named = {name: getattr(kafka, name.lower()) for name in ("SSL_CAFILE", "SSL_CERTFILE", "SSL_KEYFILE")}
    for name, path in named.items():
        if path is not None and not os.access(path, os.R_OK):
            raise ConfigurationError(f"DATELINE_KAFKA__{name}: {path} cannot be read; is it there, and ours to read?")
    if kafka.security_protocol.endswith("SSL"):
        from dateline.log.client import tls_context

        tls_context(kafka)
    feed_secrets()
    return [fine("files", "all that settings name can be read")]


def _agencies(settings: Settings) -> list[Finding]:
    from dateline.cli.findings import fine
    from dateline.enricher.agencies import load_agencies

    return [fine("agencies", f"rules {load_agencies(settings.enricher.agencies).rules}")]


def _spans() -> list[Finding]:
    """Whether spans go where the environment asks; nothing where it does not. A process runs without them."""
    from dateline.cli.findings import fine, warning
    from dateline.log.spans import asked_for, open_collector

    variable = asked_for(os.environ)
    if variable is None:
        return []
    try:
        open_collector(os.environ)
    except ConfigurationError as error:
        return [warning("spans", f"asked for by {variable}, and there will be none: {error}")]
    return [fine("spans", f"collected, as {variable} asks")]


def _memory(settings: Settings) -> list[Finding]:
    from dateline.cli.findings import about_memory

    return [about_memory(settings.enricher.workers, settings.enricher.worker_memory_bytes, machine_bytes())]


def machine_bytes() -> int | None:
    """How much memory this machine or container has; null where it does not tell."""
    try:
        known = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    except (ValueError, OSError):
        known = []
    for path in _LIMITS:
        try:
            known.append(int(path.read_text(encoding="ascii")))
        except (OSError, ValueError):  # no such file, or `max`
            continue
    return min((count for count in known if count > 0), default=None)


# ── the broker ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _broker(cluster: Cluster) -> list[Finding]:
    from dateline.cli.findings import fine
    from dateline.log.probes import reach

    brokers, seconds = asyncio.run(reach(cluster))
    return [fine("broker", f"{brokers} at {cluster.settings.bootstrap}, an answer takes {seconds * 1000:.0f} ms")]


def _clock(cluster: Cluster) -> list[Finding]:
    from dateline.cli.findings import about_error, about_skew
    from dateline.log.probes import clock_skew

    try:
        return [about_skew(asyncio.run(clock_skew(cluster, group=cluster.group("sink"))))]
    except ConfigurationError as error:  # what may not be asked here, services may not do
        return [about_error("rights", error)]


def _disks(cluster: Cluster) -> list[Finding]:
    from dateline.cli.findings import about_disks
    from dateline.log.probes import disks

    return about_disks(asyncio.run(disks(cluster)))


def _topics(cluster: Cluster) -> list[Finding]:
    from dateline.cli.findings import fine
    from dateline.log.topics import require

    asyncio.run(require(cluster))
    return [fine("topics", "all there")]


def _rights(cluster: Cluster) -> list[Finding]:
    from dateline.cli.findings import about_rights
    from dateline.log.probes import forbidden
    from dateline.log.topics import wanted_topics

    topics = {cluster.topic(topic.name): TOPIC_RIGHTS for topic in wanted_topics(cluster.settings)}
    groups = {cluster.group(service): GROUP_RIGHTS for service in READERS}
    return about_rights(asyncio.run(forbidden(cluster, topics, groups)), cluster.settings.sasl_username)


def _feeds(cluster: Cluster) -> list[Finding]:
    from dateline.cli.findings import about_strays
    from dateline.poller.strays import find_strays

    return about_strays(*asyncio.run(find_strays(cluster)))


def _withdrawals(cluster: Cluster) -> list[Finding]:
    from dateline.cli.findings import about_withdrawals

    return [about_withdrawals(*asyncio.run(_count_withdrawals(cluster)))]


async def _count_withdrawals(cluster: Cluster) -> tuple[dict[str, int], int]:
    """How many orders of each kind stand, and how many records are none."""
    from collections import Counter

    from dateline.events import UNREADABLE, Withdrawal, decode
    from dateline.log.reading import read_each

    kinds: dict[bytes | None, str | None] = {}
    async for record in read_each(cluster, "withdrawals"):
        try:
            kinds[record.key] = None if record.value is None else decode(record.value, Withdrawal).kind
        except UNREADABLE:
            kinds[record.key] = ""
    counts = Counter(kind for kind in kinds.values() if kind is not None)
    unreadable = counts.pop("", 0)
    return dict(counts), unreadable
