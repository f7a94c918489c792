"""From a container definition to what the runner is asked to run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace_local.ecs.launches import FARGATE
from headrace_local.ecs.runners.port import ContainerSpec, HealthCheck

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace_local.ecs.settings import EngineSettings
    from headrace_local.ecs.tasks import ContainerRecord, TaskRecord


def secret_references(task: TaskRecord) -> dict[tuple[str, str], str]:
    """Return what each secret is read from, by container and variable name."""
    return {
        (container.name, secret["name"]): secret["valueFrom"]
        for container in task.containers
        for secret in container.definition.get("secrets") or ()
    }


def container_spec(
    task: TaskRecord,
    container: ContainerRecord,
    secrets: Mapping[tuple[str, str], str],
    settings: EngineSettings,
) -> ContainerSpec:
    """Return what to run for one container of a task."""
    definition = container.definition
    group, stream, options = _log(task, container)
    linux = definition.get("linuxParameters") or {}
    is_fargate = task.launch_type == FARGATE
    has_task_limit = is_fargate or task.definition.get("memory") is not None
    return ContainerSpec(
        key=container.arn,
        task_arn=task.arn,
        name=container.name,
        image=definition.get("image", ""),
        entry_point=_words(definition.get("entryPoint")),
        command=_words(definition.get("command")),
        environment=_environment(task, container, secrets, settings),
        working_directory=definition.get("workingDirectory"),
        user=definition.get("user"),
        has_read_only_root=bool(definition.get("readonlyRootFilesystem")),
        dropped_capabilities=tuple((linux.get("capabilities") or {}).get("drop") or ()),
        cpu_units=definition.get("cpu") or task.cpu,
        memory_mib_max=definition.get("memory"),
        task_memory_mib_max=task.memory if has_task_limit else None,
        log_group=group,
        log_stream=stream,
        log_options=options,
        health_check=_health_check(definition.get("healthCheck"), settings),
    )


def _environment(
    task: TaskRecord,
    container: ContainerRecord,
    secrets: Mapping[tuple[str, str], str],
    settings: EngineSettings,
) -> dict[str, str]:
    """Return the role's variables, beneath the definition's, beneath the secrets."""
    written = container.definition.get("environment") or ()
    return {
        **(settings.role_environment if task.has_role else {}),
        **{each["name"]: each.get("value", "") for each in written},
        **{
            variable: value
            for (name, variable), value in secrets.items()
            if name == container.name
        },
    }


def _words(argv: Any) -> tuple[str, ...] | None:  # noqa: ANN401 - wire data
    return tuple(argv) if argv else None


def _log(
    task: TaskRecord, container: ContainerRecord
) -> tuple[str | None, str | None, Mapping[str, str]]:
    """Return log group, stream (prefix/container/task id) and the awslogs options."""
    log = container.definition.get("logConfiguration") or {}
    options = log.get("options") or {}
    group = options.get("awslogs-group")
    if log.get("logDriver") != "awslogs" or group is None:
        return None, None, {}
    task_id = task.arn.rsplit("/", 1)[-1]
    prefix = options.get("awslogs-stream-prefix")
    stream = f"{prefix}/{container.name}/{task_id}" if prefix else task_id
    return group, stream, options


def _health_check(
    check: Mapping[str, Any] | None, settings: EngineSettings
) -> HealthCheck | None:
    """Return the check; its interval and start period are scaled like all time."""
    if not check or check.get("command", ["NONE"])[0] == "NONE":
        return None
    kind, *rest = check["command"]
    argv = ("/bin/sh", "-c", *rest) if kind == "CMD-SHELL" else tuple(rest)
    return HealthCheck(
        argv=argv,
        interval_seconds=settings.scaled(check.get("interval") or 30),
        timeout_seconds=float(check.get("timeout") or 5),
        retries=check.get("retries") or 3,
        start_period_seconds=settings.scaled(check.get("startPeriod") or 0),
    )
