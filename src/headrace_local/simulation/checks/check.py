"""What every invariant is made of: when it is asked, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace.jobs.job import Job
    from headrace_local.ecs.tasks import TaskRecord
    from headrace_local.simulation.invocations import Invocation
    from headrace_local.simulation.world import World


class Violation(BaseException):
    """An invariant does not hold.

    No `Exception`: a stage that keeps one message's trouble from the others would
    keep this one too, and nobody would hear of it.

    Attributes:
        name: The invariant's.
        about: The job that it concerns; empty where none.
    """

    def __init__(self, name: str, problem: str, *, about: str = "") -> None:
        super().__init__(f"{name}: {problem}")
        self.name = name
        self.problem = problem
        self.about = about


@dataclass(frozen=True, slots=True)
class Write:
    """One effective write of a job's record."""

    before: Job | None
    after: Job
    item: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """One request that an invocation sent to AWS."""

    invocation: Invocation
    operation: str
    request: Mapping[str, Any]


class Check:
    """One invariant over one world. The defaults ask nothing."""

    name: ClassVar[str]
    promise: ClassVar[str]

    def __init__(self, world: World) -> None:
        self.world = world

    def on_write(self, write: Write) -> None:
        """Look at a write of a job's record."""

    def on_sent(self, sent: Sent) -> None:
        """Look at a request as it is sent."""

    def on_task(self, task: TaskRecord) -> None:
        """Look at a task after it changed."""

    def on_invocation_end(self, invocation: Invocation) -> None:
        """Look at an invocation that has ended."""

    def at_end(self) -> None:
        """Look at the world when everything has come to rest."""

    def fail(self, problem: str, *, about: str = "") -> None:
        """Say that the invariant does not hold.

        Raises:
            Violation: Always.
        """
        raise Violation(self.name, problem, about=about)
