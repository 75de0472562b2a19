"""What a process says of itself: ready when it is at work, not while something is away, and gone when it has stalled."""

from __future__ import annotations

from types import SimpleNamespace

import orjson
import pytest

from dateline.errors import Stalled, TooLarge, Undecodable
from dateline.log.metrics import count_dead_letters
from dateline.log.task import TaskStatus
from dateline.ops.history import STEP_SECONDS
from dateline.ops.processes import read_status
from dateline.overview import Overview
from dateline.settings import OpsSettings


class Clocks:
    """Both clocks of a process; `turn` moves them and looks at the process once a second, while its broker answers or does not."""

    def __init__(self, overview, contact):
        self.seconds, self.overview, self.contact = 0.0, overview, contact

    def wall(self):
        return 1_767_225_600.0 + self.seconds

    def monotonic(self):
        return self.seconds

    def turn(self, seconds=1, *, broker=True, each=lambda: None):
        for _ in range(seconds):
            self.seconds += 1
            self.contact.answered_at = self.wall() if broker else self.contact.answered_at
            each()
            self.overview.look()


class FakeTask:
    """A task that is at work and has caught up."""

    patience_seconds = 300.0

    def __init__(self, partition, clocks):
        self.status = TaskStatus(partition, phase="running", position=10, stable=10, answered_at=clocks.wall(), progressed_at=0.0)

    @property
    def waits(self):
        return self.status.phase != "running" or self.status.lag_records > 0


@pytest.fixture
def contact():
    return SimpleNamespace(answered_at=None)


@pytest.fixture
def clocks(contact):
    clocks = Clocks(None, contact)
    peers = "http://other.example:8080, http://[::1]:8081/"
    clocks.overview = Overview(OpsSettings(peers=peers), ["sink"], contact, clock=clocks.wall, monotonic=clocks.monotonic)
    return clocks


def service(*tasks, joined=True, **shows):
    return SimpleNamespace(
        name="sink", topic="articles.enriched", partitions=6, joined=joined, tasks=lambda: list(tasks), metrics=None, shows=shows
    )


def checks(overview):
    return {check["name"]: check["ok"] for check in overview.ready()[1]["checks"]}


def test_a_process_at_work_is_ready(clocks):
    task = FakeTask(0, clocks)
    clocks.overview.services = [service(task)]
    assert clocks.overview.ready()[0] == 503
    clocks.turn()
    assert clocks.overview.ready()[0] == 200
    assert clocks.overview.ready()[1]["reason"] is None
    assert set(checks(clocks.overview).values()) == {True}


def test_a_process_is_not_ready_before_its_first_fetch_was_answered_though_a_broker_answers(clocks):
    task = FakeTask(0, clocks)
    task.status.answered_at = None
    clocks.overview.services = [service(task)]
    clocks.turn()
    code, body = clocks.overview.ready()
    assert (code, body["reason"]) == (503, "state: sink 0 has read nothing yet")
    task.status.answered_at = clocks.wall()
    clocks.turn()
    assert clocks.overview.ready()[0] == 200


def test_a_task_that_hears_nothing_of_its_partition_is_not_taken_for_one_that_has_caught_up(clocks):
    """A partition without a leader gives the client no error: nothing comes, and nothing seems to wait."""
    silent, heard = FakeTask(0, clocks), FakeTask(1, clocks)
    clocks.overview.services = [service(silent, heard)]

    def hear():
        heard.status.answered_at = clocks.wall()

    clocks.turn(60, each=hear)
    assert clocks.overview.ready()[0] == 200
    clocks.turn(each=hear)
    assert clocks.overview.ready() == (
        503,
        clocks.overview.ready()[1] | {"reason": "state: sink 0 has heard nothing of its partition for 61 s"},
    )
    silent.status.stable, silent.status.position = 9, 3
    clocks.turn()
    assert clocks.overview.ready()[0] == 200, "what waits is lag, and is told as such"


def test_a_process_that_starts_is_not_ready(clocks):
    clocks.turn()
    assert clocks.overview.ready()[0] == 503
    assert not any(ok for name, ok in checks(clocks.overview).items() if name not in ("broker", "output", "state"))


def test_a_standby_without_partitions_is_ready_and_says_so(clocks):
    clocks.overview.services = [service()]
    clocks.turn()
    code, body = clocks.overview.ready()
    assert code == 200
    assert "standing by: no partition is given to this process" in [check["detail"] for check in body["checks"]]


def test_a_process_that_has_not_joined_its_group_is_not_ready(clocks):
    clocks.overview.services = [service(joined=False)]
    clocks.turn()
    assert clocks.overview.ready()[1]["reason"] == "group: sink not joined yet"


def test_a_restore_shows_how_far_it_is(clocks):
    task = FakeTask(2, clocks)
    task.status.phase = "restoring 62 %"
    clocks.overview.services = [service(task)]
    clocks.turn()
    assert clocks.overview.ready()[1]["reason"] == "state: sink 2 restoring 62 %"


def test_restores_are_one_line_with_a_bar_and_none_once_they_are_done(clocks):
    tasks = [FakeTask(number, clocks) for number in range(8)]
    clocks.overview.services = [service(*tasks)]
    assert clocks.overview.restores() is None
    for number, task in enumerate(tasks[:7]):
        task.status.restores(number / 6)
    assert clocks.overview.restores() == f"restoring {'█' * 12}{' ' * 12} 50% · sink 0, sink 1, sink 2, sink 3, sink 4 and 2 more"


def test_many_partitions_that_wait_make_no_long_sentence(clocks):
    tasks = [FakeTask(partition, clocks) for partition in range(300)]
    for task in tasks:
        task.status.phase = "fencing"
    clocks.overview.services = [service(*tasks)]
    clocks.turn()
    assert clocks.overview.ready()[1]["reason"].endswith("sink 4 fencing and 295 more")


def test_a_broker_that_is_away_is_seen_within_three_periods_and_its_return_at_once(clocks):
    clocks.overview.services = [service(FakeTask(0, clocks))]
    clocks.turn(5)
    clocks.turn(15, broker=False)
    assert clocks.overview.ready()[0] == 200
    clocks.turn(2, broker=False)
    assert clocks.overview.ready()[1]["reason"].startswith("broker: no broker has answered for ")
    assert clocks.overview.live()[0] == 200
    clocks.turn()
    assert clocks.overview.ready()[0] == 200


def test_a_fetch_that_was_answered_counts_as_contact_too(clocks):
    task = FakeTask(0, clocks)
    clocks.overview.services = [service(task)]
    clocks.turn(100, broker=False, each=lambda: setattr(task.status, "answered_at", clocks.wall()))
    assert clocks.overview.ready()[0] == 200


def test_a_wedged_task_ends_the_process_with_70(clocks):
    task = FakeTask(3, clocks)
    task.status.stable = 15
    clocks.overview.services = [service(FakeTask(1, clocks), task)]
    clocks.turn(300)
    with pytest.raises(Stalled, match="sink 3 has work to do") as stalled:
        clocks.turn(2)
    assert stalled.value.exit_code == 70


def test_a_database_away_for_ten_minutes_is_not_ready_with_its_reason_and_ends_nothing(clocks):
    waiting, other = FakeTask(0, clocks), FakeTask(1, clocks)
    waiting.status.stable = other.status.stable = 15
    waiting.status.backoff = "the database refuses connections"
    clocks.overview.services = [service(waiting, other)]
    clocks.turn(600)
    assert clocks.overview.ready()[1]["reason"] == "output: sink 0: the database refuses connections"


def test_a_broker_away_for_ten_minutes_ends_nothing_though_records_are_known_to_wait(clocks):
    task = FakeTask(0, clocks)
    task.status.stable = 15
    clocks.overview.services = [service(task)]
    clocks.turn(10)
    clocks.turn(600, broker=False)
    assert clocks.overview.ready()[0] == 503


def test_a_process_that_stops_is_not_ready_at_once_and_does_not_stall(clocks):
    task = FakeTask(0, clocks)
    task.status.stable = 15
    clocks.overview.services = [service(task)]
    clocks.turn()
    clocks.overview.stopping = True
    assert clocks.overview.ready() == (503, clocks.overview.ready()[1])
    assert clocks.overview.ready()[1]["reason"] == "process: stopping"
    clocks.turn(400)


def test_a_process_that_looks_at_nothing_any_more_is_not_live(clocks):
    clocks.turn()
    assert clocks.overview.live()[0] == 200
    clocks.seconds += 31
    assert clocks.overview.live()[0] == 503


def test_the_status_is_json_and_tells_of_each_task_and_of_peers(clocks):
    task = FakeTask(4, clocks)
    task.status.stable, task.status.waiting_since = 13, clocks.wall() - 2.5
    clocks.overview.services = [service(task)]
    clocks.turn()
    status = orjson.loads(orjson.dumps(clocks.overview.status()))
    assert status["peers"] == ["http://other.example:8080", "http://[::1]:8081"]
    assert status["lag"] == {"lag_records": 3, "lag_seconds": 3.5}
    (shown,) = status["services"]["sink"]["tasks"]
    assert (shown["partition"], shown["phase"], shown["position"], shown["lag_records"], shown["lag_seconds"]) == (4, "running", 10, 3, 3.5)
    assert (status["feeds"], status["services"]["sink"]["partitions"], status["dead_letters_last_hour"]) == (None, 6, 0)


def test_dead_letters_stay_counted_though_their_partition_moves_away(clocks):
    task = FakeTask(0, clocks)
    clocks.overview.services = [service(task)]
    assert clocks.overview.status()["dead_letters"] == 0
    task.status.dead_letters += 2
    count_dead_letters([TooLarge(), Undecodable()])
    assert clocks.overview.status()["dead_letters"] == 2
    clocks.overview.services = [service()]
    assert clocks.overview.status()["dead_letters"] == 2


def test_a_task_tells_how_many_records_a_second_it_has_done_in_the_last_ten(clocks):
    task = FakeTask(4, clocks)
    clocks.overview.services = [service(task)]

    def rate():
        return clocks.overview.status()["services"]["sink"]["tasks"][0]["rate_per_second"]

    clocks.turn()
    assert rate() is None
    task.status.records = 25
    clocks.turn(10)
    assert rate() == 2.5
    clocks.turn(10)
    assert rate() == 0.0


def test_a_partition_that_has_gone_is_not_in_the_metrics_any_more(clocks):
    tasks = [FakeTask(0, clocks), FakeTask(1, clocks)]
    clocks.overview.services = [SimpleNamespace(**vars(service()) | {"tasks": lambda: tasks})]
    clocks.turn()
    line = 'dateline_kafka_lag_records{{partition="{}",topic="articles.enriched"}} 0.0'
    assert [line.format(number) in clocks.overview.metrics().decode() for number in (0, 1)] == [True, True]
    tasks.pop()
    assert [line.format(number) in clocks.overview.metrics().decode() for number in (0, 1)] == [True, False]


async def test_latest_events_of_several_services_come_latest_first_and_no_more_than_asked(clocks):
    async def some():
        return [{"at": 9}, {"at": 3}]

    async def one():
        return [{"at": 5}]

    clocks.overview.services = [service(events=some), service(events=one)]
    assert await clocks.overview.events(2) == {"events": [{"at": 9}, {"at": 5}]}


def test_the_hour_has_a_point_for_each_step(clocks):
    clocks.overview.services = [service(FakeTask(0, clocks))]
    clocks.turn(int(STEP_SECONDS) * 5 + 1)
    assert len(clocks.overview.history()["at"]) == 5


def test_a_task_whose_times_are_none_is_shown_without_them(clocks):
    task = FakeTask(0, clocks)
    task.status.committed_at = 1e18
    clocks.overview.services = [service(task)]
    (shown,) = clocks.overview.status()["services"]["sink"]["tasks"]
    assert (shown["committed_at"], shown["answered_at"] is not None) == (None, True)


def test_what_a_process_says_is_read_by_its_peers(clocks):
    counts = {"polled": 3, "failing": 0, "overdue": 1}
    clocks.overview.services = [service(FakeTask(0, clocks), feed_counts=lambda: counts)]
    clocks.turn(25)
    said = orjson.dumps(clocks.overview.status(), option=orjson.OPT_UTC_Z)
    assert read_status(said) == orjson.loads(said)
