"""Dead letters and notes as JSON objects: what `headrace redrive --json` prints.

Names are camelCase and stable once released; absent values are absent fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.instants import to_text

if TYPE_CHECKING:
    from headrace_client.redrive.checking import Verdict
    from headrace_client.redrive.dropping import Dropped
    from headrace_client.redrive.examining import Examined, Look
    from headrace_client.redrive.letters import About


def look_document(look: Look) -> dict[str, Any]:
    """Return what was found in the queues as a JSON object."""
    return {
        "deadLetters": [letter_document(each) for each in look.examined],
        "queues": [
            {
                "queue": name,
                "waitingBeside": depth.waiting,
                "heldBySomebody": depth.held,
            }
            for name, depth in look.left.items()
        ],
        "notLookedAt": list(look.unseen),
    }


def letter_document(examined: Examined) -> dict[str, Any]:
    """Return a dead letter as a JSON object, with its whole body."""
    letter, error = examined.letter, examined.last_error
    return _present(
        {
            "queue": letter.queue_name,
            "messageId": letter.message_id,
            "sentAt": to_text(letter.sent_at),
            "receiveCount": letter.receives,
            **_about_document(examined.about),
            "reason": letter.queue.why,
            "page": f"docs/runbook/{letter.queue.page}.md",
            "lastError": error
            and _present(
                {
                    "error": error.error,
                    "detail": error.detail or None,
                    "at": error.at and to_text(error.at),
                }
            ),
            "messageGroup": letter.group,
            "attributes": dict(letter.attributes) or None,
            "bodySha256": letter.body_sha256,
            "bodyBytes": letter.body_bytes,
            "body": letter.body,
        }
    )


def verdict_document(verdict: Verdict) -> dict[str, Any]:
    """Return what dispatch would do with a request as a JSON object."""
    rejection, standing = verdict.rejection, verdict.standing
    return _present(
        {
            "rejection": rejection
            and _present(
                {
                    "reasonCode": rejection.reason.value,
                    "field": rejection.field,
                    "limit": rejection.limit,
                    "value": rejection.value,
                    "message": rejection.message,
                }
            ),
            "standingJobId": standing and standing.job_id,
            "standingStatus": standing and standing.status.value,
            "notLookedAt": list(verdict.unchecked) or None,
        }
    )


def dropped_document(dropped: Dropped, *, body: str | None = None) -> dict[str, Any]:
    """Return the note of a dropped message as a JSON object."""
    return _present(
        {
            "queue": dropped.queue_name,
            "messageId": dropped.message_id,
            "sentAt": to_text(dropped.sent_at),
            "droppedAt": to_text(dropped.dropped_at),
            "droppedBy": dropped.dropped_by,
            "note": dropped.why,
            "jobId": dropped.job_id,
            "jobName": dropped.job_name,
            "idempotencyKey": dropped.idempotency_key,
            "tenant": dropped.tenant,
            "taskArn": dropped.task_arn,
            "lastError": dropped.last_error,
            "bodySha256": dropped.body_sha256,
            "bodyBytes": dropped.body_bytes,
            "isBodyKept": dropped.parts > 0,
            "body": body,
        }
    )


def _about_document(about: About) -> dict[str, Any]:
    return {
        "jobId": about.job_id,
        "jobName": about.job_name,
        "idempotencyKey": about.idempotency_key,
        "tenant": about.tenant,
        "taskArn": about.task_arn,
        "says": about.says,
    }


def _present(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value is not None}
