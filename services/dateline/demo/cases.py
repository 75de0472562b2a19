"""Articles of the demo by what becomes of them, for `dateline trace`: published, a copy, without its page, set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dateline.demo import stories
from dateline.links import link_hash, normalize_link, scope_of
from dateline.log.port import Output
from dateline.poller.identity import NOTHING, article_id

if TYPE_CHECKING:
    from dateline.demo.newsroom import Newsroom
    from dateline.demo.stories import Entry, Plan

__all__ = ["Case", "cases", "torn_record"]

# By then every feed has released an entry.
LONG_ENOUGH_SECONDS = 120.0
WIRE = "storm-gate"
# What a producer leaves that dies in the middle of a record; no service of ours does.
TORN = b'{"id": "%s", "revision": {"number": 0, "content_ha'


class Case(NamedTuple):
    """An article's address, and what becomes of it."""

    url: str
    what: str


def cases(newsroom: Newsroom) -> list[Case]:
    """One of each kind, in the order in which they come."""
    released = stories.published(newsroom.plan, LONG_ENOUGH_SECONDS)
    copies = [entry for entry in released if entry.key.endswith(WIRE)]
    single = next(entry for entry in released if _is_daily(newsroom.plan, entry) and entry.feed.text != "page")
    barred = next(entry for entry in released if entry.feed.text == "page")
    return [
        Case(_torn_url(newsroom), "set aside: its record was torn"),
        Case(_url(newsroom, single), "published"),
        # Copies are polled in any order, and the last comes long after the first.
        Case(_url(newsroom, copies[-1]), "a copy of another article"),
        Case(_url(newsroom, barred), "published; its page is barred by robots.txt"),
    ]


def torn_record(newsroom: Newsroom) -> Output:
    """A record of `articles.raw` that ends in the middle, under the id of an article that no feed carries."""
    url = _torn_url(newsroom)
    article = article_id(scope_of(url), "", guid=NOTHING, link=link_hash(normalize_link(url))).encode()
    return Output("articles.raw", article, TORN % article)


def _torn_url(newsroom: Newsroom) -> str:
    return newsroom.root(stories.all_feeds()[0].address) + f"/articles/{newsroom.plan.seed}-torn"


def _is_daily(plan: Plan, entry: Entry) -> bool:
    """Whether an entry is one of the numbered ones, which stand in one feed each."""
    return entry.key.removeprefix(f"{plan.seed}-").isdecimal()


def _url(newsroom: Newsroom, entry: Entry) -> str:
    return newsroom.root(entry.feed.address) + entry.path
