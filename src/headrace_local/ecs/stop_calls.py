"""StopTask's effect, and how a person's reference finds its task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace_local.ecs.errors import invalid
from headrace_local.ecs.queries import task_arn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace_local.ecs.faults import Faults
    from headrace_local.ecs.steps import Steps
    from headrace_local.ecs.stopping import Stopping
    from headrace_local.ecs.tasks import TaskRecord

USER_INITIATED = "UserInitiated"
STOPPED_BY_USER = "Task stopped by user"


class StopCalls:
    """Stops tasks on demand. The engine's lock is held in every method.

    Args:
        tasks: Every task by its ARN.
        faults: A task may take no notice.
        steps: What moves are made of.
        stopping: Ends tasks.
    """

    def __init__(
        self,
        tasks: Mapping[str, TaskRecord],
        faults: Faults,
        steps: Steps,
        stopping: Stopping,
    ) -> None:
        self._tasks = tasks
        self._faults = faults
        self._steps = steps
        self._stopping = stopping

    def stop(self, arn: str, reason: str | None) -> TaskRecord:
        """Do what StopTask does; a task that is ending stays as it is.

        Raises:
            EcsError: When ECS remembers no such task.
        """
        task = self._tasks.get(arn)
        if task is None:
            raise invalid("The referenced task was not found.")
        # API_StopTask: "any tags associated with the task are deleted".
        task.tags.clear()
        if task.is_stopping and not task.ignores_stop:
            return task
        if task.is_stopping:
            task.ignores_stop = False
        else:
            fault = self._faults.take("ignoreStop", started_by=task.started_by)
            task.ignores_stop = fault is not None
            self._stopping.wish(task, USER_INITIATED, reason or STOPPED_BY_USER)
            self._steps.change(task)
        if not task.ignores_stop:
            # Later, so that the answer and an event show the task still as it was.
            self._steps.later(0.0, lambda: self._stopping.proceed(task))
        return task

    def live(self, reference: str) -> TaskRecord:
        """Return the task of an id or ARN that has not ended.

        Raises:
            EcsError: When there is none.
        """
        for task in self._tasks.values():
            is_meant = task.arn == task_arn(task.cluster_arn, reference)
            if is_meant and not task.is_stopped:
                return task
        raise invalid("The referenced task was not found.")
