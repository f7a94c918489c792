"""The ports to ECS, as far as launches go, and to listings that take long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from headrace.launches.launch import LaunchAnswer, LaunchOrder
from headrace.launches.sweep import Sweep
from headrace.tasks.report import TaskReport


@dataclass(frozen=True, slots=True)
class Described:
    """What ECS says of the tasks that it was asked about.

    Attributes:
        reports: Of the tasks that it knows.
        missing: ARNs of those that it does not know.
        untold: ARNs of those of which it said nothing that can be read.
    """

    reports: Sequence[TaskReport]
    missing: frozenset[str]
    untold: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class StoppedPage:
    """Some of a family's stopped and stopping tasks; `cursor` None on the last page."""

    reports: Sequence[TaskReport]
    cursor: str | None


class TaskRunner(Protocol):
    """ECS, as far as launches go. It never retries RunTask by itself.

    A task's ARN and an order name their cluster; a listing is of one cluster.
    """

    def run(self, order: LaunchOrder) -> LaunchAnswer:
        """Send an order once and say what the answer means."""
        ...

    def stop(self, task_arn: str, *, reason: str) -> None:
        """Ask ECS to stop a task; a task that is gone already is no error.

        Raises:
            TryLater: ECS did not take the call.
        """
        ...

    def describe(self, task_arns: Sequence[str]) -> Described:
        """Describe any number of tasks.

        Raises:
            TryLater: ECS did not answer for all of them.
        """
        ...

    def find_running(
        self, started_by: str, *, cluster_arn: str
    ) -> Sequence[TaskReport]:
        """Return a cluster's tasks of a launch whose desired status is RUNNING.

        Raises:
            TryLater: ECS did not answer.
        """
        ...

    def stopped_page(
        self, family: str, *, cluster_arn: str, cursor: str | None
    ) -> StoppedPage:
        """Return a page of a family's tasks on a cluster that are meant to be STOPPED.

        Those that ECS still shows, and those that have yet to stop.
        `cursor` None is the first page; else it is the one before's.

        Raises:
            TryLater: ECS did not answer for the whole page.
        """
        ...


class SweepStore(Protocol):
    """Keeps sweeps that one invocation could not finish."""

    def load(self, family: str) -> Sweep | None:
        """Return the family's unfinished sweep, if there is one."""
        ...

    def save(self, sweep: Sweep) -> None:
        """Keep a sweep's progress; a complete one is not unfinished any more."""
        ...
