"""The EventBridge envelope of an "ECS Task State Change"."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from headrace_local.ecs.tasks import TaskRecord

DETAIL_TYPE = "ECS Task State Change"
SOURCE = "aws.ecs"

# An event carries neither the task's tags nor its health: two open requests of the
# public AWS containers roadmap ask for them.
_NOT_IN_EVENTS = frozenset({"tags", "healthStatus"})


def iso(moment: datetime) -> str:
    """Return a moment as ECS writes it in events: UTC, milliseconds, Z."""
    return (
        moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


def task_state_change(
    task: TaskRecord, *, happened_at: datetime, new_id: Callable[[], str]
) -> dict[str, Any]:
    """Return the event that tells of a task's present state."""
    shown = task.view()
    detail = {key: each for key, each in shown.items() if key not in _NOT_IN_EVENTS}
    for key, moment in ({"createdAt": task.created_at} | task.times).items():
        detail[key] = iso(moment)
    detail["updatedAt"] = iso(happened_at)
    detail["containers"] = [_container(each) for each in shown["containers"]]
    _, _, _, region, account, _ = task.arn.split(":", 5)
    return {
        "version": "0",
        "id": _uuid(new_id()),
        "detail-type": DETAIL_TYPE,
        "source": SOURCE,
        "account": account,
        "time": iso(happened_at)[:19] + "Z",
        "region": region,
        "resources": [task.arn],
        "detail": detail,
    }


def _container(shown: Mapping[str, Any]) -> dict[str, Any]:
    return {key: each for key, each in shown.items() if key != "healthStatus"}


def _uuid(digits: str) -> str:
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32])
    return "-".join(parts)
