"""A deployment that was found, and what is reached through it.

The client's only reader of the environment.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from headrace.aws.definition_table import DefinitionTable
from headrace.aws.job_table import JobTable
from headrace.aws.launch_budget_table import LaunchBudgetTable
from headrace.launches.budget import LaunchRate
from headrace_client.announcing import Announcer
from headrace_client.aws_clients import CALL_ATTEMPTS, AwsClients
from headrace_client.aws_problems import speaking_to_aws
from headrace_client.deployment import Deployment
from headrace_client.errors import NotConfiguredError
from headrace_client.exactness import Exactness
from headrace_client.explaining.explainer import Explainer
from headrace_client.images import EcrImages
from headrace_client.inspection import Inspector
from headrace_client.job_logs.reading import LogReader
from headrace_client.job_logs.streams import CloudWatchStreams
from headrace_client.judging import Judge
from headrace_client.records import TableReader
from headrace_client.request_queue import SqsRequestQueue
from headrace_client.task_definitions import EcsTaskDefinitions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace.ports import Catalogue, ListedCatalogue


@dataclass(frozen=True, slots=True)
class Connection:
    """A deployment, and the AWS clients to reach it with.

    Attributes:
        deployment: Its names.
        clients: Made for the caller's credentials, region and endpoints.
        stack_name: The stack that they were taken from; None where it was none.
    """

    deployment: Deployment
    clients: AwsClients
    stack_name: str | None = None

    def request_queue(self) -> SqsRequestQueue:
        """Return where requests are sent."""
        return SqsRequestQueue(
            sqs=self.clients.sqs,
            url=self.deployment.request_queue_url,
            endpoint=self.clients.endpoint("sqs"),
        )

    def announcer(self) -> Announcer:
        """Return whom to ask for events."""
        return Announcer(
            functions=self.clients.of("lambda"),
            name=self.deployment.announce_function_name,
            endpoint=self.clients.endpoint("lambda"),
        )

    def job_reader(self) -> TableReader:
        """Return where records are read."""
        return TableReader(
            store=JobTable(self.clients.dynamodb, self.deployment.job_table_name),
            endpoint=self.clients.endpoint("dynamodb"),
        )

    def inspector(self) -> Inspector:
        """Return what looks into jobs."""
        client, table_name = self.clients.dynamodb, self.deployment.job_table_name
        rate = self.deployment.launches_per_second
        return Inspector(
            explainer=Explainer(
                deployment_id=self.deployment.deployment_id,
                jobs=self.job_reader(),
                catalogue=self.catalogue(),
                backlog=JobTable(client, table_name),
                # It is only read, so that its own rate does not matter.
                budget=LaunchBudgetTable(client, table_name, LaunchRate(0, 1)),
                launches_per_second=float(rate) if rate else None,
                endpoint=self.clients.endpoint("dynamodb"),
            ),
            log_reader=LogReader(
                catalogue=self.catalogue(),
                task_definitions=self.task_definitions(),
                streams=CloudWatchStreams(
                    client_in=self.clients.logs_in,
                    endpoint=self.clients.endpoint("cloudwatch_logs"),
                ),
            ),
        )

    def catalogue(self) -> ListedCatalogue:
        """Return where definitions are registered."""
        return DefinitionTable(self.clients.dynamodb, self.deployment.job_table_name)

    def judge(self, catalogue: Catalogue | None = None) -> Judge:
        """Return who judges submissions, by the table's definitions or by others."""
        return Judge(
            catalogue or self.catalogue(),
            now=lambda: datetime.now(UTC),
            endpoint=self.clients.endpoint("dynamodb"),
        )

    def exactness(self) -> Exactness:
        """Return who judges whether a job can be run again exactly."""
        return Exactness(
            catalogue=self.catalogue(),
            revisions=self.task_definitions(),
            images=EcrImages(
                client_in=self.clients.ecr_in, endpoint=self.clients.endpoint("ecr")
            ),
            endpoint=self.clients.endpoint("dynamodb"),
        )

    def task_definitions(self) -> EcsTaskDefinitions:
        """Return what ECS holds."""
        return EcsTaskDefinitions(
            ecs=self.clients.ecs, endpoint=self.clients.endpoint("ecs")
        )


def connect(
    *,
    stack: str | None = None,
    endpoint_url: str | None = None,
    variables: Mapping[str, str] | None = None,
    call_attempts: int = CALL_ATTEMPTS,
) -> Connection:
    """Find a deployment.

    Args:
        stack: The name of its CloudFormation stack; None takes HEADRACE_STACK, and
            where that is not set, the other HEADRACE_* variables.
        endpoint_url: Where all of AWS is; None leaves it to AWS_ENDPOINT_URL and
            AWS_ENDPOINT_URL_<SERVICE>, and without those to AWS.
        variables: Instead of the process's environment.
        call_attempts: How often a call is tried, where trying again may help.

    Raises:
        NotConfiguredError: A name, a region or a credential is missing, or there is no
            such stack.
        UnreachableError: AWS did not answer.
    """
    variables = os.environ if variables is None else variables
    clients = AwsClients(variables, endpoint_url, call_attempts)
    stack = stack or variables.get("HEADRACE_STACK")
    if not stack:
        return Connection(Deployment.from_variables(variables), clients)
    outputs = outputs_of(stack, clients)
    return Connection(Deployment.from_outputs(stack, outputs), clients, stack)


def outputs_of(stack: str, clients: AwsClients) -> dict[str, str]:
    """Return a stack's outputs.

    Raises:
        NotConfiguredError: There is no such stack.
        UnreachableError: AWS did not answer.
    """
    doing = f"read the outputs of the stack {stack!r}"
    with speaking_to_aws(doing, endpoint=clients.endpoint("cloudformation")):
        try:
            found = clients.cloudformation.describe_stacks(StackName=stack)["Stacks"]
        except ClientError as error:
            # CloudFormation has no code of its own for a stack that is not there.
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            found = []
    if not found:
        raise NotConfiguredError(
            f"There is no stack {stack!r} in this account and region.",
            advice="Check --stack, AWS_REGION and AWS_PROFILE.",
        )
    return {
        output["OutputKey"]: output["OutputValue"]
        for output in found[0].get("Outputs", [])
    }
