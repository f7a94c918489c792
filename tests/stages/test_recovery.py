"""Reconcile under small failures: one bad answer or record costs little time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from headrace.errors import RecordUnreadable
from headrace.jobs.job import JobStatus
from headrace.launches.budget import LaunchRate
from headrace.stages import dispatch as dispatch_stage
from headrace.stages.backlog import drain
from headrace_local.ecs import Fate
from world import World


@pytest.fixture
def world():
    return World()


def kill_before_sending(world, monkeypatch):
    """Deliver a submission whose dispatcher dies between the intent and RunTask."""
    with monkeypatch.context() as patch:
        patch.setattr(dispatch_stage, "send", lambda *_, **__: None)
        world.submit()


def test_a_throttled_search_does_not_cost_a_launch_its_replay(world, monkeypatch):
    kill_before_sending(world, monkeypatch)
    world.engine.faults.throttle_next(operation="ListTasks")
    world.pass_time(160)
    world.tick()

    world.run(minutes=3)

    assert world.job().status is JobStatus.SUCCEEDED
    assert world.job().launch.sends == 2


def test_a_throttled_search_does_not_cost_a_job_its_proof(world, monkeypatch):
    kill_before_sending(world, monkeypatch)
    world.engine.faults.throttle_next(operation="ListTasks")
    world.pass_time(1081)  # quiet by now; after 58 minutes the job would be lost
    world.tick()

    world.run(minutes=4)

    assert world.job().status is JobStatus.SUCCEEDED
    assert world.signals.of("launch.absent")


def test_a_record_that_cannot_be_read_does_not_hold_up_the_others(world, monkeypatch):
    bad = world.submit(idempotencyKey="bad")
    world.submit(idempotencyKey="good")
    world.pass_time(160)
    world.lose_events()
    read = world.jobs.get

    def damaged(job_id):
        if job_id == bad.job_id:
            raise RecordUnreadable("schema 2 is above 1")
        return read(job_id)

    with monkeypatch.context() as patch:
        patch.setattr(world.jobs, "get", damaged)
        world.tick()

    assert world.job(idempotencyKey="good").status is JobStatus.SUCCEEDED
    assert world.signals.of("reconcile.job_failed")


def test_a_retry_is_not_due_at_a_start_deadline_that_its_job_has_met():
    world = World(
        definition={
            "retryStrategy": {
                "attempts": 2,
                "rules": [{"onExitCode": "1", "action": "RETRY"}],
                "backoff": {"initialSeconds": 600, "maxSeconds": 600},
            }
        }
    )
    world.runner.choose(Fate(exit_code=1, run_seconds=1))
    request = {"startDeadlineSeconds": 30}
    world.submit(**request)
    world.pass_time(5)
    world.deliver()

    waiting = world.job(**request)

    assert waiting.status is JobStatus.RUNNABLE
    assert waiting.not_before_at - world.clock.now() > timedelta(seconds=30)
    assert waiting.next_at == waiting.not_before_at


def test_a_task_that_was_given_up_for_lost_and_lives_is_a_stray():
    world = World(definition={"onUnknown": "retry"})
    world.runner.choose(Fate(run_seconds=None), times=None)
    job = world.submit()
    world.deliver()
    (lost,) = world.tasks()
    world.engine.tasks[lost.task_arn].missing_until_at = world.clock.now() + timedelta(
        minutes=45
    )
    world.run(minutes=44)
    assert world.job().token != job.token  # three looks later it runs again

    world.pass_time(120)
    assert world.record(lost) == []  # and the old task is there after all
    world.tick()
    world.pass_time(60)

    ended = {task.task_arn: task.stop_code for task in world.tasks()}
    assert ended[lost.task_arn] == "UserInitiated"
    assert world.job().strays


def test_a_drain_begins_no_launch_when_its_time_is_over():
    world = World(rate=LaunchRate(per_second=10, burst=10))
    for n in range(20):
        world.submit(idempotencyKey=f"k{n}")
    world.pass_time(1)
    left = iter([True] * 4)  # one look into the backlog, three launches of ten

    drain(world.ports, owner="drain-1", has_time=lambda: next(left, False))

    assert len(world.tasks()) == 10 + 3
    statuses = [job.status for job in world.jobs.jobs()]
    assert statuses.count(JobStatus.RUNNABLE) == 7


def test_a_lost_job_that_had_run_in_time_does_not_expire_before_it_runs_again():
    world = World(definition={"onUnknown": "retry"})
    world.runner.choose(Fate(run_seconds=30))
    request = {"startDeadlineSeconds": 120}
    world.submit(**request)
    world.deliver()
    world.pass_time(30)
    world.lose_events()
    world.pass_time(3700)  # no reconcile for an hour: ECS forgets the task

    world.run(minutes=15)

    assert world.job(**request).status is JobStatus.SUCCEEDED


def test_a_stray_whose_stop_was_lost_is_stopped_at_the_jobs_next_visit(world):
    world = World(definition={"onUnknown": "retry"})
    world.runner.choose(Fate(run_seconds=None), times=None)
    job = world.submit()
    world.deliver()
    (lost,) = world.tasks()
    world.engine.tasks[lost.task_arn].missing_until_at = world.clock.now() + timedelta(
        minutes=45
    )
    world.run(minutes=44)
    assert world.job().token != job.token
    world.pass_time(120)
    assert world.record(lost) == []
    world.waker.take()  # the call that told reconcile never arrived

    world.run(minutes=21)

    ended = {task.task_arn: task.stop_code for task in world.tasks()}
    assert ended[lost.task_arn] == "UserInitiated"
