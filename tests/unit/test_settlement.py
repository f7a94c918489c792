"""Settlement: what becomes of a job whose task stopped, budget by budget."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from builders import NOW, TASK_ARN, a_job, a_launch_entry
from headrace.definitions.retry import RetryStrategy
from headrace.jobs.job import (
    HISTORY_ENTRIES_MAX,
    DesiredStatus,
    JobStatus,
    LaunchEntry,
    Outcome,
    ReasonCode,
    StopCause,
    WaitReason,
)
from headrace.jobs.settlement import first_of
from headrace.tasks.outcome import Ending, EndingKind
from settlements import AT, a_settler, facts

STARTED_AT = NOW + timedelta(minutes=1)
STOPPED_AT = AT - timedelta(seconds=7)
RETRY_ALL = RetryStrategy.model_validate(
    {"attempts": 3, "rules": [{"onExitCode": "*", "action": "RETRY"}]}
)


def an_ending(kind=EndingKind.JOB_FAILURE, **changes):
    fields = {
        "kind": kind,
        "reason_code": ReasonCode.EXIT_CODE,
        "summary": "It exited with 1.",
        "advice": "Look at the log.",
        "exit_code": 1,
        "stop_code": "EssentialContainerExited",
        "stopped_reason": "Essential container in task exited",
        "stopped_at": STOPPED_AT,
    }
    return Ending(**(fields | changes))


def a_running(*, launch=None, **changes):
    job = a_job(status=JobStatus.RUNNING, **changes)
    return replace(job, launch=replace(job.launch, **(launch or {})))


def settle(job, ending, settler=None):
    known = facts(attempt=job.attempt, launch_number=job.launch_number)
    return (settler or a_settler()).settled(job, ending, known, task_arn=TASK_ARN)


def test_a_job_that_ends_keeps_what_its_ending_says():
    ended = settle(a_running(launch={"task_arn": None}), an_ending())

    assert ended.outcome == Outcome(
        status=JobStatus.FAILED,
        reason_code=ReasonCode.EXIT_CODE,
        summary="It exited with 1.",
        advice="Look at the log.",
        finished_at=STOPPED_AT,
        exit_code=1,
        stop_code="EssentialContainerExited",
        stopped_reason="Essential container in task exited",
    )
    assert (ended.launch.task_arn, ended.launch.last_version) == (TASK_ARN, 9)
    assert ended.expires_at == AT + timedelta(days=35)
    assert (ended.status, ended.next_at) == (JobStatus.FAILED, None)


def test_an_ending_without_a_time_ends_the_job_now():
    ended = settle(a_running(), an_ending(stopped_at=None))

    assert ended.outcome.finished_at == AT


def test_a_job_that_tries_again_waits_for_its_backoff_with_a_new_attempt():
    job = a_running(attempt=1, launch_number=4)

    waiting = settle(job, an_ending(), a_settler(retry=RETRY_ALL))

    assert (waiting.status, waiting.wait_reason) == (
        JobStatus.RUNNABLE,
        WaitReason.BACKOFF,
    )
    assert (waiting.attempt, waiting.launch_number) == (2, 0)
    assert waiting.not_before_at == waiting.next_at == AT + timedelta(seconds=5)
    assert (waiting.launch, waiting.order_json) == (None, None)
    assert waiting.infrastructure_used == 0


def test_the_history_keeps_what_is_known_of_the_launch():
    job = a_running(launch_number=4)

    (entry,) = settle(job, an_ending(), a_settler(retry=RETRY_ALL)).history

    assert entry == LaunchEntry(
        attempt=1,
        launch=4,
        intended_at=NOW,
        ended_at=STOPPED_AT,
        reason_code=ReasonCode.EXIT_CODE,
        detail="It exited with 1.",
        task_arn=TASK_ARN,
        exit_code=1,
        stop_code="EssentialContainerExited",
    )


@pytest.mark.parametrize("rule", [{"onStopCode": "Essential*"}, {"onReason": "*exit*"}])
def test_a_rule_sees_ecs_stop_code_and_its_text(rule):
    strategy = RetryStrategy.from_wire(
        {"attempts": 2, "rules": [rule | {"action": "RETRY"}]}
    )

    settled = settle(a_running(), an_ending(), a_settler(retry=strategy))

    assert (settled.status, settled.attempt) == (JobStatus.RUNNABLE, 2)


def test_the_history_says_now_where_an_ending_has_no_time():
    ending = an_ending(EndingKind.INFRASTRUCTURE, stopped_at=None)

    assert settle(a_running(), ending).history[0].ended_at == AT


def test_the_history_keeps_the_newest_launches():
    old = tuple(a_launch_entry(launch=n) for n in range(1, HISTORY_ENTRIES_MAX + 1))
    job = a_running(history=old, launch_number=99)

    history = settle(job, an_ending(), a_settler(retry=RETRY_ALL)).history

    assert len(history) == HISTORY_ENTRIES_MAX
    assert (history[0].launch, history[-1].launch) == (2, 99)


@pytest.mark.parametrize(("attempt", "delay_seconds"), [(1, 5), (2, 10)])
def test_each_attempt_waits_longer(attempt, delay_seconds):
    waiting = settle(
        a_running(attempt=attempt), an_ending(), a_settler(retry=RETRY_ALL)
    )

    assert waiting.not_before_at - AT == timedelta(seconds=delay_seconds)


def test_the_last_attempt_is_not_followed_by_another():
    ended = settle(a_running(attempt=3), an_ending(), a_settler(retry=RETRY_ALL))

    assert ended.status is JobStatus.FAILED


@pytest.mark.parametrize(
    ("reason_code", "rung", "after"),
    [
        (ReasonCode.OUT_OF_MEMORY, 0, 1),
        (ReasonCode.OUT_OF_MEMORY, 1, 2),
        (ReasonCode.OUT_OF_MEMORY, 2, 2),  # the top: the rule alone retries
        (ReasonCode.EXIT_CODE, 0, 0),
    ],
)
def test_only_a_lack_of_memory_climbs_the_ladder_and_only_to_its_top(
    reason_code, rung, after
):
    settler = a_settler(memory=(512, 1024, 2048), retry=RETRY_ALL)

    waiting = settle(
        a_running(memory_rung=rung), an_ending(reason_code=reason_code), settler
    )

    assert waiting.status is JobStatus.RUNNABLE
    assert waiting.memory_rung == after


@pytest.mark.parametrize("memory", [(), (512,)])
def test_without_a_higher_rung_a_lack_of_memory_needs_a_rule(memory):
    settler = a_settler(memory=memory, retry=RetryStrategy(attempts=3))

    ended = settle(
        a_running(), an_ending(reason_code=ReasonCode.OUT_OF_MEMORY), settler
    )

    assert ended.status is JobStatus.FAILED


def test_a_failure_of_infrastructure_is_a_new_launch_of_the_same_attempt():
    job = a_running(attempt=2, launch_number=3, infrastructure_used=1, capacity_rung=1)
    ending = an_ending(EndingKind.INFRASTRUCTURE, reason_code=ReasonCode.INFRASTRUCTURE)

    waiting = settle(job, ending, a_settler(capacity=("FARGATE_SPOT", "FARGATE")))

    assert (waiting.attempt, waiting.launch_number) == (2, 3)
    assert waiting.infrastructure_used == 2
    assert waiting.capacity_rung == 0
    assert waiting.not_before_at - AT == timedelta(seconds=10)


@pytest.mark.parametrize(
    ("reason_code", "rung", "after"),
    [
        (ReasonCode.SPOT_INTERRUPTION, 0, 1),
        (ReasonCode.CAPACITY, 1, 2),
        (ReasonCode.CAPACITY, 2, 0),  # from the top again
        (ReasonCode.INFRASTRUCTURE, 1, 0),
    ],
)
def test_a_lack_of_capacity_falls_through_to_the_next(reason_code, rung, after):
    settler = a_settler(capacity=("FARGATE_SPOT", "FARGATE", "ec2"))
    ending = an_ending(EndingKind.INFRASTRUCTURE, reason_code=reason_code)

    assert settle(a_running(capacity_rung=rung), ending, settler).capacity_rung == after


@pytest.mark.parametrize(("used", "tries_again"), [(1, True), (2, False)])
@pytest.mark.parametrize("kind", [EndingKind.INFRASTRUCTURE, EndingKind.TRY_LATER])
def test_a_budget_of_two_is_two_launches_beyond_the_first(kind, used, tries_again):
    settler = a_settler(retry=RetryStrategy(infrastructure_retries=2))

    after = settle(a_running(infrastructure_used=used), an_ending(kind), settler)

    assert (after.status is JobStatus.RUNNABLE) is tries_again


@pytest.mark.parametrize(
    ("entry", "tries_again"),
    [
        (None, True),
        ({"attempt": 2, "reason_code": ReasonCode.IMAGE_PULL}, False),
        ({"attempt": 1, "reason_code": ReasonCode.IMAGE_PULL}, True),
        ({"attempt": 2, "reason_code": ReasonCode.CAPACITY}, True),
    ],
)
def test_a_missing_image_is_permanent_after_one_more_launch_of_the_attempt(
    entry, tries_again
):
    history = (a_launch_entry(**entry),) if entry else ()
    ending = an_ending(
        EndingKind.PERMANENT_AFTER_ONE, reason_code=ReasonCode.IMAGE_PULL
    )

    after = settle(a_running(attempt=2, history=history), ending)

    assert (after.status is JobStatus.RUNNABLE) is tries_again


@pytest.mark.parametrize(
    "kind",
    [
        EndingKind.SUCCEEDED,
        EndingKind.NEVER_RETRY,
        EndingKind.PERMANENT,
        EndingKind.STOPPED_EXTERNALLY,
    ],
)
def test_some_endings_are_final_whatever_the_budgets(kind):
    after = settle(a_running(), an_ending(kind), a_settler(retry=RETRY_ALL))

    succeeded = kind is EndingKind.SUCCEEDED
    assert after.status is (JobStatus.SUCCEEDED if succeeded else JobStatus.FAILED)


@pytest.mark.parametrize(
    ("cause", "status", "reason_code"),
    [
        (StopCause.CANCEL, JobStatus.CANCELLED, ReasonCode.CANCELLED_BY_USER),
        (StopCause.RUN_TIMEOUT, JobStatus.TIMED_OUT, ReasonCode.RUNTIME_LIMIT),
        (StopCause.START_DEADLINE, JobStatus.EXPIRED, ReasonCode.START_LIMIT),
    ],
)
def test_a_task_that_we_stopped_ends_the_job_for_that_reason(
    cause, status, reason_code
):
    job = a_running(launch={"stop_cause": cause})

    after = settle(job, an_ending(EndingKind.STOPPED_BY_US))

    assert (after.status, after.outcome.reason_code) == (status, reason_code)


def test_a_task_that_did_not_start_in_time_is_launched_again():
    job = a_running(launch={"stop_cause": StopCause.START_TIMEOUT})

    assert settle(job, an_ending(EndingKind.STOPPED_BY_US)).status is JobStatus.RUNNABLE


def test_a_task_that_never_started_in_time_times_the_job_out():
    job = a_running(launch={"stop_cause": StopCause.START_TIMEOUT})
    settler = a_settler(retry=RetryStrategy(infrastructure_retries=0))

    after = settle(job, an_ending(EndingKind.STOPPED_BY_US), settler)

    assert after.status is JobStatus.TIMED_OUT
    assert after.outcome.reason_code is ReasonCode.START_LIMIT


@pytest.mark.parametrize(
    ("cause", "status"),
    [
        (StopCause.RUN_TIMEOUT, JobStatus.TIMED_OUT),
        (StopCause.START_DEADLINE, JobStatus.EXPIRED),
        (StopCause.START_TIMEOUT, JobStatus.RUNNABLE),
        (None, JobStatus.RUNNABLE),
    ],
)
def test_a_job_whose_time_is_over_is_not_launched_again_by_infrastructure(
    cause, status
):
    job = a_running(launch={"stop_cause": cause})

    assert settle(job, an_ending(EndingKind.INFRASTRUCTURE)).status is status


def test_a_failure_of_the_job_counts_even_when_we_had_asked_for_a_stop():
    job = a_running(launch={"stop_cause": StopCause.RUN_TIMEOUT})

    ended = settle(job, an_ending())
    again = settle(job, an_ending(), a_settler(retry=RETRY_ALL))

    assert (ended.status, ended.outcome.exit_code) == (JobStatus.FAILED, 1)
    assert ended.outcome.reason_code is ReasonCode.EXIT_CODE
    assert (again.status, again.attempt) == (JobStatus.RUNNABLE, 2)


@pytest.mark.parametrize(
    "kind",
    [EndingKind.JOB_FAILURE, EndingKind.INFRASTRUCTURE, EndingKind.STOPPED_BY_US],
)
def test_a_cancelled_job_does_not_try_again(kind):
    job = a_running(desired_status=DesiredStatus.CANCELLED)

    after = settle(job, an_ending(kind), a_settler(retry=RETRY_ALL))

    assert after.status is JobStatus.CANCELLED
    assert after.outcome.reason_code is ReasonCode.CANCELLED_BY_USER


def test_a_cancelled_job_that_succeeded_all_the_same_succeeded():
    job = a_running(desired_status=DesiredStatus.CANCELLED)

    after = settle(
        job, an_ending(EndingKind.SUCCEEDED, reason_code=ReasonCode.OK, exit_code=0)
    )

    assert (after.status, after.outcome.reason_code) == (
        JobStatus.SUCCEEDED,
        ReasonCode.OK,
    )


@pytest.mark.parametrize(
    ("kind", "started_at", "keeps"),
    [
        (EndingKind.INFRASTRUCTURE, STARTED_AT, False),
        (EndingKind.INFRASTRUCTURE, None, True),
        (EndingKind.JOB_FAILURE, STARTED_AT, False),
        (EndingKind.JOB_FAILURE, None, True),
        (EndingKind.TRY_LATER, STARTED_AT, True),  # it bounds how often it comes back
    ],
)
def test_a_start_deadline_is_met_once_the_job_ran(kind, started_at, keeps):
    deadline_at = AT + timedelta(seconds=1)
    job = a_running(launch={"started_at": started_at}, start_deadline_at=deadline_at)

    waiting = settle(job, an_ending(kind), a_settler(retry=RETRY_ALL))

    assert waiting.start_deadline_at == (deadline_at if keeps else None)
    # By a deadline that still counts it is looked at, if not before.
    assert waiting.next_at == (deadline_at if keeps else waiting.not_before_at)


@pytest.mark.parametrize(
    ("deadline_seconds", "first_seconds"),
    [(None, 10), (-1, 10), (0, 10), (1, 1), (11, 10)],
)
def test_a_deadline_comes_first_only_while_it_is_to_come(
    deadline_seconds, first_seconds
):
    deadline_at = (
        None if deadline_seconds is None else NOW + timedelta(seconds=deadline_seconds)
    )

    first = first_of(NOW + timedelta(seconds=10), deadline_at, now=NOW)

    assert first == NOW + timedelta(seconds=first_seconds)
