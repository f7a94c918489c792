"""What the engine asks of whatever runs containers, and what it is told in return."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"


class StopSignal(enum.Enum):
    """How hard a container is asked to end."""

    TERM = "SIGTERM"
    KILL = "SIGKILL"


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """A container's health check; times in seconds."""

    argv: tuple[str, ...]
    interval_seconds: float = 30.0
    timeout_seconds: float = 5.0
    retries: int = 3
    start_period_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSpec:
    """One container to run: the task definition with the overrides applied.

    Attributes:
        key: The container's ARN: unique, and the name under which it is reported.
        entry_point: Replaces the image's own; None keeps the image's.
        command: Replaces the image's own; None keeps the image's.
        environment: Everything that the definition, the overrides and the secrets say.
        has_read_only_root: Whether its root file system takes no writes.
        dropped_capabilities: Linux capabilities that it does not get.
        cpu_units: The share of CPU, 1,024 to the vCPU; None where nothing says.
        memory_mib_max: The container's hard limit.
        task_memory_mib_max: The limit on all containers of the task together.
        log_group: Where its output goes in CloudWatch Logs, if anywhere.
    """

    key: str
    task_arn: str
    name: str
    image: str
    entry_point: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    working_directory: str | None = None
    user: str | None = None
    has_read_only_root: bool = False
    dropped_capabilities: tuple[str, ...] = ()
    cpu_units: int | None = None
    memory_mib_max: int | None = None
    task_memory_mib_max: int | None = None
    log_group: str | None = None
    log_stream: str | None = None
    log_options: Mapping[str, str] = field(default_factory=dict)
    health_check: HealthCheck | None = None


class ContainerReports(Protocol):
    """Where a runner tells what became of a container. Safe from any thread."""

    def container_started(
        self, key: str, *, runtime_id: str, image_digest: str | None = None
    ) -> None:
        """Tell that the container's process runs, and what image that is, if known."""
        ...

    def container_failed_to_start(self, key: str, *, reason: str) -> None:
        """Tell that it never ran, as AWS puts it (``CannotPullContainerError: ``)."""
        ...

    def container_exited(
        self, key: str, *, exit_code: int | None, reason: str | None = None
    ) -> None:
        """Tell that it ended. No exit code means that none is known."""
        ...

    def container_health_changed(self, key: str, *, healthy: bool) -> None:
        """Tell what its health check found."""
        ...


class ContainerRunner(Protocol):
    """Runs containers.

    Every method returns at once and never reports from within the call; what happens is
    told to the reports given to `bind`.
    """

    def bind(self, reports: ContainerReports) -> None:
        """Take the place where reports go; called once, before anything else."""
        ...

    def start(self, spec: ContainerSpec) -> None:
        """Begin to run a container."""
        ...

    def stop(self, key: str, signal: StopSignal) -> None:
        """Ask a container to end, or make it; harmless when it has ended."""
        ...

    def close(self) -> None:
        """End every container and let go of everything held."""
        ...
