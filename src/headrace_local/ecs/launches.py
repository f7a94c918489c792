"""From a RunTask request and what it refers to, to the launch that it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headrace_local.ecs.catalogue import short_name
from headrace_local.ecs.errors import EcsError, client_error, invalid
from headrace_local.ecs.fargate import check_size, units

if TYPE_CHECKING:
    from collections.abc import Mapping

FARGATE = "FARGATE"
FARGATE_PROVIDERS = frozenset({"FARGATE", "FARGATE_SPOT"})
PLATFORM_VERSION = "1.4.0"
PLATFORM_VERSIONS = frozenset({"LATEST", "1.3.0", "1.4.0"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What a RunTask call asks for, checked and resolved.

    Attributes:
        providers: The capacity provider of each task; None where a launch type counts.
        containers: The container definitions with the overrides applied.
    """

    cluster_arn: str
    definition: Mapping[str, Any]
    launch_type: str
    providers: tuple[str | None, ...]
    cpu: int | None
    memory: int | None
    overrides: Mapping[str, Any]
    containers: tuple[Mapping[str, Any], ...]
    network: Mapping[str, Any] | None
    platform_version: str | None
    group: str
    started_by: str | None
    tags: tuple[Mapping[str, str], ...]
    enable_execute_command: bool


def plan_launch(
    request: Mapping[str, Any],
    cluster: Mapping[str, Any],
    definition: Mapping[str, Any] | None,
) -> Launch:
    """Resolve a checked RunTask request.

    Raises:
        EcsError: When what it refers to does not allow it.
    """
    if definition is None:
        raise client_error("TaskDefinition not found.")
    if definition.get("status", "ACTIVE") != "ACTIVE":
        raise invalid("TaskDefinition is inactive")
    overrides = request.get("overrides") or {}
    launch_type, providers = _capacity(request, cluster, int(request.get("count") or 1))
    cpu, memory = _size(definition, overrides)
    containers = _merged(definition, overrides)
    if launch_type == FARGATE:
        _check_fargate(definition, cpu, memory)
    platform_version = _platform(request, launch_type)
    return Launch(
        cluster_arn=cluster["clusterArn"],
        definition=definition,
        launch_type=launch_type,
        providers=providers,
        cpu=cpu if cpu is not None else _sum(containers, "cpu"),
        memory=memory if memory is not None else _sum(containers, "memory"),
        overrides={"containerOverrides": [], "inferenceAcceleratorOverrides": []}
        | dict(overrides),
        containers=containers,
        network=_network(request, definition, launch_type),
        platform_version=platform_version,
        group=request.get("group") or f"family:{definition['family']}",
        started_by=request.get("startedBy"),
        tags=_tags(request, definition),
        enable_execute_command=bool(request.get("enableExecuteCommand")),
    )


def _capacity(
    request: Mapping[str, Any], cluster: Mapping[str, Any], count: int
) -> tuple[str, tuple[str | None, ...]]:
    strategy = request.get("capacityProviderStrategy") or ()
    if not strategy and not request.get("launchType"):
        strategy = cluster.get("defaultCapacityProviderStrategy") or ()
    if not strategy:
        return request.get("launchType") or "EC2", (None,) * count
    known = set(cluster.get("capacityProviders") or ())
    for each in strategy:
        if each["capacityProvider"] not in known:
            raise invalid(
                "The specified capacity provider strategy cannot contain a capacity "
                "provider that is not associated with the cluster. Associate the "
                "capacity provider with the cluster and try again."
            )
    providers = _spread(strategy, count)
    is_fargate = providers[0] in FARGATE_PROVIDERS
    return FARGATE if is_fargate else "EC2", providers


def _spread(strategy: Any, count: int) -> tuple[str, ...]:  # noqa: ANN401 - wire data
    """Share tasks among providers: each base first, then by weight."""
    given = {each["capacityProvider"]: 0 for each in strategy}
    chosen: list[str] = []
    for each in strategy:
        while given[each["capacityProvider"]] < each.get("base", 0):
            if len(chosen) == count:
                return tuple(chosen)
            given[each["capacityProvider"]] += 1
            chosen.append(each["capacityProvider"])
    weights = {each["capacityProvider"]: each.get("weight", 0) for each in strategy}
    if len(weights) == 1:
        weights = dict.fromkeys(weights, 1)
    shared = dict.fromkeys(given, 0)
    while len(chosen) < count:
        name = max(
            (each for each in weights if weights[each] > 0),
            key=lambda each: weights[each] / (shared[each] + 1),
        )
        shared[name] += 1
        chosen.append(name)
    return tuple(chosen)


def _size(
    definition: Mapping[str, Any], overrides: Mapping[str, Any]
) -> tuple[int | None, int | None]:
    try:
        return (
            units(overrides.get("cpu") or definition.get("cpu")),
            units(overrides.get("memory") or definition.get("memory")),
        )
    except ValueError as error:
        raise client_error(
            f"Invalid 'cpu' or 'memory' setting for task: {error}"
        ) from error


def _sum(containers: tuple[Mapping[str, Any], ...], key: str) -> int | None:
    total = sum(int(each.get(key) or 0) for each in containers)
    return total or None


def _merged(
    definition: Mapping[str, Any], overrides: Mapping[str, Any]
) -> tuple[Mapping[str, Any], ...]:
    defined = {each["name"]: each for each in definition["containerDefinitions"]}
    merged = dict(defined)
    for override in overrides.get("containerOverrides") or ():
        name = override["name"]
        if name not in defined:
            raise invalid(
                f"Override for container named {name} is not a container in the "
                "TaskDefinition."
            )
        merged[name] = _apply(merged[name], override)
    return tuple(merged.values())


def _apply(container: Mapping[str, Any], override: Mapping[str, Any]) -> dict[str, Any]:
    environment = {
        each["name"]: each.get("value", "")
        for each in container.get("environment") or ()
    } | {
        each["name"]: each.get("value", "")
        for each in override.get("environment") or ()
    }
    plain = {
        key: override[key]
        for key in ("command", "cpu", "memory", "memoryReservation")
        if override.get(key) is not None
    }
    pairs = [{"name": name, "value": value} for name, value in environment.items()]
    return {**container, **plain, "environment": pairs}


def _check_fargate(
    definition: Mapping[str, Any], cpu: int | None, memory: int | None
) -> None:
    if FARGATE not in (definition.get("requiresCompatibilities") or (FARGATE,)):
        raise invalid("Task definition does not support launch_type FARGATE.")
    if definition.get("networkMode") != "awsvpc":
        raise invalid("Fargate only supports network mode 'awsvpc'.")
    check_size(cpu, memory)


def _platform(request: Mapping[str, Any], launch_type: str) -> str | None:
    wanted = request.get("platformVersion")
    if launch_type != FARGATE:
        if wanted:
            raise invalid(
                "The platform version must be null when specifying an EC2 launch type."
            )
        return None
    if wanted and wanted not in PLATFORM_VERSIONS:
        raise EcsError("PlatformUnknownException")
    return PLATFORM_VERSION if wanted in (None, "LATEST") else str(wanted)


def _network(
    request: Mapping[str, Any], definition: Mapping[str, Any], launch_type: str
) -> Mapping[str, Any] | None:
    vpc: Mapping[str, Any] | None = (request.get("networkConfiguration") or {}).get(
        "awsvpcConfiguration"
    )
    if definition.get("networkMode") == "awsvpc":
        if vpc is None:
            raise invalid(
                "Network Configuration must be provided when networkMode 'awsvpc' is "
                "specified."
            )
        if launch_type != FARGATE and vpc.get("assignPublicIp") == "ENABLED":
            raise invalid("Assign public IP is not supported for this launch type.")
        return vpc
    if vpc is not None:
        raise invalid(
            "Network Configuration is not valid for the given networkMode of this "
            "task definition."
        )
    return None


def _tags(
    request: Mapping[str, Any], definition: Mapping[str, Any]
) -> tuple[Mapping[str, str], ...]:
    tags = {each["key"]: each.get("value", "") for each in request.get("tags") or ()}
    if request.get("propagateTags") == "TASK_DEFINITION":
        inherited = definition.get("tags") or ()
        tags = {each["key"]: each.get("value", "") for each in inherited} | tags
    if request.get("enableECSManagedTags"):
        tags["aws:ecs:clusterName"] = short_name(str(request.get("cluster", "default")))
    return tuple({"key": key, "value": value} for key, value in tags.items())
