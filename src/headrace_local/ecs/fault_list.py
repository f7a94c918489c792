"""Faults on demand: one list, written to by tests and by the control path alike.

Each fault waits for calls, tasks or events that it fits, and is used up after so many.
Chance comes from the seed alone.
"""

from __future__ import annotations

import fnmatch
import random
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from headrace_local.ecs.errors import EcsError

KINDS = frozenset(
    {
        "error",  # the operation answers code and message
        "refuse",  # RunTask answers 200 with a failure of this reason
        "loseAnswer",  # the operation happens, and nobody hears of it
        "delayLanding",  # nobody hears, and it happens only after `seconds`
        "missing",  # DescribeTasks says MISSING of a new task for `seconds`
        "unlisted",  # ListTasks leaves a new task out for `seconds`
        "failStart",  # the task stops as TaskFailedToStart with this reason
        "ignoreStop",  # the task takes no notice of StopTask
        "loseEvent",  # an event is never sent
        "duplicateEvent",  # an event is sent twice
        "delayEvent",  # an event is sent `seconds` late
    }
)


@dataclass(slots=True, kw_only=True)
class Fault:
    """One fault and whom it befalls.

    Attributes:
        kind: One of `KINDS`.
        count: How many times it strikes; None is until it is cleared.
        rate: How likely it strikes a call, task or event that it fits.
        operation: A shell pattern for the operation (``RunTask``).
        started_by: A shell pattern for the task's or request's ``startedBy``.
        last_status: A shell pattern for an event's ``lastStatus``.
        seconds: For the kinds that delay; divided by the time scale.
        reason: For ``refuse`` and ``failStart``.
        detail: For ``refuse``.
        code: For ``error``: a name from the ECS model.
        message: For ``error``; None takes the code's usual sentence.
        with_containers: For ``failStart``: False leaves the event's containers empty.
    """

    kind: str
    count: int | None = 1
    rate: float = 1.0
    operation: str = "*"
    started_by: str = "*"
    last_status: str = "*"
    seconds: float = 0.0
    reason: str = ""
    detail: str | None = None
    code: str = "ServerException"
    message: str | None = None
    with_containers: bool = True
    struck: int = field(default=0)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {sorted(KINDS)}, not {self.kind!r}")
        if not 0 <= self.rate <= 1:
            raise ValueError(f"rate must be between 0 and 1, not {self.rate}")
        if self.count is not None and self.count < 1:
            raise ValueError(f"count must be at least 1, not {self.count}")


class FaultList:
    """The faults that wait to strike.

    Args:
        seed: Decides every chance.
    """

    def __init__(self, seed: int = 0) -> None:
        self.random = random.Random(seed)  # noqa: S311 - chance for tests, no secret
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault | Mapping[str, Any]) -> Fault:
        """Let a fault wait; a mapping has the attributes of `Fault` by name.

        Raises:
            ValueError: When the fault's fields make no sense.
        """
        try:
            made = Fault(**fault) if isinstance(fault, Mapping) else fault
        except TypeError as error:
            raise ValueError(str(error)) from error
        with self._lock:
            self._waiting.append(made)
        return made

    def clear(self) -> None:
        """Let no fault wait any longer."""
        with self._lock:
            self._waiting.clear()

    def reseed(self, seed: int) -> None:
        """Begin the chances anew from a seed."""
        self.random.seed(seed)

    def waiting(self) -> list[dict[str, Any]]:
        """Return the faults that still wait."""
        with self._lock:
            return [asdict(each) for each in self._waiting]

    def take(
        self,
        kind: str,
        *,
        operation: str = "",
        started_by: str | None = "",
        last_status: str = "",
    ) -> Fault | None:
        """Return the fault that strikes here, if one does, and use it up once."""
        if not self._waiting:
            return None
        with self._lock:
            for fault in self._waiting:
                fits = (
                    fault.kind == kind
                    and fnmatch.fnmatchcase(operation, fault.operation)
                    and fnmatch.fnmatchcase(started_by or "", fault.started_by)
                    and fnmatch.fnmatchcase(last_status, fault.last_status)
                )
                if fits and (fault.rate >= 1 or self.random.random() < fault.rate):
                    self._use(fault)
                    return fault
        return None

    def _use(self, fault: Fault) -> None:
        fault.struck += 1
        if fault.count is not None and fault.struck >= fault.count:
            self._waiting.remove(fault)

    def raise_error(self, operation: str, started_by: str | None) -> None:
        """Raise the error that waits for this call, if one does."""
        fault = self.take("error", operation=operation, started_by=started_by)
        if fault is not None:
            raise EcsError(fault.code, fault.message)
