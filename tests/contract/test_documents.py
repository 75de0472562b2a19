"""What the documents name exists: targets, files, tests, contracts, commands, options, settings, fields."""

from __future__ import annotations

import ast
import json
import re
import shlex
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click
import msgspec
import pytest

from dateline.cli import COMMANDS, cli
from dateline.cli.kafka import READERS
from dateline.errors import DatelineError, RecordError
from dateline.events import NewsEvent
from dateline.log.topics import wanted_topics
from dateline.settings import FEED_SECRET, SECRETS_DIR, KafkaSettings, Settings
from labelled import VARIABLE as LABELLED

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "services" / "dateline"
DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "OPERATIONS.md")

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
# A file or folder: something with a slash in it or with one of our endings; not an endpoint (/live) or a key (<feed id>/plan).
PATH = re.compile(r"(?:[\w.-]+/)+(?:[\w.-]+)?|[\w-]+\.(?:py|yaml|md|toml|sh|xml|properties)")
COMMAND = re.compile(r"(?:^|[|;&]\s*|\s)(dateline [^|;&]*)")


@cache
def text_of(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


@cache
def code_of(document: str) -> tuple[str, ...]:
    """Every line of code: what stands between backticks, and the lines of shell blocks."""
    text = text_of(document)
    lines = [line for language, block in FENCED.findall(text) if language == "sh" for line in block.splitlines()]
    return (*lines, *INLINE.findall(FENCED.sub("", text)))


def missing(named: set[str], existing: set[str]) -> list[str]:
    assert named, "the document names none, so this test proves nothing"
    return sorted(named - existing)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_make_target_named_exists(document):
    heads = [found[1] for line in text_of("Makefile").splitlines() if (found := re.match(r"([a-z][a-z -]*):(?!=)", line))]
    targets = {name for head in heads for name in head.split()}
    named = {found for code in code_of(document) for found in re.findall(r"\bmake ([a-z-]+)", code)}
    assert missing(named, targets) == []


def test_the_readme_names_the_test_command():
    assert "\n**Test: `make test`**\n" in text_of("README.md")


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", "OPERATIONS.md"])
def test_every_path_named_exists(document):
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text_of(document))
    # What make fetches is not in the repository.
    named = {code for code in code_of(document) if PATH.fullmatch(code)} - {"deploy/kafka/jars/"}
    assert missing({*named, *links}, {path for path in {*named, *links} if (ROOT / path).exists() or (PACKAGE / path).exists()}) == []


def test_every_module_stands_in_the_architecture():
    named = {path for code in code_of("ARCHITECTURE.md") for path in code.split() if path.endswith((".py", ".yaml"))}
    modules = {str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if path.name not in ("__init__.py", "__main__.py")}
    # Commands and the demo are told by their folder.
    assert missing({path for path in modules if not path.startswith(("cli/", "demo/"))}, named) == []


def test_every_test_named_exists():
    defined = {
        node.name
        for file in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    named = {code for code in code_of("ARCHITECTURE.md") if re.fullmatch(r"test_\w+", code)}
    assert missing(named, defined) == []


def test_every_invariant_is_held_by_a_test_or_a_contract():
    rows = section("ARCHITECTURE.md", "Invariants")
    assert rows
    assert [row for row in rows if not re.search(r"`test_\w+`|`tests/[\w/]+\.py`|contract \"", row.split("|")[2])] == []


def test_every_import_contract_stands_in_the_architecture_and_the_other_way_round():
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = {contract["name"] for contract in tomllib.load(file)["tool"]["importlinter"]["contracts"]}
    assert set(re.findall(r'contract "([^"]+)"', text_of("ARCHITECTURE.md"))) == contracts


def test_every_topic_stands_in_the_architecture():
    named = {code for row in section("ARCHITECTURE.md", "Bird's eye") for code in INLINE.findall(row.split("|")[1])}
    assert named == {topic.name for topic in wanted_topics(KafkaSettings())}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_named_exists_with_its_options(document):
    commands = list(commands_of(document))
    assert commands
    for words in commands:
        assert_command(words)


def test_every_option_in_the_table_of_commands_is_one_of_its_command():
    for row in section("README.md", "The command line"):
        _, name, meaning, _ = row.split("|")
        known = set.union(*(options_of(resolved(shlex.split(code))[0]) for code in INLINE.findall(name)))
        assert set(re.findall(r"--[a-z]+", meaning)) <= known, row


def test_every_command_and_subcommand_stands_in_the_readme():
    named = {tuple(word for word in words[1:3] if re.fullmatch(r"[a-z][a-z-]*", word)) for words in commands_of("README.md")}
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        if isinstance(command, click.Group):
            assert {(name, sub) for sub in command.commands} <= named
        else:
            assert name in {words[0] for words in named}


@pytest.mark.parametrize("document", [*DOCUMENTS, "NOTICE"])
def test_every_setting_named_exists(document):
    known = variables() | {SECRETS_DIR, LABELLED}
    named = set(re.findall(r"DATELINE_\w+", text_of(document)))
    assert {name for name in named if not name.startswith(FEED_SECRET)} <= known


@pytest.mark.parametrize("document", ["README.md", "OPERATIONS.md"])
def test_the_settings_tell_where_secrets_come_from(document):
    body = text_of(document).split("\n## Settings\n")[1].split("\n## ")[0]
    assert f"`{SECRETS_DIR}`" in body
    assert f"`{FEED_SECRET}<NAME>`" in body


def test_every_exit_code_stands_in_the_readme():
    (line,) = [line for line in text_of("README.md").split("\n\n") if line.startswith("Exit codes:")]
    codes = {kind.exit_code for kind in all_below(DatelineError)} | {0, 2, 130}
    assert set(map(int, re.findall(r"\b\d+\b", line))) == codes


def test_the_alert_on_dead_letters_names_every_reason_and_the_commands_that_deal_with_them():
    body = runbook("DatelineDeadLetters")
    assert [kind.__name__ for kind in all_below(RecordError) if not re.search(rf"\b{kind.__name__}\b", body)] == []
    for command in ("list", "show", "replay", "discard"):
        assert f"`dateline dead-letters {command}" in body


def test_the_alert_on_stalled_consumers_names_every_topic_that_somebody_follows():
    body = runbook("DatelineConsumerStalled")
    assert [topic for topic in (*READERS.values(), "news") if f"`{topic}`" not in body] == []


def test_the_table_of_commands_has_the_arguments_of_their_help():
    for row in section("OPERATIONS.md", "Commands"):
        name, arguments, *_ = (cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1])
        command, parent = cli, click.Context(cli, info_name="dateline")
        for word in name.strip("`").split()[1:]:
            command = command.get_command(parent, word)
            parent = click.Context(command, parent=parent, info_name=word)
        assert arguments.replace("\\", "") == " ".join(command.collect_usage_pieces(parent)[1:]), name


def runbook(alert: str) -> str:
    return text_of("OPERATIONS.md").split(f"\n### {alert}\n")[1].split("\n##")[0]


def all_below(kind: type) -> set[type]:
    return {below for direct in kind.__subclasses__() if direct.__module__ == kind.__module__ for below in (direct, *all_below(direct))}


def test_the_example_event_has_the_fields_of_a_news_event():
    (block,) = [block for language, block in FENCED.findall(text_of("README.md")) if language == "json"]
    assert_fields(json.loads(block), NewsEvent)


def test_the_example_consumer_is_python_and_reads_committed_records_only():
    (block,) = [block for language, block in FENCED.findall(text_of("README.md")) if language == "python"]
    calls = [node for node in ast.walk(ast.parse(block)) if isinstance(node, ast.Call)]
    options = {keyword.arg: ast.literal_eval(keyword.value) for call in calls for keyword in call.keywords}
    assert options["isolation_level"] == "read_committed"


def section(document: str, title: str) -> list[str]:
    """The rows of the table under a heading, without its head."""
    body = text_of(document).split(f"\n## {title}\n")[1].split("\n## ")[0]
    return [line for line in body.splitlines() if line.startswith("|")][2:]


def commands_of(document: str) -> Iterator[list[str]]:
    """Every `dateline …` as its words."""
    for code in code_of(document):
        for found in COMMAND.findall(code):
            yield shlex.split(found.replace("...", " "))


def assert_command(words: list[str]) -> None:
    """The command exists, with the options given; a word in the place of a choice is one of its choices."""
    command, rest = resolved(words)
    assert {word for word in rest if word.startswith("--")} <= options_of(command), words
    for parameter in command.params:
        if isinstance(parameter, click.Argument) and isinstance(parameter.type, click.Choice):
            plain = [word.strip("[]") for word in rest if not word.startswith("--")]
            assert not plain or plain[0] in parameter.type.choices, words


def resolved(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that `dateline …` calls, and the words after its name."""
    assert words[1] in COMMANDS, words
    command = cli.get_command(click.Context(cli), words[1])
    assert command is not None
    if not isinstance(command, click.Group) or len(words) == 2:
        return command, words[2:]
    assert words[2] in command.commands, words
    return command.commands[words[2]], words[3:]


def options_of(command: click.Command) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts}


def variables() -> set[str]:
    """The environment variable of every setting."""
    return {
        f"DATELINE_{group}__{name}".upper()
        for group, field in Settings.model_fields.items()
        for name in field.annotation.model_fields  # type: ignore[union-attr]
    }


def assert_fields(value: Any, kind: Any) -> None:
    """Every key of an object is a field of its type, and its value has that field's type as far as types are Structs."""
    if isinstance(value, list):
        for one in value:
            assert_fields(one, kind)
    elif isinstance(value, dict):
        struct = next(one for one in structs(kind) if set(value) <= {field.encode_name for field in msgspec.structs.fields(one)})
        fields = {field.encode_name: field.type for field in msgspec.structs.fields(struct)}
        for key, inner in value.items():
            assert_fields(inner, fields[key])


def structs(kind: Any) -> Iterator[type[msgspec.Struct]]:
    """The Struct types inside an annotation."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield kind
    for inner in get_args(kind):
        yield from structs(inner)
