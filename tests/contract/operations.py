"""Write the tables of OPERATIONS.md: every setting and every command, from their definitions.

    python tests/contract/operations.py        what `make generate` calls

A table stands between a line that names it and one that ends it, `<!-- settings -->` and `<!-- end of settings -->`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dateline.cli import COMMANDS, cli
from dateline.settings import PREFIX, Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OPERATIONS = Path(__file__).parents[2] / "OPERATIONS.md"


def written(document: str) -> str:
    """The document with its tables as they should be."""
    for name, table in (("settings", settings_table()), ("commands", commands_table())):
        between = re.compile(rf"(?<=^<!-- {name} -->\n).*?(?=^<!-- end of {name} -->$)", re.MULTILINE | re.DOTALL)
        if len(between.findall(document)) != 1:
            raise ValueError(f"there is no one place for the table of {name}")
        document = between.sub(lambda _, table=table: table, document)
    return document


def settings_table() -> str:
    """Variable, default and sentence of every setting."""
    return _table(
        ("setting", "default", "what for"),
        (
            (f"`{PREFIX}{group}__{name}`".upper(), _default(field), field.description)
            for group, outer in Settings.model_fields.items()
            for name, field in outer.annotation.model_fields.items()  # type: ignore[union-attr]
        ),
    )


def commands_table() -> str:
    """Every command with its arguments, what it does and its options; their meanings are told by `--help`."""
    return _table(
        ("command", "arguments", "what it does", "options"),
        (
            (
                f"`dateline {name}`",
                " ".join(_argument(parameter) for parameter in command.params if isinstance(parameter, click.Argument)),
                (command.help or "").split("\n")[0],
                " ".join(f"`{parameter.opts[0]}`" for parameter in command.params if isinstance(parameter, click.Option)),
            )
            for name, command in _commands()
        ),
    )


def _commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        if isinstance(command, click.Group):
            yield from ((f"{name} {sub}", inner) for sub, inner in command.commands.items())
        elif command is not None:
            yield name, command


def _argument(argument: click.Argument) -> str:
    choices = "|".join(argument.type.choices) if isinstance(argument.type, click.Choice) else None
    return argument.metavar or choices or (argument.name or "").upper()


def _default(field: Any) -> str:
    if field.default_factory is not None:
        return "by the machine"
    match field.default:
        case None | ():
            return ""
        case bool() as chosen:
            return f"`{str(chosen).lower()}`"
        case float() as number:
            return f"`{number:g}`"
        case value:
            return f"`{value}`"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *(tuple(cell.replace("|", "\\|") for cell in row) for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    OPERATIONS.write_text(written(OPERATIONS.read_text(encoding="utf-8")), encoding="utf-8")
