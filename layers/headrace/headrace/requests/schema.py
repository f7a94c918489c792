"""The shape of request bodies: one closed schema for each request type.

Shapes only: what pydantic can say about a field alone.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from headrace import limits
from headrace.definitions.definition import Capacities
from headrace.definitions.retry import RequestedRetryStrategy
from headrace.identity import JOB_ID_PATTERN
from headrace.wire import Wire

RFC_3339_PATTERN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
    r"(?:[Zz]|[+-][0-9]{2}:[0-9]{2})$"
)
_RFC_3339 = re.compile(RFC_3339_PATTERN)


def parse_rfc3339(text: object) -> datetime:
    """Read a time with an offset as UTC; digits beyond microseconds are cut.

    Raises:
        ValueError: It is no such time.
    """
    if isinstance(text, str) and _RFC_3339.fullmatch(text):
        try:
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass  # the 31st of February, or the year 0
    raise ValueError("an RFC 3339 time with an offset, as 2026-11-22T06:00:00Z")


CarriedText = Annotated[str, Field(min_length=1, pattern=limits.CARRIED_TEXT_PATTERN)]


# How much is too much is the entry's to say, and its limit the one worth naming; so
# here a size is only some positive number.
Positive = Annotated[int, Field(ge=1)]


type RerunVersion = Literal["exact", "latest"]
"""Of the definition: the one that the job to run again had, or the active one."""


class Overrides(Wire):
    """What a request may change of the task, each if the entry allows it.

    Attributes:
        cpu: In cpu units.
        memory: In MiB.
        capacity: In the order to fall through.
    """

    cpu: Positive | None = None
    memory: Positive | None = None
    ephemeral_storage_gib: Annotated[
        Positive | None, Field(alias="ephemeralStorageGiB")
    ] = None
    capacity: Capacities | None = None


class Body(Wire):
    """What every request type has.

    Attributes:
        idempotency_key: The same key and request again are the same job; another
            request under the key is rejected.
        tenant: On whose behalf; `default` where it is left out.
        correlation_id: Carried to the record, the container and the events.
        traceparent: W3C Trace Context; carried likewise, an invalid one is dropped.
        requested_by: Who asked; carried to the record.
        labels: Carried to the record.
    """

    schema_version: Literal["1"]
    type: str = "submit"
    idempotency_key: Annotated[str, Field(pattern=limits.IDEMPOTENCY_KEY_PATTERN)]
    tenant: Annotated[str, Field(pattern=limits.TENANT_PATTERN)] | None = None
    correlation_id: (
        Annotated[CarriedText, Field(max_length=limits.CORRELATION_ID_CHARACTERS_MAX)]
        | None
    ) = None
    traceparent: str | None = None
    requested_by: (
        Annotated[CarriedText, Field(max_length=limits.REQUESTED_BY_CHARACTERS_MAX)]
        | None
    ) = None
    labels: Annotated[
        dict[
            Annotated[str, Field(pattern=limits.LABEL_KEY_PATTERN)],
            Annotated[
                str,
                Field(
                    pattern=limits.CARRIED_TEXT_PATTERN,
                    max_length=limits.LABEL_VALUE_CHARACTERS_MAX,
                ),
            ],
        ],
        Field(max_length=limits.LABELS_MAX),
    ] = Field(default_factory=dict)


class Notify(Wire):
    """Who is told how the job ended, besides those who hear its events.

    Attributes:
        task_token: Of a Step Functions task that waits. It is a capability: whoever
            has it can answer for the job.
    """

    task_token: Annotated[
        CarriedText, Field(max_length=limits.TASK_TOKEN_CHARACTERS_MAX)
    ]


class SubmitBody(Body):
    """``type: submit``, the default.

    Attributes:
        job_name: The name of a registered job definition.
        job_version: Its version; left out, it is the active one at acceptance.
        parameters: What the definition's own schema asks for.
        scheduled_at: Not before this time, at most a year ahead.
        start_deadline_seconds: The job must be RUNNING so many seconds after
            `scheduledAt`, or after acceptance; else it ends as EXPIRED.
        timeout_seconds: Of each attempt, from RUNNING; at most the definition's.
        overrides: Each only if the definition allows it.
        retry_strategy: May only narrow the definition's.
    """

    job_name: Annotated[str, Field(pattern=limits.NAME_PATTERN)]
    job_version: Annotated[int, Field(ge=1, le=limits.JOB_VERSION_MAX)] | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    scheduled_at: Annotated[datetime, BeforeValidator(parse_rfc3339)] | None = None
    start_deadline_seconds: (
        Annotated[int, Field(ge=1, le=limits.START_DEADLINE_SECONDS_MAX)] | None
    ) = None
    timeout_seconds: Positive | None = None
    overrides: Overrides = Overrides()
    retry_strategy: RequestedRetryStrategy | None = None
    notify: Notify | None = None


class CancelBody(Body):
    """``type: cancel``.

    Attributes:
        job_id: The id of a job of the same tenant.
    """

    job_id: Annotated[str, Field(pattern=JOB_ID_PATTERN)]


class RerunBody(Body):
    """``type: rerun``.

    Attributes:
        job_id: The id of a job of the same tenant that has ended.
        version: Of the definition: the one that the job had, or the active one.
    """

    job_id: Annotated[str, Field(pattern=JOB_ID_PATTERN)]
    version: RerunVersion = "exact"
    notify: Notify | None = None


type AnyBody = SubmitBody | CancelBody | RerunBody
