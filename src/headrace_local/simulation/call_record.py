"""Records the calls of a schedule: who made each, from where, and in which world.

Two calls are alike when the same lines of the same stage ask for the same thing while
every record, task and queue is as it was: they differ in nothing but the time. Idle
ticks of reconcile are the most of them.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import FrameType

    from headrace_local.simulation.invocations import Invocation
    from headrace_local.simulation.world import World

READS = frozenset(
    {
        "batch_get_item",
        "describe_tasks",
        "get_item",
        "get_object",
        "list_tasks",
        "query",
    }
)
"""Operations that change nothing, however late they land."""


@dataclass(frozen=True, slots=True)
class Site:
    """A line of the product.

    Attributes:
        path: Below the package, such as `aws/job_table.py`.
    """

    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Call:
    """One request of an invocation.

    Attributes:
        key: Its name, by which a fault can be forced on it.
        sites: From the client outwards to the stage.
        likeness: Equal for calls that are alike.
    """

    key: str
    at_seconds: float
    operation: str
    sites: tuple[Site, ...]
    likeness: tuple[Any, ...]

    @property
    def stage(self) -> str:
        """Whose invocation made it."""
        return self.key.partition("-")[0]

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing."""
        return self.operation in READS


class CallRecord:
    """Every request of one schedule, in order."""

    def __init__(self, world: World) -> None:
        self.calls: list[Call] = []
        self._world = world
        world.network.heard.append(self._hear)

    def _hear(
        self, invocation: Invocation, operation: str, request: Mapping[str, Any]
    ) -> None:
        if "+" in invocation.sending:
            return  # The SDK's own retry is part of the call.
        sites = tuple(_sites(sys._getframe(1)))  # noqa: SLF001 - who calls is the point
        stage = invocation.name.partition("-")[0]
        likeness = (stage, operation, sites, _target(request), self._state())
        call = Call(
            invocation.sending,
            self._world.loop.elapsed_seconds,
            operation,
            sites,
            likeness,
        )
        self.calls.append(call)

    def _state(self) -> tuple[Any, ...]:
        world = self._world
        return (
            tuple((job.job_id, job.revision) for job in world.jobs.values()),
            tuple(
                (each.arn, each.last_status)
                for each in world.aws.tasks.records.values()
            ),
            world.requests.waiting(),
            world.events.waiting(),
        )


def distinct(calls: Iterable[Call]) -> list[Call]:
    """Return the first of all calls that are alike, in order."""
    first: dict[tuple[Any, ...], Call] = {}
    for call in calls:
        first.setdefault(call.likeness, call)
    return list(first.values())


def _sites(frame: FrameType | None) -> Iterable[Site]:
    while frame is not None:
        path = PurePath(frame.f_code.co_filename)
        if "headrace" in path.parts and "headrace_local" not in path.parts:
            yield Site("/".join(path.parts[-2:]), frame.f_lineno)
        frame = frame.f_back


def _target(request: Mapping[str, Any]) -> str:
    """Return what a request is about; shards of an index are one thing."""
    key = request.get("Key") or request.get("Item")
    if key:
        return key if isinstance(key, str) else str(key["pk"]["S"])  # S3's are text
    told = ("clientToken", "task", "tasks", "startedBy", "family", "IndexName")
    return str([request.get(name) for name in told])
