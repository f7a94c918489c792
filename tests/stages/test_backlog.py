"""The backlog: who joins it, who leaves it, and what a drain costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from headrace.errors import RecordUnreadable
from headrace.jobs.job import LAUNCHED, JobStatus, WaitReason
from headrace.launches.budget import LaunchRate
from headrace.stages.backlog import drain, launch_waiting, put_in_backlog
from headrace.stages.reconcile import reconcile
from headrace_local.ecs import Fate
from headrace_local.memory import MemoryDefinitions
from world import World

ONE_A_DAY = LaunchRate(per_second=1 / 86_400, burst=1)
HOUR = timedelta(hours=1)


def seconds(number):
    return timedelta(seconds=number)


@pytest.fixture
def world():
    world = World()
    world.runner.choose(Fate(run_seconds=None), times=None)
    return world


def some_steps():
    """Return a budget of time that ends, should a loop not end by itself."""
    left = iter([True] * 200)
    return lambda: next(left, False)


def backlog_of(world):
    return world.budget.reserve(0, now=world.clock.now()).backlog


def wait_behind(world, number, **changes):
    """Let jobs join the backlog while reconcile holds it; then let it go."""
    world.budget.hold(world.clock.now() + HOUR)
    jobs = [world.submit(idempotencyKey=f"k{n}", **changes) for n in range(number)]
    world.budget.hold(world.clock.now())
    return jobs


def scheduled(world, key="k", **changes):
    at = world.clock.now() + seconds(60)
    return world.submit(idempotencyKey=key, scheduledAt=at.isoformat(), **changes)


def now_of(world, job):
    return world.jobs.get(job.job_id)


def launched(world):
    return [job for job in world.jobs.jobs() if job.status in LAUNCHED]


def test_a_due_job_joins_the_backlog_where_it_is_known_and_visited(world):
    job = scheduled(world)
    world.pass_time(60)

    put_in_backlog(job, world.ports)

    waiting = now_of(world, job)
    assert (waiting.status, waiting.wait_reason, waiting.is_ready) == (
        JobStatus.RUNNABLE,
        WaitReason.LAUNCH_BUDGET,
        True,
    )
    assert waiting.not_before_at is None
    assert world.due_in(waiting) == seconds(1200)
    assert backlog_of(world).tenants == {"default"}


def test_a_job_of_the_backlog_is_looked_at_by_its_start_deadline(world):
    job = scheduled(world, startDeadlineSeconds=300)
    world.pass_time(60)

    put_in_backlog(job, world.ports)

    assert world.due_in(now_of(world, job)) == seconds(300)


@pytest.mark.parametrize("step", [put_in_backlog, launch_waiting])
def test_a_job_whose_deadline_has_passed_ends_instead(world, step):
    job = scheduled(world, startDeadlineSeconds=1)
    world.pass_time(61)

    step(job, world.ports, **({"owner": "me"} if step is launch_waiting else {}))

    assert now_of(world, job).status is JobStatus.EXPIRED
    assert world.tasks() == []


class SlowDefinitions(MemoryDefinitions):
    """A catalogue that takes a minute to answer."""

    def __init__(self, world):
        super().__init__()
        self.register(world.definitions.active(["report"])["report"])
        self.clock = world.clock

    def version(self, name, version):
        self.clock.advance(60)
        return super().version(name, version)


def test_a_job_whose_deadline_passes_while_its_definition_is_read_ends_instead(world):
    job = scheduled(world, startDeadlineSeconds=30)
    world.pass_time(60)
    slow = replace(world.ports, catalogue=SlowDefinitions(world))

    assert launch_waiting(job, slow, owner="me") is None

    assert now_of(world, job).status is JobStatus.EXPIRED
    assert world.tasks() == []


@pytest.mark.parametrize(
    ("refuse", "was_throttled"),
    [
        (lambda faults: None, False),
        (lambda faults: faults.throttle_next(1), True),
        (lambda faults: faults.refuse_next(1), False),
        (lambda faults: faults.lose_answer(1), False),
    ],
    ids=["started", "throttled", "full", "unanswered"],
)
def test_only_a_throttle_slows_a_drain_down(world, refuse, was_throttled):
    wait_behind(world, 3)
    refuse(world.engine.faults)
    before = world.clock.now()

    drain(world.ports, owner="me", has_time=some_steps())

    assert (world.clock.now() > before) is was_throttled


def test_a_job_that_may_not_start_yet_is_left_alone(world):
    job = scheduled(world)

    assert launch_waiting(job, world.ports, owner="me") is None
    assert now_of(world, job) == job


def test_a_drain_takes_more_than_a_block_and_wastes_no_time(world):
    wait_behind(world, 120, tenant="noisy")
    wait_behind(world, 1, tenant="quiet")
    before = world.clock.now()

    assert drain(world.ports, owner="me", has_time=some_steps()) == 121

    assert len(launched(world)) == 121
    assert world.clock.now() == before


def test_a_tenant_is_forgotten_once_its_jobs_have_settled(world):
    wait_behind(world, 1)
    drain(world.ports, owner="me", has_time=some_steps())
    assert backlog_of(world).tenants == {"default"}

    world.pass_time(91)
    drain(world.ports, owner="me", has_time=some_steps())

    assert backlog_of(world).tenants == frozenset()


def test_a_job_stored_after_a_drain_looked_is_launched_by_the_next(world, monkeypatch):
    accept = world.jobs.accept

    def drained_before(*args, **kwargs):
        drain(world.ports, owner="me", has_time=some_steps())
        return accept(*args, **kwargs)

    world.budget.hold(world.clock.now() + HOUR)
    with monkeypatch.context() as patch:
        patch.setattr(world.jobs, "accept", drained_before)
        job = world.submit()
    assert job.is_ready

    drain(world.ports, owner="me", has_time=some_steps())

    assert now_of(world, job).status in LAUNCHED


def test_a_throttled_backlog_is_not_overtaken(world):
    world.engine.faults.throttle_next(3)
    wait_behind(world, 3)

    drain(world.ports, owner="me", has_time=some_steps())

    assert launched(world) == []
    assert backlog_of(world).until_at > world.clock.now()


def test_a_launch_that_a_job_did_not_need_serves_the_next(monkeypatch):
    world = World(rate=LaunchRate(per_second=1 / 86_400, burst=2))
    world.runner.choose(Fate(run_seconds=None), times=None)
    gone, first, second = wait_behind(world, 3)
    world.cancel(gone)
    everybody = [job.job_id for job in (gone, first, second)]
    monkeypatch.setattr(world.jobs, "ready", lambda *_, **__: everybody)

    drain(world.ports, owner="me", has_time=some_steps())

    assert len(launched(world)) == 2


def test_jobs_that_cannot_be_launched_do_not_hide_the_rest(world, monkeypatch):
    jobs = wait_behind(world, 103)
    broken = {job.job_id for job in jobs[:100]}
    read = world.jobs.get

    def unreadable(job_id):
        if job_id in broken:
            raise RecordUnreadable(job_id)
        return read(job_id)

    monkeypatch.setattr(world.jobs, "get", unreadable)

    drain(world.ports, owner="me", has_time=some_steps())

    assert len(launched(world)) == 3


def test_a_drain_takes_no_job_twice_however_late_the_index_is(world, monkeypatch):
    jobs = wait_behind(world, 3)
    late = [job.job_id for job in jobs]
    monkeypatch.setattr(world.jobs, "ready", lambda *_, **__: [*late, "z" * 26])

    assert drain(world.ports, owner="me", has_time=some_steps()) == 4

    assert len(launched(world)) == 3
    assert world.signals.of("reconcile.job_failed") == []


def test_a_job_that_left_the_backlog_is_not_launched_from_it(world, monkeypatch):
    (job,) = wait_behind(world, 1)
    world.cancel(job)
    before = now_of(world, job)
    world.budget.enlist(frozenset({"default"}), now=world.clock.now())
    monkeypatch.setattr(world.jobs, "ready", lambda *_, **__: [job.job_id])

    drain(world.ports, owner="me", has_time=some_steps())

    assert now_of(world, job) == before


def test_a_broken_job_of_the_backlog_does_not_hold_up_the_others(world):
    bad, *_ = wait_behind(world, 3)
    world.jobs._jobs[bad.job_id] = replace(bad, job_version=7)  # nobody registered it

    assert drain(world.ports, owner="me", has_time=some_steps()) == 3

    assert len(launched(world)) == 2
    (told,) = world.signals.of("reconcile.job_failed")
    assert told.fields["job_id"] == bad.job_id
    assert told.fields["error"] == "RecordMissing"


def test_after_a_drain_that_did_not_finish_new_jobs_wait_behind_the_old_ones():
    world = World(rate=LaunchRate(per_second=1 / 30, burst=1))
    world.dispatch(*(world.message(idempotencyKey=f"k{n}") for n in range(6)))
    world.tick()
    world.pass_time(40)  # the bucket has a launch again

    new = world.submit(idempotencyKey="new")

    assert (new.status, new.is_ready) == (JobStatus.RUNNABLE, True)
    assert backlog_of(world).until_at > world.clock.now()


def test_after_a_drain_that_finished_new_jobs_are_launched_at_once(world):
    wait_behind(world, 3)
    drain(world.ports, owner="me", has_time=some_steps())

    assert world.submit(idempotencyKey="new").status is JobStatus.STARTING


def test_of_the_due_jobs_only_as_many_are_launched_as_the_budget_grants():
    world = World(rate=ONE_A_DAY)
    for n in range(3):
        scheduled(world, key=f"k{n}")
    world.pass_time(60)

    reconcile(world.ports, has_time=some_steps())

    assert [job.status for job in launched(world)] == [JobStatus.STARTING]
    assert len(world.tasks()) == 1
    waiting = [job for job in world.jobs.jobs() if job.is_ready]
    assert {job.wait_reason for job in waiting} == {WaitReason.LAUNCH_BUDGET}
    assert len(waiting) == 2


def test_a_due_job_is_launched_although_the_budget_holds_just_one():
    world = World(rate=ONE_A_DAY)
    job = scheduled(world)
    world.pass_time(60)

    reconcile(world.ports, has_time=some_steps())

    assert now_of(world, job).status is JobStatus.STARTING


def test_a_job_whose_visit_fails_is_visited_once_a_tick_and_stays_due(world):
    job = scheduled(world)
    bad = replace(job, job_version=7)  # nobody registered it
    world.jobs._jobs[job.job_id] = bad
    world.pass_time(60)

    tally = reconcile(world.ports, has_time=some_steps())

    assert (tally.visited, tally.drained) == (1, 0)
    assert now_of(world, job) == bad
    (told,) = world.signals.of("reconcile.job_failed")
    assert told.fields["error"] == "RecordMissing"
    assert "version 7" in told.fields["detail"]


def test_a_job_that_an_index_calls_due_too_early_is_left_alone(world, monkeypatch):
    job = scheduled(world)
    monkeypatch.setattr(world.jobs, "due", lambda **_: [job.job_id, "z" * 26])

    reconcile(world.ports, has_time=some_steps())

    assert now_of(world, job) == job
    assert world.signals.of("reconcile.job_failed") == []


def test_a_tick_says_what_it_did(world):
    scheduled(world)
    world.pass_time(60)

    reconcile(world.ports, has_time=some_steps())

    (told,) = world.signals.of("reconcile.done")
    assert told.fields == {"visited": 1, "drained": 0, "oldest_due_seconds": 0}


def test_a_launch_under_way_is_no_waiting_job():
    world = World(rate=LaunchRate(per_second=1 / 86_400, burst=2))
    world.engine.faults.lose_answer()
    world.submit()
    world.lose_events()
    world.pass_time(160)

    reconcile(world.ports, has_time=some_steps())

    assert world.signals.of("reconcile.job_failed") == []
    assert world.submit(idempotencyKey="next").status is JobStatus.STARTING


def test_a_running_job_that_an_index_calls_due_too_early_is_left_alone(
    world, monkeypatch
):
    world.submit()
    world.deliver()
    before = world.job()
    monkeypatch.setattr(world.jobs, "due", lambda **_: [before.job_id])

    reconcile(world.ports, has_time=some_steps())

    assert world.job() == before


def test_a_due_job_does_not_overtake_a_backlog(world, monkeypatch):
    job = scheduled(world)
    world.pass_time(60)
    world.budget.hold(world.clock.now() + HOUR)
    # Another reconcile is at work on it, and leaves nothing for this one.
    monkeypatch.setattr(world.budget, "hold", lambda _: None)
    monkeypatch.setattr(world.jobs, "ready", lambda *_, **__: [])

    reconcile(world.ports, has_time=some_steps())

    assert now_of(world, job).is_ready
    assert world.tasks() == []
