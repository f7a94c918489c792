"""Which reports may be written without reading the record first, and as what."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from headrace.identity import StartedBy
from headrace.jobs.job import JobStatus
from headrace.ports import Ports, Sighting
from headrace.tasks.diagnosis import shortened
from headrace.tasks.outcome import is_lone_success
from headrace.tasks.report import TaskReport


def sighting_of(
    report: TaskReport, started: StartedBy, ports: Ports
) -> Sighting | None:
    """Return the report as one write without a read; None where it needs one."""
    now = ports.clock.now()
    common = Sighting(
        job_id=started.job_id,
        attempt=started.attempt,
        launch_number=started.launch,
        version=report.version,
        status=JobStatus.RUNNING,
        task_arn=report.task_arn,
        seen_at=now,
        operation_id=ports.ids.operation_id(),
        by=ports.stage,
        started_at=report.started_at,
        image_digest=report.image_digest(),
    )
    if report.is_running:
        return common
    if not is_lone_success(report):
        return None
    return replace(
        common,
        status=JobStatus.SUCCEEDED,
        container=report.containers[0].name,
        finished_at=report.stopped_at or now,
        stop_code=report.stop_code,
        stopped_reason=shortened(report.stopped_reason or "") or None,
        expires_at=now + timedelta(days=ports.retention_days),
    )
