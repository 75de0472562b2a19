"""Write the tables of OPERATIONS.md that follow from definitions: endpoints aside, every metric, setting and command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dateline.cli import COMMANDS
from dateline.enricher.metrics import REGISTRY as ENRICHER
from dateline.log.metrics import REGISTRY as LOG
from dateline.ops.metrics import REGISTRY as PROCESS
from dateline.poller.metrics import REGISTRY as POLLER
from dateline.settings import Settings
from dateline.sink.metrics import REGISTRY as SINK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from prometheus_client import CollectorRegistry

OPERATIONS = Path(__file__).parents[2] / "OPERATIONS.md"
REGISTRIES = {"process": PROCESS, "log": LOG, "poller": POLLER, "enricher": ENRICHER, "sink": SINK}
# The endings of the names under which Prometheus stores what a metric of a type counts.
ENDINGS = {"counter": "_total", "info": "_info"}


def metrics(registry: CollectorRegistry) -> Iterator[tuple[str, str, str, str]]:
    """Name, type, labels and sentence of every metric of ours in a registry, in the order of definition."""
    for collector in registry._collector_to_names:
        if not hasattr(collector, "_labelnames"):
            continue  # the client library's own metrics of a process
        name, kind = collector._name, collector._type
        labels = ", ".join(f"`{label}`" for label in collector._labelnames)
        yield f"{name}{ENDINGS.get(kind, '')}", kind, labels, collector._documentation


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    return "\n".join([row_of(head), row_of(["---"] * len(head)), *map(row_of, rows)])


def row_of(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |".replace("|  |", "| |")


def metric_rows() -> Iterator[tuple[str, ...]]:
    for registry in REGISTRIES.values():
        for name, kind, labels, sentence in metrics(registry):
            yield f"`{name}`", kind, labels, sentence


def setting_rows() -> Iterator[tuple[str, ...]]:
    for group, field in Settings.model_fields.items():
        for name, setting in field.annotation.model_fields.items():  # type: ignore[union-attr]
            yield f"`DATELINE_{group}__{name}`".upper(), setting.description or ""


def command_rows() -> Iterator[tuple[str, ...]]:
    for name, (_, sentence) in COMMANDS.items():
        yield f"`dateline {name}`", sentence


TABLES = {
    "metrics": lambda: table(("metric", "type", "labels", "what"), metric_rows()),
    "settings": lambda: table(("setting", "what for"), setting_rows()),
    "commands": lambda: table(("command", "what it does"), command_rows()),
}


def with_tables(text: str) -> str:
    """The document with its tables as they are to be."""
    for name, made in TABLES.items():
        begin, end = f"<!-- {name}: made by make generate -->\n", f"<!-- end of {name} -->"
        before, _, rest = text.partition(begin)
        _, found, after = rest.partition(end)
        assert found, f"OPERATIONS.md has no place for its {name}"
        text = f"{before}{begin}{made()}\n{end}{after}"
    return text


if __name__ == "__main__":
    OPERATIONS.write_text(with_tables(OPERATIONS.read_text(encoding="utf-8")), encoding="utf-8")
