"""What operators are told of a deployment in trouble, and of one that is well."""

from __future__ import annotations

from datetime import timedelta

import pytest

from headrace.instants import to_text
from headrace.launches.budget import LaunchRate
from world import World


@pytest.fixture
def world():
    return World()


def last_run(world):
    return world.signals.of("reconcile.done")[-1].fields


def scheduled(world, *, seconds, key):
    """Submit a job that is not to start before some seconds have passed."""
    at = to_text(world.clock.now() + timedelta(seconds=seconds))
    return world.submit(idempotencyKey=key, scheduledAt=at)


def test_a_tick_tells_for_how_long_the_earliest_timer_had_been_over(world):
    scheduled(world, seconds=30, key="late")
    scheduled(world, seconds=60, key="later")
    world.pass_time(700)

    world.tick()

    assert last_run(world)["oldest_due_seconds"] == 670


def test_a_tick_with_nothing_due_tells_of_no_age(world):
    world.submit()

    world.tick()

    assert last_run(world)["oldest_due_seconds"] == 0


def test_a_job_that_reconcile_fails_on_grows_older_tick_by_tick(world, monkeypatch):
    scheduled(world, seconds=60, key="late")
    world.pass_time(120)
    # Its definition is gone, so it can be neither launched nor ended.
    monkeypatch.setattr(world.definitions, "version", lambda *_: None)

    ages = []
    for _ in range(3):
        world.tick()
        ages.append(last_run(world)["oldest_due_seconds"])
        world.pass_time(60)

    assert ages == [60, 120, 180]
    assert len(world.signals.of("reconcile.job_failed")) == 3


def test_a_backlog_is_told_once_a_tick_and_no_more_once_it_is_gone():
    world = World(rate=LaunchRate(per_second=0.5, burst=1))
    for number in range(3):
        world.submit(idempotencyKey=f"k-{number}")

    world.tick()
    assert len(world.signals.of("backlog.held")) == 1

    world.run(minutes=3)
    told = len(world.signals.of("backlog.held"))
    world.run(minutes=3)
    assert len(world.signals.of("backlog.held")) == told


def test_a_stray_that_was_stopped_is_told(world):
    job = world.submit()
    world.start_stray(job)
    world.pass_time(0)
    for report in world.take_reports():
        world.record(report)

    world.tick()

    (told,) = world.signals.of("task.stray_stopped")
    assert told.fields["job_id"] == job.job_id
