"""ECS as the simulation has it: the local ECS's own engine, on virtual time.

The engine keeps ECS's rules; here its tasks get their fates, and the seed's faults.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from headrace_local.ecs import (
    EcsError,
    Engine,
    EngineSettings,
    Pace,
)
from headrace_local.ecs.catalogue import MemoryCatalogue
from headrace_local.ecs.fault_list import Fault as EngineFault
from headrace_local.engine_task_runner import EngineCalls
from headrace_local.simulation import deployment
from headrace_local.simulation.fates import FatedRunner
from headrace_local.simulation.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace_local.ecs.tasks import TaskRecord
    from headrace_local.simulation.faults import Plan
    from headrace_local.simulation.loop import Loop

PACES = (
    Pace(),
    Pace(provisioning_seconds=8, pending_seconds=12, deprovisioning_seconds=15),
    Pace(pending_seconds=45, activating_seconds=3, deactivating_seconds=6),
)
REFUSALS = ("RESOURCE:CPU", "RESOURCE:MEMORY", "AGENT", "Capacity is unavailable")
START_FAILURES = (
    "CannotPullContainerError: pull image manifest: i/o timeout",
    "ResourceInitializationError: unable to pull secrets or registry auth",
    "Timeout waiting for network interface provisioning to complete.",
)
STRIKES_WITHIN_SECONDS = 300.0


class Tasks:
    """The engine, called as an SDK client, with the faults of the seed.

    Attributes:
        engine: The local ECS's.
        records: Every task there ever was, by ARN.
        sent: Every request to RunTask that landed, by client token.
    """

    def __init__(self, loop: Loop, plan: Plan) -> None:
        self._loop = loop
        self._plan = plan
        self.records: dict[str, TaskRecord] = {}
        settings = _settings(plan)
        self.runner = FatedRunner(loop, plan, settings.pace)
        self.engine = Engine(
            timers=loop,  # type: ignore[arg-type] # has a timer's clock and after()
            runner=self.runner,
            catalogue=_catalogue(),
            settings=settings,
            new_id=self._new_id,
        )
        self._calls = EngineCalls(self.engine)
        self._landing = ""
        self._numbers = count(1)
        self._made: Counter[str] = Counter()
        self.engine.observe(self._keep)

    def run_task(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - boto3's
        """Serve RunTask when it lands."""
        token = request["clientToken"]
        faults, plan = self.engine.faults, self._plan
        faults.clear()
        key = f"landing/{token}"
        if plan.strikes(Fault.REFUSED, f"{key}@{self._loop.elapsed_seconds:.3f}") or (
            plan.outages and plan.is_out("capacity")
        ):
            self._refuse(key)
        self._befall(token, key)
        made = self._made[token]
        self._landing = f"{token}/{made}" if made else token
        self._numbers = count(1)
        try:
            return self._calls.run_task(**request)
        finally:
            self._landing = ""

    def stop_task(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - boto3's
        """Serve StopTask when it lands."""
        task = request["task"]
        self.engine.faults.clear()
        if self._plan.strikes(Fault.STOP_IGNORED, f"{task[-32:]}"):
            self.engine.faults.add(EngineFault(kind="ignoreStop"))
        return self._calls.stop_task(**request)

    def describe_tasks(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - ditto
        """Serve DescribeTasks."""
        return self._calls.describe_tasks(**request)

    def list_tasks(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - ditto
        """Serve ListTasks."""
        return self._calls.list_tasks(**request)

    def live(self) -> list[TaskRecord]:
        """Return the tasks that have not stopped."""
        return [each for each in self.engine.tasks.values() if not each.is_stopped]

    def _refuse(self, key: str) -> None:
        reason = self._plan.chance.pick(f"{key}/reason", REFUSALS)
        self.engine.faults.add(EngineFault(kind="refuse", reason=reason))

    def _befall(self, token: str, key: str) -> None:
        """Let the faults of a new task wait for it."""
        faults, plan = self.engine.faults, self._plan
        if plan.strikes(Fault.TASK_MISSING, token):
            seconds = plan.chance.skewed(f"{key}/missing", 1, 300)
            faults.add(EngineFault(kind="missing", seconds=seconds))
        if plan.strikes(Fault.TASK_UNLISTED, token):
            seconds = plan.chance.skewed(f"{key}/unlisted", 1, 110)
            faults.add(EngineFault(kind="unlisted", seconds=seconds))
        if plan.strikes(Fault.START_FAILURE, token):
            reason = plan.chance.pick(f"{key}/start", START_FAILURES)
            is_empty = plan.chance.happens(f"{key}/empty", 0.5)
            faults.add(
                EngineFault(
                    kind="failStart", reason=reason, with_containers=not is_empty
                )
            )

    def _keep(self, task: TaskRecord) -> None:
        if task.arn in self.records:
            return
        self.records[task.arn] = task
        self._made[task.started_by or ""] += 1
        plan, token = self._plan, task.started_by or ""
        ends = {
            Fault.SPOT: partial(self.engine.interrupt_spot, task.arn),
            Fault.STOPPED_OUTSIDE: partial(
                self.engine.stop_from_outside,
                task.arn,
                code="UserInitiated",
                reason="somebody stopped it",
            ),
            Fault.HOST_LOST: partial(
                self.engine.stop_from_outside,
                task.arn,
                code="InfrastructureHealth",
                reason="the host was lost",
            ),
        }
        for fault, end in ends.items():
            if plan.strikes(fault, token):
                key = f"{token}/{fault.name}"
                seconds = plan.chance.skewed(key, 0.5, STRIKES_WITHIN_SECONDS)
                self._loop.after(seconds, partial(_if_it_lives, end))

    def _new_id(self) -> str:
        name = f"id/{self._landing}#{next(self._numbers)}"
        if not self._landing:
            return f"{next(self._numbers):032x}"
        return self._plan.chance.hexadecimal(name, 32)


def _if_it_lives(end: Any) -> None:  # noqa: ANN401 - a call without arguments
    with suppress(EcsError):
        end()


def _settings(plan: Plan) -> EngineSettings:
    """Return the engine's figures; what AWS leaves undocumented is drawn."""
    chance = plan.chance
    return EngineSettings(
        region=deployment.REGION,
        account_id=deployment.ACCOUNT_ID,
        pace=chance.pick("ecs/pace", PACES),
        caches_refusals=chance.happens("ecs/caches", 0.5),
        started_by_allows_desired_status=chance.happens("ecs/filters", 0.5),
    )


def _catalogue() -> MemoryCatalogue:
    catalogue = MemoryCatalogue(
        region=deployment.REGION, account_id=deployment.ACCOUNT_ID
    )
    providers = ["FARGATE", "FARGATE_SPOT"]
    for name in (deployment.CLUSTER_NAME, deployment.UNTRUSTED_CLUSTER_NAME):
        cluster: Mapping[str, Any] = {"clusterName": name}
        catalogue.create_cluster({**cluster, "capacityProviders": providers})
    for definition in deployment.DOCUMENTS:
        catalogue.register_task_definition(deployment.task_definition_of(definition))
    return catalogue
