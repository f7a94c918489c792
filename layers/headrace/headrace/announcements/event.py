"""The event of one change of a job's status, and of one rejection. Pure.

Names are camelCase and stable once released; absent values are absent fields. Readers
must pass over fields that they do not know. Nothing that a holder could act with is in
an event: no task token, no parameters.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from headrace.instants import to_text
from headrace.jobs.job import WAITING, Job, JobStatus, LaunchEntry
from headrace.jobs.traces import trace_of
from headrace.jobs.transitions import Transition
from headrace.requests.rejection import Rejection

SOURCE = "headrace"
DETAIL_TYPE = "Job State Change"
SCHEMA_VERSION = "1"
REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class Announcement:
    """One event to be published.

    Attributes:
        about: The job's id, or the message's of a rejection: events about the same
            are published in their order.
        at: When it happened.
        detail: The event's own fields.
    """

    about: str
    at: datetime
    detail: Mapping[str, Any]

    @property
    def detail_json(self) -> str:
        """The detail as it is published: compact, and of ASCII alone."""
        return json.dumps(self.detail, separators=(",", ":"))


def change_of(before: Job | None, after: Job) -> Announcement | None:
    """Return the event of a write; None where the status stayed what it was.

    Args:
        before: What stood before the write; None where nothing did.
        after: What it stored.
    """
    if before is not None and before.sequence >= after.sequence:
        return None
    previous = before.status if before is not None else None
    return _announced(after, full_detail(after, previous=previous))


def replayed(job: Job) -> list[Announcement]:
    """Return the events of a job again, as far as its record tells them.

    Each has the `sequence` of the first time and says that it is a replay. Of a change
    before the last one, the record keeps when it was and why, and no more.
    """
    statuses = {each.sequence: each.status for each in job.transitions}
    told = [
        _told_again(job, each, statuses.get(each.sequence - 1))
        for each in job.transitions
        if each.sequence < job.sequence
    ]
    previous = statuses.get(job.sequence - 1)
    detail = full_detail(job, previous=previous) | {"isReplay": True}
    return [*told, _announced(job, detail)]


def rejection_announced(
    message_id: str, rejected_at: datetime, rejection: Rejection
) -> Announcement:
    """Return the event of a stored rejection.

    A job that the request spoke of is named apart: the rejection is none of its
    changes.
    """
    detail = _present(
        {
            "schemaVersion": SCHEMA_VERSION,
            "messageId": message_id,
            "jobName": rejection.job_name,
            "tenant": rejection.tenant,
            "idempotencyKey": rejection.idempotency_key,
            "status": REJECTED,
            "reasonCode": rejection.reason.value,
            "summary": rejection.message,
            "field": rejection.field,
            "limit": rejection.limit,
            "value": rejection.value,
            "aboutJobId": rejection.job_id,
            "at": to_text(rejected_at),
            "sequence": 1,
        }
    )
    return Announcement(message_id, rejected_at, detail)


def full_detail(job: Job, *, previous: JobStatus | None) -> dict[str, Any]:
    """Return all that is told of a job as it stands."""
    launch, outcome = job.launch, job.outcome
    is_launched = launch is not None and job.status not in WAITING
    return _identity(job) | _present(
        {
            "status": job.status.value,
            "previousStatus": previous.value if previous else None,
            "waitReason": job.wait_reason.value if job.wait_reason else None,
            "reasonCode": outcome.reason_code.value if outcome else None,
            "summary": outcome.summary if outcome else None,
            "advice": (outcome.advice or None) if outcome else None,
            "attempt": job.attempt,
            "launch": job.launch_number,
            "exitCode": outcome.exit_code if outcome else None,
            "stopCode": outcome.stop_code if outcome else None,
            "taskArn": launch.task_arn if launch and is_launched else None,
            "startedAt": _text(launch.started_at if launch and is_launched else None),
            "finishedAt": _text(outcome.finished_at if outcome else None),
            "endedLaunch": _ended_launch(job, previous),
            "at": to_text(job.status_at),
            "sequence": job.sequence,
        }
    )


def _identity(job: Job) -> dict[str, Any]:
    """Return what is the same in every event of a job."""
    return _present(
        {
            "schemaVersion": SCHEMA_VERSION,
            "jobId": job.job_id,
            "jobName": job.job_name,
            "jobVersion": job.job_version,
            "tenant": job.tenant,
            "idempotencyKey": job.idempotency_key,
            "correlationId": job.correlation_id,
            "requestedBy": job.requested_by,
            "traceparent": trace_of(job),
            "labels": json.loads(job.request_json).get("labels") or None,
            "rerunOf": job.rerun_of,
            "acceptedAt": to_text(job.accepted_at),
        }
    )


def _ended_launch(job: Job, previous: JobStatus | None) -> dict[str, Any] | None:
    """Return the launch whose end brought the job back to waiting."""
    came_back = previous is not None and previous not in WAITING
    if not came_back or job.status not in WAITING or not job.history:
        return None
    entry: LaunchEntry = job.history[-1]
    return _present(
        {
            "attempt": entry.attempt,
            "launch": entry.launch,
            "reasonCode": entry.reason_code.value,
            "detail": entry.detail,
            "exitCode": entry.exit_code,
            "stopCode": entry.stop_code,
            "taskArn": entry.task_arn,
        }
    )


def _told_again(job: Job, each: Transition, previous: JobStatus | None) -> Announcement:
    detail = _identity(job) | _present(
        {
            "status": each.status.value,
            "previousStatus": previous.value if previous else None,
            "waitReason": each.why if each.status in WAITING else None,
            "reasonCode": each.why if each.status.is_terminal else None,
            "at": to_text(each.at),
            "sequence": each.sequence,
            "isReplay": True,
        }
    )
    return Announcement(job.job_id, each.at, detail)


def _announced(job: Job, detail: Mapping[str, Any]) -> Announcement:
    return Announcement(job.job_id, job.status_at, detail)


def _text(at: datetime | None) -> str | None:
    return to_text(at) if at else None


def _present(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in detail.items() if value is not None}
