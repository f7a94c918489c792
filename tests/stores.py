"""Job stores of every kind, and sightings to note in them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from builders import NOW, TASK_ARN, a_job
from headrace.aws.job_table import JobTable
from headrace.job import JobStatus
from headrace.ports import Sighting
from headrace_local.memory import MemoryJobStore


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
