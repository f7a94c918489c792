"""Who asks to be told of a job's end is kept, whenever and however often it asks."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from headrace.jobs.job import JobStatus
from headrace.limits import TASK_TOKENS_MAX
from headrace.requests.rejection import Reason
from headrace_local.memory import Moment
from world import World

TOKEN = "AQCEAAAAKgAAAAMAAAAA-token"


@pytest.fixture
def world():
    return World()


def waiting(token=TOKEN, **changes):
    return {"notify": {"taskToken": token}, **changes}


def tokens(world):
    return world.job().task_tokens


def test_a_request_s_token_is_kept_with_its_job_from_the_first_write(world):
    job = world.submit(**waiting())

    assert job.task_tokens == (TOKEN,)
    assert job.revision == 1
    assert TOKEN not in job.request_json


def test_a_redelivery_changes_nothing(world):
    message = world.message(**waiting())
    world.dispatch(message)
    before = world.job()
    assert world.dispatch(message) == []

    assert world.job() == before


def test_a_duplicate_with_another_token_is_the_same_job_and_waits_as_well(world):
    world.submit(**waiting("first"))
    assert world.dispatch(world.message(**waiting("second"))) == []

    assert tokens(world) == ("first", "second")
    assert world.jobs.rejections() == []
    assert len(world.tasks()) == 1


def test_a_token_is_added_to_a_job_that_has_ended_and_its_end_stays(world):
    world.submit()
    world.run(minutes=1)
    before = world.job()
    assert before.status is JobStatus.SUCCEEDED
    world.dispatch(world.message(**waiting()))

    assert world.job() == replace(
        before,
        task_tokens=(TOKEN,),
        revision=before.revision + 1,
        operation_id=world.job().operation_id,
    )


def test_a_token_survives_whatever_moves_the_job_meanwhile(world):
    world.submit(**waiting())
    world.run(minutes=1)

    assert tokens(world) == (TOKEN,)


@pytest.mark.parametrize("moment", Moment)
def test_a_store_that_fails_gives_the_message_back_and_then_it_is_kept_once(
    world, moment
):
    world.submit(**waiting("first"))
    message = world.message(**waiting("second"))
    world.jobs.faults.plan("replace", moment)

    assert world.dispatch(message) == [message.message_id]
    assert world.dispatch(message) == []
    assert tokens(world) == ("first", "second")


def test_one_more_than_may_wait_is_rejected_and_keeps_its_token_to_be_answered(world):
    for number in range(TASK_TOKENS_MAX):
        world.submit(**waiting(f"token-{number}"))
    world.dispatch(world.message(**waiting("one-more")))

    (stored,) = world.jobs.rejections()
    assert stored.rejection.reason is Reason.LIMIT_EXCEEDED
    assert stored.rejection.field == "notify.taskToken"
    assert stored.rejection.task_token == "one-more"
    assert len(tokens(world)) == TASK_TOKENS_MAX


def test_a_job_that_has_ended_has_room_for_everybody(world):
    world.submit()
    world.run(minutes=1)
    for number in range(TASK_TOKENS_MAX + 2):
        world.dispatch(world.message(**waiting(f"token-{number}")))

    assert tokens(world) == tuple(f"token-{n}" for n in range(2, TASK_TOKENS_MAX + 2))
    assert world.jobs.rejections() == []


def test_a_duplicate_that_would_be_refused_now_waits_for_the_standing_job(world):
    changes = {"startDeadlineSeconds": 5, "scheduledAt": "2026-11-22T10:00:01Z"}
    world.submit(**changes)
    world.run(minutes=2)
    world.dispatch(world.message(**changes, **waiting()))

    assert tokens(world) == (TOKEN,)


@pytest.mark.parametrize(
    "body",
    [
        {"jobName": "nobody"},
        {"colour": "red"},
        {"notify": {"taskToken": TOKEN, "email": "a@example.com"}},
        {"type": "cancel", "jobId": "a" * 26},
        {"parameters": {"date": "AKIAIOSFODNN7EXAMPLE"}},
    ],
    ids=lambda body: next(iter(body)),
)
def test_a_rejected_request_s_token_is_kept_with_the_rejection(world, body):
    world.dispatch(world.message(**(waiting() | body)))

    (stored,) = world.jobs.rejections()
    assert stored.rejection.task_token == TOKEN
    assert TOKEN not in repr(stored)
    assert TOKEN not in str(world.signals.all())


@pytest.mark.parametrize(
    "notify",
    [
        "AQCEAAAAKgAAAAMAAAAA-token",
        {"token": TOKEN},
        {"taskToken": ["a", TOKEN]},
        {"taskToken": TOKEN * 100},
        {"taskToken": ""},
        {},
    ],
    ids=str,
)
def test_a_token_in_a_wrong_place_is_refused_and_not_shown(world, notify):
    world.dispatch(world.message(notify=notify))

    (stored,) = world.jobs.rejections()
    assert stored.rejection.field.startswith("notify")
    assert "token" not in (stored.rejection.value or "")


def test_a_conflict_fails_the_newcomer_and_leaves_the_first_waiting(world):
    world.submit(**waiting("first"))
    other = {"parameters": {"date": "2026-11-23", "format": "pdf"}}
    world.dispatch(world.message(**waiting("second"), **other))

    (stored,) = world.jobs.rejections()
    assert stored.rejection.reason is Reason.IDEMPOTENCY_CONFLICT
    assert stored.rejection.task_token == "second"
    assert tokens(world) == ("first",)


def test_a_token_is_not_taken_for_a_credential(world):
    token = "AKIAIOSFODNN7EXAMPLE"
    job = world.submit(**waiting(token))

    assert job.task_tokens == (token,)
    assert token not in json.dumps(job.request_json)
