"""The audit trail: every change of status has a line, and the record stays small."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from builders import NOW, a_job, an_outcome
from headrace.aws.job_item import from_item, to_item
from headrace.jobs.job import JobStatus, WaitReason
from headrace.jobs.transitions import (
    TRANSITIONS_FIRST,
    TRANSITIONS_LAST,
    Transition,
    line_of,
    with_line,
)


def changed(job, number):
    """Return a job after so many changes of status, a second apart."""
    for _ in range(number):
        job = replace(
            job,
            sequence=job.sequence + 1,
            status_at=job.status_at + timedelta(seconds=1),
        )
        job = with_line(job, by="reconcile")
    return job


def test_a_line_says_what_when_who_and_why():
    job = a_job(status=JobStatus.RUNNABLE, wait_reason=WaitReason.CAPACITY, sequence=7)

    assert line_of(job, by="dispatch") == Transition(
        7, JobStatus.RUNNABLE, NOW, "dispatch", "CAPACITY"
    )


@pytest.mark.parametrize(
    ("who", "by"), [("night shift", "night shift"), (None, "default")]
)
def test_of_a_cancelled_job_it_says_who_asked(who, by):
    job = a_job(status=JobStatus.CANCELLED, cancel_requested_by=who)

    assert line_of(job, by="record").by == by


def test_whoever_asked_for_a_cancellation_that_came_too_late_is_not_named():
    job = a_job(status=JobStatus.SUCCEEDED, cancel_requested_by="night shift")

    assert line_of(job, by="record").by == "record"


def test_both_ends_of_a_long_life_are_kept_with_their_numbers():
    first = with_line(a_job(), by="dispatch")

    job = changed(first, 999)

    numbers = [each.sequence for each in job.transitions]
    assert numbers == [
        *range(1, TRANSITIONS_FIRST + 1),
        *range(1001 - TRANSITIONS_LAST, 1001),
    ]
    assert from_item(to_item(job)).transitions == job.transitions


def test_a_reader_of_the_item_sees_where_lines_were_left_out():
    job = changed(with_line(a_job(), by="dispatch"), 99)

    lines = [each["S"] for each in to_item(job)["transitions"]["L"]]

    assert lines[0] == "2026-11-22T10:00:00.000Z RUNNABLE/LAUNCH_BUDGET dispatch"
    assert lines[TRANSITIONS_FIRST] == "... 70 left out"
    assert len(lines) == TRANSITIONS_FIRST + 1 + TRANSITIONS_LAST


def test_a_record_from_before_the_trail_has_the_lines_since():
    old = replace(a_job(), sequence=4)

    job = changed(old, 1)

    assert [each.sequence for each in job.transitions] == [5]
    assert from_item(to_item(job)).transitions == job.transitions


def test_an_end_has_its_reason_code():
    job = a_job(status=JobStatus.FAILED, outcome=an_outcome(JobStatus.FAILED))

    assert line_of(job, by="record").why == "EXIT_CODE"
