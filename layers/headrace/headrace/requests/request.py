"""The job request: what a client asks for, as values.

Reading one from a message's body is `request_parsing.py`'s business; checking it
against the catalogue is `admission.py`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from headrace.definitions.retry import RequestedRetryStrategy
from headrace.errors import InvalidRequest
from headrace.identity import canonical_json
from headrace.requests.origin import Origin
from headrace.requests.rejection import Reason, shown
from headrace.requests.schema import Overrides, RerunVersion

DEFAULT_TENANT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpilledParameters:
    """Where all of a request's parameters are, as canonical JSON.

    `sha256` is of its bytes, of which there are `size_bytes`.
    """

    uri: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitRequest:
    """A request to run a job.

    Attributes:
        tenant: From the body, else the queue's pinned one, else ``default``.
        job_version: None asks for the version that is active at acceptance.
        parameters: Not yet checked against the entry's schema. Of spilled ones, those
            that the command takes.
        spilled: Where the others are; None where `parameters` are all.
        scheduled_at: Not before this time; None means at once.
        start_deadline_seconds: From `scheduled_at`, or from acceptance.
        overrides: Empty when the body has none.
        traceparent: None when absent or invalid: the caller begins a new trace.
        fingerprint: SHA-256 that two bodies share exactly when they ask for the same;
            of a restored request with spilled parameters, the job's record has it.
        body_json: The body as parsed, in canonical form; `request_parsing.restored`
            reads it again; with the tenant, without an invalid traceparent.
        body_sha256: SHA-256 of the body's bytes as they came.
        body_bytes: How many there were.
        rerun_of: The id of the job that is run again; None for a submission of its
            own. Fingerprint and size are then those of the request to run it again.
        task_token: Of the Step Functions task that waits for the job's end; it is
            in no other field, `body_json` included.
    """

    tenant: str
    idempotency_key: str
    job_name: str
    fingerprint: str
    body_json: str
    body_sha256: str
    body_bytes: int
    job_version: int | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    spilled: SpilledParameters | None = None
    scheduled_at: datetime | None = None
    start_deadline_seconds: int | None = None
    timeout_seconds: int | None = None
    overrides: Overrides = Overrides()  # noqa: RUF009  # frozen
    retry_strategy: RequestedRetryStrategy | None = None
    correlation_id: str | None = None
    traceparent: str | None = None
    requested_by: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    rerun_of: str | None = None
    task_token: str | None = field(default=None, repr=False)

    @property
    def origin(self) -> Origin:
        """What a rejection of this request carries."""
        return Origin(
            body_sha256=self.body_sha256,
            body_bytes=self.body_bytes,
            tenant=self.tenant,
            job_name=self.job_name,
            idempotency_key=self.idempotency_key,
            task_token=self.task_token,
        )

    @property
    def parameters_json(self) -> str:
        """The parameters in canonical form, as the container gets them."""
        return canonical_json(self.parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class _AboutAJob:
    """A request about a job of the same tenant. Attributes as `SubmitRequest`."""

    tenant: str
    idempotency_key: str
    job_id: str
    fingerprint: str
    body_json: str
    body_sha256: str
    body_bytes: int
    correlation_id: str | None = None
    traceparent: str | None = None
    requested_by: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    task_token: str | None = field(default=None, repr=False)

    @property
    def origin(self) -> Origin:
        """What a rejection of this request carries."""
        return Origin(
            body_sha256=self.body_sha256,
            body_bytes=self.body_bytes,
            tenant=self.tenant,
            idempotency_key=self.idempotency_key,
            job_id=self.job_id,
            task_token=self.task_token,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequest(_AboutAJob):
    """A request to cancel a job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RerunRequest(_AboutAJob):
    """A request to run an ended job again, as a new job.

    Attributes:
        version: Of the definition: the one that the job had, or the active one.
    """

    version: RerunVersion


type JobRequest = SubmitRequest | CancelRequest | RerunRequest


def unknown_job(request: SubmitRequest) -> InvalidRequest:
    """Make the rejection for a job name that no registered definition has."""
    return request.origin.refused(
        Reason.UNKNOWN_JOB,
        field="jobName",
        limit="the name of a registered job definition",
        value=shown(request.job_name),
    )


def unknown_job_version(request: SubmitRequest) -> InvalidRequest:
    """Make the rejection for a version that the definition does not have."""
    return request.origin.refused(
        Reason.UNKNOWN_JOB_VERSION,
        field="jobVersion",
        limit=f"a registered version of {request.job_name}",
        value=shown(request.job_version),
    )


def idempotency_conflict(request: SubmitRequest, *, job_id: str) -> InvalidRequest:
    """Make the rejection for a key that is taken by a different request."""
    return request.origin.about(job_id).refused(
        Reason.IDEMPOTENCY_CONFLICT,
        field="idempotencyKey",
        limit="new, or the same request again",
        value=shown(request.idempotency_key),
        message=(
            "idempotencyKey: already used for a different request; the first job"
            f" {job_id} is untouched"
        ),
    )


def job_not_found(request: CancelRequest | RerunRequest) -> InvalidRequest:
    """Make the rejection for a job id that this tenant does not have.

    Another tenant's job is not found either: its existence is not told.
    """
    return request.origin.refused(
        Reason.JOB_NOT_FOUND,
        field="jobId",
        limit=f"the id of a job of tenant {request.tenant}",
        value=shown(request.job_id),
    )


def not_rerunnable(request: RerunRequest, *, status: str) -> InvalidRequest:
    """Make the rejection for a job that has not ended yet."""
    return request.origin.refused(
        Reason.NOT_RERUNNABLE,
        field="jobId",
        limit="the id of a job that has ended",
        value=shown(request.job_id),
        message=(
            f"jobId: the job {request.job_id} is {status}; only a job that has ended"
            " is run again: wait for its end, or cancel it first"
        ),
    )


def parameters_gone(request: RerunRequest, *, uri: str) -> InvalidRequest:
    """Make the rejection for a job whose large parameters are no longer kept."""
    return request.origin.refused(
        Reason.NOT_RERUNNABLE,
        field="jobId",
        limit="the id of a job whose parameters are still kept",
        value=shown(request.job_id),
        message=(
            f"jobId: the parameters of the job {request.job_id} are not at {uri} any"
            " more; submit it anew, with its parameters"
        ),
    )


def overrides_too_large(
    request: SubmitRequest,
    *,
    field: str,
    characters: int,
    characters_max: int,
    message: str,
) -> InvalidRequest:
    """Make the rejection for what would not fit ECS's task overrides."""
    return request.origin.refused(
        Reason.OVERRIDES_TOO_LARGE,
        field=field,
        limit=f"small enough for {characters_max} characters of task overrides",
        value=f"{characters} characters",
        message=message,
    )
