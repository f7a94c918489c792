"""Reporting: what a state change leaves on the record, and what it wakes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from headrace.errors import JobMoved
from headrace.jobs.job import JobStatus, ReasonCode
from headrace.stages import dispatch as dispatch_stage
from headrace.tasks.report import ContainerReport
from headrace_local.ecs import Fate
from world import World


@pytest.fixture
def world():
    return World()


def ended_with(fate, **request):
    """Return a world, its ended job and the last report of the job's task."""
    world = World()
    world.runner.choose(fate)
    world.submit(**request)
    world.pass_time(60)
    *_, last = reports = world.take_reports()
    for each in reports:
        assert world.record(each) == []
    return world, world.job(), last


def test_a_success_keeps_what_ecs_said():
    world, ended, report = ended_with(Fate(run_seconds=30))

    outcome = ended.outcome
    assert (outcome.finished_at, outcome.stop_code, outcome.stopped_reason) == (
        report.stopped_at,
        report.stop_code,
        report.stopped_reason,
    )
    assert ended.launch.started_at == report.started_at
    assert ended.launch.last_version == report.version
    assert ended.expires_at == world.clock.now() + timedelta(days=35)
    (told,) = world.signals.of("job.finished")
    assert told.fields == {"job_id": ended.job_id, "status": "SUCCEEDED"}


def test_a_success_without_a_reason_or_a_time_is_still_one(world):
    world.submit()
    world.pass_time(60)
    *_, report = world.take_reports()

    world.record(replace(report, stopped_reason=None, stopped_at=None))

    outcome = world.job().outcome
    assert (outcome.status, outcome.stopped_reason) == (JobStatus.SUCCEEDED, None)
    assert outcome.finished_at == world.clock.now()


def test_a_failure_keeps_what_ecs_said():
    world, ended, report = ended_with(Fate(exit_code=1, run_seconds=30))

    assert ended.outcome.finished_at == report.stopped_at
    assert ended.launch.started_at == report.started_at
    assert (ended.launch.task_arn, ended.launch.last_version) == (
        report.task_arn,
        report.version,
    )
    (told,) = world.signals.of("job.finished")
    assert (told.fields["status"], told.fields["reason_code"]) == (
        "FAILED",
        "EXIT_CODE",
    )


def test_a_failure_that_is_reported_without_its_start_keeps_the_start_that_is_known(
    world,
):
    world.runner.choose(Fate(exit_code=1, run_seconds=30))
    world.submit()
    world.deliver()
    started_at = world.job().launch.started_at
    world.pass_time(60)
    *_, report = world.take_reports()

    world.record(replace(report, started_at=None))

    assert world.job().launch.started_at == started_at


def test_of_one_task_only_the_newest_running_is_written_and_none_before_its_end(world):
    world.submit()
    world.pass_time(60)

    world.record(*reversed(world.take_reports()))

    ended = world.job()
    assert ended.status is JobStatus.SUCCEEDED
    assert ended.revision == 2  # accepted, ended


def test_a_spot_warning_counts_even_in_one_batch_with_the_stop_and_out_of_order(world):
    world.runner.choose(Fate(run_seconds=None, term_exit_code=0))
    world.submit()
    (task,) = world.tasks()
    world.engine.interrupt_spot(task.task_arn)
    world.pass_time(300)
    running, warning, stopped = reports_of_the_warning(world)
    # The task ended by itself, as far as its last report goes.
    plain = replace(
        stopped, stop_code="EssentialContainerExited", stopped_reason="exited"
    )

    assert world.record(plain, warning, running) == []

    waiting = world.job()
    assert waiting.status is JobStatus.RUNNABLE
    assert [e.reason_code for e in waiting.history] == [ReasonCode.SPOT_INTERRUPTION]
    assert waiting.history[0].task_arn == task.task_arn


def test_a_spot_warning_outlives_a_running_report_that_comes_after_it(world):
    world.runner.choose(Fate(run_seconds=None, term_exit_code=0))
    world.submit()
    world.deliver()
    (task,) = world.tasks()
    world.engine.interrupt_spot(task.task_arn)
    warning = next(each for each in world.take_reports() if each.is_stop_warning)
    world.record(warning)
    assert world.job().launch.was_spot_warned
    started_at = world.job().launch.started_at

    world.record(replace(warning, version=warning.version + 1, stop_code="Other"))

    launch = world.job().launch
    assert launch.was_spot_warned
    assert (launch.started_at, launch.task_arn) == (started_at, task.task_arn)


def reports_of_the_warning(world):
    """Return RUNNING, the warning and STOPPED of the one task."""
    reports = world.take_reports()
    return (
        next(each for each in reports if each.is_running),
        next(each for each in reports if each.is_stop_warning),
        next(each for each in reports if each.is_stopped),
    )


@pytest.mark.parametrize(
    ("backoff_seconds", "wakes"), [(1, [()]), (3600, [])], ids=["soon", "later"]
)
def test_reconcile_is_woken_only_for_a_retry_that_is_due_at_once(
    backoff_seconds, wakes
):
    world = World(
        definition={
            "retryStrategy": {
                "attempts": 2,
                "rules": [{"onExitCode": "1", "action": "RETRY"}],
                "backoff": {
                    "initialSeconds": backoff_seconds,
                    "maxSeconds": backoff_seconds,
                },
            }
        }
    )
    world.runner.choose(Fate(exit_code=1))
    world.submit()
    world.deliver()

    assert world.job().status is JobStatus.RUNNABLE
    assert world.waker.take() == wakes
    assert len(world.signals.of("job.retries")) == 1


def test_a_job_that_ends_wakes_nobody():
    world, _, _ = ended_with(Fate(exit_code=1))

    assert world.waker.take() == []
    assert world.signals.of("task.duplicate") == []
    assert world.signals.of("job.retries") == []


@pytest.mark.parametrize(
    ("exit_code", "status"),
    [(7, JobStatus.FAILED), (8, JobStatus.RUNNABLE), (3, JobStatus.RUNNABLE)],
)
def test_a_definitions_own_exit_codes_count(exit_code, status):
    world = World(
        definition={
            "exitCodes": {"reject": [7], "tryLater": [8]},
            "retryStrategy": {
                "attempts": 2,
                "rules": [{"onExitCode": "*", "action": "RETRY"}],
            },
        }
    )
    world.runner.choose(Fate(exit_code=exit_code))
    world.submit()
    world.deliver()

    job = world.job()
    assert job.status is status
    assert job.infrastructure_used == (1 if exit_code == 8 else 0)


@pytest.fixture
def running():
    """Return a world with one running job."""
    world = World()
    world.runner.choose(Fate(run_seconds=None), times=None)
    world.submit()
    world.deliver()
    assert world.job().status is JobStatus.RUNNING
    return world


def stopped(world, **changes):
    """Return a report that the job's task has stopped with 0, with some changes."""
    (task,) = world.tasks()
    fields = {
        "last_status": "STOPPED",
        "desired_status": "STOPPED",
        "stop_code": "EssentialContainerExited",
        "containers": (ContainerReport(name="main", exit_code=0, reason=None),),
        "version": 99,
    }
    return replace(task, **(fields | changes))


@pytest.mark.parametrize("exit_code", [0, 1])
def test_a_second_task_of_a_launch_does_not_end_its_job(running, exit_code):
    container = ContainerReport(name="main", exit_code=exit_code, reason=None)
    second = stopped(running, task_arn="arn:second", containers=(container,))

    assert running.record(second) == []

    job = running.job()
    assert job.status is JobStatus.RUNNING
    assert len(job.strays) == (1 if exit_code == 0 else 0)


def ghost(world, **changes):
    """Return such a report of a launch that is not the job's current one."""
    started_by = f"{world.job().job_id}-1-9"
    return stopped(
        world, **({"task_arn": "arn:ghost", "started_by": started_by} | changes)
    )


ONE = ContainerReport(name="main", exit_code=1, reason=None)
ZERO = ContainerReport(name="other", exit_code=0, reason=None)


@pytest.mark.parametrize(
    "changes",
    [
        {"stop_code": "UserInitiated"},
        {"stop_code": None},
        {"containers": ()},
        {"containers": (ONE,)},
        {"containers": (ZERO, ONE)},
        {"containers": (ContainerReport(name="main", exit_code=None, reason=None),)},
        {"last_status": "RUNNING"},  # and about to stop
    ],
)
def test_a_stray_that_neither_runs_nor_succeeded_is_no_news(running, changes):
    before = running.job()

    assert running.record(ghost(running, **changes)) == []

    assert running.job() == before
    assert running.signals.of("task.stray") == []
    assert running.waker.take() == []


def test_a_stray_is_noted_once_however_often_it_is_reported(running):
    for _ in range(3):
        running.record(ghost(running))

    job = running.job()
    assert len(job.strays) == 1
    assert job.status is JobStatus.RUNNING
    assert len(running.signals.of("task.stray")) == 1
    assert running.waker.take() == []  # it has ended: there is nothing to stop


def test_a_stray_of_a_job_that_has_ended_changes_nothing_on_its_record():
    world, ended, report = ended_with(Fate(exit_code=1))
    live = replace(
        report,
        task_arn="arn:ghost",
        started_by=f"{ended.job_id}-1-9",
        last_status="RUNNING",
        desired_status="RUNNING",
    )

    assert world.record(live) == []

    assert world.job() == ended
    assert world.waker.take() == [("arn:ghost",)]  # but the task must be stopped
    assert len(world.signals.of("task.duplicate")) == 1


def test_a_report_whose_job_keeps_moving_goes_back_to_its_queue(running, monkeypatch):
    def overtaken(before, _):
        raise JobMoved(before.job_id, before)

    monkeypatch.setattr(running.jobs, "replace", overtaken)

    assert running.record(stopped(running, containers=(ONE,))) == ["event-0"]
    (told,) = running.signals.of("record.message_deferred")
    assert told.fields["error"] == "StoreBusy"


def test_a_report_whose_job_moved_once_is_applied_to_the_job_as_it_stands(
    running, monkeypatch
):
    replace_job, moves = running.jobs.replace, []

    def overtaken_once(before, after):
        if not moves:
            moves.append(before)
            running.jobs.replace = replace_job
            running.cancel(before)
        replace_job(before, after)

    running.jobs.replace = overtaken_once
    report = replace(stopped(running), containers=(replace(ONE, name="main"),))

    assert running.record(report) == []

    assert running.job().status is JobStatus.CANCELLED


def test_a_failure_that_is_the_first_news_of_a_task_says_when_it_started(world):
    world.runner.choose(Fate(exit_code=1, run_seconds=30))
    world.submit()
    world.pass_time(60)
    *_, report = world.take_reports()

    world.record(report)

    assert world.job().launch.started_at == report.started_at


def ended_by(world, act):
    """Return what operators heard of ends while something was done."""
    before = len(world.signals.of("job.finished"))
    act()
    return [
        signal.fields["status"] for signal in world.signals.of("job.finished")[before:]
    ]


def test_operators_hear_of_every_end_whoever_ends_the_job(monkeypatch):
    world = World()
    later = "2026-06-01T00:00:00Z"
    waiting = world.submit(idempotencyKey="cancelled", scheduledAt=later)
    assert ended_by(world, lambda: world.cancel(waiting)) == ["CANCELLED"]

    world.engine.faults.fail_next("PlatformUnknownException", "no such platform")
    assert ended_by(world, lambda: world.submit(idempotencyKey="rejected")) == [
        "FAILED"
    ]

    monkeypatch.setattr(dispatch_stage, "send", lambda *_, **__: None)
    world.submit(idempotencyKey="silent")
    world.pass_time(3481)
    assert ended_by(world, world.tick) == ["LOST"]
