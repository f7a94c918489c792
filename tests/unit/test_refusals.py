"""Refusals, proven absence and losses: what a launch without a known task costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from builders import NOW, TASK_ARN, a_job
from definition_builders import a_registered
from headrace.definitions.definition import OnUnknown
from headrace.definitions.retry import RetryStrategy
from headrace.jobs.job import (
    DesiredStatus,
    JobStatus,
    LaunchEntry,
    ReasonCode,
    WaitReason,
)
from headrace.jobs.losses import after_loss
from headrace.jobs.moves import Move
from headrace.jobs.refusals import (
    after_absence,
    after_refusal,
    withdrawal,
    withdrawn,
)
from headrace.launches.launch import RefusalKind, Refused
from headrace.windows import Windows
from settlements import AT, a_settler, facts

ONE_MORE = RetryStrategy(infrastructure_retries=1)
DEADLINE_AT = AT + timedelta(seconds=1)


def refused(job, kind, settler=None, *, detail="because"):
    answer = Refused(kind, "SomeCode", detail, is_certain=True)
    known = facts(attempt=job.attempt, launch_number=job.launch_number)
    return after_refusal(job, answer, known, settler or a_settler(), a_registered())


def a_starting(**changes):
    return a_job(status=JobStatus.STARTING, **changes)


def an_entry(reason_code, detail, **changes):
    fields = {
        "attempt": 1,
        "launch": 1,
        "intended_at": NOW,
        "ended_at": AT,
        "reason_code": reason_code,
        "detail": detail,
    }
    return LaunchEntry(**(fields | changes))


def test_a_throttled_launch_joins_the_backlog_and_costs_nothing():
    after = refused(a_starting(), RefusalKind.THROTTLED)

    assert (after.status, after.wait_reason, after.is_ready) == (
        JobStatus.RUNNABLE,
        WaitReason.LAUNCH_BUDGET,
        True,
    )
    assert (after.launch, after.order_json, after.history) == (None, None, ())
    assert (after.infrastructure_used, after.attempt) == (0, 1)
    assert after.next_at == AT + timedelta(seconds=Windows().backlog_visit_seconds)


@pytest.mark.parametrize(
    "kind", [RefusalKind.THROTTLED, RefusalKind.TRANSIENT, RefusalKind.CAPACITY]
)
def test_a_refused_job_is_looked_at_by_its_start_deadline(kind):
    job = a_starting(start_deadline_at=DEADLINE_AT)

    assert refused(job, kind).next_at == DEADLINE_AT


def test_a_full_cluster_is_noted_and_costs_nothing():
    after = refused(a_starting(), RefusalKind.CAPACITY)

    assert (after.status, after.wait_reason) == (
        JobStatus.RUNNABLE,
        WaitReason.CAPACITY,
    )
    assert after.history == (an_entry(ReasonCode.CAPACITY, "SomeCode"),)
    assert (after.infrastructure_used, after.attempt) == (0, 1)
    assert (after.launch, after.order_json) == (None, None)


@pytest.mark.parametrize(
    ("launch_number", "delay_seconds"),
    # half of the ceiling is fixed, and jitter adds half of the other half
    [(1, 22.5), (2, 45), (3, 90), (5, 360), (6, 675), (40, 675)],
)
def test_a_full_cluster_is_asked_again_later_and_later(launch_number, delay_seconds):
    after = refused(a_starting(launch_number=launch_number), RefusalKind.CAPACITY)

    assert after.not_before_at - AT == timedelta(seconds=delay_seconds)


@pytest.mark.parametrize(("rung", "after_rung"), [(0, 1), (1, 2)])
def test_the_next_capacity_is_tried_at_once(rung, after_rung):
    settler = a_settler(capacity=("FARGATE_SPOT", "FARGATE", "ec2"))

    after = refused(a_starting(capacity_rung=rung), RefusalKind.CAPACITY, settler)

    assert (after.capacity_rung, after.not_before_at) == (after_rung, AT)


def test_after_the_last_capacity_the_first_is_tried_again_after_a_wait():
    settler = a_settler(capacity=("FARGATE_SPOT", "FARGATE"))

    after = refused(a_starting(capacity_rung=1), RefusalKind.CAPACITY, settler)

    assert after.capacity_rung == 0
    assert after.not_before_at > AT


def test_a_passing_trouble_uses_the_infrastructure_budget():
    after = refused(a_starting(infrastructure_used=1), RefusalKind.TRANSIENT)

    assert (after.status, after.wait_reason) == (JobStatus.RUNNABLE, WaitReason.BACKOFF)
    assert after.infrastructure_used == 2
    assert after.not_before_at - AT == timedelta(seconds=10)
    assert after.history == (an_entry(ReasonCode.INFRASTRUCTURE, "SomeCode"),)


@pytest.mark.parametrize(
    "lose",
    [
        lambda job, settler: refused(job, RefusalKind.TRANSIENT, settler),
        lambda job, settler: after_absence(job, absence_facts(), settler),
    ],
    ids=["refused", "absent"],
)
@pytest.mark.parametrize(("used", "tries_again"), [(0, True), (1, False)])
def test_a_budget_of_one_is_one_launch_beyond_the_first(lose, used, tries_again):
    after = lose(a_starting(infrastructure_used=used), a_settler(retry=ONE_MORE))

    assert (after.status is JobStatus.RUNNABLE) is tries_again
    if not tries_again:
        assert after.outcome.reason_code is ReasonCode.INFRASTRUCTURE
        assert "2 launches" in after.outcome.summary
        assert after.outcome.finished_at == after.status_at
        assert after.outcome.advice


def absence_facts():
    """A search that began when the quiet window was over found nothing."""
    return facts(
        now=NOW + timedelta(seconds=1100),
        search_began_at=NOW + timedelta(seconds=1090),
    )


def test_a_launch_that_is_proven_absent_says_so_in_the_history():
    after = after_absence(a_starting(), absence_facts(), a_settler())

    (entry,) = after.history
    assert entry.detail == "no task was made"
    assert after.infrastructure_used == 1


@pytest.mark.parametrize(
    ("used", "tries_again"),
    [(0, True), (1, True), (2, False)],
)
def test_a_denied_call_is_a_fault_after_three_launches(used, tries_again):
    after = refused(a_starting(infrastructure_used=used), RefusalKind.DENIED)

    assert (after.status is JobStatus.RUNNABLE) is tries_again
    if not tries_again:
        assert after.outcome.reason_code is ReasonCode.LAUNCH_REJECTED


def test_a_rejected_launch_keeps_ecs_words_within_their_limit():
    after = refused(a_starting(), RefusalKind.PERMANENT, detail="x" * 600)

    assert (after.status, after.outcome.reason_code) == (
        JobStatus.FAILED,
        ReasonCode.LAUNCH_REJECTED,
    )
    assert after.outcome.stopped_reason == "x" * 512
    assert "SomeCode" in after.outcome.summary
    assert after.outcome.finished_at == AT
    assert after.expires_at == AT + timedelta(days=35)


@pytest.mark.parametrize("kind", RefusalKind)
def test_a_cancelled_job_ends_with_the_refusal_whatever_it_says(kind):
    after = refused(a_starting(desired_status=DesiredStatus.CANCELLED), kind)

    assert after.status is JobStatus.CANCELLED


def test_a_job_whose_deadline_has_passed_is_not_launched_again():
    job = a_starting(start_deadline_at=AT)

    assert refused(job, RefusalKind.TRANSIENT).status is JobStatus.EXPIRED
    assert after_absence(job, absence_facts(), a_settler()).status is JobStatus.EXPIRED


def test_a_withdrawn_job_leaves_the_queues_and_is_kept_for_its_time():
    job = a_job(
        status=JobStatus.RUNNABLE,
        not_before_at=AT + timedelta(minutes=5),
        desired_status=DesiredStatus.CANCELLED,
    )

    ended = withdrawn(job, facts(), retention_days=40)

    assert (ended.status, ended.next_at, ended.is_ready) == (
        JobStatus.CANCELLED,
        None,
        False,
    )
    assert (ended.wait_reason, ended.not_before_at) == (None, None)
    assert ended.expires_at == AT + timedelta(days=40)
    assert ended.outcome.finished_at == AT
    assert ended.outcome.advice


def test_a_job_in_time_that_is_wanted_is_not_withdrawn():
    job = a_job(status=JobStatus.RUNNABLE, start_deadline_at=DEADLINE_AT)

    assert withdrawal(job, facts()) is None
    assert withdrawn(job, facts(), retention_days=40) is None


def lost(job, *, on_unknown, settler=None):
    return after_loss(
        Move.LOSE,
        job,
        facts(now=NOW + timedelta(hours=1)),
        settler or a_settler(),
        on_unknown=on_unknown,
    )


def a_missing(**changes):
    job = a_job(status=JobStatus.RUNNING, **changes)
    return replace(job, launch=replace(job.launch, missing_count=3))


def test_a_lost_job_says_that_nobody_knows():
    after = lost(a_missing(), on_unknown=OnUnknown.LOST)

    assert (after.status, after.outcome.reason_code) == (
        JobStatus.LOST,
        ReasonCode.LOST,
    )
    assert after.outcome.finished_at == NOW + timedelta(hours=1)


def test_a_job_that_may_run_twice_runs_again_and_keeps_the_lost_launch():
    after = lost(a_missing(infrastructure_used=1), on_unknown=OnUnknown.RETRY)

    assert (after.status, after.infrastructure_used) == (JobStatus.RUNNABLE, 2)
    assert after.not_before_at - NOW == timedelta(hours=1, seconds=10)
    (entry,) = after.history
    assert (entry.reason_code, entry.task_arn) == (ReasonCode.LOST, TASK_ARN)
    assert (entry.attempt, entry.launch, entry.intended_at) == (1, 1, NOW)
    assert entry.ended_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("used", "status"), [(0, JobStatus.RUNNABLE), (1, JobStatus.LOST)]
)
def test_a_job_that_may_run_twice_does_so_within_its_budget(used, status):
    after = lost(
        a_missing(infrastructure_used=used),
        on_unknown=OnUnknown.RETRY,
        settler=a_settler(retry=ONE_MORE),
    )

    assert after.status is status
