"""Write the tables of OPERATIONS.md that follow from definitions: endpoints aside, every metric, setting and command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dateline.cli import COMMANDS, cli
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
            yield f"`DATELINE_{group}__{name}`".upper(), default_of(setting), setting.description or ""


def default_of(setting: Any) -> str:
    if setting.default_factory is not None:
        return "by the machine"
    match setting.default:
        case None | ():
            return ""
        case bool() as chosen:
            return f"`{str(chosen).lower()}`"
        case float() as number:
            return f"`{number:g}`"
        case value:
            return f"`{value}`"


def command_rows() -> Iterator[tuple[str, ...]]:
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        if isinstance(command, click.Group):
            for sub, inner in command.commands.items():
                yield command_row(f"{name} {sub}", inner)
        elif command is not None:
            yield command_row(name, command)


def command_row(name: str, command: click.Command) -> tuple[str, ...]:
    arguments = " ".join(argument_of(parameter) for parameter in command.params if isinstance(parameter, click.Argument))
    options = " ".join(f"`{name}`" for parameter in command.params if isinstance(parameter, click.Option) for name in names_of(parameter))
    return f"`dateline {name}`", arguments, (command.help or "").split("\n")[0], options


def argument_of(argument: click.Argument) -> str:
    """As `--help` has it: [what need not be given], and ... behind what may be given again."""
    return argument.make_metavar(click.Context(cli))


def names_of(option: click.Option) -> list[str]:
    """An option's name, and that of its opposite."""
    return [option.opts[0], *option.secondary_opts]


TABLES = {
    "metrics": lambda: table(("metric", "type", "labels", "what"), metric_rows()),
    "settings": lambda: table(("setting", "default", "what for"), setting_rows()),
    "commands": lambda: table(("command", "arguments", "what it does", "options"), command_rows()),
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
