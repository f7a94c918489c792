"""What a job becomes when ECS made no task for a launch, and that is certain.

Certain by an answer (`after_refusal`) or by proof (`after_absence`). A refusal
costs nothing where the cluster is full or the account is throttled: the job waits,
bounded by its start deadline. Other refusals use the infrastructure budget.
"""

from __future__ import annotations

from datetime import timedelta

from headrace.definitions.definition import RegisteredDefinition
from headrace.jobs.guards import Facts, is_before_deadline
from headrace.jobs.job import (
    DesiredStatus,
    Job,
    JobStatus,
    LaunchEntry,
    Outcome,
    ReasonCode,
    WaitReason,
)
from headrace.jobs.moves import Move, end, make
from headrace.jobs.settlement import Settler, first_of
from headrace.launches.launch import RefusalKind, Refused

DENIED_LAUNCHES_MAX = 3
"""A denied call may be a deployment in progress; after so many it is a fault."""

_DOUBLINGS_MAX = 16


def after_refusal(
    job: Job,
    refused: Refused,
    facts: Facts,
    settler: Settler,
    registered: RegisteredDefinition,
) -> Job:
    """Return the job after a certain refusal of its launch's only send."""
    ended = _withdrawn(Move.REFUSE, job, facts, settler)
    if ended is not None:
        return ended
    match refused.kind:
        case RefusalKind.THROTTLED:
            return _throttled(job, facts)
        case RefusalKind.CAPACITY:
            return _waiting_for_capacity(job, refused, facts, settler)
        case RefusalKind.TRANSIENT:
            return _relaunched(Move.REFUSE, job, refused.code, facts, settler)
        case RefusalKind.DENIED if job.infrastructure_used + 1 < DENIED_LAUNCHES_MAX:
            return _relaunched(Move.REFUSE, job, refused.code, facts, settler)
        case _:
            return _rejected(job, refused, facts, settler, registered)


def after_absence(job: Job, facts: Facts, settler: Settler) -> Job:
    """Return the job after proof that its launch made no task and never will."""
    ended = _withdrawn(Move.PROVE_ABSENT, job, facts, settler)
    if ended is not None:
        return ended
    return _relaunched(Move.PROVE_ABSENT, job, "no task was made", facts, settler)


def withdrawal(job: Job, facts: Facts) -> Outcome | None:
    """Return how a job without a task ends: cancelled, expired, or not at all."""
    if job.desired_status is DesiredStatus.CANCELLED:
        return Outcome(
            status=JobStatus.CANCELLED,
            reason_code=ReasonCode.CANCELLED_BY_USER,
            summary="The job was cancelled before it ran.",
            advice="Submit it again under a new idempotency key if it is needed.",
            finished_at=facts.now,
        )
    if not is_before_deadline(job, facts):
        return Outcome(
            status=JobStatus.EXPIRED,
            reason_code=ReasonCode.START_LIMIT,
            summary="The job could not start before its start deadline.",
            advice="Look at what it waited for, or allow more startDeadlineSeconds.",
            finished_at=facts.now,
        )
    return None


def withdrawn(job: Job, facts: Facts, *, retention_days: int) -> Job | None:
    """Return a waiting job ended as `withdrawal` says; None where it need not end."""
    outcome = withdrawal(job, facts)
    if outcome is None:
        return None
    return end(Move.WITHDRAW, job, facts, outcome, retention_days=retention_days)


def denied(
    job: Job, facts: Facts, *, summary: str, advice: str, retention_days: int
) -> Job:
    """Return a waiting job ended because it may run nowhere; nothing was sent."""
    outcome = Outcome(
        status=JobStatus.FAILED,
        reason_code=ReasonCode.LAUNCH_REJECTED,
        summary=summary,
        advice=advice,
        finished_at=facts.now,
    )
    return end(Move.DENY, job, facts, outcome, retention_days=retention_days)


def _withdrawn(move: Move, job: Job, facts: Facts, settler: Settler) -> Job | None:
    outcome = withdrawal(job, facts)
    if outcome is None:
        return None
    return settler.finished(move, job, facts, outcome=outcome)


def _throttled(job: Job, facts: Facts) -> Job:
    """Nothing is consumed: the job joins the backlog, which is paced."""
    visit_at = facts.now + timedelta(seconds=facts.windows.backlog_visit_seconds)
    return make(
        Move.REFUSE,
        job,
        facts,
        to=JobStatus.RUNNABLE,
        launch=None,
        order_json=None,
        wait_reason=WaitReason.LAUNCH_BUDGET,
        is_ready=True,
        next_at=first_of(visit_at, job.start_deadline_at, now=facts.now),
    )


def _waiting_for_capacity(
    job: Job, refused: Refused, facts: Facts, settler: Settler
) -> Job:
    """Fall through to the next capacity at once; wait before the list's top."""
    rung = settler.next_capacity(job)
    delay = timedelta()
    if rung == 0:
        doublings = min(job.launch_number - 1, _DOUBLINGS_MAX)
        ceiling = min(
            facts.windows.capacity_backoff_seconds_min * 2**doublings,
            facts.windows.capacity_backoff_seconds_max,
        )
        # Half is fixed: a full cluster must not be asked again at once.
        delay = timedelta(seconds=ceiling * (1 + settler.fraction) / 2)
    return settler.again(
        Move.REFUSE,
        job,
        facts,
        entry=_entry(job, ReasonCode.CAPACITY, refused.code, facts),
        delay=delay,
        wait_reason=WaitReason.CAPACITY,
        capacity_rung=rung,
    )


def _relaunched(
    move: Move, job: Job, detail: str, facts: Facts, settler: Settler
) -> Job:
    used = job.infrastructure_used + 1
    if used > settler.terms.retry.infrastructure_retries:
        outcome = Outcome(
            status=JobStatus.FAILED,
            reason_code=ReasonCode.INFRASTRUCTURE,
            summary=f"ECS started no task in {used} launches; the last: {detail}.",
            advice="Check the cluster's health, then submit the job again.",
            finished_at=facts.now,
        )
        return settler.finished(move, job, facts, outcome=outcome)
    return settler.again(
        move,
        job,
        facts,
        entry=_entry(job, ReasonCode.INFRASTRUCTURE, detail, facts),
        delay=settler.terms.retry.backoff.delay(used, settler.fraction),
        infrastructure_used=used,
    )


def _rejected(
    job: Job,
    refused: Refused,
    facts: Facts,
    settler: Settler,
    registered: RegisteredDefinition,
) -> Job:
    outcome = Outcome(
        status=JobStatus.FAILED,
        reason_code=ReasonCode.LAUNCH_REJECTED,
        summary=f"ECS rejected the launch: {refused.code}.",
        advice=(
            f"Check {registered.resolved.arn}, the cluster and the dispatcher's"
            " permissions, register the job again, then submit it again."
        ),
        finished_at=facts.now,
        stopped_reason=refused.detail[:512],
    )
    return settler.finished(Move.REFUSE, job, facts, outcome=outcome)


def _entry(job: Job, reason: ReasonCode, detail: str, facts: Facts) -> LaunchEntry:
    return LaunchEntry(
        attempt=job.attempt,
        launch=job.launch_number,
        intended_at=job.launch.intended_at if job.launch else facts.now,
        ended_at=facts.now,
        reason_code=reason,
        detail=detail,
    )
