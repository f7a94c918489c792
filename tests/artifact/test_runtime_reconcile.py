"""Reconcile, as built, in Lambda's own runtime: what becomes of its ticks."""

from __future__ import annotations

import pytest

from headrace.jobs.job import JobStatus
from processes import wait_for
from runtime_world import event_of, failed

# Longer than the 15 s that reconcile leaves for what is under way, with room for a slow
# start; shorter than the SDK tries a call on the table, which is four times 5 s.
TICK_SECONDS = 19
RECOVERED_WITHIN_SECONDS = 30
UNLIMITED = {"HEADRACE_LAUNCHES_PER_SECOND": "0", "HEADRACE_PROFILE": "laptop"}
# With the windows of AWS: a laptop's lease is over before a slow start has sent.
ONE_LAUNCH = {
    "HEADRACE_LAUNCHES_PER_SECOND": "0.001",
    "HEADRACE_LAUNCH_BURST": "1",
    "HEADRACE_PROFILE": "standard",
}


def is_repeated(record, event):
    """Whether a record before this one has the same body."""
    earlier = event["Records"][: event["Records"].index(record)]
    return record["body"] in {each["body"] for each in earlier}


@pytest.fixture
def requested(world):
    """Two jobs, of which one has to wait for the launch budget."""
    event = event_of("dispatch/mixed_batch")
    # Of two deliveries of one request, either may be the one whose job is stored, and
    # only the first was chosen to be launched.
    event["Records"] = [
        each for each in event["Records"] if not is_repeated(each, event)
    ]
    with world.launching("dispatch", **ONE_LAUNCH) as function:
        assert failed(function.invoke(event)) == []
    found = sorted(job.status for job in world.jobs(event))
    assert found == [JobStatus.RUNNABLE, JobStatus.STARTING]
    return event


def is_update(operation, _body):
    return operation == "UpdateItem"


def test_a_tick_starts_what_had_to_wait(world, requested):
    with world.launching("reconcile", **UNLIMITED) as function:
        answer = function.invoke(event_of("reconcile/tick"))

    assert answer.document["drained"] == 1
    assert {job.status for job in world.jobs(requested)} == {JobStatus.STARTING}
    assert len(world.task_arns()) == 2


def test_a_job_that_cannot_be_stored_leaves_the_tick_to_the_others(world, requested):
    (waiting,) = (
        job for job in world.jobs(requested) if job.status is JobStatus.RUNNABLE
    )
    world.tables.refuses = lambda operation, body: (
        operation == "UpdateItem" and waiting.job_id in body
    )
    with world.launching("reconcile", **UNLIMITED) as function:
        answer = function.invoke(event_of("reconcile/wake"))
        assert set(answer.document) == {"visited", "drained"}
        assert len(world.task_arns()) == 1

        world.tables.refuses = lambda *_: False
        function.invoke(event_of("reconcile/tick"))
    assert len(world.task_arns()) == 2


def test_a_tick_that_is_cut_off_while_it_stores_starts_nothing_twice(world, requested):
    world.tables.keeps = is_update
    with world.launching("reconcile", seconds=TICK_SECONDS, **UNLIMITED) as function:
        answer = function.invoke(event_of("reconcile/tick"))
        assert f"timed out after {TICK_SECONDS}.00 seconds" in answer.text

        world.tables.keeps = lambda *_: False
        answer = function.invoke(event_of("reconcile/tick"))
    assert set(answer.document) == {"visited", "drained"}
    assert len(world.task_arns()) <= 2


def test_after_a_crash_before_a_launch_the_next_ticks_make_one_task(world, requested):
    world.tables.keeps = is_update
    with world.launching("reconcile", **UNLIMITED) as function:
        answer = function.killed_meanwhile(
            event_of("reconcile/tick"), when=world.tables.has_kept
        )
        assert answer.status == 502
        assert answer.document["errorType"] == "Runtime.ExitError"

        world.tables.keeps = lambda *_: False

        def has_started_both():
            function.invoke(event_of("reconcile/tick"))
            return len(world.task_arns()) == 2

        assert wait_for(has_started_both, seconds=RECOVERED_WITHIN_SECONDS)
