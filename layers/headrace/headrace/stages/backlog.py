"""Launches jobs that wait: those whose time has come, and the backlog by turns.

The backlog is taken fairly across tenants, oldest first within each, as fast as the
shared launch budget allows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from itertools import chain, zip_longest

from headrace.errors import JobMoved
from headrace.jobs.guards import Facts
from headrace.jobs.job import Job, JobStatus, WaitReason
from headrace.jobs.moves import Move, forbids, make
from headrace.jobs.refusals import withdrawn
from headrace.jobs.settlement import first_of
from headrace.launches.launch import (
    LaunchAnswer,
    RefusalKind,
    Refused,
    Unanswered,
)
from headrace.ports import Backlog, Ports, results
from headrace.stages.launching import entry_for, facts, intended, send
from headrace.stages.storing import store

CONCURRENCY_MAX = 10
"""Calls to ECS that a drain makes at once."""

BLOCK_MAX = 100
"""Launches reserved at once."""

PAUSE_SECONDS = 1.0
"""How long a drain waits for the budget to refill, or after a throttle."""


def launch_waiting(job: Job, ports: Ports, *, owner: str) -> LaunchAnswer | None:
    """Launch a waiting job, or end it where it need not run any more.

    Returns:
        ECS's answer; None where nothing was to be launched.

    Raises:
        JobMoved: Somebody else was faster.
    """
    if _has_ended(job, facts(ports), ports):
        return None
    entry = entry_for(job, ports)
    mover = facts(ports, owner=owner)  # To read the definition may have taken long.
    if _has_ended(job, mover, ports) or forbids(Move.INTEND, job, mover) is not None:
        return None
    launched = intended(job, entry, mover, ports)
    store(job, launched, ports)
    if launched.status is not JobStatus.STARTING:
        return None
    return send(launched, entry, ports, owner=owner)


def _has_ended(job: Job, mover: Facts, ports: Ports) -> bool:
    """End a waiting job that need not run any more; tell whether it was one."""
    ended = withdrawn(job, mover, retention_days=ports.retention_days)
    if ended is not None:
        store(job, ended, ports)
    return ended is not None


def put_in_backlog(job: Job, ports: Ports) -> None:
    """Put a waiting job into the backlog, or see that it is still known there.

    One that need not run any more ends instead.
    """
    mover = facts(ports)
    if _has_ended(job, mover, ports):
        return
    visit_at = mover.now + timedelta(seconds=mover.windows.backlog_visit_seconds)
    ports.budget.enlist(frozenset({job.tenant}), now=mover.now)
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
    store(job, after, ports)


def drain(ports: Ports, *, owner: str, has_time: Callable[[], bool]) -> int:
    """Launch the backlog until it is empty or the time is over.

    Returns:
        How many jobs were taken.
    """
    taken: dict[str, str] = {}
    spare = 0  # Reserved, and not used by a job that had moved on meanwhile.
    is_held = False
    was_throttled = False
    while has_time():
        now = ports.clock.now()
        backlog = ports.budget.reserve(0, now=now).backlog
        block = _next_block(backlog, taken, ports)
        if not block:
            # What was throttled is taken, and waits all the same.
            if not was_throttled and backlog.until_at and backlog.until_at > now:
                ports.budget.hold(now)
            break
        if not is_held:
            is_held = True
            ports.signals.emit("backlog.held", tenants=len(backlog.tenants))
        hold_seconds = ports.windows.backlog_hold_seconds
        ports.budget.hold(now + timedelta(seconds=hold_seconds))
        wanted = max(0, len(block) - spare)
        granted = spare + ports.budget.reserve(wanted, now=now).launches
        chosen = dict(block[:granted])
        taken |= chosen
        answers = _launch_all(list(chosen), ports, owner=owner, has_time=has_time)
        spare = granted - len(answers)
        is_throttled = any(map(_is_throttle, answers))
        was_throttled |= is_throttled
        if is_throttled or granted < len(block):
            ports.clock.pause(PAUSE_SECONDS)
    return len(taken)


def _is_throttle(answer: LaunchAnswer) -> bool:
    return isinstance(answer, Refused) and answer.kind is RefusalKind.THROTTLED


def _next_block(
    backlog: Backlog, taken: Mapping[str, str], ports: Ports
) -> list[tuple[str, str]]:
    """Return the next jobs with their tenants, a turn for each tenant.

    Whoever had the fewest turns in this drain comes first, and who that is at its
    start is chance: a budget of one launch a drain must not favour a name. The index
    lags, so what this drain has taken already is left out.
    """
    turns = Counter(taken.values())
    tenants = sorted(backlog.tenants)  # a set's own order is not the same every time
    order = sorted(tenants, key=lambda t: (turns[t], ports.ids.fraction()))
    queues: list[list[tuple[str, str]]] = []
    for tenant in order:
        job_ids = ports.jobs.ready(tenant, limit=BLOCK_MAX + turns[tenant])
        if not job_ids and _is_settled(backlog, ports):
            ports.budget.dismiss(tenant, seen=backlog)
        queues.append([(each, tenant) for each in job_ids if each not in taken])
    rounds = chain.from_iterable(zip_longest(*queues))
    return [each for each in rounds if each is not None][:BLOCK_MAX]


def _is_settled(backlog: Backlog, ports: Ports) -> bool:
    """Whether whoever enlisted has stored its job by now, and the index shows it."""
    if backlog.enlisted_at is None:
        return True
    settles = timedelta(seconds=ports.windows.backlog_hold_seconds)
    return ports.clock.now() - backlog.enlisted_at > settles


def _launch_all(
    job_ids: Sequence[str], ports: Ports, *, owner: str, has_time: Callable[[], bool]
) -> list[LaunchAnswer]:
    """Launch jobs side by side; return ECS's answers, one for each that was launched.

    When ECS answers slowly, a block can outlast the invocation: the rest stays in
    the backlog.
    """

    def launch(job_id: str) -> LaunchAnswer | None:
        return _launch_one(job_id, ports, owner=owner) if has_time() else None

    steps = [partial(launch, job_id) for job_id in job_ids]
    answers = results(ports.workers.run(steps, at_once_max=CONCURRENCY_MAX))
    return [answer for answer in answers if answer is not None]


def _launch_one(job_id: str, ports: Ports, *, owner: str) -> LaunchAnswer | None:
    """Launch one job of the backlog; its trouble is its own."""
    try:
        job = ports.jobs.get(job_id)
        if job is None or not job.is_ready:
            return None
        return launch_waiting(job, ports, owner=owner)
    except JobMoved:
        return None
    except Exception as error:  # noqa: BLE001 - one bad job must not stop the drain
        ports.signals.emit(
            "reconcile.job_failed",
            job_id=job_id,
            error=type(error).__name__,
            detail=str(error),
        )
        return Unanswered(str(error))  # it may have been sent: the launch is used
