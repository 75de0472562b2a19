"""Which tasks are opened and closed after a join: kept ones run on, fenced ones wait for a later join."""

from dateline.log.service import Changes, plan_tasks


def changes(*, close=(), open=()):  # noqa: A002 - the word of the plan
    return Changes(frozenset(close), frozenset(open))


def test_what_is_assigned_is_opened():
    assert plan_tasks({0, 1}, set(), {}, joins=1, lapsed=False) == changes(open={0, 1})


def test_what_is_kept_runs_on_and_what_is_gone_is_closed():
    assert plan_tasks({1, 2}, {0, 1}, {}, joins=2, lapsed=False) == changes(close={0}, open={2})


def test_a_fenced_task_is_not_reopened_by_the_join_it_was_fenced_in():
    assert plan_tasks({0, 1}, {1}, {0: 3}, joins=3, lapsed=False) == changes()


def test_a_fenced_task_is_reopened_by_a_later_join_that_assigns_it():
    assert plan_tasks({0, 1}, {1}, {0: 3}, joins=4, lapsed=False) == changes(open={0})


def test_a_fenced_task_stays_closed_when_the_later_join_gives_it_to_another():
    assert plan_tasks({1}, {1}, {0: 3}, joins=4, lapsed=False) == changes()


def test_after_a_lapse_even_kept_tasks_take_their_lease_anew():
    assert plan_tasks({0, 1}, {0, 1, 2}, {}, joins=2, lapsed=True) == changes(close={0, 1, 2}, open={0, 1})


def test_a_lapse_reopens_no_task_that_was_fenced_in_this_very_join():
    assert plan_tasks({0, 1}, {1}, {0: 2}, joins=2, lapsed=True) == changes(close={1}, open={1})


def test_two_members_that_believe_in_one_assignment_do_not_duel():
    """Each fence ends the other's task; without a join neither opens it again, so there is one fence and no second."""
    fences = 0
    for _ in range(10):
        opened = plan_tasks({0}, set(), {0: 5}, joins=5, lapsed=False).open
        fences += len(opened)
    assert fences == 0
