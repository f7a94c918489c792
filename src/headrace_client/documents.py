"""Job records and rejections as JSON objects: what `--json` prints.

Names are camelCase and stable once released; absent values are absent fields. What
only the protocol needs (leases, revisions, timers) is left out.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from headrace.jobs.job import Job, LaunchEntry
from headrace.ports import REJECTED

if TYPE_CHECKING:
    from headrace.jobs.transitions import Transition
    from headrace.ports import StoredRejection


def job_document(job: Job) -> dict[str, Any]:
    """Return a job's record as a JSON object."""
    launch, outcome = job.launch, job.outcome
    document: dict[str, Any] = {
        "jobId": job.job_id,
        "tenant": job.tenant,
        "jobName": job.job_name,
        "jobVersion": job.job_version,
        "idempotencyKey": job.idempotency_key,
        "status": job.status.value,
        "desiredStatus": job.desired_status.value,
        "waitReason": job.wait_reason.value if job.wait_reason else None,
        "acceptedAt": time_text(job.accepted_at),
        "statusAt": time_text(job.status_at),
        "notBeforeAt": time_text(job.not_before_at),
        "startDeadlineAt": time_text(job.start_deadline_at),
        "startedAt": time_text(launch.started_at) if launch else None,
        "attempt": job.attempt,
        "launch": job.launch_number,
        "timeoutSeconds": job.timeout_seconds,
        "taskArn": launch.task_arn if launch else None,
        "imageDigest": job.image_digest,
        "correlationId": job.correlation_id,
        "requestedBy": job.requested_by,
        "rerunOf": job.rerun_of,
        "cancelRequestedAt": time_text(job.cancel_requested_at),
        "cancelRequestedBy": job.cancel_requested_by,
        "earlierLaunches": [_launch_document(entry) for entry in job.history],
        "transitions": [_transition_document(each) for each in job.transitions],
    }
    if outcome is not None:
        document |= {
            "reasonCode": outcome.reason_code.value,
            "summary": outcome.summary,
            "advice": outcome.advice or None,
            "exitCode": outcome.exit_code,
            "stopCode": outcome.stop_code,
            "stoppedReason": outcome.stopped_reason,
            "finishedAt": time_text(outcome.finished_at),
        }
    return _present(document)


def rejection_document(stored: StoredRejection) -> dict[str, Any]:
    """Return a stored rejection as a JSON object; its status is REJECTED."""
    rejection = stored.rejection
    return _present(
        {
            "messageId": stored.message_id,
            "status": REJECTED,
            "reasonCode": rejection.reason.value,
            "field": rejection.field,
            "limit": rejection.limit,
            "value": rejection.value,
            "message": rejection.message,
            "rejectedAt": time_text(stored.rejected_at),
            "bodySha256": rejection.body_sha256,
            "bodyBytes": rejection.body_bytes,
            "tenant": rejection.tenant,
            "jobName": rejection.job_name,
            "idempotencyKey": rejection.idempotency_key,
            "jobId": rejection.job_id,
        }
    )


def document_of(entry: Job | StoredRejection) -> dict[str, Any]:
    """Return either as a JSON object."""
    return job_document(entry) if isinstance(entry, Job) else rejection_document(entry)


def status_of(entry: Job | StoredRejection) -> str:
    """Return a record's status as people see it."""
    return entry.status.value if isinstance(entry, Job) else REJECTED


def _launch_document(entry: LaunchEntry) -> dict[str, Any]:
    return _present(
        {
            "attempt": entry.attempt,
            "launch": entry.launch,
            "intendedAt": time_text(entry.intended_at),
            "endedAt": time_text(entry.ended_at),
            "reasonCode": entry.reason_code.value,
            "detail": entry.detail,
            "taskArn": entry.task_arn,
            "exitCode": entry.exit_code,
            "stopCode": entry.stop_code,
        }
    )


def _transition_document(each: Transition) -> dict[str, Any]:
    return _present(
        {
            "sequence": each.sequence,
            "status": each.status.value,
            "at": time_text(each.at),
            "by": each.by,
            "why": each.why,
        }
    )


def time_text(instant: datetime | None) -> str | None:
    """Write a time in UTC with milliseconds, as all of our JSON does."""
    if instant is None:
        return None
    text = instant.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _present(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value is not None}
