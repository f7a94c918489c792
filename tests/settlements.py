"""The means to settle a job, for tests: a clock that stands, jitter of one half."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from builders import NOW
from headrace.definitions.admission import Admitted
from headrace.definitions.retry import RetryStrategy
from headrace.jobs.guards import Facts
from headrace.jobs.settlement import Settler
from headrace.windows import Windows

AT = NOW + timedelta(minutes=10)


def facts(**changes: Any) -> Facts:
    """Return what a mover knows that applies version 9 of a stopped task's report."""
    fields: dict[str, Any] = {
        "now": AT,
        "operation_id": "operation-2",
        "windows": Windows(),
        "by": "record",
        "owner": "dispatch-1",
        "attempt": None,
        "launch_number": None,
        "version": 9,
        "is_stopped": True,
        "is_certain": True,
    }
    return Facts(**(fields | changes))


def a_settler(**changes: Any) -> Settler:
    """Return a settler whose jobs have these terms."""
    terms: dict[str, Any] = {
        "timeout_seconds": 3600,
        "start_timeout_seconds": 900,
        "start_deadline_at": None,
        "scheduled_at": None,
        "cpu": None,
        "memory": (),
        "ephemeral_storage_gib": None,
        "capacity": ("FARGATE",),
        "retry": RetryStrategy(),
    }
    return Settler(terms=Admitted(**(terms | changes)), retention_days=35, fraction=0.5)
