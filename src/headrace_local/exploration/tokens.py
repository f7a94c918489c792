"""ECS as far as client tokens go: what lands, what is remembered, what is shown.

Every choice that ECS, the network or the container has is a function here that
returns the token after it. Values only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from headrace_local.exploration.scope import (
    ENDED,
    LATE_TICKS,
    MEMORY_TICKS,
    RUNS,
    STOPS,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One launch, as ECS and the network know it. Ages are in ticks.

    Attributes:
        on_the_way: Ages of the requests that were sent and have not landed.
        refused_age: Since a refusal that ECS remembers; None where there is none.
        phase: The task's; empty where there is no task.
        task_age: Since the task was made.
        end_age: Since it ended.
        tasks: How many tasks the token made.
    """

    on_the_way: frozenset[int] = frozenset()
    refused_age: int | None = None
    phase: str = ""
    task_age: int = 0
    end_age: int = 0
    tasks: int = 0

    @property
    def is_alive(self) -> bool:
        """The task has not ended."""
        return self.phase in {RUNS, STOPS}

    @property
    def is_task_remembered(self) -> bool:
        """Another request of this token is answered with the same task."""
        return self.phase != "" and self.task_age < MEMORY_TICKS

    @property
    def is_visible(self) -> bool:
        """ECS still shows the task."""
        return self.is_alive or (self.phase in ENDED and self.end_age < MEMORY_TICKS)

    @property
    def may_hide(self) -> bool:
        """The task is so new that a read of ECS may miss it."""
        return self.phase != "" and self.task_age == 0

    @property
    def is_listed_as_stopped(self) -> bool:
        """ECS lists it by its desired status STOPPED."""
        return self.is_visible and self.phase != RUNS

    def made(self) -> Token:
        """Return the token after it made a task."""
        return replace(self, phase=RUNS, task_age=0, end_age=0, tasks=self.tasks + 1)

    def landed(self) -> Token:
        """Return the token after a request of it reached ECS."""
        if self.is_task_remembered or self.refused_age is not None:
            return self
        return self.made()

    def sent(self) -> Token:
        """Return the token after a request that will land later, or never."""
        return replace(self, on_the_way=self.on_the_way | {0})

    def arrived(self, age: int) -> Token:
        """Return the token after a request on the way landed."""
        return replace(self, on_the_way=self.on_the_way - {age}).landed()

    def settled(self) -> Token:
        """Return the token of a job that has ended, when nobody is at work."""
        if self.on_the_way:
            return self
        has_ended = self.phase in ENDED
        return replace(
            self,
            refused_age=None,
            task_age=MEMORY_TICKS if self.phase else 0,
            end_age=MEMORY_TICKS if has_ended else 0,
        )

    def older(self, *, may_send: bool, may_seek: bool) -> Token:
        """Return the token one tick later.

        One that nobody sends again is forgotten early, and so is a stopped task that
        nobody looks for: it makes no difference.
        """
        on_the_way = frozenset(n + 1 for n in self.on_the_way if n < LATE_TICKS)
        counts = may_send or bool(on_the_way)
        refused_age = self.refused_age
        if refused_age is not None:
            refused_age = refused_age + 1 if counts else None
            if refused_age is not None and refused_age >= MEMORY_TICKS:
                refused_age = None
        next_age = self.task_age + 1 if counts else MEMORY_TICKS
        end_age = self.end_age + 1 if may_seek else MEMORY_TICKS
        has_ended = self.phase in ENDED
        return replace(
            self,
            on_the_way=on_the_way,
            refused_age=refused_age,
            task_age=min(next_age, MEMORY_TICKS) if self.phase else 0,
            end_age=min(end_age, MEMORY_TICKS) if has_ended else 0,
        )
