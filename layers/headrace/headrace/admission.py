"""Admission: may this request run as this catalogue entry, and with what.

Decides and returns a value; storing and launching are the stages' business.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from headrace.definition import RegisteredDefinition
from headrace.request import SubmitRequest
from headrace.retry import RetryStrategy


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """What an accepted job runs with, request and entry taken together.

    Attributes:
        timeout_seconds: Of an attempt, from RUNNING.
        start_timeout_seconds: From a launch until RUNNING.
        start_deadline_at: The job must be RUNNING by then; None means no deadline.
        scheduled_at: Not before; None means at once.
        cpu: Cpu units to ask for; None leaves the task definition's.
        memory: The ladder in MiB, first rung first; empty leaves the task
            definition's.
        ephemeral_storage_gib: None leaves the task definition's.
        capacity: In the order to fall through; never empty.
        retry: The entry's strategy, narrowed by the request.
    """

    timeout_seconds: int
    start_timeout_seconds: int
    start_deadline_at: datetime | None
    scheduled_at: datetime | None
    cpu: int | None
    memory: tuple[int, ...]
    ephemeral_storage_gib: int | None
    capacity: tuple[str, ...]
    retry: RetryStrategy


def admit(
    request: SubmitRequest, registered: RegisteredDefinition, *, now: datetime
) -> Admitted:
    """Check a request against the entry that it names.

    The same request, entry and time give the same value again, so that it need not
    be stored: a record that keeps body and acceptance time can make it anew.

    Raises:
        InvalidRequest: INVALID_PARAMETERS, URL_NOT_ALLOWED, OVERRIDES_TOO_LARGE,
            OVERRIDE_NOT_ALLOWED, LIMIT_EXCEEDED, INVALID_FIELD (a pair that Fargate
            does not have) or DEADLINE_PASSED.
    """
    raise NotImplementedError
