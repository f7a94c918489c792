"""From the wish that a task end to its being STOPPED."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace_local.ecs.dependencies import may_be_stopped
from headrace_local.ecs.runners.port import StopSignal
from headrace_local.ecs.tasks import STOPPED

if TYPE_CHECKING:
    from collections.abc import Callable

    from headrace_local.ecs.steps import Steps
    from headrace_local.ecs.tasks import ContainerRecord, TaskRecord

_BEFORE_RUNNING = frozenset({"PROVISIONING", "PENDING"})


class Stopping:
    """Ends tasks. The engine's lock is held in every method.

    Args:
        steps: What moves are made of.
        on_stopped: Told of a task that has ended for good.
    """

    def __init__(self, steps: Steps, on_stopped: Callable[[TaskRecord], None]) -> None:
        self._steps = steps
        self._on_stopped = on_stopped

    def stop(self, task: TaskRecord, code: str, reason: str) -> None:
        """Let a task end; without effect when it has been told to before.

        Args:
            task: The task.
            code: Its stop code.
            reason: What ``stoppedReason`` will say.
        """
        if not task.is_stopping:
            self.wish(task, code, reason)
            self.proceed(task)

    def wish(self, task: TaskRecord, code: str, reason: str) -> None:
        """Note that a task is to end, and do nothing about it."""
        task.desired_status = STOPPED
        task.stop_code = code
        task.stopped_reason = reason
        self._steps.mark(task, "stoppingAt")

    def proceed(self, task: TaskRecord) -> None:
        """Begin to stop a task that is to end."""
        if task.is_halting or task.is_stopped:
            return
        is_live = any(each.is_live for each in task.containers)
        if not is_live and task.last_status in _BEFORE_RUNNING:
            self._halt(task)
            return
        self._steps.enter(task, "DEACTIVATING")
        seconds = self._steps.settings.pace.deactivating_seconds
        self._steps.then(seconds, lambda: self._signal(task))

    def warn_spot(self, task: TaskRecord, reason: str) -> None:
        """Send the Spot warning: SIGTERM now, SIGKILL when the two minutes are over.

        The task's ``lastStatus`` stays what it is until its containers have ended.
        """
        if task.is_stopping:
            return
        self.wish(task, "SpotInterruption", reason)
        self._steps.change(task)
        self._halt(task, self._steps.settings.lives.spot_warning_seconds)

    def go_on(self, task: TaskRecord) -> None:
        """Take the next step after a container of a stopping task has ended."""
        if task.is_halting or task.ignores_stop:
            self._halt_further(task)

    def end_container(
        self, container: ContainerRecord, exit_code: int | None, reason: str | None
    ) -> None:
        """Note that a container has ended, or will never begin."""
        container.last_status = STOPPED
        container.exit_code = exit_code
        container.reason = reason or container.reason
        for timer in container.timers:
            timer.cancel()

    def abandon(self, task: TaskRecord) -> None:
        """Kill a task's containers and forget it; nothing is announced."""
        for each in task.containers:
            if each.is_live:
                self._steps.runner.stop(each.arn, StopSignal.KILL)
            self.end_container(each, None, None)
        task.desired_status = STOPPED
        task.last_status = STOPPED

    def lose(self, task: TaskRecord, reason: str) -> None:
        """End a task whose processes are gone and whose exit codes nobody knows."""
        if not task.is_stopping:
            self.wish(task, "InfrastructureHealth", reason)
        for each in task.containers:
            if each.last_status != STOPPED:
                self.end_container(each, None, reason)
        if task.last_status != "DEPROVISIONING":
            self._steps.mark(task, "executionStoppedAt")
            self._steps.enter(task, "DEPROVISIONING")
        self._finish(task)

    def _signal(self, task: TaskRecord) -> None:
        self._steps.enter(task, "STOPPING")
        self._halt(task)

    def _halt(self, task: TaskRecord, kill_after_seconds: float | None = None) -> None:
        task.is_halting = True
        for each in task.containers:
            if not each.is_start_asked:
                self.end_container(each, None, None)
        self._halt_further(task, kill_after_seconds)

    def _halt_further(
        self, task: TaskRecord, kill_after_seconds: float | None = None
    ) -> None:
        live = [each for each in task.containers if each.is_live]
        for each in live:
            is_next = not each.is_stop_asked and may_be_stopped(task, each)
            if is_next and not task.ignores_stop:
                self._terminate(each, kill_after_seconds)
        if not live:
            self._deprovision(task)

    def _terminate(
        self, container: ContainerRecord, kill_after_seconds: float | None
    ) -> None:
        container.is_stop_asked = True
        runner, settings = self._steps.runner, self._steps.settings
        seconds = kill_after_seconds or (
            container.definition.get("stopTimeout")
            or settings.lives.stop_timeout_seconds
        )

        def kill() -> None:
            if container.is_live:
                runner.stop(container.arn, StopSignal.KILL)

        runner.stop(container.arn, StopSignal.TERM)
        container.timers.append(self._steps.later(settings.scaled(seconds), kill))

    def _deprovision(self, task: TaskRecord) -> None:
        if task.last_status in ("DEPROVISIONING", STOPPED):
            return
        self._steps.mark(task, "executionStoppedAt")
        self._steps.enter(task, "DEPROVISIONING")
        seconds = self._steps.settings.pace.deprovisioning_seconds
        self._steps.then(seconds, lambda: self._finish(task))

    def _finish(self, task: TaskRecord) -> None:
        if task.is_stopped:
            return
        self._steps.mark(task, "stoppedAt")
        if task.attachment is not None:
            task.attachment["status"] = "DELETED"
        self._steps.enter(task, STOPPED)
        self._on_stopped(task)
