"""`dependsOn`: whether a container may start, must wait, or never can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from headrace_local.ecs.tasks import RUNNING, STOPPED

if TYPE_CHECKING:
    from headrace_local.ecs.tasks import ContainerRecord, TaskRecord

CONDITIONS = frozenset({"START", "COMPLETE", "SUCCESS", "HEALTHY"})


@dataclass(frozen=True, slots=True)
class Readiness:
    """What stands between a container and its start.

    Attributes:
        may_start: Every dependency is met.
        obstacle: Why it can never start; None while there is hope.
    """

    may_start: bool
    obstacle: str | None = None


def readiness(task: TaskRecord, container: ContainerRecord) -> Readiness:
    """Return whether a container's dependencies are met, or never will be."""
    waits = False
    for each in container.definition.get("dependsOn") or ():
        other = task.container(each["containerName"])
        condition = each["condition"]
        obstacle: str | None
        if other is None or condition not in CONDITIONS:
            obstacle = f"unknown container or condition {each['containerName']}"
        else:
            met, obstacle = _judge(other, condition)
            waits = waits or not met
        if obstacle is not None:
            text = (
                "failed to resolve container ordering dependency "
                f"[{each['containerName']}] for target [{container.name}] as "
                f"{obstacle}"
            )
            return Readiness(may_start=False, obstacle=text)
    return Readiness(may_start=not waits)


def _judge(other: ContainerRecord, condition: str) -> tuple[bool, str | None]:
    """Return whether a condition holds, and why it never will."""
    has_started = other.last_status == RUNNING or other.runtime_id is not None
    has_stopped = other.last_status == STOPPED
    obstacle = None
    if has_stopped and not has_started:
        obstacle = "dependency did not start"
    elif condition == "SUCCESS" and has_stopped and other.exit_code != 0:
        obstacle = "dependency did not exit successfully"
    elif condition == "HEALTHY" and not other.definition.get("healthCheck"):
        obstacle = "dependency has no health check"
    elif condition == "HEALTHY" and has_stopped and not other.healthy:
        obstacle = "dependency stopped before it was healthy"
    met = {
        "START": has_started,
        "COMPLETE": has_stopped,
        "SUCCESS": has_stopped,
        "HEALTHY": other.healthy is True,
    }
    return obstacle is None and met[condition], obstacle


def has_cycle(task: TaskRecord) -> bool:
    """Return whether containers wait for each other in a circle."""
    waiting = {
        each.name: {
            dependency["containerName"]
            for dependency in each.definition.get("dependsOn") or ()
        }
        for each in task.containers
    }
    while free := [
        name for name, others in waiting.items() if not others & set(waiting)
    ]:
        for name in free:
            del waiting[name]
    return bool(waiting)


def may_be_stopped(task: TaskRecord, container: ContainerRecord) -> bool:
    """Return whether no live container depends on this one (stops go in reverse)."""
    return not any(
        each.is_live
        and each is not container
        and any(
            dependency["containerName"] == container.name
            for dependency in each.definition.get("dependsOn") or ()
        )
        for each in task.containers
    )
