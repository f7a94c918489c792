"""Job records as the explorer keeps them: without what no decision looks at.

Instants are relative to the present and stop ageing once no window tells them apart;
revisions are relative to the record's. So the same situation is the same value, and
the space of states closes.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil

from headrace.jobs.job import (
    DesiredStatus,
    Job,
    JobStatus,
    Launch,
    LaunchEntry,
    Outcome,
)
from headrace_local.exploration.scope import (
    AGE_TICKS_MAX,
    LIFE_TICKS,
    NOW,
    TICK,
    WINDOWS,
)

REVISION = 100
"""The record's; what a party read before a write of somebody else has a lower one."""

REVISION_MIN = 90
_OLDEST = NOW - AGE_TICKS_MAX * TICK
_SEEN = NOW - (WINDOWS.missing_age_seconds + LIFE_TICKS) * TICK
_MISSED = NOW - (WINDOWS.missing_interval_seconds + LIFE_TICKS) * TICK
OVERDUE = NOW - (LIFE_TICKS + 1) * TICK


def plain(job: Job) -> Job:
    """Return the record in its one form."""
    common = replace(
        job,
        revision=REVISION,
        operation_id="",
        sequence=1,
        accepted_at=NOW,
        status_at=NOW,
        transitions=(),
        cancel_requested_at=None,
        cancel_requested_by=None,
        expires_at=None,
        # Past launches that made no task tell nobody anything.
        history=tuple(_entry(each) for each in job.history if each.task_arn),
    )
    if job.status.is_terminal:
        return replace(
            common, launch=None, order_json=None, strays=(), outcome=_outcome(job)
        )
    return replace(
        common,
        launch=_launch(job, job.launch) if job.launch else None,
        next_at=_timer(job.next_at),
        not_before_at=_timer(job.not_before_at),
    )


def aged(job: Job, *, timers_from: datetime = NOW) -> Job:
    """Return the record as it looks one tick later.

    Timers that are overdue are due now, or as long ago as `timers_from`.
    """
    launch = job.launch
    if launch is not None:
        launch = replace(
            launch,
            intended_at=max(launch.intended_at - TICK, _oldest_intent(job)),
            last_sent_at=_older(launch.last_sent_at),
            lease_until_at=launch.lease_until_at and _older(launch.lease_until_at),
            missing_at=_missing(launch.missing_at, TICK),
        )
    return replace(
        job,
        launch=launch,
        next_at=_nearer(job.next_at, timers_from),
        not_before_at=_nearer(job.not_before_at, timers_from),
    )


def outdated(job: Job) -> Job:
    """Return what a party read, once somebody has written the record."""
    return replace(job, revision=max(job.revision - 1, REVISION_MIN))


def faded(job: Job) -> Job:
    """Return what is left of a reading that no write can be made upon any more."""
    launch = job.launch
    if launch is not None:
        launch = Launch(
            intended_at=_OLDEST,
            last_sent_at=_OLDEST,
            sends=1,
            lease_owner=None,
            lease_until_at=None,
            task_arn=launch.task_arn,
            last_version=launch.last_version,
        )
    return replace(
        job,
        revision=REVISION_MIN,
        launch=launch,
        desired_status=DesiredStatus.RUN,
        infrastructure_used=0,
        history=(),
        next_at=OVERDUE if job.next_at else None,
        not_before_at=None,
    )


def unseen(job: Job) -> Job:
    """Return a faded reading of a launch as if nothing had been seen of it yet."""
    launch = job.launch
    if launch is not None:
        launch = replace(launch, task_arn=None, last_version=None)
    return replace(job, status=JobStatus.STARTING, launch=launch, strays=())


def _launch(job: Job, launch: Launch) -> Launch:
    plain_launch = replace(
        launch,
        started_at=NOW if launch.started_at else None,
        image_digest=None,
        stop_requested_at=NOW if launch.stop_requested_at else None,
        intended_at=max(launch.intended_at, _oldest_intent(job)),
        last_sent_at=max(launch.last_sent_at, _OLDEST),
        missing_at=_missing(launch.missing_at, timedelta()),
        lease_until_at=launch.lease_until_at and max(launch.lease_until_at, _OLDEST),
    )
    if job.status is not JobStatus.RUNNING:
        return plain_launch
    # A launch that was seen running is neither sent nor searched for any more.
    return replace(
        plain_launch,
        last_sent_at=_OLDEST,
        lease_until_at=None,
        lease_owner=None,
        sends=1,
        is_refused=False,
    )


def _entry(entry: LaunchEntry) -> LaunchEntry:
    return replace(entry, intended_at=NOW, ended_at=NOW, detail="")


def _outcome(job: Job) -> Outcome | None:
    if job.outcome is None:
        return None
    return replace(job.outcome, finished_at=NOW, summary="", advice="")


def _oldest_intent(job: Job) -> datetime:
    """Return the age of a launch beyond which it makes no difference.

    Of one that was seen running only the age counts at which it may be missing.
    """
    return _SEEN if job.status is JobStatus.RUNNING else _OLDEST


def _older(instant: datetime) -> datetime:
    return max(instant - TICK, _OLDEST)


def _missing(instant: datetime | None, passed: timedelta) -> datetime | None:
    return None if instant is None else max(instant - passed, _MISSED)


def _nearer(instant: datetime | None, floor: datetime) -> datetime | None:
    return None if instant is None else max(instant - TICK, floor)


def _timer(instant: datetime | None) -> datetime | None:
    """Return a timer on the tick at which it is first found due."""
    if instant is None:
        return None
    return max(NOW + ceil((instant - NOW) / TICK) * TICK, NOW)
