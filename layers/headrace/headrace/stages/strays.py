"""Stops tasks that run for launches which are over."""

from __future__ import annotations

from collections.abc import Sequence

from headrace.errors import TryLater
from headrace.identity import parse_started_by
from headrace.jobs.job import Job
from headrace.ports import Described, Ports
from headrace.stages.reporting import is_current
from headrace.tasks.report import TaskReport

STRAY_REASON = "headrace: the job has another launch, or has ended"


def described_by(task_arns: Sequence[str], ports: Ports) -> Described | None:
    """Describe tasks; None where ECS did not answer, so that all stay due."""
    if not task_arns:
        return Described((), frozenset())
    try:
        return ports.tasks.describe(task_arns)
    except TryLater as error:
        ports.signals.emit("reconcile.describe_deferred", detail=str(error))
        return None


def noted_strays(jobs: Sequence[Job]) -> list[str]:
    """Return the strays that were seen running: the call that told of them is lost."""
    notes = (note.split() for job in jobs for note in job.strays)
    return [arn for _, arn, status in notes if status == "RUNNING"]


def stop_strays(task_arns: Sequence[str], ports: Ports) -> list[str]:
    """Stop tasks of launches that are over, if they still run and still are strays.

    Returns:
        Those of which that is not known, or that could not be stopped.
    """
    described = described_by(task_arns, ports)
    if described is None:
        return list(task_arns)
    left = sorted(described.untold)
    for report in described.reports:
        try:
            _stop_stray(report, ports)
        except TryLater as error:
            ports.signals.emit("reconcile.stop_deferred", detail=str(error))
            left.append(report.task_arn)
    return left


def _stop_stray(report: TaskReport, ports: Ports) -> None:
    started = parse_started_by(report.started_by or "")
    job = ports.jobs.get(started.job_id) if started else None
    if job is None or report.is_stopped or is_current(job, report):
        return
    ports.tasks.stop(report.task_arn, reason=STRAY_REASON)
    ports.signals.emit(
        "task.stray_stopped", job_id=job.job_id, task_arn=report.task_arn
    )
