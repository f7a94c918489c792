"""Run an ended job again: find it, and make the submission that repeats it."""

from __future__ import annotations

from headrace.ports import Ports
from headrace.requests.request import (
    RerunRequest,
    SubmitRequest,
    job_not_found,
    not_rerunnable,
)
from headrace.requests.rerunning import run_again


def submission_again(request: RerunRequest, ports: Ports) -> SubmitRequest:
    """Return the submission that a rerun stands for.

    From here on it is one as any other: looked up, admitted, launched, and met again
    by its key.

    Raises:
        InvalidRequest: The tenant has no such job, or it has not ended.
        RecordUnreadable: A later release wrote the job's record.
        StoreBusy: The table did not answer.
    """
    job = ports.jobs.get(request.job_id)
    if job is None or job.tenant != request.tenant:
        raise job_not_found(request)
    if not job.status.is_terminal:
        raise not_rerunnable(request, status=job.status)
    return run_again(
        request, request_json=job.request_json, job_version=job.job_version
    )
