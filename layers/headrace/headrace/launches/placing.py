"""Where a job's tasks run: its class says it, and nothing else. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from headrace.definitions.definition import RegisteredDefinition
from headrace.definitions.isolation import Isolation, class_problem
from headrace.launches.launch import Placement


@dataclass(frozen=True, slots=True)
class Nowhere:
    """The job may run nowhere in this deployment: why, and what to do about it."""

    code: str
    summary: str
    advice: str


def place(
    registered: RegisteredDefinition,
    *,
    trusted: Placement,
    untrusted: Placement | None,
) -> Placement | Nowhere:
    """Return where a definition's tasks run, each class in its own place.

    `untrusted` is None where the deployment has no such class. What `headrace
    register` checks is checked again here: a definition may have been stored by other
    means, or by a deployment that had the class.
    """
    isolation = registered.definition.isolation
    problem = class_problem(isolation, registered.resolved.family)
    if problem is not None:
        return Nowhere(
            "WrongClass",
            f"No task was started: {problem}.",
            "Register the job with a task definition of its own class, then submit it"
            " again under a new idempotency key.",
        )
    if isolation is Isolation.TRUSTED:
        return trusted
    if registered.resolved.task_role_arn is not None:
        return Nowhere(
            "TaskRole",
            "No task was started: the job is untrusted, and its task definition has a"
            f" task role, {registered.resolved.task_role_arn}.",
            "Register the job with a task definition without taskRoleArn, then submit"
            " it again under a new idempotency key.",
        )
    if untrusted is None:
        return Nowhere(
            "NoUntrustedClass",
            "No task was started: the job is untrusted, and this deployment has no"
            " cluster for untrusted jobs.",
            "Deploy the stack with UntrustedClass=ENABLED, then submit the job again"
            " under a new idempotency key.",
        )
    return untrusted
