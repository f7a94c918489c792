"""Checks of what the caller's configuration names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace_client.doctor.findings import Finding, well, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headrace_client.connection import Connection
    from headrace_client.doctor.stack import Stack

_SETTLED = "_COMPLETE"
_NAMES = {
    "RequestQueueUrl": ("request_queue_url", "HEADRACE_REQUEST_QUEUE_URL"),
    "JobTableName": ("job_table_name", "HEADRACE_JOB_TABLE_NAME"),
}


def look_at_account(connection: Connection) -> Iterator[Finding]:
    """Say who asks, and where."""
    region = connection.clients.region
    identity = connection.clients.of("sts").get_caller_identity()
    yield well("account", f"You are {identity['Arn']}, in {region}.")


def look_at_stack(connection: Connection, stack: Stack) -> Iterator[Finding]:
    """Check that the stack is settled, and is the one that the variables name."""
    deployment = connection.deployment
    for output, (field, variable) in _NAMES.items():
        named = getattr(deployment, field)
        if named != stack.outputs.get(output):
            yield wrong(
                "names",
                f"{variable} is {named}, but the stack {stack.name!r}, which"
                f" HEADRACE_DEPLOYMENT_ID names, has {stack.outputs.get(output)}.",
                f"Take all names from one deployment: --stack {stack.name}, or the"
                " export lines of the `headrace local up` that runs now.",
            )
            return
    if not stack.status.endswith(_SETTLED) or "ROLLBACK" in stack.status:
        yield wrong(
            "stack",
            f"The last change of the stack {stack.name!r} went wrong, or goes on:"
            f" {stack.status}.",
            f"aws cloudformation describe-stack-events --stack-name {stack.name}",
        )
        return
    yield well("stack", f"{stack.name} is {stack.status}.")


def look_at_queue(connection: Connection) -> Iterator[Finding]:
    """Check that the request queue is there."""
    waiting, in_flight = messages_in(
        connection, connection.deployment.request_queue_url
    )
    yield well(
        "request queue",
        f"It is there; {waiting} messages wait, {in_flight} are handled.",
    )


def messages_in(connection: Connection, queue_url: str) -> tuple[int, int]:
    """Return how many messages of a queue wait, and how many were received."""
    attributes = connection.clients.sqs.get_queue_attributes(
        QueueUrl=queue_url,
        AttributeNames=[
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
        ],
    )["Attributes"]
    return (
        int(attributes["ApproximateNumberOfMessages"]),
        int(attributes["ApproximateNumberOfMessagesNotVisible"]),
    )


def look_at_table(connection: Connection, job_name: str) -> Iterator[Finding]:
    """Check that the table can be read, and knows the canary's definition."""
    active = connection.catalogue().active([job_name])
    yield well("table", f"{connection.deployment.job_table_name} can be read.")
    if job_name in active:
        version = active[job_name].version
        yield well("definition", f"{job_name} has version {version}.")
        return
    yield wrong(
        "definition",
        f"No job definition {job_name!r} is registered.",
        f"headrace register jobs/{job_name}.yaml, or name one that is: --job NAME.",
    )
