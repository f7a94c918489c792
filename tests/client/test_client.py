from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from builders import DEPLOYMENT_ID, NOW, a_job
from client_world import ClientWorld
from headrace.identity import job_id
from headrace.jobs.job import JobStatus
from headrace.ports import StoredRejection
from headrace.requests.rejection import Reason
from headrace_client.errors import DeadlinePassedError, NotFoundError, RefusedError
from rejecting import parsed, rejected

ONE_DAY = timedelta(days=1)


@pytest.fixture
def world():
    return ClientWorld()


def a_job_of(world, submission, **changes):
    """Return the record that the deployment makes of the last request."""
    request = parsed(world.requests.sent[-1][0])
    return a_job(
        job_id=submission.job_id,
        job_name=request.job_name,
        idempotency_key=request.idempotency_key,
        fingerprint=request.fingerprint,
        **changes,
    )


def a_stored_rejection(message_id, **changes):
    rejection = replace(rejected("{"), **changes)
    return StoredRejection(message_id, NOW, rejection)


def test_a_submission_knows_the_job_id_that_the_deployment_will_derive(world):
    submission = world.client.submit(
        "report", parameters={"date": "2026-11-22"}, idempotency_key="r-1"
    )
    assert submission.job_id == job_id(
        deployment_id=DEPLOYMENT_ID,
        tenant="default",
        job_name="report",
        idempotency_key="r-1",
    )
    assert submission.message_id == "message-1"


def test_a_request_says_what_was_asked_for_and_nothing_else(world):
    world.client.submit(
        "report",
        parameters={"date": "2026-11-22"},
        idempotency_key="r-1",
        timeout_seconds=60,
        labels={"team": "blue"},
    )
    [(body, tenant)] = world.requests.sent
    assert tenant == "default"
    assert json.loads(body) == {
        "schemaVersion": "1",
        "jobName": "report",
        "idempotencyKey": "r-1",
        "tenant": "default",
        "parameters": {"date": "2026-11-22"},
        "timeoutSeconds": 60,
        "labels": {"team": "blue"},
    }


def test_a_scheduled_request_carries_its_time_with_an_offset(world):
    world.client.submit("report", scheduled_at=NOW + ONE_DAY)
    [(body, _)] = world.requests.sent
    assert json.loads(body)["scheduledAt"] == "2026-11-23T10:00:00Z"


def test_a_naive_time_is_refused(world):
    with pytest.raises(ValueError, match="must be aware"):
        world.client.submit("report", scheduled_at=NOW.replace(tzinfo=None))


def test_without_a_key_every_submission_is_a_job_of_its_own(world):
    first = world.client.submit("report")
    second = world.client.submit("report")
    assert first.idempotency_key != second.idempotency_key
    assert first.job_id != second.job_id


def test_a_request_that_breaks_its_form_is_not_sent(world):
    with pytest.raises(RefusedError) as caught:
        world.client.submit("report", timeout_seconds=0)
    assert caught.value.rejection.reason is Reason.INVALID_FIELD
    assert caught.value.rejection.field == "timeoutSeconds"
    assert world.requests.sent == []


def test_another_tenants_requests_carry_its_name():
    world = ClientWorld(tenant="acme")
    submission = world.client.submit("report", idempotency_key="r-1")
    [(body, tenant)] = world.requests.sent
    assert (json.loads(body)["tenant"], tenant) == ("acme", "acme")
    assert submission.job_id != job_id(
        deployment_id=DEPLOYMENT_ID,
        tenant="default",
        job_name="report",
        idempotency_key="r-1",
    )


def test_get_returns_the_record(world):
    job = a_job()
    world.jobs.accept(job)
    assert world.client.get(job.job_id).job_id == job.job_id


def test_another_tenants_job_is_not_found(world):
    job = a_job(tenant="acme")
    world.jobs.accept(job)
    with pytest.raises(NotFoundError):
        world.client.get(job.job_id)


def test_cancel_asks_in_the_jobs_own_tenant(world):
    job = a_job()
    world.jobs.accept(job)
    world.client.cancel(job.job_id, idempotency_key="c-1")
    [(body, _)] = world.requests.sent
    assert json.loads(body) == {
        "schemaVersion": "1",
        "type": "cancel",
        "jobId": job.job_id,
        "idempotencyKey": "c-1",
        "tenant": "default",
    }


def test_cancelling_an_unknown_job_sends_nothing(world):
    with pytest.raises(NotFoundError):
        world.client.cancel(a_job().job_id)
    assert world.requests.sent == []


def test_waiting_ends_with_the_job(world):
    submission = world.client.submit("report")
    seen = []

    def finish_after_three_seconds(_):
        if world.clock.now() >= NOW + timedelta(seconds=3):
            world.jobs.replace(running, ended)

    running = a_job_of(world, submission, status=JobStatus.RUNNING)
    ended = a_job_of(
        world, submission, status=JobStatus.SUCCEEDED, revision=2, operation_id="end"
    )
    world.jobs.accept(running)
    end = world.client.wait(
        submission,
        deadline_seconds=60,
        on_look=lambda job: (seen.append(job.status), finish_after_three_seconds(job)),
    )
    assert end.status is JobStatus.SUCCEEDED
    assert seen[0] is JobStatus.RUNNING
    assert seen[-1] is JobStatus.SUCCEEDED
    assert world.clock.now() < NOW + timedelta(seconds=10)


def test_waiting_ends_with_a_rejection(world):
    submission = world.client.submit("report")
    world.jobs.reject(
        a_stored_rejection(submission.message_id), expires_at=NOW + ONE_DAY
    )
    end = world.client.wait(submission, deadline_seconds=60)
    assert isinstance(end, StoredRejection)


def test_waiting_for_a_conflicting_request_does_not_end_with_the_first_job(world):
    """The job that stands under the id was made by another request."""
    submission = world.client.submit("report", idempotency_key="r-1")
    world.jobs.accept(
        replace(
            a_job_of(world, submission, status=JobStatus.SUCCEEDED), fingerprint="other"
        )
    )
    world.jobs.reject(
        a_stored_rejection(submission.message_id, reason=Reason.IDEMPOTENCY_CONFLICT),
        expires_at=NOW + ONE_DAY,
    )
    end = world.client.wait(submission, deadline_seconds=60)
    assert isinstance(end, StoredRejection)
    assert end.rejection.reason is Reason.IDEMPOTENCY_CONFLICT


def test_waiting_gives_up_at_the_deadline_and_says_what_it_saw(world):
    submission = world.client.submit("report")
    world.jobs.accept(a_job_of(world, submission, status=JobStatus.RUNNING))
    with pytest.raises(DeadlinePassedError, match="is RUNNING after 7 s") as caught:
        world.client.wait(submission, deadline_seconds=7)
    assert caught.value.job.status is JobStatus.RUNNING
    assert world.clock.now() == NOW + timedelta(seconds=7)


def test_waiting_for_what_has_no_record_gives_up_too(world):
    with pytest.raises(DeadlinePassedError, match="has no record yet"):
        world.client.wait(a_job().job_id, deadline_seconds=1)


def test_waiting_for_a_cancellation_ends_with_the_cancelled_job(world):
    job = a_job(status=JobStatus.CANCELLED)
    world.jobs.accept(job)
    submission = world.client.cancel(job.job_id)
    assert world.client.wait(submission, deadline_seconds=1).job_id == job.job_id


def some_jobs(world, count, **changes):
    for number in range(count):
        at = NOW + timedelta(seconds=number)
        world.jobs.accept(
            a_job(idempotency_key=f"r-{number}", accepted_at=at, **changes)
        )


def test_a_listing_is_newest_first_and_ends_at_its_limit(world):
    some_jobs(world, 5)
    keys = [job.idempotency_key for job in world.client.list(limit=3)]
    assert keys == ["r-4", "r-3", "r-2"]


def test_a_listing_goes_through_the_pages(world):
    some_jobs(world, 250)
    assert len(list(world.client.list(limit=1000))) == 250


def test_a_listing_can_be_of_one_status(world):
    some_jobs(world, 3)
    done = a_job(idempotency_key="done", status=JobStatus.SUCCEEDED)
    world.jobs.accept(done)
    assert [job.job_id for job in world.client.list(status="SUCCEEDED")] == [
        done.job_id
    ]


def test_a_page_says_where_the_next_begins(world):
    some_jobs(world, 5)
    first = world.client.page(limit=3)
    second = world.client.page(limit=3, cursor=first.cursor)
    keys = [job.idempotency_key for job in (*first.entries, *second.entries)]
    assert keys == ["r-4", "r-3", "r-2", "r-1", "r-0"]
    assert second.cursor is None


def test_rejections_are_listed_among_the_jobs(world):
    some_jobs(world, 1)
    world.jobs.reject(a_stored_rejection("message-9"), expires_at=NOW + ONE_DAY)
    listed = list(world.client.list(status="REJECTED"))
    assert [entry.message_id for entry in listed] == ["message-9"]
    assert len(list(world.client.list())) == 2
