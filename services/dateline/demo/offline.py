"""`make try`: an invented report and its copies go through the three filters, and what comes out is explained. No Kafka, no network."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from dateline.demo.documents import feed_document
from dateline.demo.screen import Edition, event_line, proof_line, publisher_name, story_card
from dateline.demo.show import demo_agencies
from dateline.demo.stories import Plan, document, publishing_feeds
from dateline.events import NewsEvent, decode

# By then every copy of the first wire story is out.
SECONDS = 10.0
BODY_LINES = 4


def main() -> None:
    """Write the newsroom's feeds to files, run the filters over them, and say what they found."""
    console = Console(highlight=False, soft_wrap=True)
    with tempfile.TemporaryDirectory(prefix="dateline-") as folder, demo_agencies() as agencies:
        files = _write_feeds(Path(folder))
        console.print(f"{len(files)} feeds of invented publishers, read without Kafka:")
        console.print("  dateline parse *.xml | dateline enrich | dateline normalize\n", style="bold")
        events = _filtered(files, agencies)
    edition = Edition()
    for event in events:
        edition.add(event)
        console.print(event_line(event))
    _explain(max(events, key=_proof), console)
    console.print(f"\n{story_card(edition)}", style="bold")
    console.print("\nNext: make demo (the same as services on Kafka), or dateline parse YOUR-FEED | dateline enrich | dateline normalize")


def _write_feeds(folder: Path) -> list[Path]:
    """One file per feed, as its publisher serves it."""
    plan, files = Plan(), []
    for number, feed in enumerate(publishing_feeds()):
        path = folder / f"{number:02}.xml"
        path.write_bytes(feed_document(feed, document(plan, feed, SECONDS), root=f"https://{feed.domain}", started_at=datetime.now(UTC)))
        files.append(path)
    return files


def _filtered(files: list[Path], agencies: Path) -> list[NewsEvent]:
    """What the three filters make of the files, each a process reading the one before."""
    environment = os.environ | {"DATELINE_ENRICHER__AGENCIES": str(agencies)}
    value = b""
    for command in (["parse", *map(str, files)], ["enrich"], ["normalize"]):
        done = subprocess.run(  # noqa: S603 - our own commands
            [sys.executable, "-m", "dateline", *command], input=value, stdout=subprocess.PIPE, env=environment, check=True
        )
        value = done.stdout
    return [decode(line, NewsEvent) for line in value.splitlines()]


def _proof(event: NewsEvent) -> int:
    """Events with proof before others, copies before first ones, long texts before short ones."""
    return (event.origin is not None) * 10_000_000 + (event.story.role == "duplicate") * 1_000_000 + event.word_count


def _explain(event: NewsEvent, console: Console) -> None:
    """One article: text, language, origin and story, each with its evidence."""
    console.print(f"\n{event.headline}", style="bold")
    for line in (event.body or "").split("\n\n")[:BODY_LINES]:
        console.print(f"  {line}", style="dim")
    console.print("  […]", style="dim")
    origin = event.origin
    rows = [
        ("published by", publisher_name(event)),
        ("language", f"{event.language} ({event.language_confidence:.2f})" if event.language else "undetermined"),
        ("report of", f"{origin.name} ({origin.confidence:.2f})" if origin else "not said"),
        ("relation", event.relation),
        ("story", f"{event.story.role}, copy {event.story.copies}, of article {event.story.of or event.id}"),
    ]
    for name, value in rows:
        console.print(Text.assemble((f"  {name:<13}", "cyan"), value))
    if (proof := proof_line(event)) is not None:
        console.print(Text.assemble(("  the words", "cyan"), "    ", proof.plain.strip()))


if __name__ == "__main__":
    main()
