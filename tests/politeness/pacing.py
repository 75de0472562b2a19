"""Rules about pace: how near to each other requests to one host are, and how long a publisher is left alone that asks for it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from .rule import Asked, Broken, Kept, NotShown, Pace, Reply, Rule, Verdict, at_path, document, gaps, http_date, ok, times, too_few

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CROWD = tuple(f"/section/{number}.xml" for number in range(6))
# More than two connections to one publisher is what scrapers do (RFC 2616 §8.1.4 named the number, RFC 9112 §9.4 the duty).
MOST_AT_ONCE = 2
# An answer reaches the poller before the server knows that it is complete.
SLACK_SECONDS = 0.05
# A date has whole seconds, and clocks of a busy machine are read late.
DATE_SLACK_SECONDS = 1.1
# Requests that were under way when the host asked for rest.
UNDER_WAY_SECONDS = 1.0


class Spacing(Rule):
    name = "spacing"
    says = "Requests to one host keep their distance: any four of them take at least two spacings, where three are due."
    source = "practice (Crawl-delay of robots.txt, never standardized)"
    feeds = CROWD

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        spans = [fourth.at - first.at for first, fourth in zip(asked, asked[3:], strict=False)]
        if not spans:
            return too_few(asked, 4) or NotShown("no four requests")
        if min(spans) < 2 * pace.spacing_seconds:
            return Broken(f"four requests in {min(spans):.2f} s")
        return Kept(f"four requests took at least {min(spans):.2f} s")


class Spread(Rule):
    name = "no thundering"
    says = "Feeds of one host that fall due together, as after a start, are spread."
    source = "practice: who starts anew must not ask for everything at once"
    feeds = CROWD

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        first = asked[: len(self.feeds)]
        if len(first) < len(self.feeds):
            return NotShown(f"{times(len(first))} of {len(self.feeds)}")
        took, due = first[-1].at - first[0].at, pace.spacing_seconds * (len(first) - 1)
        verdict = Broken if took < due / 2 else Kept
        return verdict(f"the first {len(first)} requests took {took:.2f} s")


class AtOnce(Rule):
    name = "two at once"
    says = f"At most {MOST_AT_ONCE} requests to one host are under way at the same time."
    source = "RFC 9112 §9.4; the number is that of RFC 2616 §8.1.4"
    feeds = CROWD

    def reply(self, ask: Asked, earlier: Sequence[Asked], pace: Pace) -> Reply:
        # So long that a poller which counts nothing would have four under way.
        return Reply(body=document(ask), delay_seconds=min(pace.spacing_seconds * 4, pace.timeout_seconds / 2))

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        most = _most_at_once(asked)
        if most > MOST_AT_ONCE:
            return Broken(f"{most} at once")
        return too_few(asked, 4) or Kept(f"at most {most} at once, {times(len(asked))}")


def _most_at_once(asked: Sequence[Asked]) -> int:
    changes = [(ask.at, 1) for ask in asked]
    changes += [(max(ask.at, ask.ended - SLACK_SECONDS), -1) for ask in asked if ask.ended is not None]
    under_way = most = 0
    for _, change in sorted(changes):
        under_way += change
        most = max(most, under_way)
    return most


class Turns(Rule):
    name = "a turn for every feed"
    says = "A limit per host delays its feeds and drops none of them."
    source = "practice: Miniflux 2.3.3 with a limit of 2 polls 2 of 300 feeds a round"
    feeds = CROWD

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        counts = {path: len(at_path(asked, path)) for path in self.feeds}
        if max(counts.values()) < 2:
            return NotShown("no feed was asked for twice")
        never = sum(count == 0 for count in counts.values())
        if never:
            return Broken(f"{never} of {len(counts)} feeds had no turn")
        return Kept(f"{min(counts.values())} to {max(counts.values())} requests for each of {len(counts)} feeds")


class Interval(Rule):
    name = "interval"
    says = "No address is asked for twice within the poller's own interval: one visit is one request."
    source = "practice: some ask twice whenever a feed is added"
    everywhere = True

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        last: dict[tuple[str, str], float] = {}
        nearest = float("inf")
        for ask in asked:
            place = ask.address, ask.target
            nearest = min(nearest, ask.at - last.get(place, float("-inf")))
            if ask.reply.status != 401:  # asking again with credentials is how those are asked for
                last[place] = ask.at
        if nearest < pace.interval_seconds * 0.7:
            return Broken(f"an address was asked for again after {nearest:.2f} s")
        return too_few(asked, 2) or Kept(f"never sooner than after {nearest:.2f} s")


class RetryAfter(Rule):
    says = "A feed that asks for time, in seconds or by a date, is left alone that long."

    def __init__(self, status: int, *, date: bool) -> None:
        self.status, self.date = status, date
        self.name = f"{status}, Retry-After {'a date' if date else 'in seconds'}"
        self.source = "RFC 9110 §10.2.3, " + ("RFC 6585 §4" if status == 429 else "RFC 9110 §15.6.4")

    def reply(self, ask: Asked, earlier: Sequence[Asked], pace: Pace) -> Reply:
        if at_path(earlier):
            return ok(document(ask))
        until = ask.moment + timedelta(seconds=pace.rest_seconds)
        return Reply(status=self.status, headers={"Retry-After": http_date(until) if self.date else str(pace.rest_seconds)})

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        return _left_alone(at_path(asked), pace.rest_seconds)


def _left_alone(polls: Sequence[Asked], seconds: float) -> Verdict:
    """Whether the second request came no sooner than that long after the first."""
    if not polls:
        return NotShown("the feed was not asked for")
    if len(polls) == 1:
        return Kept(f"not asked again in the run; {seconds:g} s were asked for")
    pause = polls[1].at - polls[0].at
    verdict = Broken if pause < seconds - DATE_SLACK_SECONDS else Kept
    return verdict(f"asked again after {pause:.1f} s; {seconds:g} s were asked for")


class HostRests(Rule):
    name = "the whole host rests"
    says = "When a second feed of a host asks for time, the host's other feeds are left alone too."
    source = "RFC 9110 §10.2.3; practice of FreshRSS since its #7760"
    feeds = CROWD[:4]

    def reply(self, ask: Asked, earlier: Sequence[Asked], pace: Pace) -> Reply:
        refusals = [before for before in earlier if before.reply.status == 503]
        asks_for_time = ask.target in self.feeds[:2] and not at_path(refusals, ask.target)
        return Reply(status=503, headers={"Retry-After": str(pace.rest_seconds)}) if asks_for_time else ok(document(ask))

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        refusals = [ask.at for ask in asked if ask.reply.status == 503]
        if len(refusals) < 2:
            return NotShown("fewer than two feeds were told to wait")
        begins, ends = refusals[1] + UNDER_WAY_SECONDS, refusals[0] + pace.rest_seconds - DATE_SLACK_SECONDS
        meanwhile = sum(begins < ask.at < ends for ask in asked)
        if meanwhile:
            return Broken(f"{times(meanwhile)} while the host had asked for {pace.rest_seconds} s")
        return Kept(f"no request for {pace.rest_seconds} s")


class BacksOff(Rule):
    name = "errors back off"
    says = "A feed that fails again and again is asked less and less often, and still asked."
    source = "RFC 9110 §15.6.1; practice of Media Cloud: never dropped"

    def reply(self, ask: Asked, earlier: Sequence[Asked], pace: Pace) -> Reply:
        return Reply(status=500)

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        pauses = gaps(at_path(asked))
        if len(pauses) < 3:
            return NotShown(f"{times(len(pauses) + bool(asked))} of the 4 that it takes to tell")
        # The end against the beginning: whole seconds and a start in the middle of one blur what lies between.
        third = max(1, len(pauses) // 3)
        early, late = sum(pauses[:third]) / third, sum(pauses[-third:]) / third
        shown = ", ".join(f"{pause:.1f}" for pause in pauses[:8])
        verdict = Kept if late >= 1.3 * max(early, pace.interval_seconds) else Broken
        return verdict(f"asked again after {shown} s")


class Gone(Rule):
    name = "410 is believed"
    says = "A feed that is gone for good is not asked for again soon."
    source = "RFC 9110 §15.5.11"

    def reply(self, ask: Asked, earlier: Sequence[Asked], pace: Pace) -> Reply:
        return Reply(status=410)

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        return _once(at_path(asked))


class Fresh(Rule):
    """A header of the first answer says how long it stays good; later answers say nothing."""

    def __init__(self, name: str, source: str, headers: Callable[[Asked, Pace], dict[str, str]]) -> None:
        self.name, self.source, self._headers = name, source, headers
        self.says = f"A feed is not asked for again while its last answer is fresh by {name}."

    def reply(self, ask: Asked, earlier: Sequence[Asked], pace: Pace) -> Reply:
        return ok(document(ask)) if at_path(earlier) else Reply(headers=self._headers(ask, pace), body=document(ask))

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        return _left_alone(at_path(asked), pace.rest_seconds)


class Channel(Rule):
    """The channel says when to come back; what it can say is longer than a run."""

    def __init__(self, name: str, source: str, head: Callable[[Asked], str]) -> None:
        self.name, self.source, self._head = name, source, head
        self.says = f"A channel's {name} is a lower bound: no second request within the run."

    def reply(self, ask: Asked, earlier: Sequence[Asked], pace: Pace) -> Reply:
        return ok(document(ask, head=self._head(ask)))

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        return _once(at_path(asked))


def _once(polls: Sequence[Asked]) -> Verdict:
    if not polls:
        return NotShown("the feed was not asked for")
    if len(polls) == 1:
        return Kept("one request in the run")
    return Broken(f"{times(len(polls))}, the second after {polls[1].at - polls[0].at:.1f} s")


def _max_age(_: Asked, pace: Pace) -> dict[str, str]:
    return {"Cache-Control": f"public, max-age={pace.rest_seconds}"}


def _expires(ask: Asked, pace: Pace) -> dict[str, str]:
    return {"Date": http_date(ask.moment), "Expires": http_date(ask.moment + timedelta(seconds=pace.rest_seconds))}


def _skip_hours(ask: Asked) -> str:
    """This hour and the next ones, in GMT: a run may pass from one into another."""
    hours = ((ask.moment + timedelta(hours=later)).hour for later in range(3))
    return f"<skipHours>{''.join(f'<hour>{hour}</hour>' for hour in hours)}</skipHours>"


def _skip_days(ask: Asked) -> str:
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    names = (days[(ask.moment.weekday() + later) % 7] for later in range(2))
    return f"<skipDays>{''.join(f'<day>{name}</day>' for name in names)}</skipDays>"


def _syndication(_: Asked) -> str:
    period = '<sy:updatePeriod xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">hourly</sy:updatePeriod>'
    return period + '<sy:updateFrequency xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">1</sy:updateFrequency>'


RULES: tuple[Rule, ...] = (
    Spacing(),
    Spread(),
    AtOnce(),
    Turns(),
    Interval(),
    RetryAfter(429, date=False),
    RetryAfter(429, date=True),
    RetryAfter(503, date=False),
    RetryAfter(503, date=True),
    HostRests(),
    BacksOff(),
    Gone(),
    Fresh("max-age", "RFC 9111 §5.2.2.1, §4.2", _max_age),
    Fresh("Expires", "RFC 9111 §5.3, §4.2", _expires),
    Channel("ttl", "RSS 2.0, <ttl>", lambda _: "<ttl>60</ttl>"),
    Channel("sy:updatePeriod", "RSS 1.0 module Syndication", _syndication),
    Channel("skipHours", "RSS 2.0, <skipHours>", _skip_hours),
    Channel("skipDays", "RSS 2.0, <skipDays>", _skip_days),
)
