"""The ports to time, chance, operators, and reconcile's alarm clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Protocol


class Waker(Protocol):
    """Starts reconcile before its minute is over."""

    def wake(self, *, stray_task_arns: Sequence[str] = ()) -> None:
        """Invoke reconcile once, asynchronously; a lost call only costs time.

        Raises:
            TryLater: Nobody took in the tasks to stop; where their jobs have ended,
                nobody else will name them.
        """
        ...


class Clock(Protocol):
    """Time."""

    def now(self) -> datetime:
        """Return the aware UTC time."""
        ...

    def pause(self, seconds: float) -> None:
        """Let time pass."""
        ...


class Ids(Protocol):
    """Randomness, so that a simulation can give its own."""

    def operation_id(self) -> str:
        """Return an id that no other write has."""
        ...

    def fraction(self) -> float:
        """Return a random number in [0, 1), for jitter."""
        ...


class Workers(Protocol):
    """Who does the steps of an invocation that may overlap."""

    def run[R](
        self, steps: Iterable[Callable[[], R]], *, at_once_max: int
    ) -> list[Future[R]]:
        """Do all steps, some at once; return when every one has ended.

        Returns:
            What each step returned or raised, in the order of the steps.
        """
        ...


def results[R](ended: Iterable[Future[R]]) -> list[R]:
    """Return what steps returned.

    Raises:
        Exception: What the first of them raised that did not return.
    """
    return [each.result() for each in ended]


class Signals(Protocol):
    """What operators see: a stable event name with fields."""

    def emit(self, event: str, **fields: object) -> None:
        """Log an event and count it where it is a metric."""
        ...

    def flush(self) -> None:
        """Publish the counts of an invocation; called once at its end."""
        ...
