"""Dispatch, as built, in Lambda's own runtime: what becomes of its batches."""

from __future__ import annotations

from headrace.jobs.job import JobStatus
from runtime_world import event_of, failed, keys_of

SHORT_SECONDS = 3
WRITES = {"PutItem", "UpdateItem", "TransactWriteItems"}


def is_run_task(operation, _body):
    return operation == "RunTask"


def statuses(world, event):
    return [job.status for job in world.jobs(event)]


def test_a_request_becomes_a_job_and_a_task(world):
    event = event_of("dispatch/one_request")
    with world.launching("dispatch") as function:
        answer = function.invoke(event)

    assert failed(answer) == []
    assert statuses(world, event) == [JobStatus.STARTING]
    assert len(world.task_arns()) == 1


def test_what_cannot_be_stored_is_delivered_again_and_nothing_else(world):
    event = event_of("dispatch/mixed_batch")
    last = event["Records"][-1]
    (*_, job_id) = (world.job_id(key) for key in keys_of(event))
    world.tables.refuses = lambda operation, body: (
        operation in WRITES and job_id in body
    )
    with world.launching("dispatch") as function:
        answer = function.invoke(event)
        assert failed(answer) == [last["messageId"]]
        assert statuses(world, event) == [JobStatus.STARTING]

        world.tables.refuses = lambda *_: False
        assert failed(function.invoke({"Records": [last]})) == []
    assert statuses(world, event) == [JobStatus.STARTING] * 2
    assert len(world.task_arns()) == 2


def test_a_batch_that_is_cut_off_while_ecs_starts_its_tasks_starts_none_twice(world):
    event = event_of("dispatch/mixed_batch")
    with world.launching("dispatch", seconds=SHORT_SECONDS) as function:
        assert failed(function.invoke({"Records": []})) == []  # it is warm now
        world.tasks.keeps, world.tasks.expected = is_run_task, 2
        answer = function.invoke(event)
    assert f"timed out after {SHORT_SECONDS}.00 seconds" in answer.text
    assert world.tasks.has_kept.is_set()

    world.tasks.keeps = lambda *_: False
    with world.launching("dispatch") as function:
        assert failed(function.invoke(event)) == []
    assert statuses(world, event) == [JobStatus.STARTING] * 2
    assert len(world.task_arns()) == 2


def test_a_crash_while_ecs_starts_tasks_starts_none_twice(world):
    event = event_of("dispatch/mixed_batch")
    world.tasks.keeps, world.tasks.expected = is_run_task, 2
    with world.launching("dispatch") as function:
        answer = function.killed_meanwhile(event, when=world.tasks.has_kept)
        assert answer.status == 502
        assert answer.document["errorType"] == "Runtime.ExitError"

        world.tasks.keeps = lambda *_: False
        assert failed(function.invoke(event)) == []  # a new process, as on Lambda
    assert statuses(world, event) == [JobStatus.STARTING] * 2
    assert len(world.task_arns()) == 2
