"""How many examples a property test takes that wants another number than the usual hundred."""

from __future__ import annotations

from hypothesis import settings

# What the profile "dateline" takes, as hypothesis does by itself.
USUAL_EXAMPLES = 100


def examples(count: int) -> settings:
    """So many in a whole run, and in a quick one as much fewer as other tests take, five at least."""
    return settings(max_examples=max(5, count * settings().max_examples // USUAL_EXAMPLES))
