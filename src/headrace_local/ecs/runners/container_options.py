"""From what is to run to the Docker API's words for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docker.errors import APIError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from docker.errors import DockerException

    from headrace_local.ecs.runners.port import ContainerSpec

MIB = 1024 * 1024
_CPU_PERIOD_MICROSECONDS = 100_000
_CPU_UNITS_PER_VCPU = 1024


def create_options(
    spec: ContainerSpec,
    environment: Mapping[str, str],
    labels: Mapping[str, str],
    network: str | None,
) -> dict[str, Any]:
    """Return the arguments of ``containers.create`` beside the image."""
    limits = (spec.memory_mib_max, spec.task_memory_mib_max)
    memory_mib = min((each for each in limits if each is not None), default=None)
    options: dict[str, Any] = {
        "environment": {**environment, **spec.environment},
        "labels": dict(labels),
        "detach": True,
    }
    if spec.entry_point is not None:
        options["entrypoint"] = list(spec.entry_point)
    if spec.command is not None:
        options["command"] = list(spec.command)
    if memory_mib is not None:
        # Without swap beside it, the limit is where the container ends.
        options["mem_limit"] = options["memswap_limit"] = memory_mib * MIB
    if spec.cpu_units:
        options["cpu_period"] = _CPU_PERIOD_MICROSECONDS
        options["cpu_quota"] = (
            spec.cpu_units * _CPU_PERIOD_MICROSECONDS // _CPU_UNITS_PER_VCPU
        )
    named = {
        "user": spec.user,
        "read_only": spec.has_read_only_root,
        "cap_drop": list(spec.dropped_capabilities),
        "working_dir": spec.working_directory,
        "network": network,
    }
    return options | {key: each for key, each in named.items() if each}


def error_text(error: DockerException) -> str:
    """Return an engine's error in one line."""
    if isinstance(error, APIError) and error.explanation:
        return str(error.explanation).splitlines()[0]
    return str(error).splitlines()[0] if str(error) else type(error).__name__
