"""Runs inside ministack: its Scheduler then fills in the words of AWS's.

ministack fires schedules every ten seconds, in UTC, and sends their input as it stands.
AWS replaces the words in angle brackets: Amazon EventBridge Scheduler User Guide,
"Adding context attributes". Imports nothing of ours: it is run by a bare interpreter.
"""

from __future__ import annotations

import importlib
import re
import uuid
from datetime import UTC, datetime
from typing import Any

_AT = re.compile(r"at\((.+)\)")


def install() -> None:
    """Let schedules' inputs be filled in before they are sent."""
    bridge: Any = importlib.import_module("ministack.services.eventbridge")
    send = bridge._invoke_target  # noqa: SLF001  # pinned, and without a hook

    def filled(target: Any, event: Any, rule: Any, view: Any = None) -> Any:  # noqa: ANN401  # ministack's
        if event.get("Source") == "aws.scheduler" and target.get("Input"):
            target = {**target, "Input": filled_in(target["Input"], rule, event)}
        return send(target, event, rule, view)

    bridge._invoke_target = filled  # noqa: SLF001  # as above


def filled_in(text: str, schedule: dict[str, Any], event: dict[str, Any]) -> str:
    """Return what AWS's Scheduler sends for this slot."""
    slot = slot_of(schedule["ScheduleExpression"], event["Time"])
    words = {
        "schedule-arn": schedule["Arn"],
        "scheduled-time": slot.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "execution-id": uuid.uuid4().hex[:16],
        "attempt-number": "1",
    }
    for word, value in words.items():
        text = text.replace(f"<aws.scheduler.{word}>", value)
    return text


def slot_of(expression: str, fired_at: float) -> datetime:
    """Return the time that a schedule was to fire at, which was seconds ago."""
    at = _AT.fullmatch(expression)
    if at is not None:
        return datetime.fromisoformat(at[1]).replace(tzinfo=UTC)
    fired = datetime.fromtimestamp(fired_at, tz=UTC)
    return fired.replace(second=0) if expression.startswith("cron") else fired
