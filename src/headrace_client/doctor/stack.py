"""The stack behind a deployment: physical names by those in the template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace_client.aws_clients import AwsClients
    from headrace_client.connection import Connection


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


def find_stack(connection: Connection) -> Stack | None:
    """Return the stack whose id ends with the deployment's; None where there is none.

    Raises:
        botocore.exceptions.ClientError: The caller may not ask, for one.
    """
    clients, wanted = connection.clients, connection.deployment.deployment_id
    describe = clients.cloudformation.get_paginator("describe_stacks")
    # Whoever named it may be allowed to ask for this one only.
    name = connection.stack_name
    for page in describe.paginate(StackName=name) if name else describe.paginate():
        for stack in page["Stacks"]:
            if stack.get("StackId", "").rpartition("/")[2] == wanted:
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
