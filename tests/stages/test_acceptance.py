"""Acceptance and cancelling: the first record, who is woken, and the limits."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from builders import a_request_body
from headrace.errors import JobMoved
from headrace.jobs.job import JobStatus, WaitReason
from headrace.launches.budget import LaunchRate
from headrace.launches.launch import OVERRIDES_CHARACTERS_MAX, LaunchOrder
from headrace.requests.rejection import Reason
from headrace_local.ecs import Fate
from headrace_local.memory import Moment
from world import World

ONE_A_DAY = LaunchRate(per_second=1 / 86_400, burst=1)


def seconds(number):
    return timedelta(seconds=number)


@pytest.fixture
def world():
    world = World()
    world.runner.choose(Fate(run_seconds=None), times=None)
    return world


@pytest.fixture
def full():
    """Return a world whose launch budget is used up."""
    world = World(rate=ONE_A_DAY)
    world.submit(idempotencyKey="first")
    world.waker.take()
    return world


def tenants_of(world):
    return world.budget.reserve(0, now=world.clock.now()).backlog.tenants


def refusal_of(world, **changes):
    message = world.message(**changes)
    assert world.dispatch(message) == []
    return world.jobs.rejection(message.message_id).rejection


def test_a_job_that_waits_for_the_budget_is_new_and_visited(full):
    job = full.submit()

    assert (job.revision, job.sequence, job.attempt) == (1, 1, 1)
    assert (job.wait_reason, job.not_before_at) == (WaitReason.LAUNCH_BUDGET, None)
    assert full.due_in(job) == seconds(1200)
    assert tenants_of(full) == {"default"}
    assert full.waker.take() == [()]


def test_a_job_that_waits_is_looked_at_by_its_start_deadline(full):
    assert full.due_in(full.submit(startDeadlineSeconds=300)) == seconds(300)


def test_a_scheduled_job_is_in_no_backlog_and_wakes_nobody(world):
    at = world.clock.now() + timedelta(hours=2)

    job = world.submit(scheduledAt=at.isoformat())

    assert (job.not_before_at, job.next_at, job.is_ready) == (at, at, False)
    assert tenants_of(world) == frozenset()
    assert world.waker.take() == []


def test_a_scheduled_time_that_is_now_is_no_reason_to_wait(world):
    job = world.submit(scheduledAt=world.clock.now().isoformat())

    assert job.status is JobStatus.STARTING


def test_a_scheduled_time_that_has_passed_is_not_on_the_record(full):
    at = full.clock.now() - timedelta(minutes=1)

    assert full.submit(scheduledAt=at.isoformat()).not_before_at is None


def test_a_job_that_is_launched_wakes_nobody_and_is_announced(world):
    job = world.submit()

    assert world.waker.take() == []
    (told,) = world.signals.of("job.accepted")
    assert told.fields == {
        "job_id": job.job_id,
        "job_name": "report",
        "tenant": "default",
    }


def test_a_request_gets_the_version_that_it_names(world):
    first = world.definitions.version("report", 1)
    world.definitions.register(replace(first, version=2))

    old = world.submit(idempotencyKey="old", jobVersion=1)
    new = world.submit(idempotencyKey="new")

    assert (old.job_version, new.job_version) == (1, 2)


def test_a_version_of_an_unknown_job_is_an_unknown_job(world):
    refused = refusal_of(world, jobName="absent", jobVersion=1)

    assert refused.reason is Reason.UNKNOWN_JOB


def test_overrides_fill_ecs_limit_and_not_one_character_more():
    world = World(definition={"command": ["report"]})

    def submitted(characters):
        request = {"parameters": {"date": "x" * characters}}
        request["idempotencyKey"] = f"k{characters}"
        world.dispatch(world.message(**request))
        return request

    short = world.job(**submitted(1))
    used = LaunchOrder.from_json(short.order_json).overrides_characters
    room = OVERRIDES_CHARACTERS_MAX - used - 1  # attempts may come to have two digits

    longest = world.job(**submitted(1 + room))
    submitted(2 + room)

    order = LaunchOrder.from_json(longest.order_json)
    assert order.overrides_characters == OVERRIDES_CHARACTERS_MAX - 1
    (stored,) = world.jobs.rejections()
    assert stored.rejection.reason is Reason.OVERRIDES_TOO_LARGE
    assert "8192" in stored.rejection.limit
    assert "8193" in stored.rejection.value


def test_a_request_that_is_refused_is_no_duplicate_of_another_under_its_key(world):
    world.submit()

    refused = refusal_of(world, timeoutSeconds=999_999)

    assert refused.reason is Reason.LIMIT_EXCEEDED


def test_a_rejection_is_announced_and_kept_for_its_time(world, monkeypatch):
    kept = []
    reject = world.jobs.reject

    def rejecting(stored, *, expires_at):
        kept.append(expires_at)
        reject(stored, expires_at=expires_at)

    monkeypatch.setattr(world.jobs, "reject", rejecting)

    refused = refusal_of(world, image="x")

    assert kept == [world.clock.now() + timedelta(days=35)]
    (told,) = world.signals.of("request.rejected")
    assert told.fields["reason"] == str(refused.reason) == "UNKNOWN_FIELD"
    assert (told.fields["field"], told.fields["message_id"]) == ("image", "message-1")


@pytest.mark.parametrize("minutes", [0, 5])
def test_a_duplicate_is_announced_and_starts_nothing(minutes):
    world = World()
    message = world.message(startDeadlineSeconds=60, scheduledAt="2026-01-01T00:00:01Z")
    world.dispatch(message)
    world.run(minutes=minutes)  # after the deadline it would be refused

    world.dispatch(message)

    assert len(world.signals.of("job.duplicate")) == 1
    assert len(world.signals.of("job.accepted")) == 1


def test_a_message_that_failed_is_announced(world):
    world.jobs.faults.plan("accept", Moment.BEFORE)
    message = world.message()
    world.dispatch(message)

    (told,) = world.signals.of("dispatch.message_deferred")
    assert told.fields["message_id"] == message.message_id
    assert told.fields["error"] == "StoreBusy"


def test_a_batch_goes_back_whole_when_the_catalogue_does_not_answer(world):
    world.definitions.faults.plan("active", Moment.BEFORE)
    messages = [world.message(), world.message("{")]

    assert world.dispatch(*messages) == [each.message_id for each in messages]
    assert world.jobs.rejections() == []
    assert world.signals.of("dispatch.batch_deferred")


def test_a_deadline_that_passes_while_the_batch_is_read_is_kept(world):
    reserve = world.budget.reserve

    def slow_reserve(wanted, *, now):
        world.pass_time(1)
        return reserve(wanted, now=now)

    world.budget.reserve = slow_reserve
    message = world.message(startDeadlineSeconds=1)

    assert world.dispatch(message) == []
    world.budget.reserve = reserve
    assert world.tasks() == []
    world.run(minutes=1)

    assert [job.status for job in world.jobs.jobs()] == [JobStatus.EXPIRED]


def test_a_running_job_is_cancelled_once_and_reconcile_woken_once(world):
    job = world.submit()
    world.deliver()

    world.cancel(job)
    cancelled = world.job()
    assert world.cancel(job) == []

    assert world.job() == cancelled
    assert world.due_in(cancelled) == seconds(0)
    assert world.waker.take() == [()]
    assert len(world.signals.of("job.cancel_requested")) == 1


def test_a_waiting_job_is_cancelled_without_waking_anybody(full):
    job = full.submit()
    full.waker.take()

    full.cancel(job)

    assert full.job().status is JobStatus.CANCELLED
    assert full.waker.take() == []


def test_the_cancellation_of_a_job_that_has_ended_changes_nothing():
    world = World()
    job = world.submit()
    world.run(minutes=1)
    ended = world.job()

    assert world.cancel(job) == []

    assert world.job() == ended
    assert world.waker.take() == []
    assert world.signals.of("job.cancel_requested") == []


def test_a_refused_cancellation_wakes_nobody(world):
    body = json.loads(a_request_body(parameters=None, jobName=None))
    world.dispatch(
        world.message(json.dumps(body | {"type": "cancel", "jobId": "a" * 26}))
    )

    assert [each.rejection.reason for each in world.jobs.rejections()] == [
        Reason.JOB_NOT_FOUND
    ]
    assert world.waker.take() == []


def test_the_cancellation_of_a_job_that_keeps_moving_goes_back(world, monkeypatch):
    job = world.submit()

    def overtaken(before, _):
        raise JobMoved(before.job_id, before)

    monkeypatch.setattr(world.jobs, "replace", overtaken)

    assert world.cancel(job) == ["message-2"]


def test_a_job_that_waits_for_capacity_is_not_in_the_backlog(world):
    world.engine.faults.refuse_next(1)

    job = world.submit()

    assert (job.wait_reason, job.is_ready) == (WaitReason.CAPACITY, False)
    assert tenants_of(world) == frozenset()


@pytest.mark.parametrize(
    ("strike", "event", "fields"),
    [
        (lambda faults: None, "launch.started", {}),
        (
            lambda faults: faults.throttle_next(1),
            "launch.refused",
            {"kind": "THROTTLED"},
        ),
        (lambda faults: faults.refuse_next(1), "launch.refused", {"kind": "CAPACITY"}),
        (
            lambda faults: faults.fail_next("AccessDeniedException"),
            "launch.rejected",
            {"kind": "DENIED", "code": "AccessDeniedException"},
        ),
        (
            lambda faults: faults.fail_next("PlatformUnknownException"),
            "launch.rejected",
            {"kind": "PERMANENT"},
        ),
        (lambda faults: faults.fail_next("ConflictException"), "launch.clashed", {}),
        (lambda faults: faults.lose_answer(1), "launch.unanswered", {}),
    ],
)
def test_operators_learn_what_ecs_said(world, strike, event, fields):
    strike(world.engine.faults)
    job = world.submit()

    (told,) = [each for each in world.signals.all() if each.event.startswith("launch.")]
    assert told.event == event
    expected = {"job_id": job.job_id, "attempt": 1, "launch": 1, "sends": 1} | fields
    assert expected.items() <= told.fields.items()


def test_what_a_request_carries_is_on_the_record(world):
    traceparent = f"00-{'a' * 32}-{'b' * 16}-01"

    job = world.submit(
        requestedBy="ann", correlationId="order-7", traceparent=traceparent
    )

    assert (job.requested_by, job.correlation_id) == ("ann", "order-7")
    assert job.traceparent == traceparent


def test_a_lease_that_ended_before_the_send_is_announced(world):
    accept = world.jobs.accept

    def slow_accept(job, **kwargs):
        world.pass_time(90)  # just as long as the lease
        return accept(job, **kwargs)

    world.jobs.accept = slow_accept
    job = world.submit()

    assert world.tasks() == []
    (told,) = world.signals.of("launch.lease_over")
    assert told.fields == {"job_id": job.job_id}
    assert world.signals.of("launch.refused") == []  # ECS was not asked
