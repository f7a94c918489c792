"""The one way by which a stage stores a moved job: operators hear of every end."""

from __future__ import annotations

from headrace.jobs.job import Job, JobStatus
from headrace.ports import Ports


def store(before: Job, after: Job, ports: Ports) -> None:
    """Store a job over the one that was read, and tell of its end if it is one.

    Raises:
        JobMoved: The record is not what was read.
        StoreBusy: The table did not take the write.
    """
    ports.jobs.replace(before, after)
    if after.outcome is None:
        return
    ports.signals.emit(
        "job.finished",
        job_id=after.job_id,
        status=str(after.status),
        reason_code=str(after.outcome.reason_code),
        task_arn=after.launch.task_arn if after.launch else None,
    )
    if after.status is JobStatus.LOST:
        ports.signals.emit("job.lost", job_id=after.job_id)
