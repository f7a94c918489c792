"""Faults by name: what a test writes instead of a fault's fields."""

from __future__ import annotations

from headrace_local.ecs.errors import HIDDEN_THROTTLE
from headrace_local.ecs.fault_list import Fault, FaultList

__all__ = ["Fault", "Faults"]


class Faults(FaultList):
    """The faults that wait to strike, with a method for each kind.

    Args:
        seed: Decides every chance.
    """

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
        return self.add(Fault(kind="refuse", count=count, reason=reason, detail=detail))

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
