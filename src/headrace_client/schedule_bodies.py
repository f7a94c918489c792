"""What a schedule of EventBridge Scheduler sends. Pure.

Source: Amazon EventBridge Scheduler User Guide, "Adding context attributes".
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from headrace.requests.request import DEFAULT_TENANT
from headrace_client.bodies import rfc3339

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

SCHEDULE_ARN = "<aws.scheduler.schedule-arn>"
SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
EXECUTION_ID = "<aws.scheduler.execution-id>"
ATTEMPT_NUMBER = "<aws.scheduler.attempt-number>"

KEY = f"{SCHEDULE_ARN}@{SCHEDULED_TIME}"
"""The idempotency key: which schedule, and which slot; a slot is one job."""

_WORD = re.compile(r"<aws\.scheduler\.[^<>]*>")


def schedule_body(
    job_name: str,
    *,
    parameters: Mapping[str, Any],
    tenant: str = DEFAULT_TENANT,
    job_version: int | None = None,
    start_deadline_seconds: int | None = None,
) -> str:
    """Return a schedule's input: a request whose slot Scheduler fills in."""
    body = {
        "schemaVersion": "1",
        "jobName": job_name,
        "jobVersion": job_version,
        "idempotencyKey": KEY,
        "tenant": None if tenant == DEFAULT_TENANT else tenant,
        "scheduledAt": SCHEDULED_TIME,
        "startDeadlineSeconds": start_deadline_seconds,
        "parameters": dict(parameters) or None,
        "correlationId": EXECUTION_ID,
    }
    present = {name: value for name, value in body.items() if value is not None}
    return json.dumps(present, ensure_ascii=False)


def words_problem(parameters: Mapping[str, Any]) -> str | None:
    """Return what is wrong with words that Scheduler would fill in; None if nothing.

    One that differs from fire to fire would make a slot's second fire a conflict.
    """
    text = json.dumps(parameters, ensure_ascii=False)
    for word in _WORD.findall(text):
        if word not in {SCHEDULE_ARN, SCHEDULED_TIME}:
            return (
                f"parameters: must not hold {word}: a slot may fire twice, and both"
                f" fires must ask for the same; there are {SCHEDULED_TIME} and"
                f" {SCHEDULE_ARN}"
            )
    return None


def filled_in(text: str, *, schedule_arn: str, at: datetime) -> str:
    """Return what Scheduler sends for a slot, in whole seconds as it writes them."""
    words = {
        SCHEDULE_ARN: schedule_arn,
        SCHEDULED_TIME: rfc3339(at.replace(microsecond=0)),
        EXECUTION_ID: "d32c5kddcf5bb8c3",  # as the guide's example has it
        ATTEMPT_NUMBER: "1",
    }
    for word, value in words.items():
        text = text.replace(word, value)
    return text
