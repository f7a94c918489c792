"""Schedules as EventBridge Scheduler keeps them: its requests, answers and refusals.

Source: Amazon EventBridge Scheduler API Reference, CreateSchedule. No AWS calls here.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headrace_client.errors import ScheduleRefusedError
from headrace_client.schedule_expressions import is_single

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.exceptions import ClientError

    from headrace_client.schedule_names import ScheduleNames

NAME_PATTERN = r"[0-9A-Za-z_.-]{1,64}"
NOTHING_MADE = "Nothing was made; correct it and try again."

_AGE_SECONDS = (60, 86_400)  # how long a slot may be tried to be sent
_RETRIES_MAX = 185


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """One schedule of a deployment.

    Attributes:
        name: Within the deployment's group.
        arn: Part of every slot's idempotency key.
        expression: When it fires: cron, rate or at.
        timezone: By which cron and at are read.
        is_enabled: Whether it fires at all.
        job_name: What it asks for; None where it sends something else.
        body: What it sends, with Scheduler's words.
        description: For people.
    """

    name: str
    arn: str
    expression: str
    timezone: str
    is_enabled: bool
    job_name: str | None
    body: str
    description: str = ""


def creation_of(
    schedule: Schedule, names: ScheduleNames, *, deadline_seconds: int | None
) -> dict[str, Any]:
    """Return the request that makes a schedule.

    A slot is tried to be sent for as long as its job may start, within Scheduler's
    limits.
    """
    least, most = _AGE_SECONDS
    age_seconds = min(max(deadline_seconds or most, least), most)
    return {
        "GroupName": names.group,
        "Name": schedule.name,
        "ScheduleExpression": schedule.expression,
        "ScheduleExpressionTimezone": schedule.timezone,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Description": schedule.description,
        "ActionAfterCompletion": "DELETE" if is_single(schedule.expression) else "NONE",
        "Target": {
            "Arn": names.queue_arn,
            "RoleArn": names.role_arn,
            "Input": schedule.body,
            "DeadLetterConfig": {"Arn": names.dead_letters_arn},
            "RetryPolicy": {
                "MaximumEventAgeInSeconds": age_seconds,
                "MaximumRetryAttempts": _RETRIES_MAX,
            },
        },
    }


def schedule_from(found: Mapping[str, Any]) -> Schedule:
    """Return what Scheduler answers of one schedule."""
    body = found["Target"].get("Input", "")
    return Schedule(
        name=found["Name"],
        arn=found["Arn"],
        expression=found["ScheduleExpression"],
        timezone=found.get("ScheduleExpressionTimezone", "UTC"),
        is_enabled=found["State"] == "ENABLED",
        job_name=_job_name(body),
        body=body,
        description=found.get("Description", ""),
    )


def refusal_of(error: ClientError, name: str) -> ScheduleRefusedError | None:
    """Return what Scheduler's own checks mean; None for other errors."""
    told = error.response["Error"]
    if told["Code"] == "ConflictException":
        return ScheduleRefusedError(
            f"There is a schedule {name!r} already.",
            advice=f"Remove it first: headrace schedule remove {name}",
        )
    if told["Code"] == "ValidationException":
        return ScheduleRefusedError(
            f"EventBridge Scheduler refuses it: {told.get('Message', '')}",
            advice=NOTHING_MADE,
        )
    return None


def name_problem(name: str) -> str | None:
    """Return what is wrong with a schedule's name; None if it is fine."""
    if re.fullmatch(NAME_PATTERN, name):
        return None
    return (
        "name: must be 1 to 64 letters, digits, hyphens, dots or underscores, but is"
        f" {name!r}"
    )


def _job_name(body: str) -> str | None:
    try:
        document = json.loads(body)
    except ValueError:
        return None
    name = document.get("jobName") if isinstance(document, dict) else None
    return name if isinstance(name, str) else None
