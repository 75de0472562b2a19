"""`python -m tests.eval origins`: what the entries of real feeds say of their publisher, authors and origin, and a sample to read by eye.

Each document goes the way of `dateline parse` and `dateline enrich`. The sample holds entries whose origin is claimed with at least SURE.
"""

from __future__ import annotations

import csv
import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.labelled import data_at

from dateline.enricher.agencies import load_agencies
from dateline.enricher.enrich import enrich
from dateline.errors import BadInput, NotAFeed
from dateline.poller.document import Limits
from dateline.poller.sources import Source, read_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dateline.events import EnrichedArticle, RawArticle

NOW = datetime(2027, 1, 1, tzinfo=UTC)
SURE, SAMPLE = 0.9, 60


def report() -> list[str]:
    """Print shares and sample; nothing is promised here that a program could check."""
    data = data_at("feeds", "index.tsv").parent
    agencies = load_agencies(None)
    articles = [enrich(raw, agencies) for raw in _articles(data)]
    found = [article.attribution for article in articles]
    shares = {
        "publisher": sum(one.publisher is not None for one in found),
        "authors": sum(bool(one.authors) for one in found),
        "the publisher's own report, an agency's": sum(one.status == "self" for one in found),
        "origin": sum(bool(one.origins) for one in found),
    }
    print(f"origins: {len(articles)} entries of {len({article.feed.id for article in articles})} feeds")
    for name, count in shares.items():
        print(f"  {name:40} {count / max(len(articles), 1):.4f}  {count}")
    sure = [article for article in articles if any(origin.confidence >= SURE for origin in article.attribution.origins)]
    for article in random.Random(7).sample(sure, min(SAMPLE, len(sure))):
        _print(article)
    return []


def _articles(data: Path) -> Iterator[RawArticle]:
    with (data / "index.tsv").open() as index:
        for row in csv.DictReader(index, delimiter="\t"):
            path = next((path for path in (data / "files" / row["file"], data / row["file"]) if path.exists()), None)
            if path is None:
                continue
            url = row["url"] if row["url"].startswith("http") else None
            try:
                yield from read_source(path.read_bytes(), Source(row["file"], url, None), now=NOW, limits=Limits()).articles
            except (BadInput, NotAFeed) as error:
                print(f"  {row['file']}: {error}")


def _print(article: EnrichedArticle) -> None:
    publisher = article.attribution.publisher
    print(f"    {publisher.domain if publisher else None}: {(article.text.headline or '')[:80]!r}")
    for origin in article.attribution.origins:
        quoted = "; ".join(f"{evidence.kind} {evidence.text[:80]!r}" for evidence in origin.evidence)
        print(f"      {origin.id or origin.name} {origin.confidence}: {quoted}")
