"""A body read by every means we have: unpacked, by our parser, then by the fallback."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from dateline.errors import CutOff, FetchError, NotAFeed
from dateline.poller.document import Document, Limits
from dateline.poller.fallback import parse_with_feedparser
from dateline.poller.parse import parse_document
from dateline.poller.unpack import ungzipped

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

# feedparser is slow enough that a larger body would only meet its deadline.
FALLBACK_BYTES = 1 << 20
_ENTRY_MARKUP = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:item|entry)[\s>]")
_DEFAULT_LIMITS = Limits()


def read_document(body: bytes, *, url: str, content_type: str | None = None, now: datetime, limits: Limits = _DEFAULT_LIMITS) -> Document:
    """What a feed says, also of a file that is gzipped as sitemaps are; arguments and NotAFeed as for `parse_document`.

    May block for seconds where the fallback's process is needed: on an event loop, call it in a thread.
    """
    try:
        body = ungzipped(body, most_bytes=limits.max_body_bytes)
    except FetchError as error:
        raise NotAFeed(error.reason) from error
    fallback = partial(parse_with_feedparser, body, url=url, content_type=content_type, now=now, limits=limits)
    try:
        document = parse_document(body, url=url, content_type=content_type, now=now, limits=limits)
    except CutOff:
        raise  # feedparser would invent the rest of the entry
    except NotAFeed:
        if not _is_worth_another_try(body):
            raise
        return fallback()
    if document.entries or not _is_worth_another_try(body):
        return document
    return _better(document, fallback)


def _better(first: Document, fallback: Callable[[], Document]) -> Document:
    """The fallback's reading where it found entries, else the first one."""
    try:
        second = fallback()
    except NotAFeed:
        return first
    return second if second.entries else first


def _is_worth_another_try(body: bytes) -> bool:
    return len(body) <= FALLBACK_BYTES and _ENTRY_MARKUP.search(body) is not None
