"""What is known of a request once it is sent. A value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A request that was sent.

    Attributes:
        job_id: The job's; known before any answer, because it is derived.
        message_id: SQS's; a rejection is stored under it.
        idempotency_key: The request's; the same key again is the same job.
        fingerprint: The job's request's. A job of this id with another fingerprint was
            made by a different request with the same key.
    """

    job_id: str
    message_id: str
    idempotency_key: str
    fingerprint: str
