"""What `stories.yaml` holds: the newsroom's publishers, its written stories and the parts of its daily ones."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
from msgspec import Struct

Format = Literal["rss", "atom"]
TextPlace = Literal["content", "description", "page"]
Markup = Literal["plain", "curly", "entities", "breaks"]


@cache
def newsroom_text() -> NewsroomText:
    """The publishers, the written stories and the daily banks, read once from the package."""
    return msgspec.yaml.decode(files(__package__).joinpath("stories.yaml").read_bytes(), type=NewsroomText)


def split_paragraphs(text: str) -> tuple[str, ...]:
    """The paragraphs of a text whose lines are wrapped and whose paragraphs stand apart by an empty line."""
    return tuple(" ".join(paragraph.split()) for paragraph in text.split("\n\n") if paragraph.strip())


class Behaviour(StrEnum):
    """How a feed answers; all but the last three publish entries."""

    WELL = "well"
    REVISING = "revising"
    FAILING = "failing"
    SLOW = "slow"
    PAGE = "page"


class FeedText(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A feed as its publisher lists it."""

    path: str
    title: str
    format: Format = "rss"
    text: TextPlace = "content"
    behaviour: Behaviour = Behaviour.WELL


class Publisher(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A publisher: one loopback address, one language, some feeds; `robots` is its robots.txt, empty where it has none."""

    address: str
    name: str
    domain: str
    language: str
    feeds: tuple[FeedText, ...]
    robots: str = ""


class Revision(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A later text of the same story; `after` counts seconds from its publication."""

    after: float
    headline: str
    text: str


class Copy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One copy of a story: in which feed, at which second, with which credit line, markup and headline."""

    feed: str
    second: float
    credit: str = ""
    at: Literal["start", "end", "nowhere"] = "nowhere"
    markup: Markup = "plain"
    headline: str = ""


class Story(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A story somebody wrote; `agency` is an id of agencies.yaml, null for the publisher's own."""

    key: str
    agency: str | None
    language: str
    headline: str
    summary: str
    text: str
    copies: tuple[Copy, ...]
    author: str = ""
    revised: tuple[Revision, ...] = ()


class DailyItem(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One piece of local news with blanks."""

    headline: str
    text: str


class DailyBank(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the daily reports of one language are made of."""

    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    places: tuple[str, ...]
    bodies: tuple[str, ...]
    closing: str
    items: tuple[DailyItem, ...]


class NewsroomText(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of stories.yaml."""

    publishers: tuple[Publisher, ...]
    stories: tuple[Story, ...]
    daily: dict[str, DailyBank]
