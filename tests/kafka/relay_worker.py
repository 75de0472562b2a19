"""A plain relay as a process of its own: `in` to `out` through log/, with a pause inside each transaction.

The pause widens the window between sending and committing, so that a kill hits it. `--own-ids` is the control: transactional ids
that belong to the process and not to the partition, which nobody fences; a checker worth its name finds duplicates then.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from typing import Any

from faststream import Context

from dateline.log.client import Cluster, CommittedOffsets, KafkaPartitionLog
from dateline.log.handlers import Handler, Outcomes, batches, publishes, stream_broker
from dateline.log.port import Output
from dateline.log.service import Service
from dateline.log.task import StreamTask
from dateline.settings import KafkaSettings

broker = stream_broker()


@publishes(broker, "out")
@batches(broker, "in")
async def relay(records: Any, state: Any = Context("state")) -> Any:
    return Outcomes([(Output("out", record.key, record.value),) for record in records])


class PausingLog(KafkaPartitionLog):
    """Waits between sending and committing."""

    pause_seconds = 0.0

    async def commit(self, offset: int | None, **options: Any) -> None:
        await asyncio.sleep(self.pause_seconds)
        await super().commit(offset, **options)


class UnfencedLog(PausingLog):
    """The control: its producer's id belongs to the process."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._transactional_id = f"{self._transactional_id}.{os.getpid()}"


async def main(arguments: argparse.Namespace) -> None:
    cluster = Cluster(KafkaSettings(bootstrap=arguments.bootstrap, topic_prefix=arguments.prefix))
    offsets = CommittedOffsets(cluster)
    kind = UnfencedLog if arguments.own_ids else PausingLog
    kind.pause_seconds = arguments.pause_ms / 1000
    handler = Handler(broker)
    await handler.start()

    def make_task(partition: int) -> StreamTask:
        return StreamTask(
            lambda: kind(cluster, offsets, service="relay", topic="in", partition=partition),
            partition,
            service="relay",
            topic="in",
            handler=handler,
        )

    await Service(cluster, name="relay", topic="in", make_task=make_task).run()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("bootstrap")
    parser.add_argument("prefix")
    parser.add_argument("--pause-ms", type=float, default=0)
    parser.add_argument("--own-ids", action="store_true")
    asyncio.run(main(parser.parse_args()))
