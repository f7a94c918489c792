"""Launches jobs that wait: those whose time has come, and the backlog by turns.

The backlog is taken fairly across tenants, oldest first within each, as fast as the
shared launch budget allows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import chain, zip_longest

from headrace.errors import JobMoved
from headrace.jobs.job import Job, JobStatus, WaitReason
from headrace.jobs.moves import Move, forbids, make
from headrace.jobs.refusals import withdrawn
from headrace.jobs.settlement import first_of
from headrace.launches.launch import RefusalKind, Refused
from headrace.ports import Backlog, Ports
from headrace.stages.launching import entry_for, facts, intended, send

CONCURRENCY_MAX = 10
"""Calls to ECS that a drain makes at once."""

BLOCK_MAX = 100
"""Launches reserved at once."""

PAUSE_SECONDS = 1.0
"""How long a drain waits for the budget to refill, or after a throttle."""


def launch_waiting(job: Job, ports: Ports, *, owner: str) -> bool:
    """Launch a waiting job, or end it where it need not run any more.

    Returns:
        Whether ECS throttled the launch.

    Raises:
        JobMoved: Somebody else was faster.
    """
    mover = facts(ports, owner=owner)
    ended = withdrawn(job, mover, retention_days=ports.retention_days)
    if ended is not None:
        ports.jobs.replace(job, ended)
        return False
    if forbids(Move.INTEND, job, mover) is not None:
        return False
    entry = entry_for(job, ports)
    launched = intended(job, entry, ports, owner=owner)
    ports.jobs.replace(job, launched)
    answer = send(launched, entry, ports, owner=owner)
    return isinstance(answer, Refused) and answer.kind is RefusalKind.THROTTLED


def put_in_backlog(job: Job, ports: Ports) -> None:
    """Put a waiting job into the backlog, or see that it is still known there.

    One that need not run any more ends instead.
    """
    mover = facts(ports)
    ended = withdrawn(job, mover, retention_days=ports.retention_days)
    if ended is not None:
        ports.jobs.replace(job, ended)
        return
    visit_at = mover.now + timedelta(seconds=mover.windows.backlog_visit_seconds)
    ports.budget.enlist(frozenset({job.tenant}))
    after = make(
        Move.RELEASE,
        job,
        mover,
        to=JobStatus.RUNNABLE,
        is_ready=True,
        wait_reason=WaitReason.LAUNCH_BUDGET,
        not_before_at=None,
        next_at=first_of(visit_at, job.start_deadline_at, now=mover.now),
    )
    ports.jobs.replace(job, after)


def drain(ports: Ports, *, owner: str, has_time: Callable[[], bool]) -> int:
    """Launch the backlog until it is empty or the time is over.

    Returns:
        How many jobs were taken.
    """
    taken: dict[str, str] = {}
    while has_time():
        backlog = ports.budget.reserve(0, now=ports.clock.now()).backlog
        block = _next_block(backlog, taken, ports)
        if not block:
            if backlog.until_at is not None and backlog.until_at > ports.clock.now():
                ports.budget.hold(ports.clock.now())
            break
        hold_seconds = ports.windows.backlog_hold_seconds
        ports.budget.hold(ports.clock.now() + timedelta(seconds=hold_seconds))
        granted = ports.budget.reserve(len(block), now=ports.clock.now()).launches
        chosen = block[:granted]
        taken.update(chosen)
        job_ids = [job_id for job_id, _ in chosen]
        was_throttled = _launch_all(job_ids, ports, owner=owner, has_time=has_time)
        if was_throttled or granted < len(block):
            ports.clock.pause(PAUSE_SECONDS)
    return len(taken)


def _next_block(
    backlog: Backlog, taken: Mapping[str, str], ports: Ports
) -> list[tuple[str, str]]:
    """Return the next jobs with their tenants, a turn for each tenant.

    Whoever had the fewest turns in this drain comes first, and who that is at its
    start is chance: a budget of one launch a drain must not favour a name. The index
    lags, so what this drain has taken already is left out. Tenants without any job
    are dropped.
    """
    turns = Counter(taken.values())
    order = sorted(backlog.tenants, key=lambda t: (turns[t], ports.ids.fraction()))
    queues: list[list[tuple[str, str]]] = []
    for tenant in order:
        job_ids = ports.jobs.ready(tenant, limit=BLOCK_MAX)
        if not job_ids:
            ports.budget.dismiss(tenant, seen=backlog)
        queues.append([(each, tenant) for each in job_ids if each not in taken])
    rounds = chain.from_iterable(zip_longest(*queues))
    return [each for each in rounds if each is not None][:BLOCK_MAX]


def _launch_all(
    job_ids: Sequence[str], ports: Ports, *, owner: str, has_time: Callable[[], bool]
) -> bool:
    """Launch jobs side by side; return whether ECS throttled any of them.

    When ECS answers slowly, a block can outlast the invocation: the rest stays in
    the backlog.
    """
    if not job_ids:
        return False

    def launch(job_id: str) -> bool:
        return has_time() and _launch_one(job_id, ports, owner=owner)

    with ThreadPoolExecutor(max_workers=CONCURRENCY_MAX) as pool:
        return any(list(pool.map(launch, job_ids)))


def _launch_one(job_id: str, ports: Ports, *, owner: str) -> bool:
    """Launch one job of the backlog; its trouble is its own."""
    try:
        job = ports.jobs.get(job_id)
        if job is None or not job.is_ready:
            return False
        return launch_waiting(job, ports, owner=owner)
    except JobMoved:
        return False
    except Exception as error:  # noqa: BLE001 - one bad job must not stop the drain
        ports.signals.emit(
            "reconcile.job_failed",
            job_id=job_id,
            error=type(error).__name__,
            detail=str(error),
        )
        return False
