"""Rules about redirects: followed, not adopted in haste, not for ever, and without what opens the first origin."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from .rule import FEED, Asked, Broken, Kept, NotShown, Pace, Reply, Rule, Verdict, at_path, document, ok, times, too_few

if TYPE_CHECKING:
    from collections.abc import Sequence

TARGET = "/moved/feed.xml"
# One visit and five redirects, as RFC 2068 §10.3 bounded them; peers take 10 to 31.
MOST_REQUESTS = 6


class _Redirected(Rule):
    """The feed's address leads to another on the same site."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.name = f"{status} followed"

    def reply(self, ask: Asked, earlier: Sequence[Asked], pace: Pace) -> Reply:
        if at_path([ask], FEED):
            return Reply(status=self.status, headers={"Location": TARGET})
        return ok(document(ask))


class Permanent(_Redirected):
    says = "A permanent redirect is followed; whether and when it is adopted is the poller's affair."

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.source = "RFC 9110 §15.4.2" if status == 301 else "RFC 9110 §15.4.9"

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        reached = at_path(asked, TARGET)
        if not reached:
            return too_few(at_path(asked), 1) or Broken("the new address was not asked for")
        return Kept(f"the new address was asked {times(len(reached), 'time')}")


class Temporary(_Redirected):
    says = "A temporary redirect is followed, and the next visit begins at the feed's own address."

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.name += ", not adopted"
        self.source = {302: "RFC 9110 §15.4.3", 303: "RFC 9110 §15.4.4", 307: "RFC 9110 §15.4.8"}[status]

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        own, reached = at_path(asked), at_path(asked, TARGET)
        if not reached:
            return too_few(own, 1) or Broken("the new address was not asked for")
        if len(reached) > len(own):
            return Broken(f"the new address was asked {times(len(reached), 'time')}, the feed's own only {len(own)}")
        return too_few(own, 2) or Kept(f"{times(len(own), 'visit')} began at the feed's own address")


class Loop(Rule):
    name = "redirect loop"
    says = f"A chain of redirects without end costs at most {MOST_REQUESTS} requests a visit, and is not tried again at once."
    source = "RFC 9110 §15.4; the number is that of RFC 2068 §10.3"

    def reply(self, ask: Asked, earlier: Sequence[Asked], pace: Pace) -> Reply:
        return Reply(status=302, headers={"Location": f"/hop/{len(earlier)}"})

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        starts = [index for index, ask in enumerate(asked) if at_path([ask])]
        if not starts:
            return NotShown("the feed was not asked for")
        longest = max(end - start for start, end in pairwise([*starts, len(asked)]))
        if longest > MOST_REQUESTS:
            return Broken(f"{longest} requests in one visit")
        for start in starts[1:]:
            pause = asked[start].at - asked[start - 1].at  # since the last hop
            if pause < pace.interval_seconds * 0.7:
                return Broken(f"tried again after {pause:.1f} s")
        return Kept(f"at most {longest} requests a visit, {times(len(starts), 'visit')}")


class Credentials(Rule):
    name = "credentials stay at home"
    says = "What opens the feed is not sent to another origin that it redirects to."
    source = "RFC 9110 §15.4, §11.6.2"
    sites = 2
    userinfo = "reader:tarn@"
    optional = True

    def reply(self, ask: Asked, earlier: Sequence[Asked], pace: Pace) -> Reply:
        if at_path([ask], TARGET):
            return ok(document(ask))
        if "authorization" not in ask.headers:
            return Reply(status=401, headers={"Www-Authenticate": 'Basic realm="ferry"'})
        return Reply(status=302, headers={"Location": f"http://{_next(ask.address)}:{ask.port}{TARGET}"})

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        if not any("authorization" in ask.headers for ask in at_path(asked)):
            return NotShown("the poller sent no credentials to the feed's own origin")
        reached = at_path(asked, TARGET)
        leaked = sum("authorization" in ask.headers for ask in reached)
        if leaked:
            return Broken(f"{leaked} of {times(len(reached))} to the other origin had Authorization")
        return too_few(reached, 1) or Kept(f"{times(len(reached))} to the other origin, none with Authorization")


def _next(address: str) -> str:
    """The second site of a rule: its addresses follow each other."""
    network, _, last = address.rpartition(".")
    return f"{network}.{int(last) + 1}"


RULES: tuple[Rule, ...] = (
    Permanent(301),
    Permanent(308),
    Temporary(302),
    Temporary(303),
    Temporary(307),
    Loop(),
    Credentials(),
)
