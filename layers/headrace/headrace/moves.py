"""The one table of legal moves of a job, and the only way to make one.

A move names the statuses it may start from, those it may lead to, and guards that
must hold. A guard looks at the job as it was read and at the facts the mover has;
because every write is conditional on the revision that was read, what held when the
move was decided still holds when it is stored. No AWS, no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from headrace.errors import IllegalMove
from headrace.job import (
    ACTIVE,
    LAUNCHED,
    WAITING,
    DesiredStatus,
    Job,
    JobStatus,
)
from headrace.windows import Windows


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
    CANCEL = "CANCEL"
    MISS = "MISS"
    LOSE = "LOSE"
    ASK_STOP = "ASK_STOP"
    RELEASE = "RELEASE"
    WAIT = "WAIT"
    NOTE_STRAY = "NOTE_STRAY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the mover knows when it moves a job.

    Attributes:
        now: The mover's clock.
        operation_id: Unique to this write.
        windows: The deployment's windows.
        owner: The mover, where a lease matters.
        attempt: The attempt that the evidence speaks of.
        launch_number: The launch that the evidence speaks of.
        version: Of the task report that is applied.
        is_stopped: The report says `lastStatus` STOPPED.
        is_certain: The answer was to the only request of this send, with no retry
            behind it.
        search_began_at: When a complete search that found nothing began; None where
            no complete search was made.
    """

    now: datetime
    operation_id: str
    windows: Windows
    owner: str = ""
    attempt: int | None = None
    launch_number: int | None = None
    version: int | None = None
    is_stopped: bool = False
    is_certain: bool = False
    search_began_at: datetime | None = None


type Guard = Callable[[Job, Facts], bool]


def _after(instant: datetime, seconds: float) -> datetime:
    return instant + timedelta(seconds=seconds)


def is_wanted(job: Job, _: Facts) -> bool:
    """Nobody asked for the job to be cancelled."""
    return job.desired_status is DesiredStatus.RUN


def is_not_early(job: Job, facts: Facts) -> bool:
    """The scheduled time, or the backoff, has passed."""
    return job.not_before_at is None or job.not_before_at <= facts.now


def is_before_deadline(job: Job, facts: Facts) -> bool:
    """The job may still start in time."""
    return job.start_deadline_at is None or facts.now < job.start_deadline_at


def is_same_launch(job: Job, facts: Facts) -> bool:
    """The evidence speaks of the current launch."""
    return (job.attempt, job.launch_number) == (facts.attempt, facts.launch_number)


def is_newer(job: Job, facts: Facts) -> bool:
    """The report is newer than the last one applied to this launch."""
    seen = job.launch.last_version if job.launch else None
    return facts.version is not None and (seen is None or seen < facts.version)


def is_stopped(_: Job, facts: Facts) -> bool:
    """The report says that the task has stopped, not that it will."""
    return facts.is_stopped


def holds_lease(job: Job, facts: Facts) -> bool:
    """The mover is the one who may act on this launch."""
    return job.launch is not None and job.launch.lease_owner == facts.owner


def is_first_send(job: Job, _: Facts) -> bool:
    """Nobody but the first sender ever sent this token."""
    return job.launch is not None and job.launch.sends == 1


def is_certain(_: Job, facts: Facts) -> bool:
    """The answer is to the only request behind it."""
    return facts.is_certain


def is_lease_over(job: Job, facts: Facts) -> bool:
    """The lease has expired, whatever the two clocks' difference."""
    return job.launch is not None and facts.now > _after(
        job.launch.lease_until_at, facts.windows.clock_skew_seconds
    )


def is_not_refused(job: Job, _: Facts) -> bool:
    """No later sender of this token met a refusal that ECS may remember."""
    return job.launch is not None and not job.launch.is_refused


def is_in_replay_window(job: Job, facts: Facts) -> bool:
    """ECS still remembers the token when a replay lands."""
    return job.launch is not None and facts.now < _after(
        job.launch.intended_at, facts.windows.replay_seconds
    )


def is_task_unknown(job: Job, _: Facts) -> bool:
    """No answer and no report ever named a task of this launch."""
    return job.launch is not None and job.launch.task_arn is None


def is_quiet(job: Job, facts: Facts) -> bool:
    """A complete search that found nothing began after the last send had landed."""
    return (
        job.launch is not None
        and facts.search_began_at is not None
        and facts.search_began_at
        >= _after(job.launch.last_sent_at, facts.windows.quiet_seconds)
    )


def is_evidence_visible(job: Job, facts: Facts) -> bool:
    """Whatever this launch made, ECS would still show it."""
    return job.launch is not None and facts.now < _after(
        job.launch.intended_at, facts.windows.absence_end_seconds
    )


def is_evidence_gone(job: Job, facts: Facts) -> bool:
    """ECS may have forgotten what this launch made."""
    return not is_evidence_visible(job, facts)


def was_searched(_: Job, facts: Facts) -> bool:
    """A complete search found nothing."""
    return facts.search_began_at is not None


def has_reason_to_withdraw(job: Job, facts: Facts) -> bool:
    """The job was cancelled, or its start deadline has passed."""
    return not is_wanted(job, facts) or not is_before_deadline(job, facts)


def is_missing_often(job: Job, facts: Facts) -> bool:
    """ECS did not know the task, several times in a row."""
    return (
        job.launch is not None
        and job.launch.missing_count >= facts.windows.missing_sightings
    )


def is_old_enough_to_miss(job: Job, facts: Facts) -> bool:
    """ECS had the time to make the task visible."""
    return job.launch is not None and facts.now >= _after(
        job.launch.intended_at, facts.windows.missing_age_seconds
    )


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

MOVES: Mapping[Move, MoveRule] = {
    Move.INTEND: MoveRule(
        WAITING, _STARTING, (is_wanted, is_not_early, is_before_deadline)
    ),
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
    _require_shape(move, moved)
    return moved


def _require_shape(move: Move, job: Job) -> None:
    """A job is in the due index exactly while it can still change."""
    ended = job.status.is_terminal
    broken = {
        "a terminal job has an outcome": ended != (job.outcome is not None),
        "a terminal job has no timer": ended != (job.next_at is None),
        "only a runnable job is in the backlog": (
            job.is_ready and job.status is not JobStatus.RUNNABLE
        ),
        "only a waiting job says why it waits": (
            (job.status in WAITING) != (job.wait_reason is not None)
        ),
        "a launched job has a launch": job.status in LAUNCHED and job.launch is None,
    }
    for rule, is_broken in broken.items():
        if is_broken:
            raise IllegalMove(move, job.job_id, f"shape: {rule}")
