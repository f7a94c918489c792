"""Job stores of every kind, and sightings to note in them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from builders import CLUSTER_ARN, DEPLOYMENT_ID, NOW, TASK_ARN, a_job, a_placement
from definition_builders import a_registered
from headrace.aws.job_table import JobTable
from headrace.aws.system import ThreadWorkers
from headrace.jobs.job import JobStatus
from headrace.ports import Ports, Sighting
from headrace.tasks.report import ContainerReport, TaskReport
from headrace.windows import Windows
from headrace_local.memory import (
    CollectedEvents,
    CollectedLetters,
    CollectedSignals,
    CollectedWaker,
    MemoryDefinitions,
    MemoryJobStore,
    MemoryLaunchBudget,
    MemoryParameters,
    MemorySweeps,
    OpenTasks,
    SeededIds,
    VirtualClock,
)


def a_store(backend):
    """Return an empty job store in a backend."""
    if backend.kind == "memory":
        return MemoryJobStore()
    return JobTable(backend.client, backend.table_name)


def a_sighting(status: JobStatus = JobStatus.RUNNING, **changes: Any) -> Sighting:
    """Return a report of `a_job`'s first launch that may be written unread."""
    fields: dict[str, Any] = {
        "job_id": a_job().job_id,
        "attempt": 1,
        "launch_number": 1,
        "version": 6,
        "status": status,
        "task_arn": TASK_ARN,
        "seen_at": NOW,
        "operation_id": "sighting-1",
        "started_at": NOW,
    }
    if status is JobStatus.SUCCEEDED:
        fields |= {
            "container": "main",
            "finished_at": NOW,
            "stop_code": "EssentialContainerExited",
            "stopped_reason": "Essential container in task exited",
            "expires_at": NOW + timedelta(days=35),
        }
    return Sighting(**(fields | changes))


def ports_over(jobs, **definition: Any) -> Ports:
    """Return a world around a job store: one definition, no ECS."""
    catalogue = MemoryDefinitions()
    catalogue.register(a_registered(**definition))
    return Ports(
        jobs=jobs,
        catalogue=catalogue,
        parameters=MemoryParameters(),
        budget=MemoryLaunchBudget(),
        tasks=None,
        sweeps=MemorySweeps(),
        waker=CollectedWaker(),
        bus=CollectedEvents(),
        workflows=OpenTasks(),
        letters=CollectedLetters(),
        clock=VirtualClock(NOW),
        ids=SeededIds(),
        workers=ThreadWorkers(),
        signals=CollectedSignals(),
        windows=Windows(),
        placement=a_placement(),
        deployment_id=DEPLOYMENT_ID,
        pinned_tenant=None,
        retention_days=35,
    )


def a_report(**changes: Any) -> TaskReport:
    """Return ECS's report of the running task of `a_job`'s first launch."""
    fields: dict[str, Any] = {
        "task_arn": TASK_ARN,
        "cluster_arn": CLUSTER_ARN,
        "last_status": "RUNNING",
        "desired_status": "RUNNING",
        "version": 6,
        "containers": (ContainerReport("main", None, None),),
        "started_by": f"{a_job().job_id}-1-1",
        "started_at": NOW,
    }
    return TaskReport(**(fields | changes))


def a_success_report(**changes: Any) -> TaskReport:
    """Return ECS's report of the same task after its container exited with 0."""
    fields: dict[str, Any] = {
        "last_status": "STOPPED",
        "desired_status": "STOPPED",
        "version": 9,
        "containers": (ContainerReport("main", 0, None),),
        "stop_code": "EssentialContainerExited",
        "stopped_reason": "Essential container in task exited",
        "stopped_at": NOW + timedelta(seconds=40),
    }
    return a_report(**(fields | changes))
