"""What happens when nothing is said stands in the help of each command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest
from msgspec.structs import fields

from dateline.cli import cli
from dateline.events import Feed

if TYPE_CHECKING:
    from collections.abc import Iterator


def commands(command: click.Command, context: click.Context) -> Iterator[click.Context]:
    if not isinstance(command, click.Group):
        yield context
        return
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        assert inner is not None
        yield from commands(inner, click.Context(inner, parent=context, info_name=name))


# What an argument that is not named stands for.
WORDS = {"-": "where nothing is named", "ready": "Where nothing is named, the question is ready."}
CONTEXTS = {context.command_path: context for context in commands(cli, click.Context(cli, info_name="dateline"))}


@pytest.mark.parametrize("path", CONTEXTS)
def test_a_default_is_told(path: str) -> None:
    context = CONTEXTS[path]
    told = " ".join(context.command.get_help(context).split())
    untold = []
    for parameter in context.command.params:
        default = parameter.get_default(context)
        if not isinstance(default, str | int | float) or (isinstance(parameter, click.Option) and parameter.is_flag):
            continue
        shown = parameter.show_default if isinstance(parameter, click.Option) else WORDS[default] in told
        if not shown:
            untold.append((parameter.name, default))
    assert untold == []


@pytest.mark.parametrize("name", ["kind", "page", "text", "priority"])
def test_what_a_feed_is_when_nothing_is_said_of_it_is_told(name: str) -> None:
    (option,) = [parameter for parameter in CONTEXTS["dateline feeds add"].command.params if parameter.name == name]
    (default,) = [field.default for field in fields(Feed) if field.name == name]
    assert isinstance(option, click.Option)
    assert f"{default} by default" in (option.help or "")
