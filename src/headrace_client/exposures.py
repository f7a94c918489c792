"""What a task definition leaves open to hostile code. Pure.

An untrusted job's code may be anybody's, so its task definition must take away what
Fargate's own boundary does not. The fields are those of Amazon ECS's
DescribeTaskDefinition; containers beside the main one are held to the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SCRATCH_KEYS = frozenset({"name", "host"})
"""Of a volume that lives and dies with its task, such as one for /tmp."""

_UID_MAX = 2**31 - 1


def exposures_of(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield one sentence for each thing that hostile code could use.

    Args:
        found: `taskDefinition` of DescribeTaskDefinition's answer.
    """
    role = found.get("taskRoleArn")
    if role:
        yield _must("taskRoleArn", "left out, so that there are no credentials", role)
    launch_types = list(found.get("requiresCompatibilities", ()))
    if launch_types != ["FARGATE"]:
        limit = "[FARGATE]: elsewhere tasks share a kernel"
        yield _must("requiresCompatibilities", limit, launch_types)
    if found.get("networkMode") != "awsvpc":
        yield _must("networkMode", "awsvpc", found.get("networkMode"))
    for name in ("pidMode", "ipcMode", "proxyConfiguration"):
        if found.get(name):
            yield _must(name, "left out", found[name])
    if found.get("enableFaultInjection"):
        yield _must("enableFaultInjection", "false", True)  # noqa: FBT003 - the value
    for volume in found.get("volumes", ()):
        yield from _volume_exposures(volume)
    for container in found["containerDefinitions"]:
        for sentence in _container_exposures(container):
            yield f"container {container['name']!r}: {sentence}"


def _must(field: str, limit: str, value: object) -> str:
    return f"{field}: must be {limit}, but is {value!r}"


def _volume_exposures(volume: Mapping[str, Any]) -> Iterator[str]:
    kinds = sorted(key for key in volume if key not in _SCRATCH_KEYS and volume[key])
    if (volume.get("host") or {}).get("sourcePath"):
        kinds.append("host.sourcePath")
    if kinds:
        limit = "empty storage of the task's own"
        yield _must(f"volume {volume.get('name')!r}", limit, ", ".join(kinds))


def _container_exposures(container: Mapping[str, Any]) -> Iterator[str]:
    if container.get("readonlyRootFilesystem") is not True:
        given = container.get("readonlyRootFilesystem")
        yield _must("readonlyRootFilesystem", "true", given)
    if not _is_ordinary_user(container.get("user")):
        # The image says who a name is, and the image is not to be trusted either.
        limit = "the number of a user that is not root, such as 1000 or 1000:1000"
        yield _must("user", limit, container.get("user"))
    if container.get("privileged"):
        yield _must("privileged", "false", True)  # noqa: FBT003 - the value
    linux = container.get("linuxParameters") or {}
    capabilities = linux.get("capabilities") or {}
    if "ALL" not in (capabilities.get("drop") or ()):
        given = capabilities.get("drop")
        yield _must("linuxParameters.capabilities.drop", "[ALL]", given)
    if capabilities.get("add"):
        given = capabilities["add"]
        yield _must("linuxParameters.capabilities.add", "empty", given)
    if linux.get("devices"):
        yield _must("linuxParameters.devices", "empty", linux["devices"])
    for name in ("secrets", "environmentFiles", "volumesFrom"):
        if container.get(name):
            yield _must(name, "empty: the code would read it", container[name])


def _is_ordinary_user(user: object) -> bool:
    if not isinstance(user, str):
        return False
    number = user.partition(":")[0]
    return number.isascii() and number.isdecimal() and 0 < int(number) <= _UID_MAX
