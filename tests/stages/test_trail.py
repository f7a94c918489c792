"""Whatever happens to a job, its record tells each step: what, by whom and why."""

from __future__ import annotations

import pytest

from headrace.jobs.job import JobStatus
from headrace.launches.budget import LaunchRate
from headrace_local.ecs import Fate
from world import World

RETRYING = {"attempts": 2, "rules": [{"onExitCode": "1", "action": "RETRY"}]}


def trail(job):
    """Return the lines of a job without their times, having looked at those."""
    lines = job.transitions
    assert [each.sequence for each in lines] == list(range(1, job.sequence + 1))
    assert [each.at for each in lines] == sorted(each.at for each in lines)
    assert lines[-1].at == job.status_at
    return [(str(each.status), each.by, each.why) for each in lines]


@pytest.fixture
def world():
    return World()


def test_a_simple_job_has_three_lines(world):
    world.submit()
    world.run(minutes=1)

    assert trail(world.job()) == [
        ("STARTING", "dispatch", None),
        ("RUNNING", "record", None),
        ("SUCCEEDED", "record", "OK"),
    ]


def test_a_job_that_waits_for_its_time_says_so(world):
    world.submit(scheduledAt="2026-01-01T00:05:00Z")
    world.run(minutes=8)

    assert trail(world.job())[:2] == [
        ("PENDING", "dispatch", "SCHEDULED"),
        ("STARTING", "reconcile", None),
    ]


def test_a_retry_is_three_more_lines():
    world = World(definition={"retryStrategy": RETRYING})
    world.runner.choose(Fate(exit_code=1, run_seconds=5), times=None)
    world.submit()
    world.run(minutes=6)

    assert trail(world.job()) == [
        ("STARTING", "dispatch", None),
        ("RUNNING", "record", None),
        ("RUNNABLE", "record", "BACKOFF"),
        ("STARTING", "reconcile", None),
        ("RUNNING", "record", None),
        ("FAILED", "record", "EXIT_CODE"),
    ]


def test_a_job_that_waits_is_cancelled_by_whoever_asked():
    world = World(rate=LaunchRate(per_second=1, burst=1))
    world.submit(idempotencyKey="other")
    job = world.submit()

    world.cancel(job, requestedBy="night shift")

    assert trail(world.job()) == [
        ("RUNNABLE", "dispatch", "LAUNCH_BUDGET"),
        ("CANCELLED", "night shift", "CANCELLED_BY_USER"),
    ]
    assert world.job().cancel_requested_at == world.job().status_at


def test_a_job_that_runs_is_cancelled_by_whoever_asked(world):
    world.runner.choose(Fate(run_seconds=None))
    job = world.submit()
    world.deliver()
    asked_at = world.clock.now()
    world.cancel(job, tenant=job.tenant)
    world.run(minutes=2)

    ended = world.job()
    assert trail(ended)[-1] == ("CANCELLED", "default", "CANCELLED_BY_USER")
    assert (ended.cancel_requested_by, ended.cancel_requested_at) == (
        "default",
        asked_at,
    )


def test_a_silent_job_is_settled_by_reconcile(world):
    world.submit()
    world.pass_time(60)
    world.lose_events()
    for _ in range(25):
        world.pass_time(60)
        world.tick()

    assert world.job().status is JobStatus.SUCCEEDED
    assert trail(world.job())[-1] == ("SUCCEEDED", "reconcile", "OK")


def test_the_image_that_ran_is_on_the_record(world):
    world.submit()
    world.run(minutes=1)

    (task,) = world.tasks()
    assert world.job().image_digest == task.image_digest("main") is not None


def test_the_image_of_a_job_with_a_sidecar_is_known_at_its_end():
    containers = [{"name": "main", "image": "job"}, {"name": "proxy", "image": "proxy"}]
    world = World(containers=containers)
    world.runner.choose(Fate(run_seconds=None), container="proxy")
    world.submit()
    world.run(minutes=3)

    (task,) = world.tasks()
    assert world.job().status is JobStatus.SUCCEEDED
    assert world.job().image_digest == task.image_digest("main")
    assert task.image_digest("main") != task.image_digest("proxy")
