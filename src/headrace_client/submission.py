"""What is asked for, and what is known of it once it is sent. Values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from headrace.requests.rejection import Rejection
from headrace_client.bodies import SubmitOptions, submit_document
from headrace_client.errors import FateUnknownError, NotSentError, RefusedError


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


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to be submitted.

    Attributes:
        job_name: The name of a registered definition.
        parameters: What the definition's schema asks for.
        idempotency_key: None makes up a new one.
        options: See `SubmitOptions`.
    """

    job_name: str
    parameters: Mapping[str, Any] | None = None
    idempotency_key: str | None = None
    options: SubmitOptions = field(default_factory=SubmitOptions)

    def document(self) -> dict[str, Any]:
        """Return it as a request's object, the key only where there is one."""
        document = submit_document(
            self.job_name, parameters=self.parameters, options=self.options
        )
        if self.idempotency_key is not None:
            document["idempotencyKey"] = self.idempotency_key
        return document


type Requested = NewJob | Mapping[str, Any] | str
"""A submission as it may be given: a value, a request's object, or its text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitResult:
    """What became of one of many submissions: either a submission or an error.

    Attributes:
        position: Its place among the requests, from 0.
        request: The request as it was given, a `NewJob`, an object or its text.
        body: The message; sending it again is safe, its key is in it. None for what
            was refused.
        submission: Of what was sent.
        error: Refused (it would be rejected), not sent, or of unknown fate.
    """

    position: int
    request: Requested
    body: str | None = None
    submission: Submission | None = None
    error: RefusedError | NotSentError | FateUnknownError | None = None

    @property
    def refusal(self) -> Rejection | None:
        """What the deployment would have answered, where it was refused."""
        return self.error.rejection if isinstance(self.error, RefusedError) else None


@dataclass(slots=True)
class Tally:
    """How many requests came to what, so far."""

    sent: int = 0
    refused: int = 0
    not_sent: int = 0
    unknown: int = 0

    def count(self, result: SubmitResult) -> None:
        """Count one more."""
        match result.error:
            case None:
                self.sent += 1
            case RefusedError():
                self.refused += 1
            case NotSentError():
                self.not_sent += 1
            case FateUnknownError():
                self.unknown += 1

    @property
    def total(self) -> int:
        """All of them."""
        return self.sent + self.refused + self.not_sent + self.unknown
