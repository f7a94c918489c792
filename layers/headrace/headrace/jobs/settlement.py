"""What a job becomes when a launch of it ended: finish it, or try again.

Joins the ending of a task, the definition's budgets and rules, and the table of
moves. Pure: the caller reads reports, draws randomness and stores the result.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from headrace.definitions.admission import Admitted
from headrace.jobs.guards import Facts
from headrace.jobs.job import (
    HISTORY_ENTRIES_MAX,
    DesiredStatus,
    Job,
    JobStatus,
    LaunchEntry,
    Outcome,
    ReasonCode,
    StopCause,
    WaitReason,
)
from headrace.jobs.moves import Move, end, make
from headrace.jobs.verdicts import Verdict, decided
from headrace.tasks.outcome import Ending, EndingKind

_STOP_STATUS = {
    StopCause.CANCEL: (JobStatus.CANCELLED, ReasonCode.CANCELLED_BY_USER),
    StopCause.RUN_TIMEOUT: (JobStatus.TIMED_OUT, ReasonCode.RUNTIME_LIMIT),
    StopCause.START_TIMEOUT: (JobStatus.TIMED_OUT, ReasonCode.START_LIMIT),
    StopCause.START_DEADLINE: (JobStatus.EXPIRED, ReasonCode.START_LIMIT),
}

_STOPS = frozenset({EndingKind.STOPPED_BY_US, EndingKind.INFRASTRUCTURE})
"""Endings that say nothing of the job itself: why we asked for a stop decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settler:
    """The means to settle: a job's terms, and how long an ended record is kept.

    `fraction` is the random number of the backoff's jitter.
    """

    terms: Admitted
    retention_days: int
    fraction: float

    def finished(
        self,
        move: Move,
        job: Job,
        facts: Facts,
        *,
        outcome: Outcome,
        task_arn: str | None = None,
    ) -> Job:
        """Return the job ended, with its last launch in the history."""
        launch = job.launch
        if launch is not None:
            launch = replace(
                launch,
                task_arn=task_arn or launch.task_arn,
                last_version=facts.version or launch.last_version,
            )
        days = self.retention_days
        return end(move, job, facts, outcome, retention_days=days, launch=launch)

    def again(
        self,
        move: Move,
        job: Job,
        facts: Facts,
        *,
        entry: LaunchEntry,
        delay: timedelta,
        wait_reason: WaitReason = WaitReason.BACKOFF,
        **changes: Any,  # noqa: ANN401 - fields of Job, checked by replace()
    ) -> Job:
        """Return the job waiting for its next launch."""
        not_before_at = facts.now + delay
        deadline_at = changes.get("start_deadline_at", job.start_deadline_at)
        return make(
            move,
            job,
            facts,
            to=JobStatus.RUNNABLE,
            launch=None,
            order_json=None,
            history=(*job.history, entry)[-HISTORY_ENTRIES_MAX:],
            wait_reason=wait_reason,
            not_before_at=not_before_at,
            next_at=first_of(not_before_at, deadline_at, now=facts.now),
            **changes,
        )

    def settled(self, job: Job, ending: Ending, facts: Facts, *, task_arn: str) -> Job:
        """Return the job after its task stopped: terminal, or to be tried again."""
        verdict = decided(job, ending, self.terms).verdict
        if not verdict.goes_on:
            outcome = self._outcome(job, ending, facts)
            return self.finished(
                Move.FINISH, job, facts, outcome=outcome, task_arn=task_arn
            )
        entry = entry_of(job, ending, facts.now, task_arn=task_arn)
        if verdict is Verdict.NEW_LAUNCH:
            changes = self._next_launch(job, ending)
        else:
            changes = self._next_attempt(job, climbs=verdict is Verdict.MORE_MEMORY)
        return self.again(Move.RETRY, job, facts, entry=entry, **changes)

    def _next_attempt(self, job: Job, *, climbs: bool) -> dict[str, Any]:
        return {
            "delay": self.terms.retry.backoff.delay(job.attempt, self.fraction),
            "attempt": job.attempt + 1,
            "launch_number": 0,
            "memory_rung": job.memory_rung + climbs,
            "start_deadline_at": deadline_after_start(job),
        }

    def _next_launch(self, job: Job, ending: Ending) -> dict[str, Any]:
        used = job.infrastructure_used + 1
        falls_through = ending.reason_code in {
            ReasonCode.CAPACITY,
            ReasonCode.SPOT_INTERRUPTION,
        }
        is_later = ending.kind is EndingKind.TRY_LATER
        return {
            "delay": self.terms.retry.backoff.delay(used, self.fraction),
            "infrastructure_used": used,
            "capacity_rung": self.next_capacity(job) if falls_through else 0,
            "start_deadline_at": (
                job.start_deadline_at if is_later else deadline_after_start(job)
            ),
        }

    def next_capacity(self, job: Job) -> int:
        """Return the next capacity of the list, from the top after the last."""
        return (job.capacity_rung + 1) % len(self.terms.capacity)

    def _outcome(self, job: Job, ending: Ending, facts: Facts) -> Outcome:
        status, reason_code = JobStatus.FAILED, ending.reason_code
        if ending.kind is EndingKind.SUCCEEDED:
            status = JobStatus.SUCCEEDED
        elif job.desired_status is DesiredStatus.CANCELLED:
            status, reason_code = _STOP_STATUS[StopCause.CANCEL]
        elif ending.kind in _STOPS and job.launch and job.launch.stop_cause:
            status, reason_code = _STOP_STATUS[job.launch.stop_cause]
        return Outcome(
            status=status,
            reason_code=reason_code,
            summary=ending.summary,
            advice=ending.advice,
            finished_at=ending.stopped_at or facts.now,
            exit_code=ending.exit_code,
            stop_code=ending.stop_code,
            stopped_reason=ending.stopped_reason,
        )


def first_of(
    instant: datetime, deadline_at: datetime | None, *, now: datetime
) -> datetime:
    """Return the earlier of a timer and a deadline that is still to come."""
    if deadline_at is None or deadline_at <= now:
        return instant
    return min(instant, deadline_at)


def entry_of(
    job: Job, ending: Ending, now: datetime, *, task_arn: str | None
) -> LaunchEntry:
    """Return what the history keeps of the current launch."""
    return LaunchEntry(
        attempt=job.attempt,
        launch=job.launch_number,
        intended_at=job.launch.intended_at if job.launch else now,
        ended_at=ending.stopped_at or now,
        reason_code=ending.reason_code,
        detail=ending.summary,
        task_arn=task_arn,
        exit_code=ending.exit_code,
        stop_code=ending.stop_code,
    )


def deadline_after_start(job: Job) -> datetime | None:
    """A start deadline is met for good once the job was RUNNING in time."""
    has_run = job.launch is not None and job.launch.started_at is not None
    return None if has_run else job.start_deadline_at
