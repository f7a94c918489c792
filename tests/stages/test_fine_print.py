"""Fine print: exact instants and rare meetings, each the difference of one branch."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from definition_builders import a_definition_document
from headrace.errors import RecordUnreadable
from headrace.jobs.job import JobStatus, ReasonCode
from headrace.stages import dispatch as dispatch_stage
from headrace_local.ecs import Fate
from world import World


def retrying(seconds):
    """Return the members of a definition that retries exit code 1 after a backoff."""
    return {
        "retryStrategy": {
            "attempts": 2,
            "rules": [{"onExitCode": "1", "action": "RETRY"}],
            "backoff": {"initialSeconds": seconds, "maxSeconds": seconds},
        }
    }


@pytest.fixture
def world():
    """Return a world whose tasks run until they are stopped."""
    world = World()
    world.runner.choose(Fate(run_seconds=None), times=None)
    return world


@pytest.fixture
def running(world):
    """Return the same world with one running job."""
    world.submit()
    world.deliver()
    assert world.job().status is JobStatus.RUNNING
    return world


@pytest.fixture
def silent(world, monkeypatch):
    """Return a world with a launch that was never sent."""
    with monkeypatch.context() as patch:
        patch.setattr(dispatch_stage, "send", lambda *_, **__: None)
        world.submit()
    return world


def test_a_definition_that_cannot_be_read_is_what_operators_hear_of(world, monkeypatch):
    active = world.definitions.active

    def damaged(names):
        if "damaged" in names:
            raise RecordUnreadable("definition damaged: schema 2 is above 1")
        return active(names)

    monkeypatch.setattr(world.definitions, "active", damaged)
    bad = world.message(jobName="damaged", idempotencyKey="bad")

    assert world.dispatch(bad, world.message()) == [bad.message_id]

    (told,) = world.signals.of("dispatch.message_deferred")
    assert told.fields["error"] == "RecordUnreadable"
    assert world.job().status is JobStatus.STARTING
    assert world.jobs.rejections() == []


# -- Reports -----------------------------------------------------------------------


def live(world, task_arn, started_by):
    """Return a report of a task that runs."""
    world.submit(idempotencyKey="a-model")
    model = next(task for task in world.tasks() if task.is_running)
    return replace(model, task_arn=task_arn, started_by=started_by, version=99)


def test_a_late_task_of_a_launch_that_was_withdrawn_unseen_is_stopped(silent):
    silent.cancel(silent.job())
    silent.pass_time(1081)
    silent.tick()
    ended = silent.job()
    assert (ended.status, ended.launch.task_arn) == (JobStatus.CANCELLED, None)
    silent.waker.take()

    assert silent.record(live(silent, "arn:late", ended.token)) == []

    assert silent.waker.take() == [("arn:late",)]
    assert silent.job() == ended


def test_a_late_report_of_the_task_that_ended_a_job_stops_nothing():
    world = World()
    world.submit()
    world.pass_time(60)
    first, *_, last = world.take_reports()
    world.record(last)
    ended = world.job()

    assert world.record(replace(first, version=last.version + 1)) == []

    assert world.waker.take() == []
    assert world.signals.of("task.duplicate") == []
    assert world.job() == ended


def test_a_lost_jobs_own_task_that_shows_up_again_is_stopped(running):
    (task,) = running.tasks()
    hide(running, task.task_arn)
    running.run(minutes=40)
    lost = running.job()
    assert (lost.status, lost.launch.task_arn) == (JobStatus.LOST, task.task_arn)
    running.waker.take()

    assert running.record(replace(task, version=99)) == []

    assert running.waker.take() == [(task.task_arn,)]
    assert running.job() == lost


def hide(world, task_arn):
    """Let ECS not know a task for days."""
    task = world.engine.tasks[task_arn]
    task.missing_until_at = world.clock.now() + timedelta(days=9)


def about_to_stop(task):
    """Return a report of a Spot task that is to stop, without ECS saying why."""
    return replace(
        task,
        desired_status="STOPPED",
        stop_code=None,
        stopped_reason=None,
        capacity_provider="FARGATE_SPOT",
        version=99,
    )


def test_a_spot_task_that_stops_at_our_wish_is_not_taken_away(running):
    (task,) = running.tasks()
    running.cancel(running.job())
    running.tick()
    assert running.job().launch.stop_requested_at is not None

    running.record(about_to_stop(task))

    assert not running.job().launch.was_spot_warned


def test_a_spot_task_that_stops_at_nobodys_wish_is_taken_away(running):
    (task,) = running.tasks()

    running.record(about_to_stop(task))

    assert running.job().launch.was_spot_warned


def test_a_task_that_warns_is_not_missing_any_more(running):
    (task,) = running.tasks()
    hide(running, task.task_arn)
    running.pass_time(1200)
    running.tick()
    assert running.job().launch.missing_count == 1

    running.record(about_to_stop(task))

    launch = running.job().launch
    assert (launch.missing_count, launch.missing_at) == (0, None)


def test_a_late_report_of_a_launch_that_was_seen_to_end_is_no_news():
    world = World(definition=retrying(3600))
    world.runner.choose(Fate(exit_code=1))
    world.submit()
    running, *_, stopped = world.take_reports()
    world.record(stopped)
    waiting = world.job()
    assert waiting.status is JobStatus.RUNNABLE
    world.waker.take()

    assert world.record(replace(running, version=99)) == []

    assert world.job() == waiting
    assert world.waker.take() == []


# -- What a batch of reports wakes -------------------------------------------------


def stray(report, task_arn, **changes):
    """Return the report as of a task of a launch that never was."""
    started_by = report.started_by.removesuffix("-1") + "-9"
    return replace(report, task_arn=task_arn, started_by=started_by, **changes)


def test_a_stray_that_lives_is_stopped_whatever_else_its_batch_says_of_it(running):
    (task,) = running.tasks()
    warning = stray(task, "arn:stray", desired_status="STOPPED", version=5)
    alive = stray(task, "arn:stray", version=6)

    running.record(warning, alive)

    assert running.waker.take() == [("arn:stray",)]


def test_all_strays_of_a_batch_are_named_in_one_call(running):
    (task,) = running.tasks()

    running.record(stray(task, "arn:b"), stray(task, "arn:a"))

    assert running.waker.take() == [("arn:a", "arn:b")]


def ended_twice(first_seconds, second_seconds):
    """Return a world, and the last reports of two jobs that try again after a while."""
    world = World(definition=retrying(first_seconds))
    world.register_also(a_definition_document(name="other", **retrying(second_seconds)))
    world.ports = replace(world.ports, ids=EvenIds(world.ports.ids))
    world.runner.choose(Fate(exit_code=1), times=2)
    for name in ("report", "other"):
        world.submit(jobName=name)
    world.pass_time(60)
    last = {each.started_by: each for each in world.take_reports() if each.is_stopped}
    first = world.job(jobName="report").token
    return world, last.pop(first), *last.values()


class EvenIds:
    """Ids whose jitter is always one half."""

    def __init__(self, ids):
        self._ids = ids

    def fraction(self):
        return 0.5

    def __getattr__(self, name):
        return getattr(self._ids, name)


def test_one_retry_that_is_due_soon_is_enough_to_wake_reconcile():
    world, soon, later = ended_twice(1, 3600)

    assert world.record(soon, later) == []

    assert world.waker.take() == [()]


@pytest.mark.parametrize(("backoff_seconds", "wakes"), [(2, [()]), (3, [])])
def test_a_retry_is_soon_within_one_second(backoff_seconds, wakes):
    world, report, _ = ended_twice(backoff_seconds, 1)

    world.record(report)

    assert world.waker.take() == wakes


def test_a_retry_wakes_reconcile_when_its_stop_comes_twice_in_a_batch():
    world, soon, _ = ended_twice(1, 3600)

    world.record(soon, soon)

    assert world.waker.take() == [()]


def test_a_retry_wakes_reconcile_when_a_warning_comes_with_its_stop():
    world, soon, _ = ended_twice(1, 3600)
    warning = replace(
        soon,
        last_status="RUNNING",
        stop_code="SpotInterruption",
        version=soon.version - 1,
    )

    world.record(soon, warning)

    (entry,) = world.job().history
    assert entry.reason_code is ReasonCode.SPOT_INTERRUPTION
    assert world.waker.take() == [()]


# -- When reconcile comes back -----------------------------------------------------


@pytest.mark.parametrize("over_seconds", [0, 1])
def test_a_hold_that_is_over_keeps_no_due_job_waiting(over_seconds):
    world = World()
    world.submit(scheduledAt="2026-01-01T00:01:00Z")  # in a minute
    world.budget.hold(world.clock.now() + timedelta(seconds=60 - over_seconds))
    world.pass_time(60)

    world.tick()

    job = world.job()
    assert job.status is JobStatus.STARTING
    assert job.revision == 2  # at once, and not by way of the backlog


@pytest.mark.parametrize(
    ("at_seconds", "next_seconds"),
    [(150, 180), (1051, 1081), (1050, 1080), (1049, 1080)],
    ids=["the lease's last instant", "too near", "just near", "far"],
)
def test_a_launch_is_looked_at_again_in_half_a_minute_at_the_soonest(
    silent, at_seconds, next_seconds
):
    sent_at = silent.job().launch.last_sent_at
    silent.pass_time(at_seconds)

    silent.tick()

    assert silent.signals.of("reconcile.job_failed") == []
    assert silent.job().next_at == sent_at + timedelta(seconds=next_seconds)


def test_a_lease_that_is_almost_over_gets_half_a_minute_more(silent):
    sent_at = silent.job().launch.last_sent_at
    silent.pass_time(140)
    silent.cancel(silent.job())  # due at once

    silent.tick()

    assert silent.job().next_at == sent_at + timedelta(seconds=170)


def test_a_task_that_was_seen_running_did_some_work_whatever_its_stop_says(running):
    """A stop without containers and without a start must not start the job again."""
    [task] = running.tasks()
    stop = replace(
        task,
        version=task.version + 1,
        last_status="STOPPED",
        containers=(),
        started_at=None,
        stop_code="EssentialContainerExited",
        stopped_at=running.clock.now(),
    )
    running.record(stop)
    job = running.job()
    assert job.status is JobStatus.FAILED
    assert job.outcome.reason_code is ReasonCode.NO_EXIT_CODE
