"""The search for a silent launch: in what order, and in how many sittings."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from headrace.jobs.job import JobStatus
from headrace.stages.reconcile import reconcile
from headrace.stages.search import search
from headrace_local.ecs import Fate
from world import World


@pytest.fixture
def world():
    """Return a world with 250 stopped tasks: three pages."""
    world = World()
    world.runner.choose(Fate(run_seconds=1), times=None)
    for n in range(250):
        world.submit(idempotencyKey=f"k{n}")
    world.lose_events()
    world.pass_time(60)
    return world


def in_sittings(pages):
    """Return a budget of time that ends after one job's look and some pages."""
    left = iter([True] * (1 + pages))
    return lambda: next(left, False)


def always():
    return True


def test_a_stopped_task_is_found_on_whatever_page_it_stands(world):
    jobs = world.jobs.jobs()

    found = search(jobs, world.ports, always)

    assert all(len(found[job.job_id].reports) == 1 for job in jobs)


def absent_job(world):
    """Return a job whose task ECS does not show: it was never sent."""
    waiting = world.submit(idempotencyKey="later", scheduledAt="2026-06-01T00:00:00Z")
    some = world.jobs.jobs()[0]
    return replace(
        some,
        job_id=waiting.job_id,
        launch=replace(some.launch, task_arn=None),
    )


def test_a_search_that_ran_out_of_time_is_taken_up_by_the_next(world):
    job = absent_job(world)
    began_at = world.clock.now()

    first = search([job], world.ports, in_sittings(2))
    world.pass_time(60)
    second = search([job], world.ports, in_sittings(1))

    assert first[job.job_id].began_at is None
    assert second[job.job_id].began_at == began_at
    assert world.ports.sweeps.load("headrace-job-report") is None


def test_a_launch_for_which_the_sweep_was_not_begun_is_not_proven_absent(world):
    first, later = absent_job(world), world.jobs.jobs()[0]
    search([first], world.ports, in_sittings(2))

    found = search([later], world.ports, always)

    assert found[later.job_id].began_at is None


def test_a_sweep_that_became_stale_is_begun_anew(world):
    job = absent_job(world)
    search([job], world.ports, in_sittings(1))
    world.pass_time(1081)

    found = search([job], world.ports, always)

    assert found[job.job_id].began_at == world.clock.now()


def test_a_throttled_page_is_asked_for_again_by_the_next_sitting(world):
    job = absent_job(world)
    search([job], world.ports, in_sittings(2))
    world.engine.faults.throttle_next(operation="ListTasks")

    # The search for running tasks is throttled first: nothing is known at all.
    throttled = search([job], world.ports, always)
    again = search([job], world.ports, always)

    assert throttled[job.job_id].began_at is None
    assert again[job.job_id].began_at is not None


def test_a_task_that_stops_between_the_two_listings_is_found():
    world = World()
    world.runner.choose(Fate(run_seconds=30))
    job = world.submit()
    tasks = world.ports.tasks
    listed = tasks.find_running

    class Stopping:
        """ECS, where the task stops just before it is looked for."""

        def __getattr__(self, name):
            return getattr(tasks, name)

        def find_running(self, started_by, *, cluster_arn):
            found = listed(started_by, cluster_arn=cluster_arn)
            world.pass_time(60)
            return found

    found = search([job], replace(world.ports, tasks=Stopping()), always)

    assert len(found[job.job_id].reports) == 1


def test_a_task_that_is_about_to_stop_is_not_absent():
    world = World(definition={"capacity": ["FARGATE_SPOT"]})
    world.runner.choose(Fate(run_seconds=None, term_exit_code=None))
    world.engine.faults.lose_answer()
    world.submit()
    world.pass_time(1085)
    (task,) = world.tasks()
    world.engine.interrupt_spot(task.task_arn)  # two minutes to go
    world.lose_events()

    world.tick()

    assert not world.tasks()[0].is_stopped
    assert world.job().status is JobStatus.RUNNING
    assert world.job().launch.was_spot_warned


class SlowListing:
    """ECS, where each page of stopped tasks takes 20 seconds."""

    def __init__(self, world):
        self._world = world
        self._tasks = world.ports.tasks

    def __getattr__(self, name):
        return getattr(self._tasks, name)

    def stopped_page(self, family, **rest):
        self._world.pass_time(20)
        return self._tasks.stopped_page(family, **rest)


def test_a_listing_longer_than_an_invocation_keeps_nobody_from_a_visit(world):
    world.lose_events()
    world.submit(idempotencyKey="known")
    world.deliver()  # it runs, as far as anybody was told
    world.pass_time(160)
    world.lose_events()
    ends_at = world.clock.now() + timedelta(seconds=45)

    reconcile(
        replace(world.ports, tasks=SlowListing(world)),
        has_time=lambda: world.clock.now() < ends_at,
    )

    assert world.job(idempotencyKey="known").status is JobStatus.SUCCEEDED
    statuses = [job.status for job in world.jobs.jobs()]
    assert statuses.count(JobStatus.SUCCEEDED) == 1 + 100  # with the first page's
