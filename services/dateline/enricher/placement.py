"""On which partition of `articles.enriched` a language group stands."""

from __future__ import annotations

__all__ = ["partition_of_group"]

# The largest news languages in falling order, dealt out to the partitions in turn, so that no two large ones meet while
# there is room. The order is part of the contract: moving a group would tear its stories apart.
LARGEST_GROUPS = (
    *("en", "es", "ru", "de", "fr", "ar", "pt", "zh", "it", "tr", "ja", "fa"),
    *("pl", "ko", "ms", "nl", "uk", "el", "ro", "hi", "cs", "vi", "hbs", "hu"),
)
_POSITIONS = {group: position for position, group in enumerate(LARGEST_GROUPS)}


def partition_of_group(group: str, partitions: int) -> int | None:
    """The partition of one of the 24 largest groups; null for the others, which their key places (murmur2)."""
    position = _POSITIONS.get(group)
    return None if position is None else position % partitions
