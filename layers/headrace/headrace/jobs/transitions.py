"""The audit trail of a job: one line for each change of its status. Values only.

A line is written by the write that changes the status, on the same record, so that
none is missing and none tells of what did not happen. Lines decide nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from headrace.jobs.codes import JobStatus

if TYPE_CHECKING:
    from datetime import datetime

    from headrace.jobs.job import Job

TRANSITIONS_FIRST = 5
TRANSITIONS_LAST = 25
"""Lines kept from either end of a life; those between them are left out.

A job that a full cluster refuses for days moves thousands of times.
"""


class Stage(StrEnum):
    """Which function moves jobs."""

    DISPATCH = "dispatch"
    RECORD = "record"
    RECONCILE = "reconcile"


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of status.

    Attributes:
        sequence: The job's number of changes with this one, from 1: its acceptance.
            A step of more than one tells that lines were left out.
        status: What it led to.
        at: When it was decided.
        by: The stage that wrote it; of CANCELLED, who asked for it.
        why: The reason to wait of a waiting status, the reason code of a terminal one;
            None for those that need none.
    """

    sequence: int
    status: JobStatus
    at: datetime
    by: str
    why: str | None = None


def line_of(job: Job, *, by: str) -> Transition:
    """Return the line of a job that has just changed its status."""
    if job.status is JobStatus.CANCELLED:
        by = job.cancel_requested_by or job.tenant
    code = job.outcome.reason_code if job.outcome else job.wait_reason
    why = None if code is None else str(code)
    return Transition(job.sequence, job.status, job.status_at, by, why)


def with_line(job: Job, *, by: str) -> Job:
    """Return a job that has just changed its status with the line that says so.

    The middle is left out where there are too many.
    """
    lines = (*job.transitions, line_of(job, by=by))
    if len(lines) > TRANSITIONS_FIRST + TRANSITIONS_LAST:
        lines = lines[:TRANSITIONS_FIRST] + lines[-TRANSITIONS_LAST:]
    return replace(job, transitions=lines)
