"""The one table of legal moves of a job, and the only way to make one.

A move names the statuses it may start from, those it may lead to, and guards that
must hold. A guard looks at the job as it was read and at the facts the mover has;
because every write is conditional on the revision that was read, what held when the
move was decided still holds when it is stored. No AWS, no clock.
"""

# Longer than other modules because the table of moves is read as one.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

from headrace.errors import IllegalMove
from headrace.jobs.guards import (
    Facts,
    Guard,
    has_reason_to_withdraw,
    holds_lease,
    is_before_deadline,
    is_certain,
    is_evidence_gone,
    is_evidence_visible,
    is_first_send,
    is_in_replay_window,
    is_lease_over,
    is_missing_often,
    is_newer,
    is_not_early,
    is_not_refused,
    is_old_enough_to_miss,
    is_quiet,
    is_same_launch,
    is_stopped,
    is_task_unknown,
    is_wanted,
    was_searched,
)
from headrace.jobs.job import (
    ACTIVE,
    LAUNCHED,
    WAITING,
    Job,
    JobStatus,
    Launch,
    Outcome,
)
from headrace.jobs.shape import broken_rule
from headrace.jobs.transitions import with_line


class Move(StrEnum):
    """Everything that can happen to a job after its acceptance."""

    INTEND = "INTEND"
    ADOPT = "ADOPT"
    REFUSE = "REFUSE"
    DOUBT = "DOUBT"
    REPLAY = "REPLAY"
    PROVE_ABSENT = "PROVE_ABSENT"
    GIVE_UP = "GIVE_UP"
    RUN = "RUN"
    FINISH = "FINISH"
    RETRY = "RETRY"
    WITHDRAW = "WITHDRAW"
    DENY = "DENY"
    CANCEL = "CANCEL"
    MISS = "MISS"
    LOSE = "LOSE"
    ASK_STOP = "ASK_STOP"
    RELEASE = "RELEASE"
    WAIT = "WAIT"
    NOTE_STRAY = "NOTE_STRAY"
    NOTIFY = "NOTIFY"


@dataclass(frozen=True, slots=True)
class MoveRule:
    """Where a move may start, where it may lead, and what must hold.

    `targets` empty means that the status stays as it is.
    """

    sources: frozenset[JobStatus]
    targets: frozenset[JobStatus]
    guards: tuple[Guard, ...] = ()


_SAME: frozenset[JobStatus] = frozenset()
_STARTING = frozenset({JobStatus.STARTING})
_RUNNABLE = frozenset({JobStatus.RUNNABLE})
_RUNNING = frozenset({JobStatus.RUNNING})
_FAILED = frozenset({JobStatus.FAILED})
_WITHDRAWN = frozenset({JobStatus.CANCELLED, JobStatus.EXPIRED})
_ENDED_BY_TASK = frozenset(
    {
        JobStatus.SUCCEEDED,
        JobStatus.FAILED,
        JobStatus.TIMED_OUT,
        JobStatus.CANCELLED,
        JobStatus.EXPIRED,
    }
)
_MAY_START = (is_wanted, is_not_early, is_before_deadline)

MOVES: Mapping[Move, MoveRule] = {
    Move.INTEND: MoveRule(WAITING, _STARTING, _MAY_START),
    Move.ADOPT: MoveRule(_STARTING, _SAME, (is_same_launch,)),
    Move.REFUSE: MoveRule(
        _STARTING,
        _RUNNABLE | _WITHDRAWN | {JobStatus.FAILED},
        (is_same_launch, holds_lease, is_first_send, is_certain),
    ),
    Move.DOUBT: MoveRule(_STARTING, _SAME, (is_same_launch, holds_lease)),
    Move.REPLAY: MoveRule(
        _STARTING,
        _SAME,
        (
            is_wanted,
            is_lease_over,
            is_not_refused,
            is_in_replay_window,
            is_task_unknown,
        ),
    ),
    Move.PROVE_ABSENT: MoveRule(
        _STARTING,
        _RUNNABLE | _WITHDRAWN | {JobStatus.FAILED},
        (is_task_unknown, is_quiet, is_evidence_visible),
    ),
    Move.GIVE_UP: MoveRule(
        _STARTING,
        _RUNNABLE | {JobStatus.LOST},
        (is_task_unknown, was_searched, is_evidence_gone),
    ),
    Move.RUN: MoveRule(LAUNCHED, _RUNNING, (is_same_launch, is_newer)),
    Move.FINISH: MoveRule(
        LAUNCHED, _ENDED_BY_TASK, (is_same_launch, is_newer, is_stopped)
    ),
    Move.RETRY: MoveRule(LAUNCHED, _RUNNABLE, (is_same_launch, is_newer, is_stopped)),
    Move.WITHDRAW: MoveRule(WAITING, _WITHDRAWN, (has_reason_to_withdraw,)),
    Move.DENY: MoveRule(WAITING, _FAILED, _MAY_START),
    Move.CANCEL: MoveRule(ACTIVE, _SAME, (is_wanted,)),
    Move.MISS: MoveRule(LAUNCHED, _SAME),
    Move.LOSE: MoveRule(
        LAUNCHED,
        _RUNNABLE | {JobStatus.LOST},
        (is_missing_often, is_old_enough_to_miss),
    ),
    Move.ASK_STOP: MoveRule(LAUNCHED, _SAME),
    Move.RELEASE: MoveRule(WAITING, _RUNNABLE, (is_wanted, is_not_early)),
    Move.WAIT: MoveRule(ACTIVE, _SAME),
    Move.NOTE_STRAY: MoveRule(ACTIVE, _SAME),
    # Who asks for the end is told of it, even when it was long ago.
    Move.NOTIFY: MoveRule(frozenset(JobStatus), _SAME),
}


def forbids(move: Move, job: Job, facts: Facts) -> str | None:
    """Return the name of what forbids a move; None where the move is legal."""
    rule = MOVES[move]
    if job.status not in rule.sources:
        return f"status {job.status}"
    for guard in rule.guards:
        if not guard(job, facts):
            return guard.__name__
    return None


def make(
    move: Move,
    job: Job,
    facts: Facts,
    *,
    to: JobStatus | None = None,
    **changes: Any,  # noqa: ANN401 - fields of Job, checked by replace()
) -> Job:
    """Return the job after a move, ready to be stored over the one that was read.

    Raises:
        IllegalMove: A guard forbids the move, it does not lead to that status, or
            the changes would break the record's shape.
    """
    obstacle = forbids(move, job, facts)
    target = job.status if to is None else to
    allowed = MOVES[move].targets or {job.status}
    if obstacle is None and target not in allowed:
        obstacle = f"target {target}"
    if obstacle is not None:
        raise IllegalMove(move, job.job_id, obstacle)
    has_moved = target is not job.status
    moved = replace(
        job,
        status=target,
        revision=job.revision + 1,
        operation_id=facts.operation_id,
        sequence=job.sequence + has_moved,
        status_at=facts.now if has_moved else job.status_at,
        **changes,
    )
    if has_moved:
        moved = with_line(moved, by=facts.by)
    broken = broken_rule(moved)
    if broken is not None:
        raise IllegalMove(move, job.job_id, f"shape: {broken}")
    return moved


def end(
    move: Move,
    job: Job,
    facts: Facts,
    outcome: Outcome,
    *,
    retention_days: int,
    launch: Launch | None = None,
) -> Job:
    """Return the job ended: no timer, no place in the backlog, and a date to expire.

    `launch` replaces the job's, where its end brought news of it.

    Raises:
        IllegalMove: As `make`.
    """
    return make(
        move,
        job,
        facts,
        to=outcome.status,
        outcome=outcome,
        launch=launch or job.launch,
        next_at=None,
        is_ready=False,
        wait_reason=None,
        not_before_at=None,
        expires_at=facts.now + timedelta(days=retention_days),
    )
