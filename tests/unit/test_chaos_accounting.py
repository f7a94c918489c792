"""The account of a chaos run finds each fault that is planted in its evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chaos_evidence import (
    ENDLESS,
    FLAKY,
    GOOD,
    LATE,
    evidence,
    job,
    signs,
    task,
)
from headrace_local.chaos.accounting import findings, work_done_again
from headrace_local.chaos.evidence import Message, MessageKind, Plan

LOST_WITH_ITS_SERVER = {"stop_code": "InfrastructureHealth", "exit_code": None}


def found(planted):
    """Return each finding as its sort and subject."""
    return sorted({(each.sort.value, each.subject) for each in findings(planted)})


def with_job(planted, changed):
    """Return evidence in which the table has another end for one job."""
    jobs = [changed if each.job_id == changed.job_id else each for each in planted.jobs]
    return replace(planted, jobs=jobs)


def with_task(planted, changed):
    """Return evidence in which one task has another record."""
    tasks = [
        changed if each.task_id == changed.task_id else each for each in planted.tasks
    ]
    return replace(planted, tasks=tasks)


def test_a_run_in_which_all_went_well_has_no_findings():
    assert found(evidence()) == []


def test_a_vanished_message_is_found():
    gone = Message(kind=MessageKind.COPY, ids=("gone",), job_id="nobody")
    planted = replace(evidence(), messages=[*evidence().messages, gone])

    assert found(planted) == [("lost", "message gone")]


def test_a_vanished_job_is_found():
    jobs = [each for each in evidence().jobs if each.job_id != GOOD]

    assert ("lost", f"job {GOOD}") in found(replace(evidence(), jobs=jobs))


def test_a_job_that_nobody_asked_for_is_found():
    planted = replace(
        evidence(), jobs=[*evidence().jobs, job("stranger", "CANCELLED", None)]
    )

    assert found(planted) == [("double", "job stranger")]


def test_a_bad_request_without_its_rejection_is_found():
    assert found(replace(evidence(), rejections={})) == [("lost", "message bad")]


def test_a_bad_request_rejected_for_another_reason_is_found():
    planted = replace(evidence(), rejections={"bad": "UNKNOWN_JOB"})

    assert found(planted) == [("lost", "message bad")]


def test_a_good_request_that_was_rejected_is_found():
    rejections = evidence().rejections | {f"message-{GOOD}": "UNKNOWN_JOB"}

    assert found(replace(evidence(), rejections=rejections)) == [
        ("lost", f"message message-{GOOD}")
    ]


def test_an_unknown_outcome_is_found():
    planted = with_job(evidence(), job(ENDLESS, "LOST", None))

    assert found(planted) == [("lost", f"job {ENDLESS}")]


@pytest.mark.parametrize("status", ["PENDING", "RUNNABLE", "STARTING", "RUNNING"])
def test_a_job_that_is_not_terminal_is_found(status):
    planted = with_job(evidence(), job(ENDLESS, status, None))

    assert found(planted) == [("open", f"job {ENDLESS}")]


def test_a_terminal_status_that_changed_is_found():
    planted = replace(evidence(), changed_ends=["job good: FAILED, then SUCCEEDED"])

    assert found(planted) == [("open", "a terminal status changed")]


def test_a_message_left_in_a_queue_is_found():
    planted = replace(evidence(), messages_left={"requests": 1})

    assert found(planted) == [("open", "queue requests")]


def test_a_task_that_is_still_alive_is_found():
    planted = with_task(
        evidence(), task(ENDLESS, stopped_at=None, stop_code=None, exit_code=None)
    )

    assert found(planted) == [("open", f"task {ENDLESS}-1-1")]


def test_a_launch_that_made_two_tasks_is_found():
    second = task(ENDLESS, task_id="second", created_at=20.0, exit_code=None)
    planted = replace(evidence(), tasks=[*evidence().tasks, second])

    assert found(planted) == [("double", f"launch {ENDLESS}-1-1")]


def test_two_tasks_of_a_job_alive_at_a_time_are_found():
    planted = with_task(evidence(), task(FLAKY, 2, created_at=18.9))

    assert found(planted) == [("double", f"job {FLAKY}")]


def test_a_task_beside_one_that_never_ended_is_found():
    planted = with_task(evidence(), task(FLAKY, exit_code=None, stopped_at=None))

    assert ("double", f"job {FLAKY}") in found(planted)


def test_two_processes_of_a_job_alive_at_a_time_are_found():
    meeting = replace(signs(FLAKY, 2)[0], what="overlap")
    planted = replace(evidence(), signs=[*evidence().signs, meeting])

    assert found(planted) == [("double", f"job {FLAKY}")]


def test_a_double_run_is_found():
    """Both launches succeeded, by ECS and by their own witness."""
    good = evidence()
    planted = replace(
        good,
        plans=[Plan(job_id=FLAKY, codes=(0,)), *good.plans],
        tasks=[
            task(FLAKY) if each == task(FLAKY, exit_code=1) else each
            for each in good.tasks
        ],
        signs=[*signs(FLAKY), *(each for each in good.signs if each.code != 1)],
    )

    assert ("double", f"job {FLAKY}") in found(planted)


def test_a_launch_that_began_to_work_twice_is_found():
    planted = replace(evidence(), signs=[*evidence().signs, signs(GOOD)[0]])

    assert found(planted) == [("double", f"launch {GOOD}-1-1")]


def test_work_that_ecs_never_showed_is_found():
    tasks = [each for each in evidence().tasks if each.job_id != LATE]

    assert found(replace(evidence(), tasks=tasks)) == [("double", f"job {LATE}")]


def test_a_success_without_a_witness_is_found():
    kept = [each for each in evidence().signs if each.job_id != GOOD]

    assert ("untrue", f"job {GOOD}") in found(replace(evidence(), signs=kept))


def test_a_success_whose_task_failed_is_found():
    planted = with_task(evidence(), task(GOOD, exit_code=137))

    assert ("untrue", f"job {GOOD}") in found(planted)


def test_a_success_whose_task_was_stopped_is_found_whatever_its_exit_code():
    planted = with_task(evidence(), task(GOOD, stop_code="InfrastructureHealth"))

    assert found(planted) == [("untrue", f"job {GOOD}")]


def test_a_success_without_a_task_of_its_last_launch_is_found():
    planted = with_job(evidence(), job(GOOD, "SUCCEEDED", 0, attempt=2))

    assert found(planted) == [("untrue", f"job {GOOD}")]


def test_a_success_that_was_recorded_as_something_else_is_found():
    planted = with_job(evidence(), job(GOOD, "FAILED", None))

    assert ("untrue", f"task {GOOD}-1-1") in found(planted)


def test_a_failure_with_another_exit_code_than_ecs_recorded_is_found():
    planted = with_job(evidence(), job(FLAKY, "FAILED", 9))

    assert ("untrue", f"job {FLAKY}") in found(planted)


def test_a_killed_task_is_true_only_if_it_was_killed():
    killed = with_task(
        with_job(evidence(), job(GOOD, "FAILED", 137)), task(GOOD, exit_code=137)
    )

    assert found(killed) == [("untrue", f"task {GOOD}-1-1")]
    struck = frozenset({task(GOOD).task_id})
    assert found(replace(killed, killed_tasks=struck)) == []


def test_an_exit_code_that_the_task_did_not_write_is_found():
    planted = with_task(evidence(), task(FLAKY, exit_code=3))

    assert found(planted) == [("untrue", f"task {FLAKY}-1-1")]


@pytest.mark.parametrize("status", ["CANCELLED", "TIMED_OUT", "EXPIRED"])
def test_an_end_that_nobody_caused_is_found(status):
    planted = with_job(evidence(), job(GOOD, status, None))

    assert ("untrue", f"job {GOOD}") in found(planted)


def test_work_whose_exit_code_was_lost_with_the_server_may_be_done_again():
    planted = evidence()
    planted = replace(
        planted,
        plans=[
            Plan(job_id=FLAKY, codes=(0,)) if each.job_id == FLAKY else each
            for each in planted.plans
        ],
        signs=[
            replace(each, code=0) if each.code == 1 else each for each in planted.signs
        ],
    )
    planted = with_task(planted, task(FLAKY, **LOST_WITH_ITS_SERVER))

    assert found(planted) == []
    assert work_done_again(planted) == 1
    assert work_done_again(evidence()) == 0


def test_a_failure_of_a_job_that_was_to_succeed_is_found():
    planted = with_task(evidence(), task(FLAKY, 2, exit_code=1))
    planted = with_job(planted, job(FLAKY, "FAILED", 1, attempt=2))
    planted = replace(
        planted,
        signs=[*planted.signs[:-4], *signs(FLAKY, 2, code=1), *planted.signs[-2:]],
    )

    assert ("untrue", f"job {FLAKY}") in found(planted)


@pytest.mark.parametrize("message_id", ["bad", "bad-redriven"])
def test_a_message_is_accounted_for_under_any_id_that_it_had(message_id):
    redriven = replace(evidence(), rejections={message_id: "MALFORMED_JSON"})

    assert found(redriven) == []


def test_a_failure_without_the_exit_code_that_ecs_recorded_is_found():
    """Absence is a claim, too: here the record lacks what ECS told."""
    planted = with_task(evidence(), task(GOOD, exit_code=137))
    planted = with_job(planted, job(GOOD, "FAILED", None))
    struck = frozenset({task(GOOD).task_id})

    assert found(replace(planted, killed_tasks=struck)) == [("untrue", f"job {GOOD}")]


def test_a_failure_without_an_exit_code_is_true_where_ecs_has_none():
    planted = with_task(evidence(), task(GOOD, exit_code=None))
    planted = with_job(planted, job(GOOD, "FAILED", None))

    assert found(planted) == []
