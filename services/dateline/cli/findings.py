"""What `dateline check` says of what it has looked at; whatever is not well says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from dateline.errors import ConfigurationError, DatelineError
from dateline.showable import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dateline.log.probes import Disk, Forbidden, Skew
    from dateline.poller.strays import Found

__all__ = [
    "Finding",
    "about_disks",
    "about_error",
    "about_memory",
    "about_rights",
    "about_skew",
    "about_strays",
    "about_withdrawals",
    "described",
    "fine",
    "line",
    "warning",
]

# Lag, ages and first-seen times are off by as much; clocks that are set by the network differ by milliseconds.
SKEW_SECONDS, WILD_SKEW_SECONDS = 5.0, 300.0
# A broker stops at a full disk, and compaction needs room for the segments that it rewrites.
SCARCE_SHARE, FULL_SHARE = 0.10, 0.02
_WRONG = ConfigurationError.exit_code


class Finding(NamedTuple):
    """One thing that was looked at. `level` warn is worth knowing and ends with 0; `exit_code` is that of an error."""

    what: str
    level: Literal["ok", "warn", "fail"]
    says: str
    exit_code: int = 0


def fine(what: str, says: str) -> Finding:
    """It is as it should be."""
    return Finding(what, "ok", says)


def warning(what: str, says: str) -> Finding:
    """Worth knowing, and no fault."""
    return Finding(what, "warn", says)


def about_error(what: str, error: DatelineError) -> Finding:
    """An error's sentence says what to do."""
    return Finding(what, "fail", str(error), error.exit_code)


def described(finding: Finding) -> dict[str, Any]:
    """A finding as JSON."""
    return {"what": finding.what, "ok": finding.level != "fail", **finding._asdict()}


def line(finding: Finding) -> str:
    """A finding as a line."""
    return f"{'FAIL' if finding.level == 'fail' else finding.level:<4} {finding.what}: {finding.says}"


def about_strays(found: Sequence[Found], count: int) -> list[Finding]:
    """A finding for each stray that is named, and one for the rest of them. Only a feed is at fault: a mere state goes by itself."""
    if not found:
        return [fine("feeds", "each in its partition, with its state")]
    findings = [
        Finding("feeds", "fail", one.says(), _WRONG) if one.stray.is_feed else Finding("feeds.state", "ok", one.says()) for one in found
    ]
    if count > len(found):
        findings.append(findings[-1]._replace(what="feeds", says=f"{count - len(found)} more lie in a wrong partition"))
    return findings


def about_rights(missing: Sequence[Forbidden], user: str | None) -> list[Finding]:
    """What we may not do at the broker."""
    if not missing:
        return [fine("rights", "everything that services and commands do is allowed")]
    who = user or "this user"
    return [
        Finding(
            "rights",
            "fail",
            f"{who} has no {' and no '.join(one.operations)} on {one.kind} {one.name}; grant it, most easily by prefix: "
            f"kafka-acls.sh --add --allow-principal User:{user or 'NAME'} --resource-pattern-type prefixed --{one.kind} "
            f"{one.name.partition('.')[0]}. {' '.join(f'--operation {operation}' for operation in one.operations)}",
            _WRONG,
        )
        for one in missing
    ]


def about_skew(skew: Skew) -> Finding:
    """How the broker's clock differs from ours."""
    ahead = "ahead of" if skew.seconds > 0 else "behind"
    off = abs(skew.seconds) - skew.within_seconds
    if off <= SKEW_SECONDS:
        return fine("clock", f"the broker's is {abs(skew.seconds):.3f} s {ahead} ours, ± {skew.within_seconds:.3f} s")
    says = (
        f"the broker's is {abs(skew.seconds):.1f} s {ahead} this machine's, so ages and times are wrong by as much; "
        "have both set by the network (timedatectl set-ntp true)"
    )
    return Finding("clock", "fail", says, _WRONG) if off > WILD_SKEW_SECONDS else warning("clock", says)


def about_disks(found: Sequence[Disk]) -> list[Finding]:
    """The room that brokers have: nothing else of ours writes to disks, but an exporter to where it is told."""
    return [_about_disk(disk) for disk in found] or [warning("disk", "no broker tells of its folders")]


def _about_disk(disk: Disk) -> Finding:
    where = f"broker {disk.broker}{f', {disk.folder}' if disk.folder else ''}"
    if disk.error is not None:
        if disk.error == "KafkaStorageError":
            return Finding("disk", "fail", f"{where} has lost it; look at the broker's log", _WRONG)
        return warning("disk", f"{where} does not tell ({disk.error}); to have it looked at, grant Describe on the cluster")
    if disk.total_bytes is None or disk.usable_bytes is None or not disk.total_bytes:
        return warning("disk", f"{where} does not tell; look at the machine: df -h")
    share = disk.usable_bytes / disk.total_bytes
    said = f"{where}: {gigabytes(disk.usable_bytes)} of {gigabytes(disk.total_bytes)} free"
    if share >= SCARCE_SHARE:
        return fine("disk", said)
    says = f"{said}; make room or shorten retention.ms of the article topics, since a broker stops at a full disk"
    return Finding("disk", "fail", says, _WRONG) if share < FULL_SHARE else warning("disk", says)


def about_memory(workers: int, worker_bytes: int, machine_bytes: int | None) -> Finding:
    """Whether the enricher's workers fit into this machine when each takes all it may."""
    most = f"{counted(workers, 'worker')} of the enricher may take {gigabytes(workers * worker_bytes)}{' together' if workers > 1 else ''}"
    if machine_bytes is None:
        return warning("memory", f"{most}; this machine does not tell how much it has")
    if workers * worker_bytes <= machine_bytes:
        return fine("memory", f"{most}; {gigabytes(machine_bytes)} are there")
    return warning(
        "memory",
        f"{most} and only {gigabytes(machine_bytes)} are there; where an enricher runs here, lower DATELINE_ENRICHER__WORKERS or "
        "DATELINE_ENRICHER__WORKER_MEMORY_BYTES, else the kernel ends processes",
    )


def about_withdrawals(orders: Mapping[str, int], unreadable: int) -> Finding:
    """The table of withdrawals: how many orders of each kind."""
    if unreadable:
        return Finding(
            "withdrawals",
            "fail",
            f"{unreadable} orders cannot be read, so nothing obeys them; see: dateline tap withdrawals --from earliest --until now",
            _WRONG,
        )
    said = ", ".join(f"{count:,} by {kind}" for kind, count in sorted(orders.items()))
    return fine("withdrawals", f"{said} stand" if said else "none")


def gigabytes(count: int) -> str:
    """`1.5 GB`, with two places below one."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e9:.2f} GB"  # noqa: PLR2004 - a gigabyte
