"""Where a canary is, and why it may be stuck there. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from headrace.jobs.job import Job, JobStatus, WaitReason
from headrace_client.doctor.findings import Finding, well, wrong

if TYPE_CHECKING:
    from headrace.ports import StoredRejection

CHECK = "canary"
TIMER_CHECK = "timer canary"
_LOGS = "aws logs tail THE_LOG_GROUP_OF_{} --since 15m"

_WAITS = {
    WaitReason.LAUNCH_BUDGET: (
        "the launch rate is used up, or ECS throttles",
        "Wait, or see LaunchesThrottled on the dashboard and LaunchesPerSecond.",
    ),
    WaitReason.CAPACITY: (
        "the cluster has no room",
        "See the account's Fargate quota and the cluster: docs/capacity.md.",
    ),
    WaitReason.BACKOFF: (
        "it failed once and waits for its next try",
        "headrace status shows why, below `earlier launches`.",
    ),
    WaitReason.SCHEDULED: (
        "reconcile has not taken it up, though its time has come",
        "See docs/runbook/reconcile-silence.md.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSight:
    """How many messages of the request queue wait, and how many were received."""

    waiting: int
    in_flight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSight:
    """What ECS says of a canary's task; `status` None where none was found."""

    status: str | None
    reason: str | None = None


def of_end(job: Job, way: str) -> Finding:
    """Return what an ended canary means."""
    if job.status is JobStatus.SUCCEEDED:
        return well(CHECK, f"{job.job_id}: {way}.")
    outcome = job.outcome
    summary = outcome.summary if outcome else "No outcome is stored."
    advice = (outcome.advice if outcome else None) or "Look at the task's own log."
    return wrong(CHECK, f"{job.job_id} ended as {job.status}: {summary}", advice)


def of_rejection(stored: StoredRejection, check: str = CHECK) -> Finding:
    """Return what a rejected canary means: the pipeline works as far as dispatch."""
    rejection = stored.rejection
    return wrong(
        check,
        f"Dispatch rejected it as {rejection.reason}: {rejection.message}.",
        "Give what the definition asks for (-p NAME=TEXT), name another one (--job),"
        " or the tenant that this queue serves (--tenant).",
    )


def of_absence(sight: QueueSight | None, *, seconds: float) -> Finding:
    """Return why a canary has neither a record nor a rejection."""
    start = f"{seconds:.0f} s after it was sent there is neither a job nor a rejection"
    if sight is None:
        return wrong(
            CHECK, f"{start}.", "See docs/runbook/oldest-request.md, about dispatch."
        )
    if sight.waiting:
        return wrong(
            CHECK,
            f"{start}, and {sight.waiting} messages wait: dispatch does not take them.",
            "Check dispatch's event source mapping and whether Lambda throttles it:"
            " docs/runbook/oldest-request.md.",
        )
    if sight.in_flight:
        return wrong(
            CHECK,
            f"{start}, and {sight.in_flight} messages were received and are not"
            " done: dispatch fails on them.",
            _LOGS.format("DISPATCH"),
        )
    return wrong(
        CHECK,
        f"{start}, and the queue is empty: somebody took it, and not into this table.",
        "Queue, table and deployment id must be of one deployment: give --stack, or"
        " see who else reads this queue.",
    )


def of_stuck(job: Job, sight: TaskSight | None, *, seconds: float) -> Finding:
    """Return why a canary has not ended in time."""
    start = f"{job.job_id} is {job.status} after {seconds:.0f} s"
    if job.status in {JobStatus.PENDING, JobStatus.RUNNABLE}:
        why, advice = _WAITS.get(
            job.wait_reason or WaitReason.SCHEDULED,
            ("it waits its turn", "headrace status shows what for."),
        )
        return wrong(CHECK, f"{start}: {why}.", advice)
    why, advice = _why_not_ended(job, sight)
    return wrong(CHECK, f"{start}: {why}.", advice)


def _why_not_ended(job: Job, sight: TaskSight | None) -> tuple[str, str]:
    """Return what keeps a job that was launched."""
    running = job.status is JobStatus.RUNNING
    if sight is None:
        return (
            "its task was to start, and no more is known"
            if not running
            else "its task has not ended, as far as record heard",
            "Look at the task in ECS, and at docs/runbook/oldest-task-event.md.",
        )
    if sight.status is None:
        return (
            "no task of it runs: RunTask was not answered, or its end was not told",
            "Reconcile finds out which. " + _LOGS.format("DISPATCH"),
        )
    if sight.status == "RUNNING" and running:
        return "its task still runs", "Give it more time: --deadline SECONDS."
    if sight.status in {"RUNNING", "STOPPED"}:
        return (
            f"ECS says its task is {sight.status}, but that news did not arrive",
            "See docs/runbook/task-event-rule-dead-letters.md, and oldest-task-event.",
        )
    reason = f" ({sight.reason})" if sight.reason else ""
    return (
        f"its task is {sight.status}{reason}",
        "It waits for its image or network: have its subnets a way out?",
    )


def of_timer(job: Job | None, *, seconds: float, due_after_seconds: float) -> Finding:
    """Return whether reconcile took up a job whose time had come."""
    if job is not None and job.status is not JobStatus.PENDING:
        late = max(0.0, seconds - due_after_seconds)
        said = f"Reconcile took up {job.job_id} {late:.0f} s after it was due."
        return well(TIMER_CHECK, said)
    what = "has no record" if job is None else f"{job.job_id} is still PENDING"
    return wrong(
        TIMER_CHECK,
        f"A job that was due {due_after_seconds:.0f} s after it was sent {what}"
        f" after {seconds:.0f} s: reconcile does not run.",
        "See docs/runbook/reconcile-silence.md.",
    )
