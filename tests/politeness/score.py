"""The score of a run: a mark for every rule that was kept, and a table that says what was seen."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.sax.saxutils import quoteattr

from . import conditional, manners, pacing, redirects
from .rule import Asked, Kept, NotShown, Pace, Rule, Verdict
from .server import ListedFeed, Publishers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    # Polls these feeds until it is cancelled.
    Poller = Callable[[Sequence[ListedFeed], Pace], Awaitable[None]]

RULES: tuple[Rule, ...] = conditional.RULES + pacing.RULES + redirects.RULES + manners.RULES
_SEEN_CHARACTERS = 90


class Mark(NamedTuple):
    """What a rule gave. No points where a situation that is optional never came up."""

    rule: Rule
    verdict: Verdict

    @property
    def points(self) -> int | None:
        """1, 0 or null."""
        if isinstance(self.verdict, NotShown) and self.rule.optional:
            return None
        return int(isinstance(self.verdict, Kept))


class Score(NamedTuple):
    """All marks of a run."""

    marks: list[Mark]

    @property
    def points(self) -> int:
        return sum(mark.points or 0 for mark in self.marks)

    @property
    def most(self) -> int:
        """What full marks are, without the rules that did not apply."""
        return sum(mark.points is not None for mark in self.marks)

    @property
    def full(self) -> bool:
        return self.points == self.most

    def named(self, points: int | None) -> set[str]:
        """The rules with so many points."""
        return {mark.rule.name for mark in self.marks if mark.points == points}

    def table(self) -> str:
        """For people."""
        width = max(len(mark.rule.name) for mark in self.marks)
        lines = [f"{'rule':{width}}  points  seen"]
        for rule, verdict in self.marks:
            points = Mark(rule, verdict).points
            unsure = "not shown: " if isinstance(verdict, NotShown) else ""
            lines.append(f"{rule.name:{width}}  {'n/a' if points is None else points:>6}  {(unsure + verdict.seen)[:_SEEN_CHARACTERS]}")
            if points == 0:
                lines.append(f"{'':{width}}          {rule.says} ({rule.source})")
        return "\n".join([*lines, "", f"{self.points} of {self.most}"])

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        rules = [
            {
                "rule": mark.rule.name,
                "says": mark.rule.says,
                "source": mark.rule.source,
                "points": mark.points,
                "verdict": type(mark.verdict).__name__,
                "seen": mark.verdict.seen,
            }
            for mark in self.marks
        ]
        return {"points": self.points, "of": self.most, "rules": rules}


def judge(publishers: Publishers, asked: Sequence[Asked]) -> Score:
    """The marks for what was asked."""
    return Score(
        [
            Mark(rule, rule.judge([ask for ask in asked if rule.everywhere or ask.address in addresses], publishers.pace))
            for rule, addresses in publishers.places
        ]
    )


async def run(poller: Poller, pace: Pace, rules: Sequence[Rule] = RULES) -> Score:
    """Let a poller poll for `pace.seconds`. Raises what the poller raises."""
    publishers = Publishers(rules, pace)
    async with publishers.open():
        polling = asyncio.ensure_future(poller(publishers.feeds(), pace))
        try:
            await asyncio.wait({polling}, timeout=pace.seconds)
            asked = publishers.asked()
            if polling.done():
                polling.result()
                raise RuntimeError("the poller ended before its time")
        finally:
            polling.cancel()
            await asyncio.wait({polling})
    return judge(publishers, asked)


def opml(feeds: Sequence[ListedFeed]) -> str:
    """The feeds as OPML 2.0, for a poller that is none of ours."""
    outlines = "".join(f"<outline type='rss' text={quoteattr(feed.rule.name)} xmlUrl={quoteattr(feed.url)}/>\n" for feed in feeds)
    return f"<?xml version='1.0'?>\n<opml version='2.0'><head><title>Politeness</title></head><body>\n{outlines}</body></opml>\n"
