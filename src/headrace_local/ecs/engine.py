"""The local ECS itself: the four task operations, on any clock and any runner."""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING, Any

from headrace_local.ecs import queries
from headrace_local.ecs.announcer import Announcer
from headrace_local.ecs.calls import Calls
from headrace_local.ecs.errors import EcsError
from headrace_local.ecs.faults import Faults
from headrace_local.ecs.launcher import Launcher
from headrace_local.ecs.launches import FARGATE, plan_launch
from headrace_local.ecs.lifecycle import Lifecycle
from headrace_local.ecs.limits import check_run_task
from headrace_local.ecs.placement import Placement
from headrace_local.ecs.settings import EngineSettings
from headrace_local.ecs.steps import Steps
from headrace_local.ecs.stop_calls import StopCalls
from headrace_local.ecs.tokens import TokenTable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from headrace_local.ecs.announcer import EventListener, TaskObserver
    from headrace_local.ecs.catalogue import Catalogue
    from headrace_local.ecs.clock import Timers
    from headrace_local.ecs.runners.port import ContainerRunner
    from headrace_local.ecs.settings import Capacity
    from headrace_local.ecs.starting import SecretSource
    from headrace_local.ecs.tasks import TaskRecord

type JsonObject = dict[str, Any]

CLUSTER_INACTIVE = "The referenced cluster was inactive."
SPOT_REASON = "Your Spot Task was interrupted."


class Engine:
    """Runs, stops, describes and lists tasks as ECS would. Safe from any thread.

    Args:
        timers: The clock, and where the engine's own later steps wait. Whoever made
            them calls `run_due`.
        runner: Runs the containers.
        catalogue: Where clusters and task definitions are looked up.
        settings: The engine's figures.
        faults: What is to go wrong.
        secrets: Reads container secrets; None refuses tasks that want one.
        new_id: Makes 32 hexadecimal digits, different each time.
    """

    def __init__(
        self,
        *,
        timers: Timers,
        runner: ContainerRunner,
        catalogue: Catalogue,
        settings: EngineSettings | None = None,
        faults: Faults | None = None,
        secrets: SecretSource | None = None,
        new_id: Callable[[], str] | None = None,
    ) -> None:
        self.timers = timers
        self.settings = settings or EngineSettings()
        self.faults = faults or Faults()
        self.catalogue = catalogue
        self.lock = threading.RLock()
        self.tokens = TokenTable(self.settings)
        self.tasks: dict[str, TaskRecord] = {}
        self.on_reset: Callable[[], None] = lambda: None
        make_id = new_id or (lambda: uuid.uuid4().hex)
        self._announcer = Announcer(timers.clock, make_id)
        self._calls = Calls(timers, self.settings, self.faults)
        self._placement = Placement(self.settings.capacity)
        announce = self._announcer.announce
        self._steps = Steps(timers, runner, self.settings, self.lock, announce)
        self._lifecycle = Lifecycle(self._steps, self._on_stopped, secrets)
        self._stops = StopCalls(
            self.tasks, self.faults, self._steps, self._lifecycle.stopping
        )
        self._launcher = Launcher(
            settings=self.settings,
            faults=self.faults,
            timers=timers,
            tokens=self.tokens,
            tasks=self.tasks,
            placement=self._placement,
            begin=self._lifecycle.begin,
            new_id=make_id,
        )
        runner.bind(self._lifecycle)

    def run_task(self, request: Mapping[str, Any]) -> JsonObject:
        """Serve RunTask.

        Returns:
            ``{"tasks": [...], "failures": [...]}``.

        Raises:
            EcsError: One of RunTask's errors in the ECS model, or a throttle.
            AnswerLostError: An injected fault swallowed the answer.
        """
        return self._calls.serve("RunTask", request, self._run_task)

    def stop_task(self, request: Mapping[str, Any]) -> JsonObject:
        """Serve StopTask; raises as `run_task` does."""
        return self._calls.serve("StopTask", request, self._stop_task)

    def describe_tasks(self, request: Mapping[str, Any]) -> JsonObject:
        """Serve DescribeTasks; raises as `run_task` does."""

        def act(request: Mapping[str, Any]) -> JsonObject:
            arn = str(self._cluster(request)["clusterArn"])
            now = self.timers.clock.now()
            with self.lock:
                return queries.describe_tasks(self.tasks, arn, request, now)

        return self._calls.serve("DescribeTasks", request, act)

    def list_tasks(self, request: Mapping[str, Any]) -> JsonObject:
        """Serve ListTasks; raises as `run_task` does."""

        def act(request: Mapping[str, Any]) -> JsonObject:
            arn = str(self._cluster(request)["clusterArn"])
            now = self.timers.clock.now()
            with self.lock:
                tasks = self.tasks.values()
                return queries.list_tasks(tasks, arn, request, self.settings, now)

        return self._calls.serve("ListTasks", request, act)

    def interrupt_spot(self, reference: str, *, reason: str = SPOT_REASON) -> None:
        """Take a task's Spot capacity away: the warning event, then the stop.

        Raises:
            EcsError: When the task is unknown or has ended.
        """
        with self.lock:
            self._lifecycle.stopping.warn_spot(self._stops.live(reference), reason)

    def stop_from_outside(self, reference: str, *, code: str, reason: str) -> None:
        """Stop a task as ECS itself would, with any stop code.

        Raises:
            EcsError: When the task is unknown or has ended.
        """
        with self.lock:
            self._lifecycle.stopping.stop(self._stops.live(reference), code, reason)

    def set_capacity(self, capacity: Capacity) -> None:
        """Change what all live tasks together may reserve."""
        with self.lock:
            self._placement.capacity = capacity

    def capacity(self) -> dict[str, int | None]:
        """Return the capacity and what of it is reserved."""
        with self.lock:
            return self._placement.shown()

    def subscribe(self, listener: EventListener) -> None:
        """Send each event's whole envelope here; the listener must not block."""
        self._announcer.listeners.append(listener)

    def observe(self, observer: TaskObserver) -> None:
        """Show each task here after every change; the observer must not block."""
        self._announcer.observers.append(observer)

    def adopt(self, task: TaskRecord, *, lost_reason: str) -> None:
        """Take in a task of a former run of the server.

        One that had not stopped is stopped now: its processes are gone. One that had
        stopped lately is told of again, with the same version: its last event may not
        have been delivered.
        """
        with self.lock:
            self.tasks[task.arn] = task
            if task.is_stopped:
                self._on_stopped(task)
            self._lifecycle.take_over(task, lost_reason)

    def shut_down(self, reason: str) -> None:
        """End every live task, as one whose machine is lost; close the runner next."""
        with self.lock:
            for task in list(self.tasks.values()):
                if not task.is_stopped:
                    self._lifecycle.lose(task, reason)

    def reset(self) -> None:
        """Forget every task, token and fault; what runs is killed unannounced."""
        with self.lock:
            for task in self.tasks.values():
                if not task.is_stopped:
                    self._lifecycle.abandon(task)
                self._placement.release(task.arn)
            self.tasks.clear()
            self.tokens.clear()
            self.faults.clear()
            self.on_reset()

    # How calls are served.

    def _cluster(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        cluster = self.catalogue.cluster(request.get("cluster") or "default")
        if cluster is None:
            raise EcsError("ClusterNotFoundException")
        return cluster

    def _run_task(self, request: Mapping[str, Any]) -> JsonObject:
        check_run_task(request)
        cluster = self._cluster(request)
        if cluster.get("status", "ACTIVE") != "ACTIVE":
            raise EcsError("ClusterNotFoundException", CLUSTER_INACTIVE)
        with self.lock:
            replayed = self._launcher.replay(cluster["clusterArn"], request)
        if replayed is not None:
            return replayed
        # Looked up without the lock: the catalogue may ask another server.
        definition = self.catalogue.task_definition(request["taskDefinition"])
        launch = plan_launch(request, cluster, definition)
        if launch.launch_type == FARGATE:
            self._calls.admit("FargateLaunch", len(launch.providers))
        with self.lock:
            replayed = self._launcher.replay(cluster["clusterArn"], request)
            return replayed or self._launcher.launch(launch, request)

    def _stop_task(self, request: Mapping[str, Any]) -> JsonObject:
        cluster_arn = str(self._cluster(request)["clusterArn"])
        arn = queries.task_arn(cluster_arn, request.get("task") or "")
        with self.lock:
            return {"task": self._stops.stop(arn, request.get("reason")).view()}

    def _on_stopped(self, task: TaskRecord) -> None:
        self._placement.release(task.arn)
        stopped_at = task.times["stoppedAt"]
        age = (self.timers.clock.now() - stopped_at).total_seconds()
        seconds = self.settings.scaled(self.settings.lives.stopped_task_seconds)
        self._steps.later(max(0.0, seconds - age), lambda: self._forget(task))

    def _forget(self, task: TaskRecord) -> None:
        self.tasks.pop(task.arn, None)
        self.tokens.prune(self.timers.clock.now())
