"""From a new task to its RUNNING, container by container."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from headrace_local.ecs.dependencies import has_cycle, readiness
from headrace_local.ecs.specs import container_spec, secret_references
from headrace_local.ecs.tasks import RUNNING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from headrace_local.ecs.faults import Fault
    from headrace_local.ecs.steps import Steps
    from headrace_local.ecs.stopping import Stopping
    from headrace_local.ecs.tasks import ContainerRecord, TaskRecord

type Secrets = Mapping[tuple[str, str], str]

FAILED_TO_START = "TaskFailedToStart"


class SecretSource(Protocol):
    """Where `secrets` of container definitions are read."""

    def resolve(
        self,
        references: Mapping[tuple[str, str], str],
        on_done: Callable[[Secrets | None, str | None], None],
    ) -> None:
        """Read values and tell them, or why not, later: never from within the call."""
        ...


class Starting:
    """Starts tasks. The engine's lock is held in every method.

    Args:
        steps: What moves are made of.
        stopping: Ends the tasks that cannot start.
        secrets: Reads secrets; None reads none, and a task that wants one fails.
    """

    def __init__(
        self, steps: Steps, stopping: Stopping, secrets: SecretSource | None
    ) -> None:
        self._steps = steps
        self._stopping = stopping
        self._secrets = secrets
        self._resolved: dict[str, Secrets] = {}

    def begin(self, task: TaskRecord, failure: Fault | None) -> None:
        """Set a new task in motion; a failure lets it stop before it runs."""
        self._steps.announce(task)
        seconds = self._steps.settings.pace.provisioning_seconds
        self._steps.later(seconds, lambda: self._provisioned(task, failure))

    def go_on(self, task: TaskRecord) -> None:
        """Start what may start now, and see whether the task is RUNNING."""
        self._start_ready(task)
        pending = any(each.last_status == "PENDING" for each in task.containers)
        if pending or task.is_stopping or task.last_status != "PENDING":
            return
        self._steps.enter(task, "ACTIVATING")
        seconds = self._steps.settings.pace.activating_seconds
        self._steps.then(seconds, lambda: self.run(task))

    def run(self, task: TaskRecord) -> None:
        """Let an ACTIVATING task be RUNNING; without effect on any other."""
        if task.last_status == "ACTIVATING" and not task.is_stopping:
            self._steps.mark(task, "startedAt")
            self._steps.enter(task, RUNNING)

    def forget(self, task: TaskRecord) -> None:
        """Drop the secrets of a task that has ended."""
        self._resolved.pop(task.arn, None)

    def _provisioned(self, task: TaskRecord, failure: Fault | None) -> None:
        if task.is_stopping:
            return
        _attach(task)
        self._steps.mark(task, "pullStartedAt")
        self._steps.enter(task, "PENDING")
        seconds = self._steps.settings.pace.pending_seconds
        self._steps.then(seconds, lambda: self._pulled(task, failure))

    def _pulled(self, task: TaskRecord, failure: Fault | None) -> None:
        if task.is_stopping:
            return
        self._steps.mark(task, "pullStoppedAt")
        if failure is not None:
            if not failure.with_containers:
                task.containers.clear()
            self._stopping.stop(task, FAILED_TO_START, failure.reason)
        elif has_cycle(task):
            reason = "the containers' dependencies form a circle"
            self._stopping.stop(task, FAILED_TO_START, reason)
        elif references := secret_references(task):
            self._read_secrets(task, references)
        else:
            self._begin_containers(task)

    def _read_secrets(
        self, task: TaskRecord, references: Mapping[tuple[str, str], str]
    ) -> None:
        def done(values: Secrets | None, problem: str | None) -> None:
            with self._steps.lock:
                if task.is_stopping:
                    return
                if values is None:
                    reason = (
                        "ResourceInitializationError: unable to pull secrets or "
                        f"registry auth: {problem}"
                    )
                    self._stopping.stop(task, FAILED_TO_START, reason)
                    return
                self._resolved[task.arn] = values
                self._begin_containers(task)

        if self._secrets is None:
            done(None, "no secrets store is reachable from this local ECS")
        else:
            self._secrets.resolve(references, done)

    def _begin_containers(self, task: TaskRecord) -> None:
        for each in task.containers:
            if each.definition.get("dependsOn"):
                self._give_up_later(task, each)
        self._start_ready(task)

    def _give_up_later(self, task: TaskRecord, container: ContainerRecord) -> None:
        """Let a container wait no longer than its dependencies' ``startTimeout``."""
        default = self._steps.settings.lives.start_timeout_seconds
        others = (
            task.container(each["containerName"])
            for each in container.definition["dependsOn"]
        )
        seconds = min(
            (
                float(other.definition.get("startTimeout") or default)
                for other in others
                if other is not None
            ),
            default=default,
        )

        def give_up() -> None:
            if not container.is_start_asked and not task.is_stopping:
                reason = (
                    f"the dependencies of [{container.name}] were not met within "
                    f"{seconds:g} seconds"
                )
                container.reason = reason
                self._stopping.stop(task, FAILED_TO_START, reason)

        scaled = self._steps.settings.scaled(seconds)
        container.timers.append(self._steps.later(scaled, give_up))

    def _start_ready(self, task: TaskRecord) -> None:
        for each in list(task.containers):
            if each.is_start_asked or task.is_stopping:
                continue
            ready = readiness(task, each)
            if ready.obstacle is not None:
                each.reason = ready.obstacle
                self._stopping.stop(task, FAILED_TO_START, ready.obstacle)
            elif ready.may_start:
                each.is_start_asked = True
                secrets = self._resolved.get(task.arn, {})
                settings = self._steps.settings
                self._steps.runner.start(container_spec(task, each, secrets, settings))


def _attach(task: TaskRecord) -> None:
    """Give the task its network interface, as Fargate does while PROVISIONING."""
    if task.attachment is None:
        return
    task.attachment["status"] = "ATTACHED"
    number = int(task.arn[-4:], 16)
    details: list[dict[str, str]] = task.attachment["details"]
    address = f"10.0.{number // 256}.{number % 256}"
    details.append({"name": "privateIPv4Address", "value": address})
