"""What a site's robots.txt lets us fetch (RFC 9309), read by Protego.

It holds for the pages that entries link to, which we go to of our own accord. It does not hold for feeds: those an operator has
named, and a publisher puts them up for programs that come again and again; RFC 9309 speaks of crawlers that find their way.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from protego import Protego

from dateline.poller.rights import PRODUCT

# RFC 9309 §2.5: at least so much must be read, and more need not be.
MOST_BYTES = 500 << 10
# RFC 9309 §2.4: no longer than a day.
MOST_CACHE_SECONDS = 86_400.0
# A publisher who says no-cache does not mean that every page should cost two requests.
LEAST_CACHE_SECONDS = 300.0
# One that cannot be had is asked for again sooner: until then nothing of the site is fetched.
RETRY_SECONDS = 600.0

_USER_AGENT = re.compile(r"\s*user[\s-]*agent[\s:]*([^#]*)", re.IGNORECASE)
# RFC 9309 §2.2.1: letters, "_" and "-"; what stands behind, a version or an address, is not compared.
_TOKEN = re.compile(r"[a-z_-]*", re.IGNORECASE)
_EVERYBODY = re.compile(r"\*+(?:\s|\Z)")
# An agent that is not us, in place of all the others.
_SOMEBODY = "User-agent: somebody-else"
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
_NO_STORE = re.compile(r"(?:^|[\s,])no-(?:store|cache)", re.IGNORECASE)
_MOST_SITEMAPS = 1000


class Robots(NamedTuple):
    """What one site allows us; `rules` is null where everything or nothing is allowed."""

    rules: Protego | None
    reachable: bool = True

    @classmethod
    def parse(cls, body: bytes) -> Robots:
        """The rules of a robots.txt; whatever is in it, this takes time by its length."""
        text = body[:MOST_BYTES].decode("utf-8-sig", "replace").replace("\0", "")
        if len(body) > MOST_BYTES:
            text = text.rpartition("\n")[0]  # half a rule may say the opposite
        return cls(Protego.parse("\n".join(map(_relevant, text.splitlines()))))

    @classmethod
    def absent(cls) -> Robots:
        """There is none (4xx): everything is allowed (RFC 9309 §2.3.1.3)."""
        return cls(None)

    @classmethod
    def unreachable(cls) -> Robots:
        """It cannot be had (5xx, no answer): nothing is allowed (RFC 9309 §2.3.1.4)."""
        return cls(None, reachable=False)

    def allows(self, url: str, agent: str = PRODUCT) -> bool:
        """Whether this address may be fetched; the longest rule that matches decides, and of two as long the one that allows."""
        if self.rules is None:
            return self.reachable
        try:
            urlsplit(url)
        except ValueError:  # an address that cannot be read is not fetched either, and Protego takes it for the site's root
            return False
        return bool(self.rules.can_fetch(url, agent))

    @property
    def crawl_delay_seconds(self) -> float | None:
        """How far apart visits should be, where the file asks for it; not in RFC 9309, but many publishers mean it."""
        return None if self.rules is None else self.rules.crawl_delay(PRODUCT)

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """Addresses of the sitemaps it names, as written."""
        return () if self.rules is None else tuple(self.rules.sitemaps)[:_MOST_SITEMAPS]


def cache_seconds(cache_control: str | None) -> float:
    """How long a robots.txt may be kept, by its Cache-Control, never longer than a day (RFC 9309 §2.4)."""
    if cache_control is None:
        return MOST_CACHE_SECONDS
    if _NO_STORE.search(cache_control):
        return LEAST_CACHE_SECONDS
    age = _MAX_AGE.search(cache_control)
    return MOST_CACHE_SECONDS if age is None else min(max(float(age[1]), LEAST_CACHE_SECONDS), MOST_CACHE_SECONDS)


def _relevant(line: str) -> str:
    """The line, with an agent as we read it, who is us, everybody or somebody else.

    Protego takes a name for ours that ours begins with, and for another's what has a version behind it; and it copies each rule for each
    of its agents.
    """
    agent = _USER_AGENT.match(line)
    if agent is None:
        return line
    if _EVERYBODY.match(agent[1]):
        return "User-agent: *"
    token = _TOKEN.match(agent[1].lstrip("*"))
    is_us = token is not None and token[0].lower() == PRODUCT
    return f"User-agent: {PRODUCT}" if is_us else _SOMEBODY
