"""P5: when faults stop, every job becomes terminal in bounded time."""

from __future__ import annotations

from headrace_local.simulation import deployment
from headrace_local.simulation.checks.check import Check

MARGIN_SECONDS = 75 * 60
"""What the protocol's own windows may take."""


class Liveness(Check):
    """Asked while the world calms down; see `World.settle`."""

    name = "P5"
    promise = "when faults stop, every job becomes terminal in bounded time"

    def at_end(self) -> None:
        """See `Check`."""
        world = self.world
        for job in world.jobs.values():
            retries = deployment.DOCUMENTS[job.job_name]["retryStrategy"]
            tries = retries["attempts"] + retries["infrastructureRetries"]
            timeout_seconds = job.timeout_seconds
            allowed = MARGIN_SECONDS + tries * (timeout_seconds + 900)
            if job.not_before_at is not None:
                allowed += 900
            ended = (job.status_at - world.calm_since_at).total_seconds()
            if ended > allowed:
                self.fail(
                    f"{job.status} only {ended / 60:.0f} minutes after the last fault",
                    about=job.job_id,
                )
