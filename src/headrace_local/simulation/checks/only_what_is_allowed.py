"""I13: RunTask is called with what the definition allows, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace_local.simulation import deployment
from headrace_local.simulation.checks.check import Check

if TYPE_CHECKING:
    from headrace_local.simulation.checks.check import Sent

PARAMETERS = frozenset(
    {
        "capacityProviderStrategy",
        "clientToken",
        "cluster",
        "count",
        "group",
        "networkConfiguration",
        "overrides",
        "platformVersion",
        "propagateTags",
        "startedBy",
        "tags",
        "taskDefinition",
    }
)
OVERRIDES = frozenset({"containerOverrides", "cpu", "memory", "ephemeralStorage"})
CONTAINER_OVERRIDES = frozenset({"name", "command", "environment"})


class OnlyWhatIsAllowed(Check):
    """Asked at every RunTask."""

    name = "I13"
    promise = "RunTask is called with what the definition allows, and nothing else"

    def on_sent(self, sent: Sent) -> None:
        """See `Check`."""
        if sent.operation != "run_task":
            return
        request = sent.request
        job = self.world.jobs.get(request["clientToken"].partition("-")[0])
        if job is None:
            self.fail(f"RunTask for {request['clientToken']} without a stored job")
            return
        network = request["networkConfiguration"]["awsvpcConfiguration"]
        family = deployment.family_of(job.job_name)
        cluster, subnets = deployment.CLUSTER_ARN, deployment.SUBNET_IDS
        if job.job_name in deployment.UNTRUSTED:
            cluster = deployment.UNTRUSTED_CLUSTER_ARN
            subnets = deployment.UNTRUSTED_SUBNET_IDS
        containers = request["overrides"]["containerOverrides"]
        told = {
            "an unknown parameter": request.keys() <= PARAMETERS,
            "another family": f"/{family}:" in request["taskDefinition"],
            "another cluster": request["cluster"] == cluster,
            "another group": request["group"] == deployment.GROUP,
            "other subnets": set(network["subnets"]) == set(subnets),
            "more than one task": request.get("count", 1) == 1,
            "another startedBy": request["startedBy"] == request["clientToken"],
            "an unknown override": request["overrides"].keys() <= OVERRIDES,
            "another container": [each["name"] for each in containers] == ["main"],
            "an unknown container override": all(
                each.keys() <= CONTAINER_OVERRIDES for each in containers
            ),
        }
        wrong = [what for what, is_right in told.items() if not is_right]
        if wrong:
            self.fail(f"RunTask with {', '.join(wrong)}", about=job.job_id)
