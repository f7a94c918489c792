"""I10: LOST is never written while ECS still shows a task of that launch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.jobs.job import JobStatus
from headrace_local.simulation.checks.check import Check

if TYPE_CHECKING:
    from headrace_local.simulation.checks.check import Write


class LostMeansUnknown(Check):
    """Asked at every write of LOST."""

    name = "I10"
    promise = "LOST is never written while ECS still shows a task of that launch"

    def on_write(self, write: Write) -> None:
        """See `Check`."""
        job = write.after
        if job.status is not JobStatus.LOST:
            return
        shown = self.world.aws.tasks.engine.tasks
        for task in self.world.tasks_of(job.job_id):
            if task.started_by == job.token and task.arn in shown:
                self.fail(
                    f"LOST, and {task.started_by} is {task.last_status}",
                    about=job.job_id,
                )
