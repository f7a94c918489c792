"""Looks after launches: what is overdue, unwanted, silent, missing or not yet found.

Every step is one write over the job as it was read; one that somebody else overtook
is simply left to the next visit.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from headrace.jobs.guards import Facts
from headrace.jobs.job import DesiredStatus, Job, JobStatus, StopCause
from headrace.jobs.losses import after_loss
from headrace.jobs.moves import Move, forbids, make
from headrace.jobs.refusals import after_absence, withdrawal
from headrace.jobs.settlement import first_of
from headrace.ports import Ports
from headrace.stages.launching import Entry, entry_for, facts, send, settler
from headrace.stages.reporting import apply_to, is_current
from headrace.stages.search import Evidence
from headrace.stages.storing import store
from headrace.tasks.report import TaskReport

STOP_REASONS = {
    StopCause.CANCEL: "headrace: the job was cancelled",
    StopCause.RUN_TIMEOUT: "headrace: the job ran longer than its timeoutSeconds",
    StopCause.START_TIMEOUT: "headrace: the task did not start in startTimeoutSeconds",
    StopCause.START_DEADLINE: "headrace: the job's start deadline has passed",
}


def supervise_task(job: Job, report: TaskReport, ports: Ports) -> None:
    """Apply what ECS says of a launch's task; stop the task where it must end."""
    applied = apply_to(job, report, ports)
    job = applied.job or job
    if not is_current(job, report):
        return  # It has ended, or somebody was faster and it has another launch.
    mover = facts(ports, job)
    cause = _cause_to_stop(job, mover)
    if cause is None:
        _wait(job, mover, report.task_arn, ports)
        return
    _stop(job, cause, mover, report.task_arn, ports)


def _cause_to_stop(job: Job, mover: Facts) -> StopCause | None:
    """Return why the task must end now; the first cause stays the cause."""
    launch = job.launch
    if launch is None:
        return None
    if launch.stop_cause is not None:
        return launch.stop_cause
    if job.desired_status is DesiredStatus.CANCELLED:
        return StopCause.CANCEL
    if job.status is JobStatus.RUNNING:
        overdue_at = _run_timeout_at(job)
        return StopCause.RUN_TIMEOUT if overdue_at <= mover.now else None
    if job.start_deadline_at is not None and job.start_deadline_at <= mover.now:
        return StopCause.START_DEADLINE
    start_by = launch.intended_at + timedelta(seconds=job.start_timeout_seconds)
    return StopCause.START_TIMEOUT if start_by <= mover.now else None


def _run_timeout_at(job: Job) -> datetime:
    launch = job.launch
    started_at = (launch.started_at if launch else None) or job.status_at
    return started_at + timedelta(seconds=job.timeout_seconds)


def _wait(job: Job, mover: Facts, task_arn: str, ports: Ports) -> None:
    """Set the next visit to when something is due, and remember the task."""
    launch = job.launch
    if launch is None:
        return
    next_at = mover.now + timedelta(seconds=mover.windows.running_poll_seconds)
    if job.status is JobStatus.RUNNING:
        next_at = min(next_at, _run_timeout_at(job))
    else:
        start_by = launch.intended_at + timedelta(seconds=job.start_timeout_seconds)
        next_at = first_of(min(next_at, start_by), job.start_deadline_at, now=mover.now)
    known = replace(launch, task_arn=task_arn, missing_count=0, missing_at=None)
    after = make(Move.WAIT, job, mover, launch=known, next_at=next_at)
    store(job, after, ports)


def _stop(
    job: Job, cause: StopCause, mover: Facts, task_arn: str, ports: Ports
) -> None:
    """Record why, then ask ECS to stop the task; ask again at the next visit."""
    launch = job.launch
    if launch is None:
        return
    asked_at = launch.stop_requested_at or mover.now
    after = make(
        Move.ASK_STOP,
        job,
        mover,
        launch=replace(
            launch,
            task_arn=task_arn,
            stop_cause=cause,
            stop_requested_at=asked_at,
            missing_count=0,
            missing_at=None,
        ),
        next_at=mover.now + timedelta(seconds=mover.windows.stop_repeat_seconds),
    )
    store(job, after, ports)
    ports.tasks.stop(task_arn, reason=STOP_REASONS[cause])
    fields = {"job_id": job.job_id, "task_arn": task_arn, "cause": str(cause)}
    ports.signals.emit("task.stop_asked", **fields)
    if mover.now - asked_at >= timedelta(seconds=mover.windows.stuck_seconds):
        ports.signals.emit("task.stuck", asked_at=asked_at, **fields)


def miss_task(job: Job, ports: Ports) -> None:
    """Count that ECS does not know the launch's task; believe it after a while."""
    launch = job.launch
    if launch is None:
        return
    mover = facts(ports, job)
    interval = timedelta(seconds=mover.windows.missing_interval_seconds)
    counts = launch.missing_at is None or mover.now - launch.missing_at >= interval
    missed = replace(
        launch,
        missing_count=launch.missing_count + counts,
        missing_at=mover.now if counts else launch.missing_at,
    )
    believed = replace(job, launch=missed)
    if forbids(Move.LOSE, believed, mover) is None:
        _lose(Move.LOSE, job, believed, mover, ports)
        return
    next_at = mover.now + interval
    missing = make(Move.MISS, job, mover, launch=missed, next_at=next_at)
    store(job, missing, ports)
    ports.signals.emit("task.missing", job_id=job.job_id, count=missed.missing_count)


def _lose(move: Move, job: Job, believed: Job, mover: Facts, ports: Ports) -> None:
    entry = entry_for(job, ports)
    after = after_loss(
        move,
        believed,
        mover,
        settler(entry, ports),
        on_unknown=entry.registered.definition.on_unknown,
    )
    store(job, after, ports)


def supervise_silence(
    job: Job, evidence: Evidence, ports: Ports, *, owner: str
) -> None:
    """Settle a launch that no report has named: adopt, prove absent, replay or wait."""
    if evidence.reports:
        supervise_task(job, evidence.reports[0], ports)
        return
    entry = entry_for(job, ports)
    mover = replace(facts(ports, job, owner=owner), search_began_at=evidence.began_at)
    if forbids(Move.PROVE_ABSENT, job, mover) is None:
        store(job, after_absence(job, mover, settler(entry, ports)), ports)
        ports.signals.emit("launch.absent", job_id=job.job_id, launch=job.token)
    elif forbids(Move.GIVE_UP, job, mover) is None:
        _lose(Move.GIVE_UP, job, job, mover, ports)
    elif _may_replay(job, mover, evidence):
        _replay(job, entry, mover, ports)
    else:
        _wait_for_proof(job, mover, ports)


def _may_replay(job: Job, mover: Facts, evidence: Evidence) -> bool:
    """Whether the stored order may be sent again, after a search that found nothing."""
    return evidence.began_at is not None and _is_replayable(job, mover)


def _is_replayable(job: Job, mover: Facts) -> bool:
    return withdrawal(job, mover) is None and forbids(Move.REPLAY, job, mover) is None


def _replay(job: Job, entry: Entry, mover: Facts, ports: Ports) -> None:
    """Take over the lease and stamp the send in one write, then send the same bytes."""
    launch = job.launch
    if launch is None:
        return
    if ports.budget.reserve(1, now=mover.now).launches == 0:
        _wait_for_proof(job, mover, ports)
        return
    windows = mover.windows
    stamped = make(
        Move.REPLAY,
        job,
        mover,
        launch=replace(
            launch,
            last_sent_at=mover.now,
            sends=launch.sends + 1,
            lease_owner=mover.owner,
            lease_until_at=mover.now + timedelta(seconds=windows.lease_seconds),
        ),
        next_at=mover.now + timedelta(seconds=windows.first_visit_seconds),
    )
    store(job, stamped, ports)
    ports.signals.emit("launch.replayed", job_id=job.job_id, launch=job.token)
    send(stamped, entry, ports, owner=mover.owner)


def _wait_for_proof(job: Job, mover: Facts, ports: Ports) -> None:
    """Come back when something new can be decided about this launch.

    Where a search or the budget is all that was wanting, that is soon: the moment at
    which a launch may be replayed or proven absent passes.
    """
    launch, windows = job.launch, mover.windows
    if launch is None:
        return
    lease_over_at = (launch.lease_until_at or launch.last_sent_at) + timedelta(
        seconds=windows.clock_skew_seconds
    )
    quiet_at = launch.last_sent_at + timedelta(seconds=windows.quiet_seconds)
    soonest = mover.now + timedelta(seconds=windows.clock_skew_seconds / 2)
    if quiet_at <= mover.now or _is_replayable(job, mover):
        next_at = soonest
    elif lease_over_at >= mover.now:
        next_at = max(soonest, min(lease_over_at, quiet_at))
    else:
        next_at = max(soonest, quiet_at)
    store(job, make(Move.WAIT, job, mover, next_at=next_at), ports)
