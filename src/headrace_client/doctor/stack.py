"""The stack behind a deployment: physical names by those in the template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace_client.aws_clients import AwsClients
    from headrace_client.deployment import Deployment


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A stack that was found.

    Attributes:
        name: Its name.
        status: CloudFormation's word for how its last change went.
        outputs: Its outputs.
        resources: Physical ids by logical ids.
    """

    name: str
    status: str
    outputs: Mapping[str, str]
    resources: Mapping[str, str]


def find_stack(clients: AwsClients, deployment: Deployment) -> Stack | None:
    """Return the stack whose id ends with the deployment's; None where there is none.

    Raises:
        botocore.exceptions.ClientError: The caller may not ask, for one.
    """
    stacks = clients.cloudformation.get_paginator("describe_stacks").paginate()
    for page in stacks:
        for stack in page["Stacks"]:
            if stack.get("StackId", "").rpartition("/")[2] == deployment.deployment_id:
                return Stack(
                    name=stack["StackName"],
                    status=stack["StackStatus"],
                    outputs={
                        output["OutputKey"]: output["OutputValue"]
                        for output in stack.get("Outputs", [])
                    },
                    resources=_resources(clients, stack["StackName"]),
                )
    return None


def _resources(clients: AwsClients, stack_name: str) -> dict[str, str]:
    pages = clients.cloudformation.get_paginator("list_stack_resources").paginate(
        StackName=stack_name
    )
    return {
        resource["LogicalResourceId"]: resource.get("PhysicalResourceId", "")
        for page in pages
        for resource in page["StackResourceSummaries"]
    }
