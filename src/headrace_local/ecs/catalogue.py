"""Clusters and task definitions: the port, and a catalogue in memory.

The in-memory catalogue serves what contract tests need of the ECS control plane; it
does not follow every rule of RegisterTaskDefinition.
"""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING, Any, Protocol

from headrace_local.ecs.errors import EcsError, client_error, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

type JsonObject = dict[str, Any]


class Catalogue(Protocol):
    """Where the engine looks up what RunTask refers to."""

    def cluster(self, name_or_arn: str) -> Mapping[str, Any] | None:
        """Return the cluster as DescribeClusters shows it, or None."""
        ...

    def task_definition(self, reference: str) -> Mapping[str, Any] | None:
        """Return the definition as DescribeTaskDefinition shows it, or None.

        Args:
            reference: A family, ``family:revision`` or an ARN.
        """
        ...


class MemoryCatalogue:
    """Clusters and task definitions kept in this process.

    Args:
        region: Where they are.
        account_id: Whose they are.
    """

    def __init__(
        self, *, region: str = "us-east-1", account_id: str = "123456789012"
    ) -> None:
        self._prefix = f"arn:aws:ecs:{region}:{account_id}"
        self._clusters: dict[str, JsonObject] = {}
        self._definitions: dict[str, JsonObject] = {}
        self._lock = threading.Lock()

    def cluster(self, name_or_arn: str) -> Mapping[str, Any] | None:
        """Return the cluster of this name or ARN."""
        found = self._clusters.get(short_name(name_or_arn))
        is_named = not name_or_arn.startswith("arn:")
        if found is not None and (is_named or found["clusterArn"] == name_or_arn):
            return found
        return None

    def task_definition(self, reference: str) -> Mapping[str, Any] | None:
        """Return the definition of this reference; a family means its newest ACTIVE."""
        name = short_name(reference)
        if ":" in name:
            return self._definitions.get(name)
        active = [
            each
            for each in self._definitions.values()
            if each["family"] == name and each["status"] == "ACTIVE"
        ]
        return max(active, key=lambda each: int(each["revision"]), default=None)

    def create_cluster(self, request: Mapping[str, Any]) -> JsonObject:
        """Serve CreateCluster."""
        name = request.get("clusterName", "default")
        cluster = {
            "clusterArn": f"{self._prefix}:cluster/{name}",
            "clusterName": name,
            "status": "ACTIVE",
            "registeredContainerInstancesCount": 0,
            "capacityProviders": list(request.get("capacityProviders", ())),
            "defaultCapacityProviderStrategy": list(
                request.get("defaultCapacityProviderStrategy", ())
            ),
        }
        with self._lock:
            return {"cluster": self._clusters.setdefault(name, cluster)}

    def delete_cluster(self, request: Mapping[str, Any]) -> JsonObject:
        """Serve DeleteCluster: the cluster stays, INACTIVE, as on AWS."""
        cluster = self._clusters.get(short_name(request["cluster"]))
        if cluster is None:
            raise EcsError("ClusterNotFoundException")
        cluster["status"] = "INACTIVE"
        return {"cluster": cluster}

    def describe_clusters(self, request: Mapping[str, Any]) -> JsonObject:
        """Serve DescribeClusters."""
        found, failures = [], []
        for each in request.get("clusters") or ["default"]:
            cluster = self.cluster(each)
            if cluster is None:
                arn = f"{self._prefix}:cluster/{short_name(each)}"
                failures.append({"arn": arn, "reason": "MISSING"})
            else:
                found.append(cluster)
        return {"clusters": found, "failures": failures}

    def list_clusters(self, _request: Mapping[str, Any]) -> JsonObject:
        """Serve ListClusters, on one page."""
        arns = [each["clusterArn"] for each in self._clusters.values()]
        return {"clusterArns": arns}

    def register_task_definition(self, request: Mapping[str, Any]) -> JsonObject:
        """Serve RegisterTaskDefinition."""
        family = request["family"]
        if not request.get("containerDefinitions"):
            raise client_error("Container list cannot be empty.")
        with self._lock:
            revision = next(
                number
                for number in itertools.count(1)
                if f"{family}:{number}" not in self._definitions
            )
            arn = f"{self._prefix}:task-definition/{family}:{revision}"
            definition = {key: request[key] for key in request if key != "tags"} | {
                "taskDefinitionArn": arn,
                "revision": revision,
                "status": "ACTIVE",
                "containerDefinitions": [
                    {"cpu": 0, "essential": True, "environment": [], **each}
                    for each in request["containerDefinitions"]
                ],
                "compatibilities": list(
                    request.get("requiresCompatibilities", ("EC2",))
                ),
            }
            definition.setdefault("networkMode", "bridge")
            self._definitions[f"{family}:{revision}"] = definition
        return {"taskDefinition": definition, "tags": list(request.get("tags", ()))}

    def deregister_task_definition(self, request: Mapping[str, Any]) -> JsonObject:
        """Serve DeregisterTaskDefinition: the revision becomes INACTIVE."""
        reference = request["taskDefinition"]
        definition = self._definitions.get(short_name(reference))
        if definition is None:
            raise client_error("Unable to describe task definition.")
        definition["status"] = "INACTIVE"
        return {"taskDefinition": definition}

    def describe_task_definition(self, request: Mapping[str, Any]) -> JsonObject:
        """Serve DescribeTaskDefinition."""
        definition = self.task_definition(request["taskDefinition"])
        if definition is None:
            raise client_error("Unable to describe task definition.")
        return {"taskDefinition": definition}

    def list_task_definitions(self, request: Mapping[str, Any]) -> JsonObject:
        """Serve ListTaskDefinitions, on one page."""
        prefix = request.get("familyPrefix")
        status = request.get("status", "ACTIVE")
        arns = [
            each["taskDefinitionArn"]
            for each in self._definitions.values()
            if prefix in (None, each["family"]) and each["status"] == status
        ]
        return {"taskDefinitionArns": arns}

    def serve(self, operation: str, request: Mapping[str, Any]) -> JsonObject:
        """Serve one control-plane operation by its name.

        Raises:
            EcsError: When the operation is refused, or is not one of those served here.
        """
        operations = {
            "CreateCluster": self.create_cluster,
            "DeleteCluster": self.delete_cluster,
            "DescribeClusters": self.describe_clusters,
            "ListClusters": self.list_clusters,
            "RegisterTaskDefinition": self.register_task_definition,
            "DeregisterTaskDefinition": self.deregister_task_definition,
            "DescribeTaskDefinition": self.describe_task_definition,
            "ListTaskDefinitions": self.list_task_definitions,
        }
        if operation not in operations:
            raise invalid(
                f"{operation} is not served without an upstream; served are the task "
                f"operations and {', '.join(operations)}."
            )
        return operations[operation](request)


def short_name(name_or_arn: str) -> str:
    """Return the part after the last slash: the name within an ARN, or the name."""
    return name_or_arn.rsplit("/", 1)[-1]
