"""Takes in what the runner reports and moves tasks on; it answers no calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace_local.ecs.runners.images import digest_standing_in
from headrace_local.ecs.starting import FAILED_TO_START, Starting
from headrace_local.ecs.stopping import Stopping
from headrace_local.ecs.tasks import RUNNING, STOPPED

if TYPE_CHECKING:
    from collections.abc import Callable

    from headrace_local.ecs.faults import Fault
    from headrace_local.ecs.starting import SecretSource
    from headrace_local.ecs.steps import Steps
    from headrace_local.ecs.tasks import ContainerRecord, TaskRecord

RETOLD_SECONDS = 60.0
ESSENTIAL_EXITED = "EssentialContainerExited"
ESSENTIAL_EXITED_REASON = "Essential container in task exited"


class Lifecycle:
    """Knows the task of each container and what a report means for it.

    Args:
        steps: What moves are made of.
        on_stopped: Told of a task that has ended for good.
        secrets: Reads secrets.
    """

    def __init__(
        self,
        steps: Steps,
        on_stopped: Callable[[TaskRecord], None],
        secrets: SecretSource | None,
    ) -> None:
        self._steps = steps
        self._on_stopped = on_stopped
        self._containers: dict[str, tuple[TaskRecord, ContainerRecord]] = {}
        self.stopping = Stopping(steps, self._stopped)
        self.starting = Starting(steps, self.stopping, secrets)

    def begin(self, task: TaskRecord, failure: Fault | None) -> None:
        """Set a new task in motion. The engine's lock is held."""
        for each in task.containers:
            self._containers[each.arn] = (task, each)
        self.starting.begin(task, failure)

    def lose(self, task: TaskRecord, reason: str) -> None:
        """End a task whose containers are out of reach. The engine's lock is held.

        What the runner reports of them from now on changes nothing.
        """
        self._drop(task)
        self.stopping.lose(task, reason)

    def take_over(self, task: TaskRecord, reason: str) -> None:
        """Go on with a task of a former run. The engine's lock is held."""
        if not task.is_stopped:
            self.lose(task, reason)
            return
        age = self._steps.timers.clock.now() - task.times["stoppedAt"]
        if age.total_seconds() < RETOLD_SECONDS:
            self._steps.announce(task)

    def abandon(self, task: TaskRecord) -> None:
        """Kill a task and forget it, unannounced. The engine's lock is held."""
        self._drop(task)
        self.stopping.abandon(task)

    # What the runner reports.

    def container_started(
        self, key: str, *, runtime_id: str, image_digest: str | None = None
    ) -> None:
        """Take in that a container runs."""
        with self._steps.lock:
            found = self._containers.get(key)
            if found is None:
                return
            task, container = found
            container.last_status = RUNNING
            container.runtime_id = runtime_id
            image = str(container.definition.get("image", ""))
            container.image_digest = image_digest or digest_standing_in(image)
            self.starting.go_on(task)

    def container_failed_to_start(self, key: str, *, reason: str) -> None:
        """Take in that a container never ran."""
        with self._steps.lock:
            found = self._containers.get(key)
            if found is None:
                return
            task, container = found
            self.stopping.end_container(container, None, reason)
            if not task.is_stopping and container.is_essential:
                self.stopping.stop(task, FAILED_TO_START, reason)
            else:
                self._container_ended(task)

    def container_exited(
        self, key: str, *, exit_code: int | None, reason: str | None = None
    ) -> None:
        """Take in that a container has ended."""
        with self._steps.lock:
            found = self._containers.get(key)
            if found is None or found[1].last_status == STOPPED:
                return
            task, container = found
            self.starting.run(task)
            self.stopping.end_container(container, exit_code, reason)
            if not task.is_stopping and container.is_essential:
                self.stopping.stop(task, ESSENTIAL_EXITED, ESSENTIAL_EXITED_REASON)
            else:
                self._container_ended(task)

    def container_health_changed(self, key: str, *, healthy: bool) -> None:
        """Take in what a health check found."""
        with self._steps.lock:
            found = self._containers.get(key)
            if found is None or found[1].healthy is healthy:
                return
            task, container = found
            container.healthy = healthy
            self._steps.change(task)
            self.starting.go_on(task)

    def _container_ended(self, task: TaskRecord) -> None:
        if task.is_stopping:
            self.stopping.go_on(task)
            return
        self._steps.change(task)
        if all(each.last_status == STOPPED for each in task.containers):
            self.stopping.stop(task, ESSENTIAL_EXITED, ESSENTIAL_EXITED_REASON)
        else:
            self.starting.go_on(task)

    def _stopped(self, task: TaskRecord) -> None:
        self._drop(task)
        self._on_stopped(task)

    def _drop(self, task: TaskRecord) -> None:
        self.starting.forget(task)
        keys = [each.arn for each in task.containers]
        if not keys:  # a fault took the containers away
            keys = [key for key, (each, _) in self._containers.items() if each is task]
        for key in keys:
            self._containers.pop(key, None)
