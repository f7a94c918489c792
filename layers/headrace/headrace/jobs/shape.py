"""What every job's record has, whatever moved it: the shape of its fields. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.jobs.codes import LAUNCHED, WAITING, JobStatus

if TYPE_CHECKING:
    from headrace.jobs.job import Job


def broken_rule(job: Job) -> str | None:
    """Return the first rule that a record breaks; None where it is whole.

    A job is in the due index exactly while it can still change.
    """
    ended = job.status.is_terminal
    broken = {
        "a terminal job has an outcome": ended != (job.outcome is not None),
        "a terminal job has no timer": ended != (job.next_at is None),
        "only a runnable job is in the backlog": (
            job.is_ready and job.status is not JobStatus.RUNNABLE
        ),
        "only a waiting job says why it waits": (
            (job.status in WAITING) != (job.wait_reason is not None)
        ),
        "a launched job has a launch": job.status in LAUNCHED and job.launch is None,
        "a terminal job expires one day": ended and job.expires_at is None,
    }
    return next((rule for rule, is_broken in broken.items() if is_broken), None)
