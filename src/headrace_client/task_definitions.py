"""What ECS holds under a task definition's name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import ClientError

from headrace.definitions.resolved import ResolvedContainer, ResolvedTaskDefinition
from headrace_client.aws_problems import speaking_to_aws
from headrace_client.exposures import exposures_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.type_defs import TaskDefinitionTypeDef


class TaskDefinitions(Protocol):
    """Where task definitions are looked up."""

    def resolve(self, name: str) -> ResolvedTaskDefinition | None:
        """Return the active revision that a family or `family:revision` names.

        Raises:
            headrace_client.errors.ClientError: Nobody knows.
        """
        ...

    def exposures(self, arn: str) -> Sequence[str]:
        """Return what a revision leaves open to hostile code, a sentence each.

        Raises:
            headrace_client.errors.ClientError: Nobody knows.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EcsTaskDefinitions:
    """Task definitions as ECS describes them.

    Attributes:
        ecs: A low-level client.
        endpoint: Where it connects, for error messages; None is AWS.
    """

    ecs: ECSClient
    endpoint: str | None = None

    def resolve(self, name: str) -> ResolvedTaskDefinition | None:
        """Return the active revision that a family or `family:revision` names.

        None where there is none; ECS still describes inactive ones, which may not
        be started. Source: Amazon ECS API Reference, DescribeTaskDefinition.

        Raises:
            headrace_client.errors.ClientError: ECS did not answer, or refused.
        """
        doing = f"describe the task definition {name!r}"
        with speaking_to_aws(doing, endpoint=self.endpoint):
            try:
                answer = self.ecs.describe_task_definition(taskDefinition=name)
            except ClientError as error:
                # ECS's only code for "no such task definition".
                if error.response["Error"]["Code"] != "ClientException":
                    raise
                return None
        found = answer["taskDefinition"]
        return (
            resolved_from(found) if found.get("status", "ACTIVE") == "ACTIVE" else None
        )

    def exposures(self, arn: str) -> Sequence[str]:
        """See `TaskDefinitions`."""
        doing = f"describe the task definition {arn!r}"
        with speaking_to_aws(doing, endpoint=self.endpoint):
            answer = self.ecs.describe_task_definition(taskDefinition=arn)
        return list(exposures_of(answer["taskDefinition"]))

    def described(self, arn: str) -> TaskDefinitionTypeDef | None:
        """Return all that ECS says of a revision, active or not; None where it is gone.

        Raises:
            headrace_client.errors.ClientError: ECS did not answer, or refused.
        """
        with speaking_to_aws(
            f"describe the task definition {arn!r}", endpoint=self.endpoint
        ):
            try:
                answer = self.ecs.describe_task_definition(taskDefinition=arn)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ClientException":
                    raise
                return None
        return answer["taskDefinition"]


def resolved_from(found: TaskDefinitionTypeDef) -> ResolvedTaskDefinition:
    """Return what launching and judging need of ECS's answer."""
    return ResolvedTaskDefinition(
        arn=found["taskDefinitionArn"],
        family=found["family"],
        containers=tuple(
            ResolvedContainer(
                name=container["name"],
                # ECS: "If the essential parameter is omitted, it is true".
                essential=container.get("essential", True),
            )
            for container in found["containerDefinitions"]
        ),
        cpu=int(found["cpu"]) if found.get("cpu") else None,
        memory=int(found["memory"]) if found.get("memory") else None,
        task_role_arn=found.get("taskRoleArn") or None,
        execution_role_arn=found.get("executionRoleArn") or None,
        requires_compatibilities=tuple(found.get("requiresCompatibilities", ())),
        network_mode=found.get("networkMode"),
    )
