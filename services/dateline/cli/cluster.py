"""The Kafka cluster that the settings name, for every command that asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dateline.log.client import Cluster


def cluster_of_settings() -> Cluster:
    """How to reach the log; nothing connects yet. ConfigurationError as `load_settings` says."""
    from dateline.log.client import Cluster
    from dateline.settings import load_settings

    return Cluster(load_settings().kafka)
