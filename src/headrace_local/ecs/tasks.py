"""One task as the engine keeps it, and as the ECS API shows it."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from headrace_local.ecs.clock import Timer

STOPPED = "STOPPED"
RUNNING = "RUNNING"


@dataclass(slots=True, kw_only=True)
class ContainerRecord:
    """One container of a task; `definition` has the overrides applied."""

    arn: str
    task_arn: str
    definition: Mapping[str, Any]
    last_status: str = "PENDING"
    is_start_asked: bool = False
    is_stop_asked: bool = False
    exit_code: int | None = None
    reason: str | None = None
    runtime_id: str | None = None
    image_digest: str | None = None
    healthy: bool | None = None
    timers: list[Timer] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its name in the task definition."""
        return str(self.definition["name"])

    @property
    def is_essential(self) -> bool:
        """Whether the task ends with it; ECS takes absence for yes."""
        return self.definition.get("essential") is not False

    @property
    def is_live(self) -> bool:
        """Whether the runner has it in hand."""
        return self.is_start_asked and self.last_status != STOPPED

    def view(self, network_interfaces: list[dict[str, str]]) -> dict[str, Any]:
        """Return the container as DescribeTasks shows it."""
        shown: dict[str, Any] = {
            "containerArn": self.arn,
            "taskArn": self.task_arn,
            "name": self.name,
            "image": self.definition.get("image", ""),
            "lastStatus": self.last_status,
            "networkInterfaces": network_interfaces,
            "networkBindings": [],
            "cpu": str(self.definition.get("cpu") or 0),
        }
        if self.definition.get("healthCheck"):
            health = {None: "UNKNOWN", True: "HEALTHY", False: "UNHEALTHY"}
            shown["healthStatus"] = health[self.healthy]
        for key in ("memory", "memoryReservation"):
            if self.definition.get(key) is not None:
                shown[key] = str(self.definition[key])
        optional = {
            "exitCode": self.exit_code,
            "reason": self.reason,
            "runtimeId": self.runtime_id,
            "imageDigest": self.image_digest,
        }
        return shown | {key: each for key, each in optional.items() if each is not None}


@dataclass(slots=True, kw_only=True)
class TaskRecord:
    """One task; the engine's lock guards it."""

    arn: str
    cluster_arn: str
    definition: Mapping[str, Any]
    group: str
    launch_type: str
    cpu: int | None
    memory: int | None
    overrides: Mapping[str, Any]
    created_at: datetime
    availability_zone: str
    containers: list[ContainerRecord] = field(default_factory=list)
    capacity_provider: str | None = None
    started_by: str | None = None
    platform_version: str | None = None
    enable_execute_command: bool = False
    tags: list[dict[str, str]] = field(default_factory=list)
    attachment: dict[str, Any] | None = None
    version: int = 1
    last_status: str = "PROVISIONING"
    desired_status: str = RUNNING
    stop_code: str | None = None
    stopped_reason: str | None = None
    times: dict[str, datetime] = field(default_factory=dict)
    missing_until_at: datetime | None = None
    unlisted_until_at: datetime | None = None
    ignores_stop: bool = False
    is_halting: bool = False

    @property
    def family(self) -> str:
        """The task definition's family."""
        return str(self.definition["family"])

    @property
    def is_stopped(self) -> bool:
        """Whether it has ended for good."""
        return self.last_status == STOPPED

    @property
    def is_stopping(self) -> bool:
        """Whether it has been told to end."""
        return self.desired_status == STOPPED

    def container(self, name: str) -> ContainerRecord | None:
        """Return the container of this name, or None."""
        return next((each for each in self.containers if each.name == name), None)

    def view(self, *, with_tags: bool = False) -> dict[str, Any]:
        """Return the task as the API shows it; times are epoch seconds."""
        shown = self._always()
        optional = {
            "capacityProviderName": self.capacity_provider,
            "startedBy": self.started_by,
            "platformVersion": self.platform_version,
            "platformFamily": "Linux" if self.platform_version else None,
            "stopCode": self.stop_code,
            "stoppedReason": self.stopped_reason,
            "cpu": None if self.cpu is None else str(self.cpu),
            "memory": None if self.memory is None else str(self.memory),
        }
        shown |= {key: each for key, each in optional.items() if each is not None}
        for key, moment in ({"createdAt": self.created_at} | self.times).items():
            shown[key] = round(moment.timestamp(), 3)
        if self.launch_type == "FARGATE":
            shown["ephemeralStorage"] = {"sizeInGiB": self._storage_gib()}
        if with_tags:
            shown["tags"] = [dict(each) for each in self.tags]
        return shown

    def _always(self) -> dict[str, Any]:
        interfaces = self._network_interfaces()
        return {
            "attachments": []
            if self.attachment is None
            else [copy.deepcopy(self.attachment)],
            "attributes": [{"name": "ecs.cpu-architecture", "value": "x86_64"}],
            "availabilityZone": self.availability_zone,
            "clusterArn": self.cluster_arn,
            "containers": [each.view(interfaces) for each in self.containers],
            "desiredStatus": self.desired_status,
            "enableExecuteCommand": self.enable_execute_command,
            "group": self.group,
            "healthStatus": self._health(),
            "lastStatus": self.last_status,
            "launchType": self.launch_type,
            "overrides": copy.deepcopy(dict(self.overrides)),
            "tags": [],
            "taskArn": self.arn,
            "taskDefinitionArn": self.definition["taskDefinitionArn"],
            "version": self.version,
        }

    def _health(self) -> str:
        checked = [
            each.healthy
            for each in self.containers
            if each.is_essential and each.definition.get("healthCheck")
        ]
        if not checked or None in checked:
            return "UNKNOWN" if False not in checked else "UNHEALTHY"
        return "HEALTHY" if all(checked) else "UNHEALTHY"

    @property
    def has_role(self) -> bool:
        """Whether its containers act in a task role, the overrides' or its own."""
        return any(
            each.get("taskRoleArn") for each in (self.overrides, self.definition)
        )

    def _storage_gib(self) -> int:
        """Return the storage asked for; Fargate gives 20 GiB otherwise."""
        for source in (self.overrides, self.definition):
            storage = source.get("ephemeralStorage")
            if storage:
                return int(storage["sizeInGiB"])
        return 20

    def _network_interfaces(self) -> list[dict[str, str]]:
        if self.attachment is None:
            return []
        details = {each["name"]: each["value"] for each in self.attachment["details"]}
        if "privateIPv4Address" not in details:
            return []
        return [
            {
                "attachmentId": self.attachment["id"],
                "privateIpv4Address": details["privateIPv4Address"],
            }
        ]
