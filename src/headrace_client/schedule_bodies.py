"""What a schedule of EventBridge Scheduler sends. Pure.

Source: Amazon EventBridge Scheduler User Guide, "Adding context attributes".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace_client.bodies import rfc3339

if TYPE_CHECKING:
    from datetime import datetime

SCHEDULE_ARN = "<aws.scheduler.schedule-arn>"
SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
EXECUTION_ID = "<aws.scheduler.execution-id>"
ATTEMPT_NUMBER = "<aws.scheduler.attempt-number>"


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
