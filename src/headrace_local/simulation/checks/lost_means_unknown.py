"""I10: LOST is never written while a task of that launch lives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.jobs.job import JobStatus
from headrace_local.simulation.checks.check import Check

if TYPE_CHECKING:
    from headrace_local.simulation.checks.check import Write


class LostMeansUnknown(Check):
    """Asked at every write of LOST."""

    name = "I10"
    promise = "LOST is never written while a task of that launch lives"

    def on_write(self, write: Write) -> None:
        """See `Check`."""
        job = write.after
        if job.status is not JobStatus.LOST:
            return
        for task in self.world.tasks_of(job.job_id):
            if task.started_by == job.token and not task.is_stopped:
                self.fail(f"LOST while {task.started_by} runs", about=job.job_id)
