"""Rules about conditional requests: validators are opaque, are sent back, and advance only with a body that was read."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from .rule import FEED, Asked, Broken, Kept, Pace, Reply, Rule, Verdict, at_path, document, ok, times, too_few

if TYPE_CHECKING:
    from collections.abc import Sequence

DATE = "Thu, 05 Mar 2026 10:00:00 GMT"
# All of them are valid (RFC 9110 §8.8.3) but the last two, which publishers serve all the same.
ODD_TAGS = ('W/"ferry-1"', '"a,b;c=d"', '"c:\\news\\7"', '""', "no-quotes", '"left-open')
ODD_DATES = ("yesterday at noon", "2026-03-05 10:00:00", "Thu, 5 Mar 2026 11:00:00 +0100", "0", "1772704800", DATE)
_SENT_AS = {"Etag": "if-none-match", "Last-Modified": "if-modified-since"}


def _sent_back(asked: Sequence[Asked], header: str) -> list[tuple[str, str | None]]:
    """For every answer but the last: the validator it gave and what the next request sent."""
    return [(before.reply.headers[header], after.headers.get(_SENT_AS[header])) for before, after in pairwise(asked)]


class _Opaque(Rule):
    """Every answer has another odd validator."""

    source = "RFC 9110 §8.8.3, §13.1.2"
    header = "Etag"
    values: tuple[str, ...] = ODD_TAGS

    def reply(self, ask: Asked, earlier: Sequence[Asked], pace: Pace) -> Reply:
        polls = len(at_path(earlier))
        return Reply(headers={self.header: self.values[polls % len(self.values)]}, body=document(ask, polls + 1))

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        polls = at_path(asked)
        for given, sent in _sent_back(polls, self.header):
            if sent != given:
                return Broken(f"{given} came back as {sent or 'nothing'}")
        return too_few(polls, 3) or Kept(f"{times(len(polls) - 1, 'validator')} came back as given")


class OpaqueTags(_Opaque):
    name = "opaque ETag"
    says = "An ETag is sent back as it was given, weak or oddly quoted."


class OpaqueDates(_Opaque):
    name = "opaque Last-Modified"
    says = "Last-Modified is sent back as it was given, be it a date or not."
    source = "RFC 9110 §8.8.2, §13.1.3; practice: servers compare it letter by letter"
    header = "Last-Modified"
    values = ODD_DATES


class Both(Rule):
    name = "both validators"
    says = "If-None-Match and If-Modified-Since are both sent where both were given."
    source = "RFC 9111 §4.3.1"

    def reply(self, ask: Asked, earlier: Sequence[Asked], pace: Pace) -> Reply:
        if ask.headers.get("if-none-match") == '"ferry"':
            return Reply(status=304, headers={"Etag": '"ferry"', "Last-Modified": DATE})
        return ok(document(ask), etag='"ferry"', last_modified=DATE)

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        polls = at_path(asked)
        for ask in polls[1:]:
            missing = [name for name in _SENT_AS.values() if name not in ask.headers]
            if missing:
                return Broken(f"a request without {' and '.join(missing)}")
        return too_few(polls, 2) or Kept(f"both in {times(len(polls) - 1)}")


class AfterNotModified(Rule):
    name = "conditional after 304"
    says = "After a 304 requests stay conditional, with the validators of the body or those that the 304 states."
    source = "RFC 9110 §15.4.5, RFC 9111 §4.3.4"

    def reply(self, ask: Asked, earlier: Sequence[Asked], pace: Pace) -> Reply:
        if "if-none-match" not in ask.headers:
            return ok(document(ask), etag='"ferry-1"')
        # The second 304 states another tag, as servers behind a balancer do.
        return Reply(status=304, headers={"Etag": '"ferry-2"'} if len(at_path(earlier)) == 2 else {})

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        polls = at_path(asked)
        for count, ask in enumerate(polls[1:], start=1):
            sent = ask.headers.get("if-none-match")
            if sent not in (('"ferry-1"', '"ferry-2"') if count > 2 else ('"ferry-1"',)):
                return Broken(f"request {count + 1} had {sent or 'no validator'}")
        return too_few(polls, 4) or Kept(f"{times(len(polls) - 1)} conditional")


class SameBody(Rule):
    name = "new ETag, same body"
    says = "Where the body is the same and its ETag new, the new one is sent back."
    source = "RFC 9111 §4.3.3; feedbin #726"

    def reply(self, ask: Asked, earlier: Sequence[Asked], pace: Pace) -> Reply:
        return ok(document(ask), etag=f'"ferry-{len(at_path(earlier))}"')

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        polls = at_path(asked)
        for given, sent in _sent_back(polls, "Etag"):
            if sent != given:
                return Broken(f"after {given} came {sent or 'nothing'}")
        return too_few(polls, 3) or Kept(f"{times(len(polls) - 1, 'new tag')} came back")


class Unreadable(Rule):
    name = "unreadable body"
    says = "The validators of a body that is no feed are not sent back: what was read before is what the poller has."
    source = "RFC 9110 §13.1.2: a validator stands for what the client has"

    def reply(self, ask: Asked, earlier: Sequence[Asked], pace: Pace) -> Reply:
        polls = len(at_path(earlier))
        tag = f'"ferry-{polls}"'
        return ok(document(ask, polls), etag=tag) if polls % 2 else ok(b"The ferry is being painted.", etag=tag)

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        polls = at_path(asked)
        read: str | None = None
        for before, after in pairwise(polls):
            given, sent = before.reply.headers["Etag"], after.headers.get("if-none-match")
            if before.reply.body.startswith(b"<?xml"):
                read = given
            if sent not in (read, None):
                return Broken(f"{sent} came back, the tag of a body that is no feed")
        return too_few(polls, 2) or Kept(f"{times(len(polls))}, none with the tag of a body that is no feed")


class NothingInvented(Rule):
    name = "no invented validators"
    says = "Where no validators were given, none are sent."
    source = "RFC 9110 §13.1.2, §13.1.3; FreshRSS #6056"

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        polls = at_path(asked, FEED)
        for ask in polls:
            for name in _SENT_AS.values():
                if name in ask.headers:
                    return Broken(f"{name}: {ask.headers[name]}")
        return too_few(polls, 2) or Kept(f"none in {times(len(polls))}")


RULES: tuple[Rule, ...] = (OpaqueTags(), OpaqueDates(), Both(), AfterNotModified(), SameBody(), Unreadable(), NothingInvented())
