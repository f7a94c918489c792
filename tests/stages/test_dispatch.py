"""Dispatch: requests become jobs, duplicates and stored rejections, never nothing."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from builders import a_request_body
from definition_builders import a_definition_document
from headrace.errors import RecordUnreadable
from headrace.identity import traceparent_of
from headrace.jobs.job import JobStatus, WaitReason
from headrace.launches.budget import LaunchRate
from headrace.requests.rejection import Reason
from headrace_local.ecs import Fate
from headrace_local.memory import Moment
from world import World


@pytest.fixture
def world():
    return World()


def test_a_request_becomes_a_job_and_one_task(world):
    job = world.submit()

    assert job.status is JobStatus.STARTING
    assert [task.started_by for task in world.tasks()] == [f"{job.job_id}-1-1"]


def test_acceptance_and_first_intent_are_one_write(world):
    job = world.submit()

    assert (job.revision, job.sequence) == (1, 1)


def test_the_container_gets_the_job_and_its_parameters(world):
    job = world.submit(correlationId="order-7")
    (spec,) = world.runner.specs.values()

    assert json.loads(spec.environment["JOB_PARAMETERS"]) == {
        "date": "2026-11-22",
        "format": "pdf",
    }
    expected = {
        "JOB_ID": job.job_id,
        "JOB_NAME": "report",
        "JOB_VERSION": "1",
        "JOB_ATTEMPT": "1",
        "JOB_TENANT": "default",
        "JOB_CORRELATION_ID": "order-7",
        "JOB_TIMEOUT_SECONDS": "3600",
        "TRACEPARENT": traceparent_of(job.job_id),
    }
    assert expected.items() <= spec.environment.items()
    assert spec.command == ("report", "--date", "2026-11-22")


def test_a_redelivered_request_starts_no_second_task(world):
    message = world.message()

    for _ in range(5):
        assert world.dispatch(message) == []

    assert len(world.tasks()) == 1


def test_a_redelivery_after_the_end_starts_nothing(world):
    message = world.message()
    world.dispatch(message)
    world.run(minutes=1)
    assert world.job().status is JobStatus.SUCCEEDED
    world.pass_time(2 * 3600)  # ECS has forgotten the token and the task

    assert world.dispatch(message) == []

    assert world.job().status is JobStatus.SUCCEEDED
    assert world.tasks() == []


def test_the_same_request_in_another_message_is_the_same_job(world):
    world.dispatch(world.message(), world.message(labels={"team": "blue"}))

    assert len(world.tasks()) == 1
    assert world.jobs.rejections() == []


def test_concurrent_deliveries_make_one_task(world):
    messages = [world.message() for _ in range(20)]

    with ThreadPoolExecutor(20) as pool:
        given_back = list(pool.map(world.dispatch, messages))

    assert given_back == [[]] * 20
    assert len(world.tasks()) == 1
    assert len(world.jobs.jobs()) == 1


def test_a_key_that_is_taken_by_another_request_is_refused(world):
    first = world.submit()

    world.dispatch(world.message(parameters={"date": "2026-11-23"}))

    (stored,) = world.jobs.rejections()
    assert stored.rejection.reason is Reason.IDEMPOTENCY_CONFLICT
    assert stored.rejection.job_id == first.job_id
    assert world.job() == first
    assert len(world.tasks()) == 1


@pytest.mark.parametrize(
    ("body", "reason", "field"),
    [
        ("{", Reason.MALFORMED_JSON, None),
        ("[]", Reason.NOT_AN_OBJECT, None),
        (a_request_body(jobName="absent"), Reason.UNKNOWN_JOB, "jobName"),
        (a_request_body(jobVersion=9), Reason.UNKNOWN_JOB_VERSION, "jobVersion"),
        (a_request_body(image="x"), Reason.UNKNOWN_FIELD, "image"),
        (a_request_body(priority=1), Reason.INVALID_FIELD, "priority"),
        (
            a_request_body(parameters={"date": 7}),
            Reason.INVALID_PARAMETERS,
            "parameters.date",
        ),
        (
            a_request_body(timeoutSeconds=3601),
            Reason.LIMIT_EXCEEDED,
            "timeoutSeconds",
        ),
        (
            a_request_body(parameters={"date": "x" * 8192}),
            Reason.OVERRIDES_TOO_LARGE,
            "parameters",
        ),
    ],
)
def test_a_bad_request_is_stored_with_its_reason_and_consumed(
    world, body, reason, field
):
    message, neighbour = world.message(body), world.message()

    assert world.dispatch(message, neighbour) == []

    stored = world.jobs.rejection(message.message_id)
    assert stored is not None
    assert (stored.rejection.reason, stored.rejection.field) == (reason, field)
    assert world.job().status is JobStatus.STARTING


def test_a_redelivery_that_would_be_refused_by_now_is_still_a_duplicate(world):
    message = world.message(startDeadlineSeconds=60, scheduledAt="2026-01-01T00:00:01Z")
    assert world.dispatch(message) == []
    world.run(minutes=5)

    assert world.dispatch(message) == []

    assert world.jobs.rejections() == []
    assert world.job().status is JobStatus.SUCCEEDED


def test_a_message_goes_back_when_the_table_does_not_answer(world):
    world.jobs.faults.plan("accept", Moment.BEFORE)
    message = world.message()

    assert world.dispatch(message) == [message.message_id]
    assert world.tasks() == []

    assert world.dispatch(message) == []
    assert len(world.tasks()) == 1


def test_a_job_whose_acceptance_was_stored_unseen_is_still_launched(world):
    world.jobs.faults.plan("accept", Moment.AFTER)
    message = world.message()

    assert world.dispatch(message) == [message.message_id]
    assert world.dispatch(message) == []
    assert world.tasks() == []  # the record says STARTING: only reconcile may send

    world.run(minutes=4)

    assert world.job().status is JobStatus.SUCCEEDED
    assert len(world.tasks()) == 1


def test_a_rejection_that_cannot_be_stored_goes_back(world):
    world.jobs.faults.plan("reject", Moment.BEFORE)
    bad, good = world.message("{"), world.message()

    assert world.dispatch(bad, good) == [bad.message_id]
    assert world.job().status is JobStatus.STARTING


def test_a_scheduled_job_waits_for_its_time(world):
    job = world.submit(scheduledAt="2026-01-01T02:00:00+00:00")

    assert (job.status, job.wait_reason) == (JobStatus.PENDING, WaitReason.SCHEDULED)
    world.run(minutes=119)
    assert world.job(scheduledAt="x").status is JobStatus.PENDING
    world.run(minutes=3)

    assert world.job(scheduledAt="x").status is JobStatus.SUCCEEDED


def test_over_the_budget_a_job_waits_and_its_message_is_consumed():
    world = World(rate=LaunchRate(per_second=1 / 60, burst=1))
    messages = [world.message(idempotencyKey=f"k{n}") for n in range(3)]

    assert world.dispatch(*messages) == []

    waiting = [j for j in world.jobs.jobs() if j.status is JobStatus.RUNNABLE]
    assert len(waiting) == 2
    assert {job.wait_reason for job in waiting} == {WaitReason.LAUNCH_BUDGET}
    assert len(world.tasks()) == 1
    assert len(world.waker.take()) == 1  # reconcile need not wait for its minute


def test_reconcile_drains_the_backlog_in_the_budgets_pace():
    world = World(rate=LaunchRate(per_second=1 / 60, burst=1))
    world.dispatch(*(world.message(idempotencyKey=f"k{n}") for n in range(3)))

    world.run(minutes=5)

    assert [job.status for job in world.jobs.jobs()] == [JobStatus.SUCCEEDED] * 3
    assert len(world.tasks()) == 3


def test_new_requests_do_not_overtake_a_backlog():
    world = World(rate=LaunchRate(per_second=100, burst=100))
    world.budget.hold(world.clock.now().replace(year=2027))

    job = world.submit()

    assert (job.status, job.is_ready) == (JobStatus.RUNNABLE, True)
    assert world.tasks() == []
    assert world.waker.take() == []  # whoever holds the backlog is at work on it


def test_a_pinned_queue_refuses_other_tenants():
    world = World(pinned_tenant="blue")

    world.dispatch(world.message(tenant="red"))

    (stored,) = world.jobs.rejections()
    assert stored.rejection.reason is Reason.TENANT_MISMATCH


def test_a_cancelled_job_that_waits_ends_at_once(world):
    job = world.submit(scheduledAt="2026-01-02T00:00:00Z")

    assert world.cancel(job) == []

    assert world.jobs.get(job.job_id).status is JobStatus.CANCELLED


def test_a_cancelled_job_that_runs_is_stopped(world):
    world.runner.choose(Fate(run_seconds=None))
    job = world.submit()
    world.deliver()
    assert world.job().status is JobStatus.RUNNING

    assert world.cancel(job) == []
    world.tick()
    world.pass_time(60)
    world.deliver()

    ended = world.job()
    assert ended.status is JobStatus.CANCELLED
    assert ended.outcome.exit_code == 143


def test_a_job_that_finished_before_its_cancellation_keeps_its_outcome(world):
    job = world.submit()
    world.deliver()
    world.cancel(job)
    world.pass_time(60)  # it ends by itself before reconcile comes
    world.deliver()
    world.tick()

    assert world.job().status is JobStatus.SUCCEEDED


def test_a_job_and_its_cancellation_may_come_in_one_batch(world):
    world.runner.choose(Fate(run_seconds=None))
    job_id = World().submit().job_id
    cancellation = json.dumps(
        {
            "schemaVersion": "1",
            "type": "cancel",
            "jobId": job_id,
            "idempotencyKey": "c",
        }
    )

    assert world.dispatch(world.message(cancellation), world.message()) == []
    world.run(minutes=4)

    assert world.job().status is JobStatus.CANCELLED


@pytest.mark.parametrize("tenant", ["default", "other"])
def test_a_cancellation_of_no_job_of_the_tenant_is_refused(world, tenant):
    job = world.submit()
    missing = "a" * 26 if tenant == "default" else job.job_id
    world.dispatch(
        world.message(
            json.dumps(
                {
                    "schemaVersion": "1",
                    "type": "cancel",
                    "jobId": missing,
                    "tenant": tenant,
                    "idempotencyKey": "c",
                }
            )
        )
    )

    (stored,) = world.jobs.rejections()
    assert stored.rejection.reason is Reason.JOB_NOT_FOUND
    assert world.job() == job


def test_a_sender_whose_lease_is_over_sends_nothing_and_gives_the_launch_up(world):
    accept = world.jobs.accept

    def slow_accept(*args, **kwargs):
        world.pass_time(91)  # the table took longer than the lease
        return accept(*args, **kwargs)

    world.jobs.accept = slow_accept
    job = world.submit()

    assert world.tasks() == []
    assert (job.status, job.is_ready) == (JobStatus.RUNNABLE, True)
    world.jobs.accept = accept
    world.run(minutes=2)
    assert world.job().status is JobStatus.SUCCEEDED
    assert len(world.tasks()) == 1


def test_a_definition_that_cannot_be_read_does_not_hold_up_its_neighbours(
    world, monkeypatch
):
    world.register_also(a_definition_document(name="damaged"))
    bad, good = world.message(jobName="damaged"), world.message()
    read = world.definitions.active

    def active(names):
        if "damaged" in names:
            raise RecordUnreadable("definition damaged: schema 2 is above 1")
        return read(names)

    monkeypatch.setattr(world.definitions, "active", active)

    assert world.dispatch(bad, good) == [bad.message_id]
    assert world.job().status is JobStatus.STARTING


def test_a_pinned_version_that_cannot_be_read_does_not_hold_up_its_neighbours(
    world, monkeypatch
):
    bad = world.message(jobVersion=7, idempotencyKey="bad")
    good = world.message()
    read = world.definitions.version

    def version(name, number):
        if number == 7:
            raise RecordUnreadable("definition report: schema 2 is above 1")
        return read(name, number)

    monkeypatch.setattr(world.definitions, "version", version)

    assert world.dispatch(bad, good) == [bad.message_id]
    assert world.job().status is JobStatus.STARTING
