"""What every job's explanation has in common. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.jobs.job import DesiredStatus, Job, LaunchEntry
from headrace_client.explaining.explanation import Explanation, LaunchLine
from headrace_client.explaining.fact_names import fact
from headrace_client.explaining.wording import counted, duration, moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from headrace_client.explaining.causes import Cause
    from headrace_client.explaining.evidence import Evidence
    from headrace_client.explaining.explanation import Fact, NextStep

LATE_ADVICE = (
    "Reconcile should have looked at it already, so it may not be running: headrace"
    " doctor says whether it is."
)


def framed(
    evidence: Evidence,
    cause: Cause,
    summary: str,
    *,
    since_at: datetime | None,
    facts: Sequence[Fact] = (),
    next_step: NextStep | None = None,
    advice: str = "",
) -> Explanation:
    """Return an explanation with what any job of that status has."""
    job = evidence.job
    return Explanation(
        subject=job.job_id,
        status=job.status.value,
        cause=cause,
        summary=summary,
        advice=f"{LATE_ADVICE} {advice}".rstrip() if evidence.is_late else advice,
        since_at=since_at,
        job_name=job.job_name,
        job_version=job.job_version,
        tenant=job.tenant,
        facts=(*facts, *_common_facts(evidence)),
        next_step=next_step,
        gives_up_at=None if job.status.is_terminal else job.start_deadline_at,
        launches=tuple(_launches(job)),
    )


def task_fact(task_arn: str) -> Fact:
    """Return which task it is; people read cluster and id, which fit a line."""
    return fact("taskArn", task_arn, task_arn.partition(":task/")[2] or task_arn)


def _common_facts(evidence: Evidence) -> Iterator[Fact]:
    job, now = evidence.job, evidence.now
    if not job.status.is_terminal:
        if job.wait_reason:
            yield fact("waitReason", job.wait_reason.value, job.wait_reason.value)
        if job.desired_status is DesiredStatus.CANCELLED:
            yield fact("desiredStatus", job.desired_status.value, "to be cancelled")
        if job.start_deadline_at:
            deadline = moment(job.start_deadline_at, now)
            yield fact("startDeadlineAt", job.start_deadline_at, deadline)
        if evidence.is_late and job.next_at:
            seconds = (now - job.next_at).total_seconds()
            text = f"reconcile was due {duration(seconds)} ago"
            yield fact("lateSeconds", round(seconds), text)
    if job.strays:
        text = counted(len(job.strays), "task") + " of other launches reported"
        yield fact("strayTasks", len(job.strays), text)


def _launches(job: Job) -> Iterator[LaunchLine]:
    """Yield the past launches, and the current or last one."""
    for entry in job.history:
        yield _past(entry)
    launch, outcome = job.launch, job.outcome
    if launch is None:
        return
    yield LaunchLine(
        attempt=job.attempt,
        launch=job.launch_number,
        intended_at=launch.intended_at,
        ended_at=outcome.finished_at if outcome else None,
        reason_code=outcome.reason_code.value if outcome else None,
        exit_code=outcome.exit_code if outcome else None,
        stop_code=outcome.stop_code if outcome else None,
        detail=(outcome.stopped_reason or outcome.summary) if outcome else "under way",
        task_arn=launch.task_arn,
    )


def _past(entry: LaunchEntry) -> LaunchLine:
    return LaunchLine(
        attempt=entry.attempt,
        launch=entry.launch,
        intended_at=entry.intended_at,
        ended_at=entry.ended_at,
        reason_code=entry.reason_code.value,
        exit_code=entry.exit_code,
        stop_code=entry.stop_code,
        detail=entry.detail,
        task_arn=entry.task_arn,
    )
