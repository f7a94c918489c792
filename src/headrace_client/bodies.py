"""The bodies of job requests, as this client writes them. Pure."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace.requests.schema import RerunVersion

SCHEMA_VERSION = "1"


class SubmitOptions(TypedDict, total=False):
    """What a submission may say beyond name, parameters and key.

    The fields of the job request, in Python's spelling; see docs/message.md.
    """

    job_version: int
    timeout_seconds: int
    start_deadline_seconds: int
    scheduled_at: datetime
    retry_strategy: Mapping[str, Any]
    overrides: Mapping[str, Any]
    correlation_id: str
    traceparent: str
    requested_by: str
    labels: Mapping[str, str]


def submit_document(
    job_name: str, *, parameters: Mapping[str, Any] | None, options: SubmitOptions
) -> dict[str, Any]:
    """Return the object that asks for a job to be run, without key and tenant.

    Raises:
        ValueError: `scheduled_at` has no offset.
    """
    document: dict[str, Any] = {"schemaVersion": SCHEMA_VERSION, "jobName": job_name}
    if parameters is not None:
        document["parameters"] = dict(parameters)
    return document | option_fields(options)


def option_fields(options: SubmitOptions) -> dict[str, Any]:
    """Return a submission's options as the request has them.

    Raises:
        ValueError: `scheduled_at` has no offset.
    """
    scheduled_at = options.get("scheduled_at")
    fields = {
        "jobVersion": options.get("job_version"),
        "timeoutSeconds": options.get("timeout_seconds"),
        "startDeadlineSeconds": options.get("start_deadline_seconds"),
        "scheduledAt": None if scheduled_at is None else rfc3339(scheduled_at),
        "retryStrategy": options.get("retry_strategy"),
        "overrides": options.get("overrides"),
        "correlationId": options.get("correlation_id"),
        "traceparent": options.get("traceparent"),
        "requestedBy": options.get("requested_by"),
        "labels": options.get("labels"),
    }
    return {name: value for name, value in fields.items() if value is not None}


def cancel_body(
    job_id: str, *, tenant: str, idempotency_key: str, requested_by: str | None = None
) -> str:
    """Return the body that asks for a job to be cancelled."""
    named = {} if requested_by is None else {"requestedBy": requested_by}
    return json.dumps(
        {
            "schemaVersion": SCHEMA_VERSION,
            "type": "cancel",
            "jobId": job_id,
            "idempotencyKey": idempotency_key,
            "tenant": tenant,
        }
        | named
    )


def rerun_body(
    job_id: str, *, tenant: str, idempotency_key: str, version: RerunVersion
) -> str:
    """Return the body that asks for a job to be run again."""
    return json.dumps(
        {
            "schemaVersion": SCHEMA_VERSION,
            "type": "rerun",
            "jobId": job_id,
            "idempotencyKey": idempotency_key,
            "tenant": tenant,
            "version": version,
        }
    )


def rfc3339(instant: datetime) -> str:
    """Write an aware time with its offset, in UTC.

    Raises:
        ValueError: The time has no offset.
    """
    if instant.tzinfo is None:
        raise ValueError(f"scheduled_at: must be aware, but is {instant}")
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
