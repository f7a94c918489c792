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
    has_started = other.last_status == RUNNING or other.runtime_id is not None
    has_stopped = other.last_status == STOPPED
    if has_stopped and not has_started:
        return False, "dependency did not start"
    if condition == "START":
        return has_started, None
    if condition == "COMPLETE":
        return has_stopped, None
    if condition == "SUCCESS":
        if has_stopped and other.exit_code != 0:
            return False, "dependency did not exit successfully"
        return has_stopped, None
    if not other.definition.get("healthCheck"):
        return False, "dependency has no health check"
    if has_stopped:
        return False, "dependency stopped before it was healthy"
    return other.healthy is True, None


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
