"""What a sighting makes of its job: the meaning of `JobStore.note`, said once.

Stores apply it to the record without reading it; this is the same on values. A
sighting that needs more thought than this is no sighting: it takes the long road.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from headrace.jobs.job import JobStatus, Outcome, ReasonCode
from headrace.jobs.transitions import line_of
from headrace.tasks.diagnosis import shortened, success_summary

if TYPE_CHECKING:
    from datetime import datetime

    from headrace.jobs.job import Job, Launch
    from headrace.ports import Sighting

SOURCES = {
    JobStatus.RUNNING: (JobStatus.STARTING,),
    JobStatus.SUCCEEDED: (JobStatus.STARTING, JobStatus.RUNNING),
}
"""From which statuses a sighting may take a job to its own."""


def sources_of(sighting: Sighting) -> tuple[JobStatus, ...]:
    """Return the statuses that a sighting may start from.

    Raises:
        ValueError: It is of another status than RUNNING and SUCCEEDED.
    """
    if sighting.status not in SOURCES:
        raise ValueError(f"sighting of {sighting.job_id}: status {sighting.status}")
    return SOURCES[sighting.status]


def success_of(sighting: Sighting) -> Outcome:
    """Return the outcome that a sighting of SUCCEEDED brings.

    Raises:
        ValueError: The sighting names no container, or not when it finished.
    """
    if sighting.container is None or sighting.finished_at is None:
        raise ValueError(f"sighting of {sighting.job_id}: no container, no finished_at")
    return Outcome(
        status=JobStatus.SUCCEEDED,
        reason_code=ReasonCode.OK,
        summary=success_summary(sighting.container),
        advice="",
        finished_at=sighting.finished_at,
        exit_code=0,
        stop_code=sighting.stop_code,
        stopped_reason=shortened(sighting.stopped_reason or "") or None,
    )


def running_since(sighting: Sighting) -> datetime:
    """Return when the task of a sighting of RUNNING began to run."""
    return sighting.started_at or sighting.seen_at


def applies(job: Job, sighting: Sighting) -> bool:
    """Tell whether the guards of `JobStore.note` let a sighting through.

    Raises:
        ValueError: It is of another status than RUNNING and SUCCEEDED.
    """
    launch = job.launch
    if job.status not in sources_of(sighting) or launch is None:
        return False
    is_current = (
        (job.attempt, job.launch_number) == (sighting.attempt, sighting.launch_number)
        and (launch.last_version is None or launch.last_version < sighting.version)
        and launch.task_arn in {None, sighting.task_arn}
    )
    if sighting.status is JobStatus.RUNNING:
        return is_current
    is_lone = job.sole_container == sighting.container
    return is_current and is_lone and not launch.was_spot_warned


def applied(job: Job, sighting: Sighting) -> Job:
    """Return the job after a sighting that applies.

    Raises:
        ValueError: It does not apply.
    """
    if job.launch is None or not applies(job, sighting):
        raise ValueError(f"sighting of {sighting.job_id}: does not apply")
    launch = replace(
        job.launch,
        task_arn=sighting.task_arn,
        last_version=sighting.version,
        image_digest=sighting.image_digest or job.launch.image_digest,
    )
    moved = replace(
        job,
        status=sighting.status,
        status_at=sighting.seen_at,
        revision=job.revision + 1,
        sequence=job.sequence + 1,
        operation_id=sighting.operation_id,
    )
    if sighting.status is JobStatus.RUNNING:
        after = _running(moved, launch, sighting)
    else:
        after = _succeeded(moved, launch, sighting)
    # Unread, so the list can only grow here: the next move that reads bounds it.
    line = line_of(after, by=sighting.by)
    return replace(after, transitions=(*after.transitions, line))


def _running(job: Job, launch: Launch, sighting: Sighting) -> Job:
    launch = replace(
        launch, started_at=running_since(sighting), missing_count=0, missing_at=None
    )
    return replace(job, launch=launch)


def _succeeded(job: Job, launch: Launch, sighting: Sighting) -> Job:
    launch = replace(
        launch,
        started_at=sighting.started_at or launch.started_at,
        lease_owner=None,
        lease_until_at=None,
    )
    return replace(
        job,
        launch=launch,
        outcome=success_of(sighting),
        next_at=None,
        is_ready=False,
        wait_reason=None,
        not_before_at=None,
        expires_at=sighting.expires_at,
    )
