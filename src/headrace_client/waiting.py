"""Looking again and again until a job has ended. No clock and no sleep of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace_client.submission import Submission

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from headrace.jobs.job import Job
    from headrace.ports import StoredRejection
    from headrace_client.records import JobReader


def end_of(
    awaited: Submission | str,
    *,
    jobs: JobReader,
    tenant: str,
    looks: Iterable[None],
    on_look: Callable[[Job], object],
) -> Job | StoredRejection | None:
    """Return the ended job, the rejection, or the job as last seen; None for none.

    Args:
        awaited: A submission, or a job id; a rejection is only found for the former.
        jobs: Where records are read.
        tenant: Whose job it must be.
        looks: Yields whenever it is time to look.
        on_look: Called with the record at every look that found one.
    """
    job = None
    for _ in looks:
        job = _own(awaited, jobs=jobs, tenant=tenant)
        if job is not None:
            on_look(job)
            if job.status.is_terminal:
                return job
        elif isinstance(awaited, Submission):
            stored = jobs.rejection(awaited.message_id)
            if stored is not None:
                return stored
    return job


def id_of(awaited: Submission | str) -> str:
    """Return the job's id."""
    return awaited if isinstance(awaited, str) else awaited.job_id


def _own(awaited: Submission | str, *, jobs: JobReader, tenant: str) -> Job | None:
    """Return the record, unless another request with the same key made it."""
    job = jobs.get(id_of(awaited))
    if job is None or job.tenant != tenant:
        return None
    if isinstance(awaited, Submission) and job.fingerprint != awaited.fingerprint:
        return None
    return job
