"""Reconcile: every minute, and when woken, what is due, silent, overdue or waiting.

The only driver of recovery. Whatever an invocation did not finish is still due for
the next one, so it may be killed anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial

from headrace.errors import JobMoved, TryLater
from headrace.jobs.job import WAITING, Job
from headrace.jobs.transitions import Stage
from headrace.ports import Ports, results
from headrace.stages.backlog import drain, launch_waiting, put_in_backlog
from headrace.stages.search import search
from headrace.stages.strays import described_by, noted_strays, stop_strays
from headrace.stages.supervising import (
    miss_task,
    supervise_silence,
    supervise_task,
)

CONCURRENCY_MAX = 8
"""Jobs visited at once."""

VISITS_MAX = 1_000
"""Jobs visited together, so that one listing of stopped tasks serves all of them."""

type Visit = tuple[Job, Callable[[], object]]


@dataclass(frozen=True, slots=True)
class Tally:
    """What one invocation did.

    Attributes:
        visited: Jobs that were due.
        drained: Jobs that were taken from the backlog.
        oldest_due_seconds: For how long the earliest timer found had been over.
    """

    visited: int
    drained: int
    oldest_due_seconds: int = 0


def reconcile(
    ports: Ports,
    *,
    has_time: Callable[[], bool],
    stray_task_arns: Sequence[str] = (),
) -> Tally:
    """Visit what is due and drain the backlog, side by side, until both are done.

    Args:
        ports: The world.
        has_time: Whether the invocation may begin another step.
        stray_task_arns: Tasks that record saw running for launches that are over.

    Raises:
        TryLater: A stray was not stopped; ask again, nobody else will name it.
        Exception: The first trouble that was not one job's own, after all else ran.
    """
    ports = replace(ports, stage=Stage.RECONCILE)
    owner = ports.ids.operation_id()
    left = stop_strays(stray_task_arns, ports)
    sides = (
        partial(_visit_due, ports, owner, has_time),
        partial(_drain, ports, owner, has_time),
    )
    due, waiting = results(ports.workers.run(sides, at_once_max=len(sides)))
    tally = replace(due, drained=waiting.drained)
    ports.signals.emit("reconcile.done", **asdict(tally))
    if left:
        raise TryLater(f"stop strays: {', '.join(left)}")
    return tally


def _drain(ports: Ports, owner: str, has_time: Callable[[], bool]) -> Tally:
    return Tally(0, drain(ports, owner=owner, has_time=has_time))


def _visit_due(ports: Ports, owner: str, has_time: Callable[[], bool]) -> Tally:
    """Visit due jobs until none is left that this invocation has not seen."""
    seen: set[str] = set()
    oldest_seconds = 0
    while has_time():
        due = ports.jobs.due(until_at=ports.clock.now(), limit=VISITS_MAX)
        fresh = [job_id for job_id in due if job_id not in seen]
        if not fresh:
            break
        seen.update(fresh)
        overdue_seconds = _visit_all(fresh, ports, owner, has_time)
        oldest_seconds = max(oldest_seconds, overdue_seconds)
    return Tally(len(seen), 0, oldest_seconds)


def _visit_all(
    job_ids: Sequence[str], ports: Ports, owner: str, has_time: Callable[[], bool]
) -> int:
    """Visit jobs; return for how long the earliest of their timers had been over."""
    reads = [partial(_read, ports, job_id) for job_id in job_ids]
    read = results(ports.workers.run(reads, at_once_max=CONCURRENCY_MAX))
    now = ports.clock.now()
    # The index lags: only the record says whether the job is due.
    jobs = [job for job in read if job and job.next_at and job.next_at <= now]
    stop_strays(noted_strays(jobs), ports)
    # A search may take long, and must not keep the others from their visits.
    for visits in (_quick_visits, _silent_visits):
        found = visits(jobs, ports, owner, has_time)
        steps = [partial(_visit, visit, ports, has_time) for visit in found]
        results(ports.workers.run(steps, at_once_max=CONCURRENCY_MAX))
    timers = [job.next_at for job in jobs if job.next_at]
    return int((now - min(timers, default=now)).total_seconds())


def _read(ports: Ports, job_id: str) -> Job | None:
    """Read a due job; None where that fails, so that it stays due alone."""
    try:
        return ports.jobs.get(job_id)
    except Exception as error:  # noqa: BLE001 - one bad record must not stop the others
        _tell_failed(job_id, error, ports)
        return None


def _tell_failed(job_id: str, error: Exception, ports: Ports) -> None:
    ports.signals.emit(
        "reconcile.job_failed",
        job_id=job_id,
        error=type(error).__name__,
        detail=str(error),
    )


def _quick_visits(
    jobs: Sequence[Job], ports: Ports, owner: str, _: Callable[[], bool]
) -> list[Visit]:
    """Return what to do for jobs that wait, and for those whose task is known."""
    waiting = [job for job in jobs if job.status in WAITING]
    known = [job for job in jobs if job.launch and job.launch.task_arn]
    return _waiting_visits(waiting, ports, owner) + _known_visits(known, ports)


def _silent_visits(
    jobs: Sequence[Job], ports: Ports, owner: str, has_time: Callable[[], bool]
) -> list[Visit]:
    """Return what to do for launches without a known task; one search for all."""
    silent = [job for job in jobs if job.launch and not job.launch.task_arn]
    evidence = search(silent, ports, has_time)
    return [
        (
            job,
            partial(supervise_silence, job, evidence[job.job_id], ports, owner=owner),
        )
        for job in silent
    ]


def _waiting_visits(jobs: Sequence[Job], ports: Ports, owner: str) -> list[Visit]:
    """Launch as many waiting jobs as the budget grants; the rest join the backlog."""
    if not jobs:
        return []
    now = ports.clock.now()
    fresh = [job for job in jobs if not job.is_ready]
    until_at = ports.budget.reserve(0, now=now).backlog.until_at
    has_backlog = until_at is not None and until_at > now
    granted = 0
    if fresh and not has_backlog:
        granted = ports.budget.reserve(len(fresh), now=now).launches
    launches = {job.job_id for job in fresh[:granted]}
    return [
        (
            job,
            partial(launch_waiting, job, ports, owner=owner)
            if job.job_id in launches
            else partial(put_in_backlog, job, ports),
        )
        for job in jobs
    ]


def _known_visits(jobs: Sequence[Job], ports: Ports) -> list[Visit]:
    """Look after launches whose task is known; ECS may not know it any more."""
    arns = [job.launch.task_arn for job in jobs if job.launch and job.launch.task_arn]
    described = described_by(arns, ports)
    if described is None:
        return []
    if described.untold:  # They stay due; the others need not wait for them.
        detail = ", ".join(sorted(described.untold))
        ports.signals.emit("reconcile.describe_deferred", detail=detail)
    reports = {report.task_arn: report for report in described.reports}
    visits: list[Visit] = []
    for job, arn in zip(jobs, arns, strict=True):
        if arn in reports:
            visits.append((job, partial(supervise_task, job, reports[arn], ports)))
        elif arn in described.missing:
            visits.append((job, partial(miss_task, job, ports)))
    return visits


def _visit(visit: Visit, ports: Ports, has_time: Callable[[], bool]) -> None:
    """Do one visit; a job's trouble is its own, and it stays due."""
    job, step = visit
    if not has_time():
        return
    try:
        step()
    except JobMoved:
        return  # Somebody was faster; what they wrote has its own timer.
    except Exception as error:  # noqa: BLE001 - one bad job must not stop the others
        _tell_failed(job.job_id, error, ports)
