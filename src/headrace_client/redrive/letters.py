"""A dead letter, and what its body tells of it. Pure; nothing here is sent."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from headrace import identity
from headrace.errors import InvalidRequest, UnreadableReport
from headrace.requests.parsing import parse_request
from headrace.requests.request import SubmitRequest
from headrace.tasks.report import TaskReport
from headrace_client.redrive.queues import BY_NAME, Contents

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from headrace_client.redrive.queues import DeadLetterQueue

SCHEDULED_TIME = "SCHEDULED_TIME"
"""An attribute of a tick: EventBridge Scheduler User Guide, "Configuring a dead-letter
queue for EventBridge Scheduler"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A message of a dead-letter queue, as it was received.

    Attributes:
        queue_name: Of the dead-letter queue.
        message_id: As in the queue that it came from, and in that function's log.
        receipt: What it is hidden and deleted by, until it is received again.
        body: As it was sent.
        sent_at: When it was first sent.
        receives: How often it was received, by functions and people together.
        group: Its message group: the tenant of a request; None where it has none.
        attributes: Its message attributes that are text.
    """

    queue_name: str
    message_id: str
    receipt: str = field(repr=False)
    body: str
    sent_at: datetime
    receives: int
    group: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def queue(self) -> DeadLetterQueue:
        """The queue that it lies in."""
        return BY_NAME[self.queue_name]

    @property
    def body_bytes(self) -> int:
        """The size of its body in UTF-8."""
        return len(self.body.encode("utf-8", "surrogatepass"))

    @property
    def body_sha256(self) -> str:
        """The SHA-256 of its body, as rejections have it."""
        return identity.sha256_hex(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a dead letter is about, as far as its body tells in a valid way.

    Attributes:
        job_id: The job; for a request that it would become.
        job_name: Of a request.
        idempotency_key: Of a request.
        tenant: Of a request.
        fingerprint: Of a request that can be read: equal where the same is asked for.
        task_arn: Of a task event.
        says: What else it says, in a few words: `STOPPED, version 5`.
    """

    job_id: str | None = None
    job_name: str | None = None
    idempotency_key: str | None = None
    tenant: str | None = None
    fingerprint: str | None = None
    task_arn: str | None = None
    says: str | None = None


def about(
    letter: DeadLetter, *, deployment_id: str, now: datetime, body: str | None = None
) -> About:
    """Return what a dead letter is about.

    Args:
        letter: The message.
        deployment_id: Part of the job's id.
        now: Bounds a request's `scheduledAt`.
        body: Read instead of the message's own.
    """
    text = letter.body if body is None else body
    match letter.queue.contents:
        case Contents.REQUEST:
            return _about_request(text, deployment_id, now)
        case Contents.TASK_EVENT:
            return _about_task_event(text)
        case Contents.TICK:
            at = letter.attributes.get(SCHEDULED_TIME)
            return About(says="a tick of reconcile" + (f" at {at}" if at else ""))
        case Contents.ANNOUNCEMENT:
            return _about_announcement(text)


def _about_request(body: str, deployment_id: str, now: datetime) -> About:
    try:
        request = parse_request(body, pinned_tenant=None, now=now)
    except InvalidRequest as error:
        told = error.rejection
        return About(
            job_id=told.job_id,
            job_name=told.job_name,
            idempotency_key=told.idempotency_key,
            tenant=told.tenant,
            says=f"{told.reason}: {told.message}",
        )
    if isinstance(request, SubmitRequest):
        job_id = identity.job_id(
            deployment_id=deployment_id,
            tenant=request.tenant,
            job_name=request.job_name,
            idempotency_key=request.idempotency_key,
        )
        name = request.job_name
    else:
        job_id, name = request.job_id, None
    return About(
        job_id=job_id,
        job_name=name,
        idempotency_key=request.idempotency_key,
        tenant=request.tenant,
        fingerprint=request.fingerprint,
        says=None if name else json.loads(request.body_json).get("type"),
    )


def detail_of(body: str) -> dict[str, Any] | None:
    """Return the `detail` of an event in EventBridge's envelope; None for none."""
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError):
        return None
    detail = envelope.get("detail") if isinstance(envelope, dict) else None
    return detail if isinstance(detail, dict) else None


def _about_task_event(body: str) -> About:
    detail = detail_of(body)
    if detail is None:
        return About(says="no event in EventBridge's envelope")
    try:
        report = TaskReport.parse(detail)
    except UnreadableReport as error:
        return About(says=f"no task state change: {error}")
    launch = identity.parse_started_by(report.started_by or "")
    return About(
        job_id=launch.job_id if launch else None,
        task_arn=report.task_arn,
        says=f"{report.last_status}, version {report.version}",
    )


def _about_announcement(body: str) -> About:
    """Return what announce said of what it could not announce."""
    try:
        letter = json.loads(body)
        kind, why = letter["kind"], letter["why"]
    except (ValueError, TypeError, KeyError):
        return About(says="changes that Lambda could not hand to announce")
    told = letter.get("about") or ""
    is_job = re.fullmatch(identity.JOB_ID_PATTERN, told) is not None
    return About(job_id=told if is_job else None, says=f"{kind}: {why}")
