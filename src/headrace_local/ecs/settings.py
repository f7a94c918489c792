"""The engine's figures: how long ECS remembers, how fast a task moves, what fits."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

HOUR_SECONDS = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lives:
    """How long things last, in seconds, before any scaling.

    Attributes:
        token_seconds_max: A client token lives at most this long, from its first use
            (Amazon ECS API Reference, "Ensuring idempotency").
        token_after_stop_seconds: ... or this long after its last task stopped, or after
            the refusal when there is no task, whichever ends first.
        stopped_task_seconds: DescribeTasks and ListTasks still show a stopped task for
            this long (API_DescribeTasks: at least one hour).
        stop_timeout_seconds: From SIGTERM to SIGKILL where the container definition
            has no ``stopTimeout`` (API_StopTask).
        start_timeout_seconds: How long a container waits for those it depends on
            (API_ContainerDefinition: 3 minutes on Fargate).
        spot_warning_seconds: From the Spot warning to SIGKILL ("Fargate capacity
            providers": two minutes).
    """

    token_seconds_max: float = 24 * HOUR_SECONDS
    token_after_stop_seconds: float = HOUR_SECONDS
    stopped_task_seconds: float = HOUR_SECONDS
    stop_timeout_seconds: float = 30.0
    start_timeout_seconds: float = 180.0
    spot_warning_seconds: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long a task stays in each state that it passes through, in seconds."""

    provisioning_seconds: float = 0.0
    pending_seconds: float = 0.0
    activating_seconds: float = 0.0
    deactivating_seconds: float = 0.0
    deprovisioning_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What all live tasks together may reserve; None means no bound."""

    cpu_units_max: int | None = None
    memory_mib_max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """What one engine is told at its start.

    Attributes:
        time_scale: Divides every life, fault window and default stop timeout. A
            ``stopTimeout`` written in a container definition is divided too.
        caches_refusals: Whether a token answers its refusal again. AWS's documentation
            shows it, without saying for how long; False is the other reading.
        started_by_allows_desired_status: Whether ListTasks takes ``desiredStatus``
            beside ``startedBy``. The documentation says "the only filter".
        enforces_api_rates: Whether calls are throttled at AWS's documented rates.
        region: Where tasks live when the cluster's ARN does not say.
        account_id: Whose they are, likewise.
        role_environment: Given to the containers of a task that has a task role,
            beneath their own environment, in place of the role's credentials.
    """

    time_scale: float = 1.0
    lives: Lives = field(default_factory=Lives)
    pace: Pace = field(default_factory=Pace)
    capacity: Capacity = field(default_factory=Capacity)
    caches_refusals: bool = True
    started_by_allows_desired_status: bool = False
    enforces_api_rates: bool = False
    region: str = "us-east-1"
    account_id: str = "123456789012"
    role_environment: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.time_scale <= 0:
            raise ValueError(f"time_scale must be above 0, not {self.time_scale}")

    def scaled(self, seconds: float) -> float:
        """Return a documented length of time as this engine counts it."""
        return seconds / self.time_scale

    def with_capacity(self, capacity: Capacity) -> EngineSettings:
        """Return the same settings with another capacity."""
        return replace(self, capacity=capacity)
