"""A world with both classes of jobs, each on a cluster of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from builders import CLUSTER_ARN, a_placement
from definition_builders import a_registered, a_resolved
from headrace_local.engine_task_runner import engine_task_runner
from world import World

UNTRUSTED_ARN = f"{CLUSTER_ARN}-untrusted"
UNTRUSTED_FAMILY = "untrusted-job-stranger"
UNTRUSTED = a_placement(
    cluster_arn=UNTRUSTED_ARN,
    subnet_ids=("subnet-9",),
    security_group_ids=("sg-9",),
)


class TwoClasses(World):
    """`report` is trusted, and `stranger` is not."""

    def __init__(self, **definition: Any) -> None:
        super().__init__()
        catalogue: Any = self.engine.catalogue
        catalogue.create_cluster(
            {
                "clusterName": "headrace-untrusted",
                "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
            }
        )
        self.stranger = catalogue.register_task_definition(
            {
                "family": UNTRUSTED_FAMILY,
                "requiresCompatibilities": ["FARGATE"],
                "networkMode": "awsvpc",
                "cpu": "256",
                "memory": "512",
                "containerDefinitions": self.containers,
            }
        )["taskDefinition"]
        self.register_stranger(**definition)
        self.ports = replace(
            self.ports,
            untrusted_placement=UNTRUSTED,
            tasks=engine_task_runner(self.engine, a_placement(), UNTRUSTED),
        )

    def register_stranger(self, *, resolved: Any = None, **changes: Any) -> None:
        """Register `stranger`; what `headrace register` checks is not checked here."""
        self.definitions.register(
            a_registered(
                resolved=resolved
                or a_resolved(
                    arn=self.stranger["taskDefinitionArn"], family=UNTRUSTED_FAMILY
                ),
                **{"name": "stranger", "isolation": "untrusted"} | changes,
            )
        )

    def lose_the_class(self) -> None:
        """Deploy without the untrusted class."""
        self.ports = replace(
            self.ports,
            untrusted_placement=None,
            tasks=engine_task_runner(self.engine, a_placement()),
        )
