"""What a job's tasks may cost: every budget used, every launch at its limits. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from headrace.definitions.definition import FARGATE_CAPACITIES
from headrace_client.planning import prices

if TYPE_CHECKING:
    from headrace.definitions.admission import Admitted
    from headrace.definitions.resolved import ResolvedTaskDefinition

HOUR_SECONDS = 3600
CPU_UNITS = 1024
MIB_PER_GB = 1024
SPOT = "FARGATE_SPOT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """A task's size: in cpu units, MiB, and GiB of storage."""

    cpu: int
    memory: int
    storage_gib: int

    def usd(self, seconds: int) -> float:
        """Return what a task of this size costs on Fargate in so much time."""
        charged_seconds = max(seconds, prices.SECONDS_MIN)
        per_hour = (
            self.cpu / CPU_UNITS * prices.VCPU_HOUR
            + self.memory / MIB_PER_GB * prices.GB_HOUR
            + max(0, self.storage_gib - prices.STORAGE_GB_FREE) * prices.STORAGE_GB_HOUR
        )
        return charged_seconds / HOUR_SECONDS * per_hour


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a job may cost in tasks.

    Attributes:
        first: The size of the first attempt; None where it is not known.
        largest: The size at the top of the memory ladder; None likewise.
        launches_max: Attempts and infrastructure retries together.
        start_seconds_max: Of each launch, until RUNNING.
        run_seconds_max: Of each launch, from RUNNING.
        attempt_usd: One launch that starts at once and runs to its limit; None where
            it cannot be told.
        worst_usd: All launches, each to both of its limits, at the largest size.
        caveats: What the figures leave out, a sentence each.
    """

    first: Size | None
    largest: Size | None
    launches_max: int
    start_seconds_max: int
    run_seconds_max: int
    attempt_usd: float | None
    worst_usd: float | None
    caveats: tuple[str, ...]


def cost_of(terms: Admitted, resolved: ResolvedTaskDefinition) -> Cost:
    """Return what a job with these terms may cost."""
    launches_max = terms.retry.attempts + terms.retry.infrastructure_retries
    seconds = terms.start_timeout_seconds + terms.timeout_seconds
    ladder = terms.memory or ((resolved.memory,) if resolved.memory else ())
    cpu = terms.cpu or resolved.cpu
    first = largest = None
    if cpu is not None and ladder:
        storage_gib = terms.ephemeral_storage_gib or prices.STORAGE_GB_FREE
        first = Size(cpu=cpu, memory=ladder[0], storage_gib=storage_gib)
        largest = Size(cpu=cpu, memory=ladder[-1], storage_gib=storage_gib)
    is_priced = not FARGATE_CAPACITIES.isdisjoint(terms.capacity)
    attempt_usd = worst_usd = None
    if first is not None and largest is not None and is_priced:
        attempt_usd = first.usd(terms.timeout_seconds)
        worst_usd = launches_max * largest.usd(seconds)
    return Cost(
        first=first,
        largest=largest,
        launches_max=launches_max,
        start_seconds_max=terms.start_timeout_seconds,
        run_seconds_max=terms.timeout_seconds,
        attempt_usd=attempt_usd,
        worst_usd=worst_usd,
        caveats=tuple(_caveats(terms.capacity, is_sized=first is not None)),
    )


def _caveats(capacity: tuple[str, ...], *, is_sized: bool) -> list[str]:
    instances = [name for name in capacity if name not in FARGATE_CAPACITIES]
    said = []
    if instances:
        said.append(
            f"{', '.join(instances)}: not known; instances are paid for by the hour,"
            " whatever runs on them."
        )
    if len(instances) == len(capacity):
        return said
    if not is_sized:
        said.append("The size of the task is not known.")
        return said
    said.append(
        f"List prices of {prices.REGION}, Linux on x86, {prices.AS_OF}"
        f" ({prices.SOURCE}); ARM costs less, other regions more."
    )
    if SPOT in capacity:
        said.append(f"{SPOT} at the full price: its own changes, and is lower.")
    said.append("Storage, network, logs and what the job itself calls are not in it.")
    return said
