"""Which task definitions and roles a deployment's functions may use. Pure.

Each class of jobs has families and roles of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.definitions.isolation import Isolation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headrace.definitions.resolved import ResolvedTaskDefinition
    from headrace_client.deployment import Deployment


def stack_problems(
    resolved: ResolvedTaskDefinition, deployment: Deployment, isolation: Isolation
) -> Iterator[str]:
    """Yield one sentence for each thing that IAM would refuse at every launch."""
    prefix, path = deployment.job_family_prefix, deployment.job_role_path
    if isolation is Isolation.UNTRUSTED:
        prefix = deployment.untrusted_job_family_prefix
        path = deployment.untrusted_job_role_path
        if not prefix:
            yield (
                "isolation: must be 'trusted' in this deployment, which has no cluster"
                " for untrusted jobs, but is 'untrusted'; deploy the stack with"
                " UntrustedClass=ENABLED"
            )
            return
    if not resolved.family.startswith(prefix):
        yield (
            f"taskDefinition: must be of a family that begins with {prefix!r}, which"
            f" this deployment may start, but is of {resolved.family!r}"
        )
    roles = {
        "task role": resolved.task_role_arn,
        "execution role": resolved.execution_role_arn,
    }
    for kind, arn in roles.items():
        if arn is not None and not arn.partition(":role")[2].startswith(path):
            yield (
                f"taskDefinition: its {kind} must have the path {path!r}, which this"
                f" deployment may hand to a task, but is {arn!r}"
            )
