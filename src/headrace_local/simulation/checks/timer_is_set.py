"""I6: a job that may still change is in the due index, and looked at in time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from headrace_local.simulation.checks.check import Check

if TYPE_CHECKING:
    from headrace_local.simulation.checks.check import Write

VISIT_SECONDS_MAX = 2_200
"""The longest of all waits is that for proof; and clocks differ by a minute."""


class TimerIsSet(Check):
    """Asked at every write of a job."""

    name = "I6"
    promise = "every job that is not terminal has a timer, and it goes off in time"

    def on_write(self, write: Write) -> None:
        """See `Check`."""
        job, item = write.after, write.item
        is_indexed = "duePk" in item and "nextAt" in item
        if is_indexed is job.status.is_terminal:
            self.fail(
                f"{job.status} and {'' if is_indexed else 'not '}in the due index",
                about=job.job_id,
            )
        if job.next_at is None or job.next_at == job.not_before_at:
            return
        latest_at = self.world.loop.at(VISIT_SECONDS_MAX)
        if job.next_at > latest_at + timedelta(seconds=60):
            self.fail(f"{job.status} is due only at {job.next_at}", about=job.job_id)
