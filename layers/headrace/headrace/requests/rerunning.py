"""The submission that runs an ended job again. Pure; no store and no catalogue."""

from __future__ import annotations

import json
from dataclasses import replace

from headrace.identity import canonical_json
from headrace.requests.parsing import CARRIED_FIELDS, restored
from headrace.requests.request import RerunRequest, SubmitRequest

_OF_THE_FIRST_RUN = frozenset(
    {
        "jobVersion",
        "notify",
        "requestedBy",
        "scheduledAt",
        "startDeadlineSeconds",
        "traceparent",
        "type",
    }
)
"""What a request said of its own run alone: of its time, its sender and its trace."""


def run_again(
    request: RerunRequest, *, request_json: str, job_version: int
) -> SubmitRequest:
    """Return what a rerun asks for: the first request, under the rerun's key.

    Name, parameters, overrides, timeout and retry strategy are the first request's; so
    are correlation id and labels where the rerun names none. Its time and deadline are
    over, so the new job starts at once.

    Args:
        request: Who runs it again, and as which version.
        request_json: The request of the job that is run again, as its record has it.
        job_version: The version that the job had.

    Raises:
        pydantic.ValidationError: `request_json` is no accepted request.
        TypeError: It is none of a submission.
    """
    asked = json.loads(request.body_json)
    document = {
        name: value
        for name, value in json.loads(request_json).items()
        if name not in _OF_THE_FIRST_RUN
    }
    for name in ("tenant", "idempotencyKey", *CARRIED_FIELDS):
        if name in asked:
            document[name] = asked[name]
    if request.version == "exact":
        document["jobVersion"] = job_version
    submission = restored(canonical_json(document))
    if not isinstance(submission, SubmitRequest):
        raise TypeError(f"job {request.job_id}: its record holds no submission")
    return replace(
        submission,
        fingerprint=request.fingerprint,
        body_sha256=request.body_sha256,
        body_bytes=request.body_bytes,
        rerun_of=request.job_id,
        task_token=request.task_token,
    )
