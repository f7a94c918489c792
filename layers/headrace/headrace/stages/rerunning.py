"""Run an ended job again: find it, and make the submission that repeats it."""

from __future__ import annotations

from hashlib import sha256

from headrace.errors import RecordUnreadable
from headrace.ports import Ports
from headrace.requests.request import (
    RerunRequest,
    SubmitRequest,
    job_not_found,
    not_rerunnable,
    parameters_gone,
)
from headrace.requests.rerunning import run_again
from headrace.requests.spilling import made_whole, reference_in


def submission_again(request: RerunRequest, ports: Ports) -> SubmitRequest:
    """Return the submission that a rerun stands for.

    From here on it is one as any other: looked up, admitted, launched, and met again
    by its key.

    Raises:
        InvalidRequest: The tenant has no such job, or it has not ended, or its
            parameters are gone.
        RecordUnreadable: A later release wrote the job's record, or somebody changed
            its parameters.
        StoreBusy: The table did not answer.
        ParametersBusy: S3 did not.
    """
    job = ports.jobs.get(request.job_id)
    if job is None or job.tenant != request.tenant:
        raise job_not_found(request)
    if not job.status.is_terminal:
        raise not_rerunnable(request, status=job.status)
    return run_again(
        request,
        request_json=_whole_request(request, job.request_json, ports),
        job_version=job.job_version,
    )


def _whole_request(request: RerunRequest, request_json: str, ports: Ports) -> str:
    """Return the first request as it came, its parameters in it wherever they were.

    So a rerun keeps an object of its own, which lives as long as it does.
    """
    reference = reference_in(request_json)
    if reference is None:
        return request_json
    content = ports.parameters.read(reference.uri)
    if content is None:
        raise parameters_gone(request, uri=reference.uri)
    if sha256(content).hexdigest() != reference.sha256:
        raise RecordUnreadable(f"{reference.uri}: is not what its job was sent")
    return made_whole(request_json, content)
