"""I5: attempts and launches stay within their budgets, and their numbers rise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace_local.simulation import deployment
from headrace_local.simulation.checks.check import Check

if TYPE_CHECKING:
    from headrace_local.simulation.checks.check import Write


class NumbersRise(Check):
    """Asked at every write of a job."""

    name = "I5"
    promise = "attempts and launches stay within their budgets, and their numbers rise"

    def on_write(self, write: Write) -> None:
        """See `Check`."""
        before, after = write.before, write.after
        retries = deployment.DOCUMENTS[after.job_name]["retryStrategy"]
        if after.attempt > retries["attempts"]:
            self.fail(f"attempt {after.attempt} is one too many", about=after.job_id)
        if after.infrastructure_used > retries["infrastructureRetries"]:
            self.fail(
                f"{after.infrastructure_used} launches of the infrastructure budget",
                about=after.job_id,
            )
        if before is None:
            return
        old = (before.attempt, before.launch_number)
        new = (after.attempt, after.launch_number)
        is_next = after.launch_number <= before.launch_number + 1
        is_same_attempt = after.attempt == before.attempt
        if new < old or (is_same_attempt and not is_next):
            self.fail(f"launch {old} became {new}", about=after.job_id)
