"""The job definition: what a job runs and what a request may ask of it.

Values and their JSON form. What a registration checks beyond the shape of single
fields is in `registration.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from headrace import limits
from headrace.definitions.isolation import Isolation
from headrace.definitions.resolved import ResolvedTaskDefinition
from headrace.definitions.retry import RetryStrategy
from headrace.wire import Wire

FARGATE_CAPACITIES = frozenset({"FARGATE", "FARGATE_SPOT"})

Cpu = Annotated[int, Field(ge=limits.CPU_UNITS_MIN, le=limits.CPU_UNITS_MAX)]
Memory = Annotated[int, Field(ge=limits.MEMORY_MIB_MIN, le=limits.MEMORY_MIB_MAX)]
EphemeralStorage = Annotated[
    int,
    Field(ge=limits.EPHEMERAL_STORAGE_GIB_MIN, le=limits.EPHEMERAL_STORAGE_GIB_MAX),
]
Timeout = Annotated[int, Field(ge=1, le=limits.TIMEOUT_SECONDS_MAX)]
Capacity = Annotated[str, Field(pattern=limits.CAPACITY_PATTERN)]
Capacities = Annotated[
    tuple[Capacity, ...],
    Field(strict=False, min_length=1, max_length=limits.CAPACITIES_MAX),
]
ExitCodes = Annotated[
    tuple[Annotated[int, Field(ge=1, le=255)], ...],
    Field(strict=False, max_length=limits.EXIT_CODES_MAX),
]


class OnUnknown(StrEnum):
    """What becomes of a job whose outcome nobody knows."""

    LOST = "lost"
    RETRY = "retry"


class Bounds(Wire):
    """What a request may choose, both ends included."""

    min: int
    max: int

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.max < self.min:
            raise ValueError("max at least min")
        return self

    def __contains__(self, value: int) -> bool:
        """Tell whether a request may choose this value."""
        return self.min <= value <= self.max


class OverridesAllowed(Wire):
    """Which overrides a request may bring, and within what; absent means none.

    Attributes:
        cpu: In cpu units.
        memory: In MiB.
        ephemeral_storage_gib: Fargate only.
        capacity: The capacities that a request may name.
    """

    cpu: Bounds | None = None
    memory: Bounds | None = None
    ephemeral_storage_gib: Annotated[
        Bounds | None, Field(alias="ephemeralStorageGiB")
    ] = None
    capacity: Capacities | None = None


class ExitCodeMeanings(Wire):
    """Exit codes that say more than "failed".

    Attributes:
        reject: The job can never succeed: no retry, whatever the rules say.
        try_later: Nothing to do yet: come back after backoff, without penalty.
    """

    reject: ExitCodes = (3,)
    try_later: ExitCodes = (4,)


class JobDefinition(Wire):
    """One entry of the catalogue, as its owner wrote it.

    Attributes:
        task_definition: Family or ``family:revision``, as written.
        container: The main container, whose exit code is the job's.
        command: Replaces the container's command; an argument that is exactly
            ``Ref::name`` becomes that parameter. None leaves the image's own.
        parameters: JSON Schema (draft 2020-12) of a request's parameters.
        capacity: In the order to fall through when capacity is short.
        cpu: Replaces the task definition's cpu units; None leaves them.
        memory: MiB, rising: the first is used, the next after running out of
            memory. Empty leaves the task definition's.
        timeout_seconds: Of an attempt, when the request names none.
        timeout_seconds_max: The most that a request may ask for; None means no more
            than `timeout_seconds`.
        start_timeout_seconds: From the launch until RUNNING.
        isolation: The class of the job's code; not stored where it is trusted.
    """

    name: Annotated[str, Field(pattern=limits.NAME_PATTERN)]
    task_definition: Annotated[str, Field(pattern=limits.TASK_DEFINITION_PATTERN)]
    container: Annotated[str, Field(pattern=limits.CONTAINER_PATTERN)]
    command: Annotated[
        tuple[str, ...] | None,
        Field(strict=False, min_length=1, max_length=limits.COMMAND_ARGUMENTS_MAX),
    ] = None
    parameters: dict[str, Any] = Field(
        default_factory=lambda: {"type": "object", "additionalProperties": False}
    )
    capacity: Capacities = ("FARGATE",)
    cpu: Cpu | None = None
    memory: Annotated[
        tuple[Memory, ...], Field(strict=False, max_length=limits.MEMORY_RUNGS_MAX)
    ] = ()
    ephemeral_storage_gib: Annotated[
        EphemeralStorage | None, Field(alias="ephemeralStorageGiB")
    ] = None
    overrides_allowed: OverridesAllowed = OverridesAllowed()
    timeout_seconds: Timeout
    timeout_seconds_max: Timeout | None = None
    start_timeout_seconds: Annotated[
        int, Field(ge=1, le=limits.START_TIMEOUT_SECONDS_MAX)
    ] = 900
    retry_strategy: RetryStrategy = RetryStrategy()
    exit_codes: ExitCodeMeanings = ExitCodeMeanings()
    on_unknown: Annotated[OnUnknown, Field(strict=False)] = OnUnknown.LOST
    isolation: Annotated[
        Isolation,
        # What older releases stored and read has no such field.
        Field(strict=False, exclude_if=lambda given: given is Isolation.TRUSTED),
    ] = Isolation.TRUSTED
    owner: Annotated[str, Field(min_length=1, max_length=limits.OWNER_CHARACTERS_MAX)]
    description: Annotated[
        str | None, Field(max_length=limits.DESCRIPTION_CHARACTERS_MAX)
    ] = None

    @property
    def timeout_seconds_limit(self) -> int:
        """The most that a request may ask for."""
        return self.timeout_seconds_max or self.timeout_seconds

    @property
    def is_fargate_only(self) -> bool:
        """Whether every capacity is Fargate's."""
        return FARGATE_CAPACITIES.issuperset(self.capacity)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredDefinition:
    """An immutable, numbered version of a definition, with what ECS held then."""

    definition: JobDefinition
    version: int
    resolved: ResolvedTaskDefinition
    registered_at: datetime

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object to store."""
        return {
            "definition": self.definition.to_wire(),
            "version": self.version,
            "resolved": self.resolved.to_wire(),
            "registeredAt": self.registered_at.isoformat(),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `to_json` returned; it was checked when it was registered."""
        return cls(
            definition=JobDefinition.from_wire(stored["definition"]),
            version=int(stored["version"]),
            resolved=ResolvedTaskDefinition.from_wire(stored["resolved"]),
            registered_at=datetime.fromisoformat(stored["registeredAt"]),
        )
