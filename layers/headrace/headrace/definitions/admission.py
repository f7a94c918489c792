"""Admission: may this request run as this catalogue entry, and with what.

Decides and returns a value; storing and launching are the stages' business.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from headrace.definitions.definition import (
    FARGATE_CAPACITIES,
    Bounds,
    JobDefinition,
    RegisteredDefinition,
)
from headrace.definitions.fargate_sizes import MEMORY_BY_CPU, check_pair
from headrace.definitions.retry import RetryStrategy, WiderThanAllowed
from headrace.errors import InvalidRequest
from headrace.parameters.admission import check_parameters
from headrace.requests.rejection import Reason, shown
from headrace.requests.request import SubmitRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """What an accepted job runs with, request and entry taken together.

    Attributes:
        timeout_seconds: Of an attempt, from RUNNING.
        start_timeout_seconds: From a launch until RUNNING.
        start_deadline_at: The job must be RUNNING by then; None means no deadline.
        scheduled_at: Not before; None means at once.
        cpu: Cpu units to ask for; None leaves the task definition's.
        memory: The ladder in MiB, first rung first; empty leaves the task
            definition's.
        ephemeral_storage_gib: None leaves the task definition's.
        capacity: In the order to fall through; never empty.
        retry: The entry's strategy, narrowed by the request.
    """

    timeout_seconds: int
    start_timeout_seconds: int
    start_deadline_at: datetime | None
    scheduled_at: datetime | None
    cpu: int | None
    memory: tuple[int, ...]
    ephemeral_storage_gib: int | None
    capacity: tuple[str, ...]
    retry: RetryStrategy


def admit(
    request: SubmitRequest, registered: RegisteredDefinition, *, now: datetime
) -> Admitted:
    """Check a request against the entry that it names.

    Raises:
        InvalidRequest: INVALID_PARAMETERS, URL_NOT_ALLOWED, LIMIT_EXCEEDED, or
            what `terms_of` raises.
    """
    check_parameters(request, registered.definition)
    return terms_of(request, registered, now=now)


def terms_of(
    request: SubmitRequest, registered: RegisteredDefinition, *, now: datetime
) -> Admitted:
    """Return what a request runs with, its parameters taken as they are.

    The same request, entry and time give the same value again, so that it need not
    be stored: a record that keeps body and acceptance time can make it anew. It does
    so without looking at the parameters, which a later release may judge otherwise.

    Raises:
        InvalidRequest: OVERRIDE_NOT_ALLOWED, LIMIT_EXCEEDED, INVALID_FIELD (a pair
            that Fargate does not have) or DEADLINE_PASSED.
    """
    definition = registered.definition
    deadline_at = _deadline_at(request, now)
    capacity = _capacity(request, definition)
    cpu, memory = _size(request, registered, capacity)
    return Admitted(
        timeout_seconds=_timeout_seconds(request, definition),
        start_timeout_seconds=definition.start_timeout_seconds,
        start_deadline_at=deadline_at,
        scheduled_at=request.scheduled_at,
        cpu=cpu,
        memory=memory,
        ephemeral_storage_gib=_chosen(
            request,
            "ephemeralStorageGiB",
            request.overrides.ephemeral_storage_gib,
            definition.overrides_allowed.ephemeral_storage_gib,
        )
        or definition.ephemeral_storage_gib,
        capacity=capacity,
        retry=_retry(request, definition),
    )


def _deadline_at(request: SubmitRequest, now: datetime) -> datetime | None:
    if request.start_deadline_seconds is None:
        return None
    start_at = request.scheduled_at or now
    deadline_at = start_at + timedelta(seconds=request.start_deadline_seconds)
    if deadline_at <= now:
        raise request.origin.refused(
            Reason.DEADLINE_PASSED,
            field="startDeadlineSeconds",
            limit=f"such that the deadline lies after {now.isoformat()}",
            value=shown(request.start_deadline_seconds),
            message=(
                f"startDeadlineSeconds: the deadline {deadline_at.isoformat()} has"
                " passed; nothing was started"
            ),
        )
    return deadline_at


def _timeout_seconds(request: SubmitRequest, definition: JobDefinition) -> int:
    asked = request.timeout_seconds
    if asked is None:
        return definition.timeout_seconds
    limit = definition.timeout_seconds_limit
    if asked > limit:
        raise _exceeded(request, "timeoutSeconds", f"at most {limit}", asked)
    return asked


def _exceeded(
    request: SubmitRequest, field: str, limit: str, value: object
) -> InvalidRequest:
    return request.origin.refused(
        Reason.LIMIT_EXCEEDED, field=field, limit=limit, value=shown(value)
    )


def _not_allowed(request: SubmitRequest, name: str, value: object) -> InvalidRequest:
    return request.origin.refused(
        Reason.OVERRIDE_NOT_ALLOWED,
        field=f"overrides.{name}",
        limit=f"left out: {request.job_name} does not allow this override",
        value=shown(value),
    )


def _chosen(
    request: SubmitRequest, name: str, asked: int | None, allowed: Bounds | None
) -> int | None:
    """Return the override, which must lie within what the entry allows; or None."""
    if asked is None:
        return None
    if allowed is None:
        raise _not_allowed(request, name, asked)
    if asked not in allowed:
        limit = f"{allowed.min} to {allowed.max}"
        raise _exceeded(request, f"overrides.{name}", limit, asked)
    return asked


def _capacity(request: SubmitRequest, definition: JobDefinition) -> tuple[str, ...]:
    asked = request.overrides.capacity
    if asked is None:
        return definition.capacity
    allowed = definition.overrides_allowed.capacity
    if allowed is None:
        raise _not_allowed(request, "capacity", asked)
    for index, name in enumerate(asked):
        if name not in allowed:
            limit = f"one of {', '.join(allowed)}"
            raise _exceeded(request, f"overrides.capacity[{index}]", limit, name)
    return tuple(dict.fromkeys(asked))


def _size(
    request: SubmitRequest,
    registered: RegisteredDefinition,
    capacity: tuple[str, ...],
) -> tuple[int | None, tuple[int, ...]]:
    """Return the cpu to ask for and the memory ladder from the rung asked for.

    On Fargate the ladder ends below the first rung that the cpu does not go with.
    """
    definition, overrides = registered.definition, request.overrides
    allowed = definition.overrides_allowed
    cpu = _chosen(request, "cpu", overrides.cpu, allowed.cpu)
    memory = _chosen(request, "memory", overrides.memory, allowed.memory)
    ladder = definition.memory
    if memory is not None:
        ladder = (memory, *(rung for rung in ladder if rung > memory))
    if not FARGATE_CAPACITIES.isdisjoint(capacity):
        ladder = _fargate_ladder(request, registered, cpu, ladder)
    return cpu or definition.cpu, ladder


def _fargate_ladder(
    request: SubmitRequest,
    registered: RegisteredDefinition,
    asked_cpu: int | None,
    ladder: tuple[int, ...],
) -> tuple[int, ...]:
    cpu = asked_cpu or registered.definition.cpu or registered.resolved.cpu
    first = ladder[0] if ladder else registered.resolved.memory
    if cpu is None or first is None:  # registered for EC2 only; ECS itself will say so
        return ladder
    legal = check_pair(cpu, first)
    if legal is not None:
        asked = request.overrides
        name = "capacity"  # the entry is for EC2, and its sizes are not Fargate's
        if asked.memory is not None and cpu in MEMORY_BY_CPU:
            name = "memory"
        elif asked.cpu is not None:
            name = "cpu"
        raise request.origin.refused(
            Reason.INVALID_FIELD,
            field=f"overrides.{name}",
            limit=legal,
            value=f"cpu {cpu}, memory {first}",
        )
    return tuple(takewhile(lambda rung: check_pair(cpu, rung) is None, ladder))


def _retry(request: SubmitRequest, definition: JobDefinition) -> RetryStrategy:
    try:
        return definition.retry_strategy.narrowed_by(request.retry_strategy)
    except WiderThanAllowed as error:
        raise _exceeded(
            request, f"retryStrategy.{error.field}", error.limit, error.value
        ) from None
