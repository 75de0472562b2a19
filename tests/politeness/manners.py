"""Rules about single requests: what they say of the poller, what they carry, what they take, and what they never touch."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING

from .rule import FEED, ROBOTS, Asked, Broken, Drip, Kept, NotShown, Pace, Reply, Rule, Verdict, at_path, document, gaps, ok, times, too_few

if TYPE_CHECKING:
    from collections.abc import Sequence

# product/version (RFC 9110 §10.1.5); the product is a token (§5.6.2).
_PRODUCT = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+/\d[\w.+-]*")
# A body a second and more late, and still not at its end when a patient poller has given it up.
SLOW_PIECES_A_SECOND = 4
# A body over the limit is sent in so many pieces, over about two seconds, so that giving it up shows.
LONG_PIECES, LONG_PAUSE_SECONDS = 64, 0.03
TIMES_TOO_LONG = 8


class Cookies(Rule):
    name = "no cookies"
    says = "Cookies are not sent back."
    source = "RFC 6265 §5.4 (the Cookie header is the user agent's choice); a poller is nobody to be recognised"

    def reply(self, ask: Asked, earlier: Sequence[Asked], pace: Pace) -> Reply:
        return ok(document(ask), set_cookie="reader=ferry-7; Path=/; Max-Age=86400")

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        for ask in asked:
            if "cookie" in ask.headers:
                return Broken(f"Cookie: {ask.headers['cookie']}")
        return too_few(asked, 2) or Kept(f"none in {times(len(asked))}")


class Agent(Rule):
    name = "User-Agent"
    says = "User-Agent names product and version, and where to write to if that was told to the poller."
    source = "RFC 9110 §10.1.5"
    everywhere = True

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        agents = sorted({ask.headers.get("user-agent", "") for ask in asked})
        for agent in agents:
            if not _PRODUCT.match(agent):
                return Broken(f"{agent or 'nothing'}: no product with a version")
            if pace.contact is not None and pace.contact not in agent:
                return Broken(f"{agent}: no contact")
        return too_few(asked, 1) or Kept(", ".join(agents))


class Gzip(Rule):
    name = "gzip"
    says = "gzip is asked for, and a body in gzip is read: the next request has its ETag."
    source = "RFC 9110 §12.5.3, §8.4.1.3"

    def reply(self, ask: Asked, earlier: Sequence[Asked], pace: Pace) -> Reply:
        answer = ok(document(ask), etag='"ferry"')
        if not _takes_gzip(ask):
            return answer
        return Reply(headers={**answer.headers, "Content-Encoding": "gzip"}, body=gzip.compress(answer.body))

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        polls = at_path(asked)
        for ask in polls:
            if not _takes_gzip(ask):
                return Broken(f"Accept-Encoding: {ask.headers.get('accept-encoding', 'nothing')}")
        for ask in polls[1:]:
            if ask.headers.get("if-none-match") != '"ferry"':
                return Broken("the body in gzip was not read: its ETag did not come back")
        return too_few(polls, 2) or Kept(polls[0].headers["accept-encoding"])


def _takes_gzip(ask: Asked) -> bool:
    codings = [coding.replace(" ", "").lower() for coding in ask.headers.get("accept-encoding", "").split(",")]
    return any(coding.partition(";")[0] in ("gzip", "x-gzip") and not re.search(r";q=0(\.0*)?$", coding) for coding in codings)


class OnlyGet(Rule):
    name = "only GET"
    says = "Nothing but GET is sent: a visit is one request."
    source = "RFC 9110 §9.2.1, §9.3.1"
    everywhere = True

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        others = sorted({ask.method for ask in asked} - {"GET"})
        return Broken(", ".join(others)) if others else too_few(asked, 1) or Kept(f"{times(len(asked))} with GET")


class Fragment(Rule):
    name = "no fragment"
    says = "The fragment of an address is not sent."
    source = "RFC 9110 §7.1, RFC 3986 §3.5"
    feeds = (FEED + "#latest",)

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        for ask in asked:
            if "#" in ask.target or "%23" in ask.target:
                return Broken(ask.target)
        return too_few(at_path(asked), 1) or Kept(at_path(asked)[0].target)


class Host(Rule):
    name = "Host"
    says = "Host says the host and port that are called."
    source = "RFC 9110 §7.2"
    everywhere = True

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        for ask in asked:
            if ask.headers.get("host") != f"{ask.address}:{ask.port}":
                return Broken(f"{ask.headers.get('host', 'nothing')} at {ask.address}:{ask.port}")
        return too_few(asked, 1) or Kept(f"right in {times(len(asked))}")


class _GivenUp(Rule):
    """A body that no poller should wait for or take; given up, it is an error that moves the next visit."""

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        polls = [ask for ask in at_path(asked) if ask.ended is not None]
        if any(not ask.given_up for ask in polls):
            return Broken("the body was taken to its end")
        soonest = min(gaps(polls), default=pace.interval_seconds)
        if soonest < pace.interval_seconds * 0.7:
            return Broken(f"given up, and asked for again after {soonest:.1f} s")
        lasted = max(((ask.ended or ask.at) - ask.at for ask in polls), default=0.0)
        return too_few(polls, 1) or Kept(f"given up after {lasted:.1f} s, {times(len(polls), 'visit')}")


class Slow(_GivenUp):
    name = "slow body"
    says = "A body that trickles in is given up when the poller's time for a visit is over, and counts as a visit."
    source = "practice: Miniflux 2.3.3 takes such a feed again at every tick, lemon24/reader 3.26 waits for its end"

    def reply(self, ask: Asked, earlier: Sequence[Asked], pace: Pace) -> Reply:
        count = int((pace.timeout_seconds + 3.0) * SLOW_PIECES_A_SECOND)
        return Reply(headers={"Content-Type": "application/rss+xml"}, drip=Drip(b"<", count, 1 / SLOW_PIECES_A_SECOND))


class Long(_GivenUp):
    name = "oversized body"
    says = "A body over the poller's limit is given up, and counts as a visit."
    source = "practice: Miniflux 2.3.3 takes such a feed again at every tick, lemon24/reader 3.26 waits for its end"

    def reply(self, ask: Asked, earlier: Sequence[Asked], pace: Pace) -> Reply:
        piece = b" " * (pace.most_bytes * TIMES_TOO_LONG // LONG_PIECES)
        return Reply(headers={"Content-Type": "application/rss+xml"}, drip=Drip(piece, LONG_PIECES, LONG_PAUSE_SECONDS))


class _Robots(Rule):
    """A feed whose pages robots.txt speaks of. That it closes the feed too is nothing to a feed that was asked for by name."""

    feeds = (FEED,)
    pages = True
    optional = True
    closed = "/closed/"

    def reply(self, ask: Asked, earlier: Sequence[Asked], pace: Pace) -> Reply:
        if at_path([ask]):
            return ok(document(ask, paths=["/open/1", f"{self.closed}1"]))
        return Reply(headers={"Content-Type": "text/html"}, body=b"<!doctype html><title>Ferry</title><p>The ferry sails again.</p>")

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        pages = [ask for ask in asked if ask.target.startswith(("/open/", self.closed))]
        robots = at_path(asked, ROBOTS)
        for page in pages:
            if page.target.startswith(self.closed):
                return Broken(f"{page.target} was asked for")
        if pages and (not robots or robots[0].at > pages[0].at):
            return Broken(f"{pages[0].target} was asked for before robots.txt")
        if len(robots) > 1:
            return Broken(f"robots.txt was asked for {len(robots)} times")
        if not robots:
            return NotShown("no linked page was asked for")
        return Kept(f"{times(len(pages), 'page')}, none of them closed, and robots.txt once")


class RobotsRules(_Robots):
    name = "robots.txt for pages"
    says = "Linked pages that robots.txt closes are not fetched; it is asked for first, and once."
    source = "RFC 9309 §2.2, §2.4"
    robots = Reply(headers={"Content-Type": "text/plain"}, body=b"User-agent: *\nDisallow: /\nAllow: /open/\n")


class RobotsAway(_Robots):
    name = "robots.txt away"
    says = "Where robots.txt answers with an error of the server, every linked page is closed."
    source = "RFC 9309 §2.3.1.4"
    closed = "/"
    robots = Reply(status=503)

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        pages = [ask.target for ask in asked if ask.target not in (ROBOTS, FEED)]
        if pages:
            return Broken(f"{pages[0]} was asked for")
        if not at_path(asked, ROBOTS):
            return NotShown("no linked page was asked for")
        return Kept("no page was asked for")


class RobotsOnly(Rule):
    name = "feeds without robots.txt"
    says = "Polling a feed takes no request for robots.txt: who asked for it by name is no crawler."
    source = "RFC 9309 §1 (rules for automatic clients known as crawlers)"

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        robots, polls = at_path(asked, ROBOTS), at_path(asked)
        if len(robots) > 1:
            return Broken(f"robots.txt was asked for {len(robots)} times with {times(len(polls))}")
        return too_few(polls, 2) or Kept(f"{times(len(polls))}, robots.txt {'once' if robots else 'never'}")


RULES: tuple[Rule, ...] = (
    Cookies(),
    Agent(),
    Gzip(),
    OnlyGet(),
    Fragment(),
    Host(),
    Slow(),
    Long(),
    RobotsRules(),
    RobotsAway(),
    RobotsOnly(),
)
