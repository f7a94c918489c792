"""What built functions need of AWS, on this machine: a table, a cluster, a definition.

Functions reach DynamoDB and ECS through gates. Each world has a table and a deployment
id of its own, so that none finds another's jobs.
"""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

import yaml

from builders import DEPLOYMENT_ID, NOW
from built_artifact import ROOT
from environments import an_environment
from gates import Gate
from headrace.aws.definition_table import DefinitionTable
from headrace.aws.job_table import JobTable
from headrace.aws.system import ThreadWorkers
from headrace.definitions.definition import RegisteredDefinition
from headrace.definitions.registration import parse_definition
from headrace.definitions.resolved import ResolvedContainer, ResolvedTaskDefinition
from headrace.identity import job_id
from headrace.settings import DispatchSettings, ReconcileSettings, RecordSettings
from runtime_emulator import Answer, RuntimeEmulator
from tables import a_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from headrace.jobs.job import Job
    from headrace_local.access import AwsAccess
    from headrace_local.artifact import Artifact

SETTINGS = {
    "dispatch": DispatchSettings,
    "record": RecordSettings,
    "reconcile": ReconcileSettings,
}
FAMILY = "headrace-job-example"


@dataclass(kw_only=True)
class RuntimeWorld:
    """AWS as one test's functions see it."""

    access: AwsAccess
    artifact: Artifact
    unpacked: Path
    runtime: Path
    cluster_arn: str
    folder: Path
    deployment_id: str = field(default_factory=lambda: str(uuid4()))

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        self.tables = self._stack.enter_context(Gate(self.access.emulator_endpoint))
        self.tasks = self._stack.enter_context(Gate(self.access.ecs_endpoint))
        dynamodb = self.access.client("dynamodb")
        self.table_name = a_table(dynamodb)
        self._jobs = JobTable(dynamodb, self.table_name, ThreadWorkers())
        DefinitionTable(dynamodb, self.table_name).register(self._hello())
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @contextmanager
    def function(
        self, stage: str, *, seconds: int = 60, layers: bool = True, **changes: str
    ) -> Iterator[RuntimeEmulator]:
        """Run a built function; `changes` are of its variables."""
        name = f"{stage.capitalize()}Function"
        places = [self.unpacked / "opt" / "python"] if layers else []
        variables = an_environment(SETTINGS[stage]) | {
            **self.access.variables(),
            "AWS_ENDPOINT_URL": self.tables.url,
            "AWS_ENDPOINT_URL_ECS": self.tasks.url,
            "HEADRACE_DEPLOYMENT_ID": self.deployment_id,
            "HEADRACE_JOB_TABLE_NAME": self.table_name,
            **changes,
        }
        with RuntimeEmulator(
            self.unpacked / name,
            [*places, self.runtime],
            self.artifact.functions[name]["Handler"],
            variables,
            log=self.folder / f"{stage}-{uuid4().hex[:6]}.log",
            seconds=seconds,
        ) as running:
            yield running

    def launching(self, stage: str, **options: Any) -> Any:
        """Run dispatch or reconcile, launching on this machine's cluster."""
        return self.function(
            stage,
            **{"HEADRACE_CLUSTER_ARN": self.cluster_arn} | options,
        )

    def job_id(self, key: str) -> str:
        """Return the id of the job `hello` of an idempotency key."""
        return job_id(
            deployment_id=self.deployment_id,
            tenant="default",
            job_name="hello",
            idempotency_key=key,
        )

    def jobs(self, event: Mapping[str, Any]) -> list[Job]:
        """Return the jobs that a batch of requests has become, in its order."""
        found = [self._jobs.get(self.job_id(key)) for key in keys_of(event)]
        return [job for job in found if job is not None]

    def task_arns(self) -> list[str]:
        """Return the tasks that were ever started for this deployment."""
        ecs = self.access.client("ecs")
        listed = [
            arn
            for status in ("RUNNING", "STOPPED")
            for arn in ecs.list_tasks(
                cluster=self.cluster_arn, family=FAMILY, desiredStatus=status
            )["taskArns"]
        ]
        described = ecs.describe_tasks(cluster=self.cluster_arn, tasks=listed)["tasks"]
        group = f"headrace:{self.deployment_id}"
        return [each["taskArn"] for each in described if each["group"] == group]

    def _hello(self) -> RegisteredDefinition:
        ecs = self.access.client("ecs")
        found = ecs.describe_task_definition(taskDefinition=FAMILY)["taskDefinition"]
        document = yaml.safe_load((ROOT / "jobs" / "hello.yaml").read_text())
        return RegisteredDefinition(
            definition=parse_definition(document),
            version=1,
            resolved=ResolvedTaskDefinition(
                arn=found["taskDefinitionArn"],
                family=FAMILY,
                containers=(ResolvedContainer(name="main", essential=True),),
                cpu=256,
                memory=512,
                requires_compatibilities=("FARGATE",),
                network_mode="awsvpc",
            ),
            registered_at=NOW,
        )


def event_of(name: str) -> dict[str, Any]:
    """Return one of the example events, as ``dispatch/one_request``."""
    event: dict[str, Any] = json.loads((ROOT / "events" / f"{name}.json").read_text())
    return event


def keys_of(event: Mapping[str, Any]) -> list[str]:
    """Return the idempotency keys of a batch's requests, each once, in its order."""
    keys = []
    for record in event["Records"]:
        with suppress(ValueError):
            keys.append(json.loads(record["body"])["idempotencyKey"])
    return list(dict.fromkeys(keys))


def failed(answer: Answer) -> list[str]:
    """Return the messages that a batch's answer wants delivered again."""
    items = answer.document["batchItemFailures"]
    return [each["itemIdentifier"] for each in items]


def make_cluster(access: AwsAccess) -> str:
    """Make a cluster and the example's task definition; return the cluster's ARN."""
    ecs = access.client("ecs")
    cluster = ecs.create_cluster(
        clusterName="headrace", capacityProviders=["FARGATE", "FARGATE_SPOT"]
    )["cluster"]
    ecs.register_task_definition(
        family=FAMILY,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "main", "image": "none", "essential": True}],
    )
    arn: str = cluster["clusterArn"]
    return arn


FILED_DEPLOYMENT_ID = DEPLOYMENT_ID
"""The deployment of the jobs that the example events of record are about."""
