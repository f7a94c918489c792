"""I3: a terminal status and its outcome never change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from headrace_local.simulation.checks.check import Check

if TYPE_CHECKING:
    from headrace.jobs.job import Job
    from headrace_local.simulation.checks.check import Write


class TerminalIsFinal(Check):
    """Asked at every write of a job."""

    name = "I3"
    promise = "a terminal status and its outcome never change"

    def on_write(self, write: Write) -> None:
        """See `Check`."""
        before, after = write.before, write.after
        if before is None or not before.status.is_terminal:
            return
        if write.item.get("taskTokens") and _untold(before) == _untold(after):
            return  # one more who waits for the end
        self.fail(
            f"{before.status} was written over by {after.status}", about=after.job_id
        )


def _untold(job: Job) -> Job:
    """Return a job without what a token's write changes."""
    return replace(job, task_tokens=(), revision=0, operation_id="")
