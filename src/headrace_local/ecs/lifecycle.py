"""How a task moves from state to state; it neither creates tasks nor answers calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from headrace_local.ecs.dependencies import has_cycle, may_be_stopped, readiness
from headrace_local.ecs.runners.port import StopSignal
from headrace_local.ecs.specs import container_spec, secret_references
from headrace_local.ecs.tasks import RUNNING, STOPPED

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping

    from headrace_local.ecs.clock import Timers
    from headrace_local.ecs.faults import Fault
    from headrace_local.ecs.runners.port import ContainerRunner
    from headrace_local.ecs.settings import EngineSettings
    from headrace_local.ecs.tasks import ContainerRecord, TaskRecord

type Secrets = Mapping[tuple[str, str], str]

FAILED_TO_START = "TaskFailedToStart"
ESSENTIAL_EXITED = "EssentialContainerExited"
_BEFORE_RUNNING = frozenset({"PROVISIONING", "PENDING"})


class SecretSource(Protocol):
    """Where `secrets` of container definitions are read."""

    def resolve(
        self,
        references: Mapping[tuple[str, str], str],
        on_done: Callable[[Secrets | None, str | None], None],
    ) -> None:
        """Read values and tell them, or why not, later: never from within the call."""
        ...


class Lifecycle:
    """Moves tasks through their states. The engine's lock is held in every method.

    Args:
        timers: Where later steps wait.
        runner: Runs the containers.
        settings: How fast tasks move, and how long stops may take.
        lock: The engine's.
        announce: Told of a task after each change that raises its version.
        on_stopped: Told of a task that has ended for good.
        secrets: Reads secrets; None reads none, and a task that wants one fails.
    """

    def __init__(
        self,
        *,
        timers: Timers,
        runner: ContainerRunner,
        settings: EngineSettings,
        lock: threading.RLock,
        announce: Callable[[TaskRecord], None],
        on_stopped: Callable[[TaskRecord], None],
        secrets: SecretSource | None,
    ) -> None:
        self._timers = timers
        self._runner = runner
        self._settings = settings
        self._lock = lock
        self._announce = announce
        self._on_stopped = on_stopped
        self._secrets = secrets
        self._resolved: dict[str, Secrets] = {}
        self._containers: dict[str, tuple[TaskRecord, ContainerRecord]] = {}

    # Starting.

    def begin(self, task: TaskRecord, failure: Fault | None = None) -> None:
        """Set a new task in motion; a failure lets it stop before it runs."""
        for each in task.containers:
            self._containers[each.arn] = (task, each)
        self._announce(task)
        seconds = self._settings.pace.provisioning_seconds
        self._later(seconds, lambda: self._provisioned(task, failure))

    def _provisioned(self, task: TaskRecord, failure: Fault | None) -> None:
        if task.is_stopping:
            return
        _attach(task)
        self._mark(task, "pullStartedAt")
        self._enter(task, "PENDING")
        seconds = self._settings.pace.pending_seconds
        self._then(seconds, lambda: self._pulled(task, failure))

    def _pulled(self, task: TaskRecord, failure: Fault | None) -> None:
        if task.is_stopping:
            return
        self._mark(task, "pullStoppedAt")
        if failure is not None:
            if not failure.with_containers:
                task.containers.clear()
            self.stop(task, FAILED_TO_START, failure.reason)
        elif has_cycle(task):
            reason = "TaskFailedToStart: container dependencies form a circle"
            self.stop(task, FAILED_TO_START, reason)
        elif references := secret_references(task):
            self._read_secrets(task, references)
        else:
            self._begin_containers(task)

    def _read_secrets(
        self, task: TaskRecord, references: Mapping[tuple[str, str], str]
    ) -> None:
        def done(values: Secrets | None, problem: str | None) -> None:
            with self._lock:
                if task.is_stopping:
                    return
                if values is None:
                    self.stop(
                        task,
                        FAILED_TO_START,
                        "ResourceInitializationError: unable to pull secrets or "
                        f"registry auth: {problem}",
                    )
                    return
                self._resolved[task.arn] = values
                self._begin_containers(task)

        if self._secrets is None:
            done(None, "no secrets store is configured for this local ECS")
        else:
            self._secrets.resolve(references, done)

    def _begin_containers(self, task: TaskRecord) -> None:
        for each in task.containers:
            if each.definition.get("dependsOn"):
                self._give_up_later(task, each)
        self._start_ready(task)

    def _give_up_later(self, task: TaskRecord, container: ContainerRecord) -> None:
        others = (
            task.container(each["containerName"])
            for each in container.definition["dependsOn"]
        )
        default = self._settings.lives.start_timeout_seconds
        seconds = min(
            other.definition.get("startTimeout") or default
            for other in others
            if other is not None
        )

        def give_up() -> None:
            if not container.is_start_asked and not task.is_stopping:
                reason = f"dependency of [{container.name}] not met in {seconds} s"
                container.reason = reason
                self.stop(task, FAILED_TO_START, reason)

        scaled = self._settings.scaled(seconds)
        container.timers.append(self._later(scaled, give_up))

    def _start_ready(self, task: TaskRecord) -> None:
        for each in task.containers:
            if each.is_start_asked or task.is_stopping:
                continue
            ready = readiness(task, each)
            if ready.obstacle is not None:
                each.reason = ready.obstacle
                self.stop(task, FAILED_TO_START, ready.obstacle)
            elif ready.may_start:
                each.is_start_asked = True
                secrets = self._resolved.get(task.arn, {})
                self._runner.start(container_spec(task, each, secrets, self._settings))

    def _maybe_running(self, task: TaskRecord) -> None:
        pending = any(each.last_status == "PENDING" for each in task.containers)
        if pending or task.is_stopping or task.last_status != "PENDING":
            return
        self._enter(task, "ACTIVATING")
        self._then(self._settings.pace.activating_seconds, lambda: self._run(task))

    def _run(self, task: TaskRecord) -> None:
        if task.last_status == "ACTIVATING" and not task.is_stopping:
            self._mark(task, "startedAt")
            self._enter(task, RUNNING)

    # What the runner reports.

    def container_started(self, key: str, *, runtime_id: str) -> None:
        """Take in that a container runs."""
        with self._lock:
            task, container = self._containers.get(key, (None, None))
            if task is None or container is None:
                return
            container.last_status = RUNNING
            container.runtime_id = runtime_id
            self._start_ready(task)
            self._maybe_running(task)

    def container_failed_to_start(self, key: str, *, reason: str) -> None:
        """Take in that a container never ran."""
        with self._lock:
            task, container = self._containers.get(key, (None, None))
            if task is None or container is None:
                return
            self._end_container(container, None, reason)
            if not task.is_stopping and container.is_essential:
                self.stop(task, FAILED_TO_START, reason)
            else:
                self._container_ended(task)

    def container_exited(
        self, key: str, *, exit_code: int | None, reason: str | None = None
    ) -> None:
        """Take in that a container has ended."""
        with self._lock:
            task, container = self._containers.get(key, (None, None))
            if task is None or container is None or container.last_status == STOPPED:
                return
            self._run(task)
            self._end_container(container, exit_code, reason)
            if not task.is_stopping and container.is_essential:
                text = "Essential container in task exited"
                self.stop(task, ESSENTIAL_EXITED, text)
            else:
                self._container_ended(task)

    def container_health_changed(self, key: str, *, healthy: bool) -> None:
        """Take in what a health check found."""
        with self._lock:
            task, container = self._containers.get(key, (None, None))
            if task is None or container is None or container.healthy is healthy:
                return
            container.healthy = healthy
            self._change(task)
            self._start_ready(task)
            self._maybe_running(task)

    def _end_container(
        self, container: ContainerRecord, exit_code: int | None, reason: str | None
    ) -> None:
        container.last_status = STOPPED
        container.exit_code = exit_code
        container.reason = reason or container.reason
        for timer in container.timers:
            timer.cancel()

    def _container_ended(self, task: TaskRecord) -> None:
        if task.is_stopping:
            if task.is_halting or task.ignores_stop:
                self._halt_further(task)
            return
        self._change(task)
        self._start_ready(task)
        self._maybe_running(task)

    # Stopping.

    def stop(
        self,
        task: TaskRecord,
        code: str,
        reason: str,
    ) -> None:
        """Let a task end; without effect when it has been told to before.

        Args:
            task: The task.
            code: Its stop code.
            reason: What `stoppedReason` will say.
        """
        if task.is_stopping:
            return
        self.wish_stop(task, code, reason)
        self.proceed_to_stop(task)

    def wish_stop(self, task: TaskRecord, code: str, reason: str) -> None:
        """Note that a task is to end, and do nothing about it."""
        task.desired_status = STOPPED
        task.stop_code = code
        task.stopped_reason = reason
        self._mark(task, "stoppingAt")

    def proceed_to_stop(self, task: TaskRecord) -> None:
        """Begin to stop a task that is to end."""
        if not any(each.is_live for each in task.containers) and (
            task.last_status in _BEFORE_RUNNING
        ):
            self._halt(task)
            return
        self._enter(task, "DEACTIVATING")
        seconds = self._settings.pace.deactivating_seconds
        self._then(seconds, lambda: self._stopping(task))

    def tell(self, task: TaskRecord) -> None:
        """Raise the task's version and announce it as it stands."""
        self._change(task)

    def abandon(self, task: TaskRecord) -> None:
        """Kill a task's containers and forget it; nothing is announced."""
        for each in task.containers:
            self._containers.pop(each.arn, None)
            for timer in each.timers:
                timer.cancel()
            if each.is_live:
                self._runner.stop(each.arn, StopSignal.KILL)
        task.desired_status = STOPPED
        task.last_status = STOPPED

    def warn_spot(self, task: TaskRecord, reason: str) -> None:
        """Send the Spot warning: SIGTERM now, SIGKILL when the two minutes are over."""
        self.wish_stop(task, "SpotInterruption", reason)
        self._change(task)
        self._halt(task, self._settings.lives.spot_warning_seconds)

    def _stopping(self, task: TaskRecord) -> None:
        self._enter(task, "STOPPING")
        self._halt(task)

    def _halt(self, task: TaskRecord, kill_after_seconds: float | None = None) -> None:
        task.is_halting = True
        for each in task.containers:
            if not each.is_start_asked:
                self._end_container(each, None, None)
        self._halt_further(task, kill_after_seconds)

    def _halt_further(
        self, task: TaskRecord, kill_after_seconds: float | None = None
    ) -> None:
        live = [each for each in task.containers if each.is_live]
        for each in live:
            if (
                not each.is_stop_asked
                and not task.ignores_stop
                and may_be_stopped(task, each)
            ):
                self._terminate(each, kill_after_seconds)
        if not live:
            self._deprovision(task)

    def _terminate(
        self, container: ContainerRecord, kill_after_seconds: float | None
    ) -> None:
        container.is_stop_asked = True
        seconds = kill_after_seconds or (
            container.definition.get("stopTimeout")
            or self._settings.lives.stop_timeout_seconds
        )

        def kill() -> None:
            if container.is_live:
                self._runner.stop(container.arn, StopSignal.KILL)

        self._runner.stop(container.arn, StopSignal.TERM)
        container.timers.append(self._later(self._settings.scaled(seconds), kill))

    def _deprovision(self, task: TaskRecord) -> None:
        if task.last_status in ("DEPROVISIONING", STOPPED):
            return
        self._mark(task, "executionStoppedAt")
        self._enter(task, "DEPROVISIONING")
        seconds = self._settings.pace.deprovisioning_seconds
        self._then(seconds, lambda: self._finish(task))

    def _finish(self, task: TaskRecord) -> None:
        self._mark(task, "stoppedAt")
        if task.attachment is not None:
            task.attachment["status"] = "DELETED"
        self._resolved.pop(task.arn, None)
        for each in task.containers:
            self._containers.pop(each.arn, None)
        self._enter(task, STOPPED)
        self._on_stopped(task)

    # Small steps.

    def _enter(self, task: TaskRecord, status: str) -> None:
        task.last_status = status
        self._change(task)

    def _change(self, task: TaskRecord) -> None:
        task.version += 1
        self._announce(task)

    def _mark(self, task: TaskRecord, key: str) -> None:
        task.times[key] = self._timers.clock.now()

    def _later(self, seconds: float, step: Callable[[], None]):  # noqa: ANN202
        def locked() -> None:
            with self._lock:
                step()

        return self._timers.after(seconds, locked)

    def _then(self, seconds: float, step: Callable[[], None]) -> None:
        if seconds > 0:
            self._later(seconds, step)
        else:
            step()


def _attach(task: TaskRecord) -> None:
    """Give the task its network interface, as Fargate does while PROVISIONING."""
    if task.attachment is None:
        return
    task.attachment["status"] = "ATTACHED"
    number = int(task.arn[-4:], 16)
    details: list[dict[str, str]] = task.attachment["details"]
    address = f"10.0.{number // 256}.{number % 256}"
    details.append({"name": "privateIPv4Address", "value": address})
