"""The command line: thin commands, imported only when they are called, so that `--help` stays quick."""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from typing import Any

import click

from dateline import __version__
from dateline.cli import streams
from dateline.errors import DatelineError

# Command → where it lives, and its line in the list (kept here so that listing imports nothing; tested against the docstrings).
COMMANDS = {
    "run": ("dateline.cli.services:run", "Run services; none named runs all three in one process."),
    "parse": ("dateline.cli.documents:parse", "Read feeds and print their entries as RawArticle JSON Lines."),
    "enrich": ("dateline.cli.documents:enrich", "Turn RawArticle JSON Lines into EnrichedArticle JSON Lines."),
    "normalize": ("dateline.cli.documents:normalize", "Turn EnrichedArticle JSON Lines into NewsEvent JSON Lines."),
    "explain": (
        "dateline.cli.explain:explain",
        "Explain one article: whose report it is, its language and text, and the words that say so.",
    ),
    "trace": ("dateline.cli.trace:trace", "Tell an article's way: poll, offsets, story and copies, or what set it aside."),
    "feeds": ("dateline.cli.feeds:feeds", "List, add, remove and import feeds."),
    "withdraw": ("dateline.cli.withdraw:withdraw", "Withdraw an article, an address or a publisher from the news; final."),
    "agencies": ("dateline.cli.agencies:agencies", "Show the list of news agencies, and check one of your own."),
    "topics": ("dateline.cli.kafka:topics", "Show wanted topics against actual ones; --apply creates what is missing."),
    "offsets": ("dateline.cli.kafka:offsets", "Show or set where a service stands."),
    "tap": ("dateline.cli.kafka:tap", "Print the records of a topic as they come."),
    "dead-letters": ("dateline.cli.dead_letters:dead_letters", "List, show, replay and discard records that could not be handled."),
    "top": ("dateline.cli.top:top", "Show what running services do, again and again."),
    "export": ("dateline.cli.export:export", "Follow the news into PostgreSQL, Parquet or JSON Lines, each event once."),
    "check": ("dateline.cli.check:check", "Check settings, broker, topics, rights, clock, disk, memory and the places of feeds."),
    "config": ("dateline.cli.about:config", "Show every setting with its value, its origin and one sentence."),
    "health": ("dateline.cli.services:health", "Ask a running process whether it is live and ready."),
    "schemas": ("dateline.cli.about:schemas", "Print or write the JSON Schemas of the events."),
    "demo": ("dateline.cli.demo:demo", "Run a newsroom with invented stories and all services, on one screen."),
    "version": ("dateline.cli.about:version", "Print the version."),
}


class LazyGroup(click.Group):
    """Lists commands without importing them, and lets us decide what becomes of one whose reader has gone."""

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        """Where `--help` is written."""
        with streams.noticing():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """The command itself."""
        with streams.noticing():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Every command, in the order of COMMANDS."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """The list of commands with their lines."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="dateline", message="%(prog)s %(version)s")
def cli() -> None:
    """Streaming news ingestion: each article once, with whose report it is and the words that prove it.

    Shell completion: eval "$(_DATELINE_COMPLETE=bash_source dateline)" (or zsh_source, fish_source).
    """


def main() -> None:
    """The console script: our errors are one sentence on stderr and an exit code."""
    streams.prepare()
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str], **options: Any) -> int:
    """Run one command; returns its exit code."""
    try:
        return _run(arguments, **options)
    except (BrokenPipeError, streams.ReaderGone):
        return 0
    except OSError as error:
        if not streams.is_not_taken(error):
            raise
        streams.say(f"the output cannot be written: {error.strerror}")
        return 1
    finally:
        streams.let_go()


def _run(arguments: list[str], **options: Any) -> int:
    try:
        result = cli.main(arguments, prog_name="dateline", standalone_mode=False, **options)
    except DatelineError as error:
        streams.say(str(error))
        return error.exit_code
    except click.exceptions.Exit as stopped:
        return stopped.exit_code
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        return 130
    return result if isinstance(result, int) else 0
