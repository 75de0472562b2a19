"""The command that explains one article."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys

import click

from dateline.cli.documents import read_moment, url_option
from dateline.cli.show import say, show_lines

# Longer lines are hard to read, and shorter ones break every quotation.
MOST_COLUMNS, LEAST_COLUMNS = 100, 40
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@click.command()
@click.argument("source", metavar="FILE|URL|ID")
@click.option("--entry", type=click.IntRange(1), help="Which one, where there are several: from 1.")
@click.option("--full", is_flag=True, help="Show the whole text.")
@url_option
@click.option("--at", "at", metavar="TIME", help="The time to use as now, RFC 3339; the present one otherwise.")
@click.option("--json", "as_json", is_flag=True, help="Print the EnrichedArticle as one JSON document.")
def explain(source: str, *, entry: int | None, full: bool, url: str | None, at: str | None, as_json: bool) -> None:
    """Explain one article: whose report it is, its language and text, and the words that say so.

    FILE is an article page, a text (*.txt), a feed, or JSON Lines of RawArticle or EnrichedArticle; - is standard input. Of several
    articles it is the first. An ID is looked up in the topic articles.enriched, the newest revision of it.
    """
    from dateline.cli.article_sources import Reading, look_up, read_article
    from dateline.enricher.agencies import load_agencies
    from dateline.events import encode
    from dateline.explain.article import explain_article
    from dateline.poller.identity import without_secrets
    from dateline.settings import load_settings

    settings = load_settings()
    agencies = load_agencies(settings.enricher.agencies)
    if _UUID.fullmatch(source):
        article = asyncio.run(look_up(settings.kafka, source.lower()))
    else:
        found = read_article(source, Reading(settings.poller, agencies, read_moment(at), url), entry)
        article = found.article
        if entry is None and found.articles > 1:
            say(f"{without_secrets(source)} holds {found.articles} articles; this is the first, --entry N chooses another")
    if as_json:
        import msgspec

        sys.stdout.buffer.write(msgspec.json.format(encode(article), indent=2) + b"\n")
        sys.stdout.buffer.flush()
        return
    columns = min(max(shutil.get_terminal_size().columns, LEAST_COLUMNS), MOST_COLUMNS)
    show_lines(explain_article(article, width=columns, full=full, names={agency.id: agency.name for agency in agencies.agencies}))
