"""`make try`: an invented report and its copies go through the three filters, and what comes out is explained. No Kafka, no network."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from dateline.demo.documents import feed_document
from dateline.demo.screen import Edition, event_line, screen_of, story_card
from dateline.demo.show import demo_agencies
from dateline.demo.stories import Plan, document, publishing_feeds
from dateline.enricher.agencies import load_agencies
from dateline.events import EnrichedArticle, NewsEvent, decode
from dateline.explain.article import explain_article

# By then every copy of the first wire story is out.
SECONDS = 10.0
MOST_COLUMNS = 100


def main() -> None:
    """Write the newsroom's feeds to files, run the filters over them, and say what they found."""
    console = screen_of()
    with tempfile.TemporaryDirectory(prefix="dateline-") as folder, demo_agencies() as agencies:
        files = _write_feeds(Path(folder))
        console.print(f"{len(files)} feeds of invented publishers, read without Kafka:")
        console.print("  dateline parse *.xml | dateline enrich | dateline normalize\n", style="bold")
        enriched, events = _filtered(files, agencies)
        names = {agency.id: agency.name for agency in load_agencies(agencies).agencies}
    edition = Edition()
    for event in events:
        edition.add(event)
        console.print(event_line(event))
    best = max(events, key=_proof)
    article = next(article for article in enriched if article.id == best.id and article.revision.number == best.revision)
    console.print()
    for line in explain_article(article, width=min(console.width, MOST_COLUMNS), story=best.story, names=names):
        console.print(line)
    console.print(f"\n{story_card(edition)}", style="bold")
    console.print("\nNext: make demo (the same as services on Kafka), or dateline explain YOUR-FEED")


def _write_feeds(folder: Path) -> list[Path]:
    """One file per feed, as its publisher serves it."""
    plan, files = Plan(), []
    for number, feed in enumerate(publishing_feeds()):
        path = folder / f"{number:02}.xml"
        path.write_bytes(feed_document(feed, document(plan, feed, SECONDS), root=f"https://{feed.domain}", started_at=datetime.now(UTC)))
        files.append(path)
    return files


def _filtered(files: list[Path], agencies: Path) -> tuple[list[EnrichedArticle], list[NewsEvent]]:
    """What the second and the third of the filters make of the files, each a process reading the one before."""
    environment = os.environ | {"DATELINE_ENRICHER__AGENCIES": str(agencies)}
    values = [b""]
    for command in (["parse", *map(str, files)], ["enrich"], ["normalize"]):
        done = subprocess.run(  # noqa: S603 - our own commands
            [sys.executable, "-m", "dateline", *command], input=values[-1], stdout=subprocess.PIPE, env=environment, check=True
        )
        values.append(done.stdout)
    *_, enriched, news = values
    return [decode(line, EnrichedArticle) for line in enriched.splitlines()], [decode(line, NewsEvent) for line in news.splitlines()]


def _proof(event: NewsEvent) -> int:
    """Events with proof before others, copies before first ones, long texts before short ones."""
    return (event.origin is not None) * 10_000_000 + (event.story.role == "duplicate") * 1_000_000 + event.word_count


if __name__ == "__main__":
    main()
