"""The JSON Schema of an event's `detail`, for those who follow jobs up. Pure.

Fields may be added, so a reader must pass over those that it does not know; the schema
allows them too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from headrace.announcements.event import REJECTED, SCHEMA_VERSION
from headrace.identity import JOB_ID_PATTERN
from headrace.jobs.job import TERMINAL, JobStatus, ReasonCode, WaitReason
from headrace.requests.rejection import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

_TEXT: Final = {"type": "string"}
_TIME: Final = {"type": "string", "format": "date-time"}
_COUNT: Final = {"type": "integer", "minimum": 0}
_NUMBER: Final = {"type": "integer"}
_OF_LAUNCH: Final = {
    "attempt": _COUNT,
    "launch": _COUNT,
    "exitCode": _NUMBER,
    "stopCode": _TEXT,
    "taskArn": _TEXT,
}


def event_schema(dialect: str) -> dict[str, Any]:
    """Return the schema of `detail`, where `detail-type` is `Job State Change`."""
    return {
        "$schema": dialect,
        "$id": "urn:headrace:schemas:job-state-change:1",
        "title": "Job State Change",
        "description": "The detail of an event of the source headrace.",
        "oneOf": [{"$ref": "#/$defs/change"}, {"$ref": "#/$defs/rejection"}],
        "$defs": {"change": _change(), "rejection": _rejection()},
    }


def _change() -> dict[str, Any]:
    properties = {
        "schemaVersion": {"const": SCHEMA_VERSION},
        "jobId": {"type": "string", "pattern": JOB_ID_PATTERN},
        "jobName": _TEXT,
        "jobVersion": _COUNT,
        "tenant": _TEXT,
        "idempotencyKey": _TEXT,
        "correlationId": _TEXT,
        "requestedBy": _TEXT,
        "traceparent": _TEXT,
        "labels": {"type": "object", "additionalProperties": _TEXT},
        "rerunOf": {"type": "string", "pattern": JOB_ID_PATTERN},
        "acceptedAt": _TIME,
        "status": _one_of(JobStatus),
        "previousStatus": _one_of(set(JobStatus) - TERMINAL),
        "waitReason": _one_of(WaitReason),
        "reasonCode": _one_of(ReasonCode),
        "summary": _TEXT,
        "advice": _TEXT,
        **_OF_LAUNCH,
        "startedAt": _TIME,
        "finishedAt": _TIME,
        "endedLaunch": _ended_launch(),
        "at": _TIME,
        "sequence": {"type": "integer", "minimum": 1},
        "isReplay": {"const": True},
    }
    identity = ("jobId", "jobName", "jobVersion", "tenant", "idempotencyKey")
    return {
        "description": "A change of a job's status.",
        "type": "object",
        "properties": properties,
        "required": [
            *("schemaVersion", *identity, "traceparent", "acceptedAt"),
            *("status", "at", "sequence"),
        ],
    }


def _rejection() -> dict[str, Any]:
    properties = {
        "schemaVersion": {"const": SCHEMA_VERSION},
        "messageId": _TEXT,
        "jobName": _TEXT,
        "tenant": _TEXT,
        "idempotencyKey": _TEXT,
        "status": {"const": REJECTED},
        "reasonCode": _one_of(Reason),
        "summary": _TEXT,
        "field": _TEXT,
        "limit": _TEXT,
        "value": _TEXT,
        "aboutJobId": {"type": "string", "pattern": JOB_ID_PATTERN},
        "at": _TIME,
        "sequence": {"const": 1},
    }
    return {
        "description": "A request that was rejected; there is no job.",
        "type": "object",
        "properties": properties,
        "required": [
            *("schemaVersion", "messageId", "status", "reasonCode", "summary"),
            *("at", "sequence"),
        ],
    }


def _ended_launch() -> dict[str, Any]:
    return {
        "description": "Of a job that waits again: the launch that ended.",
        "type": "object",
        "properties": {
            **_OF_LAUNCH,
            "reasonCode": _one_of(ReasonCode),
            "detail": _TEXT,
        },
        "required": ["attempt", "launch", "reasonCode", "detail"],
    }


def _one_of(values: Iterable[str]) -> dict[str, Any]:
    return {"enum": sorted(str(value) for value in values)}
