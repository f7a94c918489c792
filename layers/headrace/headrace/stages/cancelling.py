"""Cancel a job: at once where it waits, by reconcile's StopTask where it runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from headrace.errors import JobMoved, StoreBusy
from headrace.jobs.guards import Facts
from headrace.jobs.job import WAITING, DesiredStatus, Job
from headrace.jobs.moves import Move, make
from headrace.jobs.refusals import withdrawn
from headrace.ports import Ports
from headrace.requests.request import CancelRequest, job_not_found
from headrace.stages.launching import WRITE_TRIES_MAX, facts
from headrace.stages.storing import store


def cancel(request: CancelRequest, ports: Ports) -> bool:
    """Cancel a job; a finished or already cancelled one is left as it is.

    Returns:
        Whether reconcile has a task to stop now.

    Raises:
        InvalidRequest: The tenant has no such job.
        StoreBusy: Others kept moving the job; try again.
    """
    job = ports.jobs.get(request.job_id)
    for _ in range(WRITE_TRIES_MAX):
        if job is None or job.tenant != request.tenant:
            raise job_not_found(request)
        if job.status.is_terminal or job.desired_status is DesiredStatus.CANCELLED:
            return False
        after = _cancelled(job, request, facts(ports), ports)
        try:
            store(job, after, ports)
        except JobMoved as moved:
            job = moved.current
        else:
            ports.signals.emit("job.cancel_requested", job_id=after.job_id)
            return not after.status.is_terminal
    raise StoreBusy(f"job {request.job_id}: moved {WRITE_TRIES_MAX} times meanwhile")


def _cancelled(job: Job, request: CancelRequest, mover: Facts, ports: Ports) -> Job:
    asked: dict[str, Any] = {
        "desired_status": DesiredStatus.CANCELLED,
        "cancel_requested_at": mover.now,
        "cancel_requested_by": request.requested_by or request.tenant,
    }
    if job.status not in WAITING:
        return make(Move.CANCEL, job, mover, next_at=mover.now, **asked)
    wanted = replace(job, **asked)
    ended = withdrawn(wanted, mover, retention_days=ports.retention_days)
    assert ended is not None  # noqa: S101 - a cancelled job need not run
    return ended
