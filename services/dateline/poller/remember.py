"""What a feed's state takes over from a body that was read, besides the seen ring: pace, address, and whether to trust its 304."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from dateline.poller import moves
from dateline.poller.rate import paced
from dateline.poller.schedule import has_lied, may_have_missed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dateline.events import FeedPlan, FeedState
    from dateline.poller.document import Document


class Remembered(NamedTuple):
    """The new state. `missed`: entries may have left the document unseen. `lied`: its 304 are not believed from now on."""

    state: FeedState
    missed: bool = False
    lied: bool = False


def remember(
    before: FeedState,
    plan: FeedPlan | None,
    decided: FeedState,
    document: Document,
    *,
    new: Sequence[datetime | None],
    scope: str,
    moved_to: str | None,
    served_by: str | None,
    found: str | None,
    unconditional: bool,
    now: datetime,
) -> Remembered:
    """The state after a document was decided, from the one before it, the plan that led to the visit and the state as decided.

    `new` are the publication dates of the entries that the document brought, null where unknown; `unconditional` visits sent no
    validators; `moved_to` is where permanent redirects alone led, null where there were none, `served_by` what answered where that is
    not the address that was visited, `found` where the feed was found anew after its address gave a page, null where that was not
    needed. `now` is aware UTC.
    """
    entries = len(document.entries)
    lied = unconditional and not before.distrusted and has_lied(plan, _earliest_since_body(new, plan))
    state = replace(
        decided,
        **paced(before, document, len(new), now)._asdict(),
        url=before.url,
        served_by=served_by,
        move=before.move,
        distrusted=before.distrusted or lied,
    )
    if found is not None:
        return Remembered(moves.found_anew(state, found, now=int(now.timestamp())), may_have_missed(before, entries, len(new)))
    state = moves.after_answer(state, moved_to, scope=scope, same_entries=len(new) < entries, now=int(now.timestamp()))
    return Remembered(state, may_have_missed(before, entries, len(new)), lied)


def _earliest_since_body(new: Sequence[datetime | None], plan: FeedPlan | None) -> float | None:
    """The earliest of these dates that is later than the last body, Unix seconds; None where there is none."""
    body_at = plan.body_at if plan is not None else 0
    return min((date.timestamp() for date in new if date is not None and date.timestamp() > body_at), default=None)
