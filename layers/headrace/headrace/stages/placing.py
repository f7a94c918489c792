"""Finds a job's place, or ends a job that has none before anything is sent."""

from __future__ import annotations

from headrace.definitions.definition import RegisteredDefinition
from headrace.jobs.guards import Facts
from headrace.jobs.job import Job
from headrace.jobs.refusals import denied
from headrace.launches.launch import Placement, RefusalKind
from headrace.launches.placing import Nowhere, place
from headrace.ports import Ports


def placement_of(registered: RegisteredDefinition, ports: Ports) -> Placement | Nowhere:
    """Return where a definition's tasks run in this deployment."""
    return place(
        registered, trusted=ports.placement, untrusted=ports.untrusted_placement
    )


def deny(job: Job, nowhere: Nowhere, mover: Facts, ports: Ports) -> Job:
    """Return a waiting job ended as FAILED, and tell operators; nothing is stored.

    Raises:
        IllegalMove: The job may not be launched now, wherever it would run.
    """
    ended = denied(
        job,
        mover,
        summary=nowhere.summary,
        advice=nowhere.advice,
        retention_days=ports.retention_days,
    )
    ports.signals.emit(
        "launch.rejected",
        job_id=job.job_id,
        kind=str(RefusalKind.PERMANENT),
        code=nowhere.code,
        detail=nowhere.summary,
    )
    return ended
