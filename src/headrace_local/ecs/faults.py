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

from headrace_local.ecs.errors import HIDDEN_THROTTLE, EcsError

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


class Faults:
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

    # Sugar: each is one `add`.

    def fail_next(
        self,
        code: str,
        message: str | None = None,
        *,
        count: int | None = 1,
        operation: str = "RunTask",
    ) -> Fault:
        """Answer the next calls with an error of the ECS model."""
        return self.add(
            Fault(
                kind="error",
                code=code,
                message=message,
                count=count,
                operation=operation,
            )
        )

    def throttle_next(
        self, count: int | None = 1, *, hidden: bool = False, operation: str = "RunTask"
    ) -> Fault:
        """Throttle the next calls, plainly or as AWS hides it in another error."""
        if hidden:
            return self.fail_next(
                "InvalidParameterException",
                HIDDEN_THROTTLE,
                count=count,
                operation=operation,
            )
        return self.fail_next("ThrottlingException", count=count, operation=operation)

    def refuse_next(
        self,
        count: int | None = 1,
        *,
        reason: str = "RESOURCE:CPU",
        detail: str | None = None,
    ) -> Fault:
        """Let RunTask answer 200 with a failure instead of a task."""
        return self.add(
            Fault(kind="refuse", count=count, reason=reason, detail=detail)
        )

    def lose_answer(
        self, count: int | None = 1, *, operation: str = "RunTask"
    ) -> Fault:
        """Let the call happen, and its answer never arrive."""
        return self.add(Fault(kind="loseAnswer", count=count, operation=operation))

    def delay_landing(
        self, seconds: float, count: int | None = 1, *, operation: str = "RunTask"
    ) -> Fault:
        """Let the caller hear nothing, and the call take effect later."""
        return self.add(
            Fault(
                kind="delayLanding", seconds=seconds, count=count, operation=operation
            )
        )

    def missing_for(self, seconds: float, count: int | None = 1) -> Fault:
        """Let DescribeTasks say MISSING of the next new tasks at first."""
        return self.add(Fault(kind="missing", seconds=seconds, count=count))

    def unlisted_for(self, seconds: float, count: int | None = 1) -> Fault:
        """Let ListTasks leave the next new tasks out at first."""
        return self.add(Fault(kind="unlisted", seconds=seconds, count=count))

    def fail_start(
        self, reason: str, count: int | None = 1, *, with_containers: bool = True
    ) -> Fault:
        """Let the next tasks stop before they run."""
        return self.add(
            Fault(
                kind="failStart",
                reason=reason,
                count=count,
                with_containers=with_containers,
            )
        )

    def ignore_stop(self, count: int | None = 1) -> Fault:
        """Let the next stopped tasks run on."""
        return self.add(Fault(kind="ignoreStop", count=count))

    def lose_events(
        self, count: int | None = 1, *, last_status: str = "*", rate: float = 1.0
    ) -> Fault:
        """Never send the next events."""
        return self.add(
            Fault(kind="loseEvent", count=count, last_status=last_status, rate=rate)
        )

    def duplicate_events(
        self, count: int | None = 1, *, last_status: str = "*", rate: float = 1.0
    ) -> Fault:
        """Send the next events twice."""
        return self.add(
            Fault(
                kind="duplicateEvent", count=count, last_status=last_status, rate=rate
            )
        )

    def delay_events(
        self,
        seconds: float,
        count: int | None = 1,
        *,
        last_status: str = "*",
        rate: float = 1.0,
    ) -> Fault:
        """Send the next events late, and so after events that came about later."""
        return self.add(
            Fault(
                kind="delayEvent",
                seconds=seconds,
                count=count,
                last_status=last_status,
                rate=rate,
            )
        )
