"""I4: SUCCEEDED is what an ECS record says, no more and no less."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.jobs.job import JobStatus
from headrace_local.simulation import deployment
from headrace_local.simulation.checks.check import Check

if TYPE_CHECKING:
    from headrace_local.ecs.tasks import TaskRecord
    from headrace_local.simulation.checks.check import Write

EXITED = "EssentialContainerExited"
STOPPED_WITH_THE_MAIN = frozenset({0, 137, 143})


class SuccessIsSeen(Check):
    """Asked at every write of a job, and at the end the other way round."""

    name = "I4"
    promise = "SUCCEEDED exactly when the task of the launch ended well by itself"

    def on_write(self, write: Write) -> None:
        """See `Check`."""
        job = write.after
        if job.status is not JobStatus.SUCCEEDED:
            return
        tasks = self.world.tasks_of(job.job_id)
        if not any(each.started_by == job.token and ended_well(each) for each in tasks):
            self.fail(
                f"SUCCEEDED without a task of {job.token} that did", about=job.job_id
            )

    def at_end(self) -> None:
        """See `Check`."""
        for job in self.world.jobs.values():
            if job.job_name in deployment.DARING:
                continue  # it may have given up the launch that ended well
            tasks = self.world.tasks_of(job.job_id)
            told = job.status in {JobStatus.SUCCEEDED, JobStatus.LOST}
            for task in tasks:
                if not ended_well(task):
                    continue
                if not told:
                    self.fail(
                        f"{job.status}, though {task.started_by} ended well",
                        about=job.job_id,
                    )
                if task is not tasks[-1]:
                    self.fail(
                        f"it ran again, though {task.started_by} ended well",
                        about=job.job_id,
                    )


def ended_well(task: TaskRecord) -> bool:
    """Whether a task's record is one of success."""
    if not task.is_stopped or task.stop_code != EXITED or not task.containers:
        return False
    return all(
        each.exit_code == 0
        if each.name == "main"
        else each.exit_code in STOPPED_WITH_THE_MAIN
        for each in task.containers
        if each.is_essential
    )
