"""The order of the checks, and which of them need others to be well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from headrace_client.doctor import configuration, machinery
from headrace_client.doctor.canary import send_canaries
from headrace_client.doctor.diagnosis import CHECK
from headrace_client.doctor.findings import (
    Finding,
    Verdict,
    found,
    unknown,
    wrong,
)
from headrace_client.doctor.stack import Stack, find_stack
from headrace_client.errors import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headrace_client.connection import Connection
    from headrace_client.doctor.canary import CanaryPlan

NEEDED = frozenset(
    {
        "account",
        "names",
        "request queue",
        "table",
        "definition",
        "cluster",
        "functions",
        "event sources",
    }
)
"""Where one of these is wrong, a canary would only be stuck and tell nothing new."""

UNREACHED = frozenset({"deployment", "account"})
"""Where one of these is wrong, the deployment was not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What is to be looked at.

    Attributes:
        connect: Finds the deployment.
        plan: The canaries; None sends none.
        job_name: Whose definition is looked for.
    """

    connect: Callable[[], Connection]
    plan: CanaryPlan | None
    job_name: str


def examine(examination: Examination) -> Iterator[Finding]:
    """Look at a deployment; yield each finding as soon as it is made."""
    try:
        connection = examination.connect()
    except ClientError as error:
        yield wrong("deployment", error.problem, error.advice)
        return
    wrong_checks: set[str] = set()
    for finding in _looks(connection, examination, wrong_checks):
        if finding.verdict is Verdict.WRONG:
            wrong_checks.add(finding.check)
        yield finding


def _looks(
    connection: Connection, examination: Examination, wrong_checks: set[str]
) -> Iterator[Finding]:
    yield from found(
        "account",
        lambda: configuration.look_at_account(connection),
        endpoint=connection.clients.endpoint("sts"),
        is_needed=True,
    )
    if "account" in wrong_checks:
        return  # Whoever AWS does not know is told nothing else either.
    stack, findings = _stack(connection)
    yield from findings
    yield from found(
        "request queue",
        lambda: configuration.look_at_queue(connection),
        endpoint=connection.clients.endpoint("sqs"),
        is_needed=True,
    )
    yield from found(
        "table",
        lambda: configuration.look_at_table(connection, examination.job_name),
        endpoint=connection.clients.endpoint("dynamodb"),
        is_needed=True,
    )
    if stack is not None:
        yield from _machinery(connection, stack)
    if examination.plan is not None:
        yield from _canaries(connection, examination.plan, stack, wrong_checks)


def _stack(connection: Connection) -> tuple[Stack | None, list[Finding]]:
    stack: Stack | None = None

    def look() -> Iterator[Finding]:
        nonlocal stack
        stack = find_stack(connection)
        if stack is not None:
            yield from configuration.look_at_stack(connection, stack)
            return
        deployment_id = connection.deployment.deployment_id
        yield wrong(
            "names",
            f"No stack of this account and region has the id {deployment_id}.",
            "Check HEADRACE_DEPLOYMENT_ID, AWS_REGION and AWS_PROFILE; or name the"
            " stack: --stack NAME.",
        )

    endpoint = connection.clients.endpoint("cloudformation")
    findings = found("stack", look, endpoint=endpoint)
    return stack, findings


def _machinery(connection: Connection, stack: Stack) -> Iterator[Finding]:
    checks = (
        ("cluster", "ecs", machinery.look_at_cluster),
        ("functions", "lambda", machinery.look_at_functions),
        ("event sources", "lambda", machinery.look_at_event_sources),
        ("schedule", "scheduler", machinery.look_at_schedule),
        ("reconcile", "logs", machinery.look_at_rounds),
        ("dead letters", "sqs", machinery.look_at_dead_letters),
        ("alarms", "cloudwatch", machinery.look_at_alarms),
    )
    for check, service, look in checks:
        yield from found(
            check,
            lambda look=look: look(connection, stack),  # type: ignore[misc] # a default binds it
            endpoint=connection.clients.endpoint(service),
            is_needed=check == "cluster",
        )


def _canaries(
    connection: Connection,
    plan: CanaryPlan,
    stack: Stack | None,
    wrong_checks: set[str],
) -> Iterator[Finding]:
    if in_the_way := sorted(wrong_checks & NEEDED):
        yield unknown(CHECK, f"Not sent: first mend {', '.join(in_the_way)}.")
        return
    try:
        yield from send_canaries(connection, plan, stack)
    except ClientError as error:
        yield wrong(CHECK, error.problem, error.advice)
