"""Record, as built, in Lambda's own runtime: what becomes of its batches."""

from __future__ import annotations

import pytest

from headrace.jobs.job import JobStatus
from runtime_world import FILED_DEPLOYMENT_ID, event_of, failed

SHORT_SECONDS = 3


@pytest.fixture
def world(a_world):
    """A world with the jobs that the example events are about."""
    with a_world(deployment_id=FILED_DEPLOYMENT_ID) as made:
        yield made


@pytest.fixture
def requested(world):
    """The requests that dispatch has taken."""
    event = event_of("dispatch/mixed_batch")
    event["Records"] += event_of("dispatch/one_request")["Records"]
    with world.launching("dispatch") as function:
        assert failed(function.invoke(event)) == []
    return event


def is_update(operation, _body):
    return operation == "UpdateItem"


def job_of(world):
    (job,) = world.jobs(event_of("dispatch/one_request"))
    return job


def test_a_task_that_ended_well_makes_its_job_succeed(world, requested):
    with world.function("record") as function:
        answer = function.invoke(event_of("record/task_succeeded"))

    assert failed(answer) == []
    assert job_of(world).status is JobStatus.SUCCEEDED


def test_an_event_that_cannot_be_read_is_delivered_again_and_no_other(world, requested):
    event = event_of("record/mixed_batch")
    unreadable = event["Records"][1]["messageId"]
    with world.function("record") as function:
        answer = function.invoke(event)

    assert unreadable in failed(answer)
    assert event["Records"][0]["messageId"] not in failed(answer)
    assert JobStatus.SUCCEEDED in {job.status for job in world.jobs(requested)}


def test_a_batch_that_is_cut_off_while_it_is_stored_is_stored_once(world, requested):
    event = event_of("record/task_succeeded")
    with world.function("record", seconds=SHORT_SECONDS) as function:
        assert failed(function.invoke({"Records": []})) == []  # it is warm now
        world.tables.keeps = is_update
        answer = function.invoke(event)
    assert f"timed out after {SHORT_SECONDS}.00 seconds" in answer.text
    assert world.tables.has_kept.is_set()
    cut_off = job_of(world)
    assert cut_off.status is JobStatus.SUCCEEDED  # stored, though nobody was told

    world.tables.keeps = lambda *_: False
    with world.function("record") as function:
        assert failed(function.invoke(event)) == []
    assert job_of(world) == cut_off


def test_a_crash_while_an_outcome_is_stored_changes_nothing(world, requested):
    event = event_of("record/task_failed")
    world.tables.keeps = is_update
    with world.function("record") as function:
        answer = function.killed_meanwhile(event, when=world.tables.has_kept)
        assert answer.status == 502
        assert answer.document["errorType"] == "Runtime.ExitError"

        world.tables.keeps = lambda *_: False
        assert failed(function.invoke(event)) == []  # a new process, as on Lambda
    assert job_of(world).status is JobStatus.FAILED
