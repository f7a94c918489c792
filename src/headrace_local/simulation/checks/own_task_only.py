"""I15: a record names only tasks of its own launch, and no other is stopped unasked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace_local.simulation.checks.check import Check

if TYPE_CHECKING:
    from headrace_local.simulation.checks.check import Sent, Write


class OwnTaskOnly(Check):
    """Asked at every write of a job, and at every StopTask."""

    name = "I15"
    promise = "a record names only its launch's task, which is stopped only for a cause"

    def on_write(self, write: Write) -> None:
        """See `Check`."""
        job = write.after
        if job.launch is None or job.launch.task_arn is None:
            return
        task = self.world.aws.tasks.records.get(job.launch.task_arn)
        if task is None or task.started_by != job.token:
            of_task = task.started_by if task else "no task at all"
            self.fail(f"{job.token} has the task of {of_task}", about=job.job_id)

    def on_sent(self, sent: Sent) -> None:
        """See `Check`."""
        if sent.operation != "stop_task":
            return
        task = self.world.aws.tasks.records.get(sent.request["task"])
        job_id = (task.started_by or "").partition("-")[0] if task else ""
        job = self.world.jobs.get(job_id)
        if task is None or job is None or job.launch is None:
            return
        is_current = job.token == task.started_by and not job.status.is_terminal
        if is_current and job.launch.stop_cause is None:
            self.fail(f"{task.started_by} is stopped for no cause", about=job_id)
