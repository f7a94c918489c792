"""What an explanation is made from, and what the record alone tells. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from headrace.jobs.guards import Facts
from headrace.windows import Windows

if TYPE_CHECKING:
    from datetime import datetime

    from headrace.definitions.admission import Admitted
    from headrace.definitions.definition import RegisteredDefinition
    from headrace.jobs.job import Job, Launch, LaunchEntry

LATE_SECONDS = 150
"""Reconcile runs every minute: a timer that is over for longer has been left alone."""

POSITIONS_MAX = 1_000
"""How far down its tenant's backlog a job is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BacklogView:
    """What is known of a waiting job's place in the backlog.

    Attributes:
        position: Its place among its tenant's jobs, 1 is the next; None where the
            index does not show it, or not among the first ones.
        counted: How many of the tenant's jobs were looked at.
        other_tenants: Other tenants that have, or lately had, jobs in the backlog.
        held_until_at: Until when only reconcile launches; None or past: dispatch does.
    """

    position: int | None
    counted: int
    other_tenants: int
    held_until_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that a job's explanation is made from.

    Attributes:
        job: The record.
        now: The explainer's clock.
        registered: Its definition's version; None where that cannot be read.
        terms: What request and definition allow together; None likewise.
        backlog: None where the job is not in the backlog, or it was not looked at.
        launches_per_second: The deployment's; 0 is no limit, None is not known.
    """

    job: Job
    now: datetime
    registered: RegisteredDefinition | None = None
    terms: Admitted | None = None
    backlog: BacklogView | None = None
    launches_per_second: float | None = None

    @property
    def last(self) -> LaunchEntry | None:
        """The last launch that has ended and been followed by another or a wait."""
        return self.job.history[-1] if self.job.history else None

    @property
    def is_late(self) -> bool:
        """Whether reconcile should have looked at the job long ago."""
        at = self.job.next_at
        return at is not None and self.now - at > timedelta(seconds=LATE_SECONDS)

    def facts(self) -> Facts:
        """Return what a mover would know now, to ask the moves' own guards."""
        job = self.job
        windows = windows_of(job.launch) if job.launch else Windows()
        return Facts(
            now=self.now,
            operation_id="",
            windows=windows,
            by="",
            attempt=job.attempt,
            launch_number=job.launch_number,
        )


def windows_of(launch: Launch) -> Windows:
    """Return the windows that a launch was sent under.

    They differ by one factor only, and the lease that every send takes shows it.
    """
    standard = Windows()
    if launch.lease_until_at is None:
        return standard
    lease = (launch.lease_until_at - launch.last_sent_at).total_seconds()
    factor = standard.lease_seconds / lease if lease > 0 else 1
    return standard if factor == 1 else standard.divided(factor)
