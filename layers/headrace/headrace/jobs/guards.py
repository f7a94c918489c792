"""Guards of the table of moves: what must hold for a job to move.

Each looks at the job as it was read and at the facts the mover has. Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from headrace.jobs.job import DesiredStatus, Job
from headrace.windows import Windows


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the mover knows when it moves a job.

    Attributes:
        now: The mover's clock.
        operation_id: Unique to this write.
        windows: The deployment's windows.
        by: The stage that moves, or whoever else does.
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
    by: str
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
    if job.launch is None or job.launch.lease_until_at is None:
        return False
    return facts.now > _after(
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
