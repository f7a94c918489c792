"""I1: at most one task of a job is alive at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace_local.simulation import deployment
from headrace_local.simulation.checks.check import Check

if TYPE_CHECKING:
    from headrace_local.ecs.tasks import TaskRecord


class OneLiveTask(Check):
    """Asked whenever a task changes."""

    name = "I1"
    promise = "at most one task of a job is alive at a time"

    def on_task(self, task: TaskRecord) -> None:
        """See `Check`."""
        if task.is_stopped:
            return
        job_id = (task.started_by or "").partition("-")[0]
        name = deployment.name_of(task.family)
        if name in deployment.DARING:
            return
        live = [
            each.started_by
            for each in self.world.tasks_of(job_id)
            if not each.is_stopped
        ]
        if len(live) > 1:
            self.fail(
                f"{len(live)} tasks live: {', '.join(map(str, live))}", about=job_id
            )
