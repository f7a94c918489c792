"""Where a canary is stuck, and what is said of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builders import NOW, a_job, a_launch
from cli_shell import a_failed_job
from headrace.jobs.job import JobStatus, WaitReason
from headrace_client.doctor import Verdict
from headrace_client.doctor.diagnosis import (
    QueueSight,
    TaskSight,
    of_absence,
    of_end,
    of_stuck,
    of_timer,
)


def a_canary(status, **changes):
    return a_job(status=status, launch=a_launch(), launch_number=1, **changes)


@pytest.mark.parametrize(
    ("sight", "why"),
    [
        (QueueSight(waiting=3, in_flight=0), "3 messages wait: dispatch does not take"),
        (QueueSight(waiting=0, in_flight=1), "are not done: dispatch fails on them"),
        (QueueSight(waiting=0, in_flight=0), "somebody took it, and not into this"),
        (None, "neither a job nor a rejection"),
    ],
)
def test_a_request_without_a_record_is_looked_for_in_its_queue(sight, why):
    finding = of_absence(sight, seconds=60)

    assert why in finding.said
    assert finding.said.startswith("60 s after it was sent")
    assert finding.verdict is Verdict.WRONG
    assert finding.advice


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        (WaitReason.LAUNCH_BUDGET, "the launch rate is used up"),
        (WaitReason.CAPACITY, "the cluster has no room"),
        (WaitReason.BACKOFF, "it failed once"),
        (WaitReason.SCHEDULED, "reconcile has not taken it up"),
        (None, "reconcile has not taken it up"),
        (WaitReason.HELD, "it waits its turn"),
    ],
)
def test_a_job_that_waits_says_what_for(reason, why):
    job = a_job(status=JobStatus.RUNNABLE, wait_reason=reason)

    finding = of_stuck(job, None, seconds=60)

    assert finding.said.startswith(f"{job.job_id} is RUNNABLE after 60 s: {why}")
    assert finding.advice


@pytest.mark.parametrize(
    ("status", "sight", "why"),
    [
        (JobStatus.STARTING, None, "no more is known"),
        (JobStatus.STARTING, TaskSight(status=None), "RunTask was not answered"),
        (
            JobStatus.STARTING,
            TaskSight(status="PROVISIONING", reason="no address"),
            "its task is PROVISIONING (no address)",
        ),
        (JobStatus.STARTING, TaskSight(status="PENDING"), "its task is PENDING."),
        (JobStatus.STARTING, TaskSight(status="RUNNING"), "that news did not arrive"),
        (JobStatus.STARTING, TaskSight(status="STOPPED"), "that news did not arrive"),
        (JobStatus.RUNNING, TaskSight(status="RUNNING"), "its task still runs"),
        (JobStatus.RUNNING, TaskSight(status="STOPPED"), "that news did not arrive"),
        (JobStatus.RUNNING, None, "its task has not ended, as far as record heard"),
    ],
)
def test_a_launched_job_is_compared_with_what_ecs_says(status, sight, why):
    finding = of_stuck(a_canary(status), sight, seconds=60)

    assert why in finding.said
    assert finding.verdict is Verdict.WRONG
    assert finding.advice


def test_an_end_other_than_success_is_told_with_the_job_s_own_advice():
    job = a_failed_job()

    finding = of_end(job, "accepted after 1.0 s")

    assert finding.verdict is Verdict.WRONG
    assert "ended as FAILED: Container 'main' exited with 1." in finding.said
    assert finding.advice == job.outcome.advice


def test_a_timer_counts_from_when_it_was_due():
    job = replace(a_job(status=JobStatus.RUNNING), accepted_at=NOW)

    finding = of_timer(job, seconds=40, due_after_seconds=3)

    assert finding.verdict is Verdict.WELL
    assert finding.said == f"Reconcile took up {job.job_id} 37 s after it was due."


@pytest.mark.parametrize("job", [None, a_job(status=JobStatus.PENDING)])
def test_a_timer_that_nobody_took_up_means_that_reconcile_does_not_run(job):
    finding = of_timer(job, seconds=300, due_after_seconds=3)

    assert finding.verdict is Verdict.WRONG
    assert "reconcile does not run" in finding.said
    assert "reconcile-silence" in finding.advice
