"""A local ECS engine in virtual time, with scripted containers, for tests."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from headrace_local.ecs import (
    Engine,
    EngineSettings,
    Fate,
    Faults,
    MemoryCatalogue,
    ScriptedRunner,
    Timers,
    VirtualClock,
)

CLUSTER = "jobs"
FAMILY = "report"
NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
MAIN = {"name": "main", "image": "report:1", "essential": True}

FARGATE_DEFINITION = {
    "family": FAMILY,
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["FARGATE"],
    "cpu": "256",
    "memory": "512",
    "containerDefinitions": [MAIN],
}


@dataclass
class EcsEngine:
    """One engine and what is around it."""

    clock: VirtualClock
    runner: ScriptedRunner
    catalogue: MemoryCatalogue
    engine: Engine
    events: list[dict[str, Any]] = field(default_factory=list)

    def define(self, *containers: dict[str, Any], **changes: Any) -> None:
        """Register another revision, of these containers."""
        request = FARGATE_DEFINITION | changes
        if containers:
            request |= {"containerDefinitions": list(containers)}
        self.catalogue.register_task_definition(request)

    def run(self, **changes: Any) -> dict[str, Any]:
        """Call RunTask with a good request, changed; None leaves a parameter out."""
        return self.engine.run_task(run_request(**changes))

    def run_one(self, **changes: Any) -> str:
        """Run one task and return its ARN."""
        (task,) = self.run(**changes)["tasks"]
        return str(task["taskArn"])

    def describe(self, *arns: str, **more: Any) -> dict[str, Any]:
        """Call DescribeTasks."""
        return self.engine.describe_tasks(
            {"cluster": CLUSTER, "tasks": list(arns), **more}
        )

    def task(self, arn: str) -> dict[str, Any]:
        """Return the one task of this ARN."""
        (task,) = self.describe(arn)["tasks"]
        return dict(task)

    def stop(self, arn: str, **more: Any) -> dict[str, Any]:
        """Call StopTask."""
        return self.engine.stop_task({"cluster": CLUSTER, "task": arn, **more})

    def list(self, **filters: Any) -> list[str]:
        """Call ListTasks and return the ARNs of its first page."""
        answer = self.engine.list_tasks({"cluster": CLUSTER, **filters})
        return list(answer["taskArns"])

    def statuses(self, arn: str) -> list[str]:
        """Return the lastStatus of every event of a task, in order."""
        return [each["lastStatus"] for each in self.details(arn)]

    def details(self, arn: str) -> list[dict[str, Any]]:
        """Return the detail of every event of a task, in order."""
        details = [each["detail"] for each in self.events]
        return [each for each in details if each["taskArn"] == arn]


def run_request(**changes: Any) -> dict[str, Any]:
    """Return a good RunTask request, changed; None leaves a parameter out."""
    request = {
        "cluster": CLUSTER,
        "taskDefinition": FAMILY,
        "launchType": "FARGATE",
        "networkConfiguration": NETWORK,
    } | changes
    return {key: each for key, each in request.items() if each is not None}


def make_engine(
    settings: EngineSettings | None = None, *, fate: Fate | None = None, seed: int = 0
) -> EcsEngine:
    """Make an engine with one cluster and one definition; containers exit 0 at once."""
    clock = VirtualClock()
    timers = Timers(clock)
    clock.attach(timers)
    runner = ScriptedRunner(timers, fate)
    catalogue = MemoryCatalogue()
    providers = ["FARGATE", "FARGATE_SPOT"]
    catalogue.create_cluster({"clusterName": CLUSTER, "capacityProviders": providers})
    catalogue.register_task_definition(FARGATE_DEFINITION)
    numbers = itertools.count(1)
    engine = Engine(
        timers=timers,
        runner=runner,
        catalogue=catalogue,
        settings=settings,
        faults=Faults(seed),
        new_id=lambda: f"{next(numbers):032x}",
    )
    made = EcsEngine(clock, runner, catalogue, engine)
    engine.subscribe(made.events.append)
    return made
