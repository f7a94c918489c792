"""Task reports: what ECS told us about a task, pushed by an event or pulled.

Parses once, ignores what it does not know, and keeps absence apart from zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ContainerReport:
    """One container of a task; `exit_code` None where ECS gave no integer."""

    name: str
    exit_code: int | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReport:
    """What ECS said about a task at one `version`."""

    task_arn: str
    cluster_arn: str
    last_status: str
    desired_status: str
    version: int
    containers: tuple[ContainerReport, ...]
    started_by: str | None = None
    group: str | None = None
    stop_code: str | None = None
    stopped_reason: str | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    capacity_provider: str | None = None

    @property
    def is_stopped(self) -> bool:
        """The task has ended; a desired status of STOPPED is not enough."""
        return self.last_status == "STOPPED"

    @property
    def is_running(self) -> bool:
        """The task runs and is meant to."""
        return self.last_status == "RUNNING" and self.desired_status == "RUNNING"

    @property
    def is_stop_warning(self) -> bool:
        """The task still runs and is about to be stopped."""
        return self.last_status == "RUNNING" and self.desired_status == "STOPPED"
