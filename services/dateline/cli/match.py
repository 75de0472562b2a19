"""The option `--match` of `tap` and `export`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from dateline.export.match import Match


def _parsed(context: click.Context, parameter: click.Parameter, expressions: tuple[str, ...]) -> Match:
    from dateline.export.match import BadCondition, parse

    try:
        return parse(expressions)
    except BadCondition as error:
        raise click.BadParameter(str(error), context, parameter) from error


match_option = click.option(
    "--match",
    "match",
    multiple=True,
    callback=_parsed,
    metavar="CONDITION",
    help="Only what fulfils a condition: field=value, field!=value, field~word (or a regular expression), field>=value; "
    "may be given more than once, and all must hold. Fields: language, publisher, origin, relation, role (in the story), labels, text, "
    "status, published, seen, copies, words, confidence.",
)
