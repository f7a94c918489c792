"""Applies a task report to its job; events and descriptions take the same road.

A report belongs to a launch by its `startedBy`, and its order within the launch is
its `version`: nothing else is believed. A report of a launch that is not current is
a stray; it never moves the job.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto

from headrace.errors import JobMoved, RecordMissing, StoreBusy
from headrace.identity import parse_started_by
from headrace.jobs.guards import Facts
from headrace.jobs.job import STRAYS_MAX, Job, JobStatus, ReasonCode
from headrace.jobs.moves import Move, forbids, make
from headrace.ports import Ports
from headrace.stages.launching import (
    WRITE_TRIES_MAX,
    entry_for,
    facts,
    settler,
)
from headrace.stages.sightings import sighting_of
from headrace.stages.storing import store
from headrace.tasks.outcome import ending_of, is_spot_warning
from headrace.tasks.report import TaskReport

SUCCESS_STOP_CODE = "EssentialContainerExited"


class Effect(Enum):
    """What a report did."""

    FOREIGN = auto()
    NOTHING = auto()
    MOVED = auto()
    RETRIES = auto()
    STRAY = auto()
    LIVE_STRAY = auto()


@dataclass(frozen=True, slots=True)
class Applied:
    """What a report did, and the job as it stands; None where that was not read."""

    effect: Effect
    job: Job | None = None


def apply(report: TaskReport, ports: Ports) -> Applied:
    """Apply a report, without reading the record where that is enough.

    Raises:
        RecordMissing: The report names a launch of ours whose job has no record.
        StoreBusy: The table did not take the write; apply the report again.
    """
    started = parse_started_by(report.started_by or "")
    if started is None:
        ports.signals.emit("task.foreign", task_arn=report.task_arn)
        return Applied(Effect.FOREIGN)
    sighting = sighting_of(report, started, ports)
    if sighting is None:
        return apply_to(ports.jobs.get(started.job_id), report, ports)
    try:
        ports.jobs.note(sighting)
    except JobMoved as moved:
        return apply_to(moved.current, report, ports)
    if sighting.status.is_terminal:
        ports.signals.emit(
            "job.finished", job_id=started.job_id, status=str(sighting.status)
        )
    return Applied(Effect.MOVED)


def apply_to(job: Job | None, report: TaskReport, ports: Ports) -> Applied:
    """Apply a report to a job that was read; read again while others move it.

    Raises:
        RecordMissing: There is no record.
        StoreBusy: Others kept moving the job; apply the report again.
    """
    for _ in range(WRITE_TRIES_MAX):
        if job is None:
            raise RecordMissing(f"task {report.task_arn}: no job {report.started_by}")
        effect, after = _decided(job, report, ports)
        if after is None:
            return Applied(effect, job)
        try:
            store(job, after, ports)
        except JobMoved as moved:
            job = moved.current
        else:
            _tell(after, effect, report, ports)
            return Applied(effect, after)
    raise StoreBusy(f"task {report.task_arn}: its job moved {WRITE_TRIES_MAX} times")


def _decided(job: Job, report: TaskReport, ports: Ports) -> tuple[Effect, Job | None]:
    """Return what a report does to a job, and the job to store, if any."""
    started = parse_started_by(report.started_by or "")
    mover = replace(
        facts(ports),
        attempt=started.attempt if started else None,
        launch_number=started.launch if started else None,
        version=report.version,
        is_stopped=report.is_stopped,
    )
    is_ours = report.started_by == job.token and not _is_over_unseen(job)
    if not is_ours or _is_second_task(job, report):
        return _stray(job, report, mover)
    if report.is_stopped and forbids(Move.FINISH, job, mover) is None:
        return _settled(job, report, mover, ports)
    if report.last_status == "RUNNING" and forbids(Move.RUN, job, mover) is None:
        return _running(job, report, mover)
    return Effect.NOTHING, None


def _is_over_unseen(job: Job) -> bool:
    """Whether the last launch is over though nobody saw a task of it end."""
    if job.launch is None or job.status is JobStatus.LOST:
        return True
    return job.status.is_terminal and job.launch.task_arn is None


def is_current(job: Job, report: TaskReport) -> bool:
    """Whether the task is, or may be, the one of the job's current launch."""
    if job.launch is None or job.status.is_terminal:
        return False
    return job.token == report.started_by and not _is_second_task(job, report)


def _is_second_task(job: Job, report: TaskReport) -> bool:
    """Whether the launch's one task is known and is another one."""
    known = job.launch.task_arn if job.launch else None
    return known is not None and known != report.task_arn


def _settled(
    job: Job, report: TaskReport, mover: Facts, ports: Ports
) -> tuple[Effect, Job]:
    entry = entry_for(job, ports)
    definition = entry.registered.definition
    # A report may leave out what an earlier one told: that the task did start.
    started_at = report.started_at or (job.launch.started_at if job.launch else None)
    ending = ending_of(
        replace(report, started_at=started_at),
        main_container=definition.container,
        essential=entry.registered.resolved.essential_names,
        stop_cause=job.launch.stop_cause if job.launch else None,
        was_spot_warned=bool(job.launch and job.launch.was_spot_warned),
        reject_exit_codes=frozenset(definition.exit_codes.reject),
        later_exit_codes=frozenset(definition.exit_codes.try_later),
    )
    if job.launch is not None:
        digest = report.image_digest(definition.container) or job.launch.image_digest
        launch = replace(job.launch, started_at=started_at, image_digest=digest)
        job = replace(job, launch=launch)
    after = settler(entry, ports).settled(job, ending, mover, task_arn=report.task_arn)
    return (Effect.MOVED if after.status.is_terminal else Effect.RETRIES), after


def _running(job: Job, report: TaskReport, mover: Facts) -> tuple[Effect, Job | None]:
    """Take the job to RUNNING, or note a Spot warning; else there is no news."""
    if job.launch is None:
        return Effect.NOTHING, None
    warned = job.launch.was_spot_warned or is_spot_warning(
        report, we_asked=job.launch.stop_requested_at is not None
    )
    is_news = job.status is JobStatus.STARTING or warned != job.launch.was_spot_warned
    if not is_news:
        return Effect.NOTHING, None
    launch = replace(
        job.launch,
        task_arn=report.task_arn,
        last_version=report.version,
        started_at=report.started_at or job.launch.started_at or mover.now,
        image_digest=report.image_digest() or job.launch.image_digest,
        was_spot_warned=warned,
        missing_count=0,
        missing_at=None,
    )
    after = make(Move.RUN, job, mover, to=JobStatus.RUNNING, launch=launch)
    return Effect.MOVED, after


def _stray(job: Job, report: TaskReport, mover: Facts) -> tuple[Effect, Job | None]:
    """A report of a launch that is not current: noted where it is news.

    A launch that the history saw end tells nothing new, however late its reports
    are; one that was given up for lost was not seen to end. A terminal job's record
    never changes.
    """
    if any(
        entry.task_arn == report.task_arn and entry.reason_code is not ReasonCode.LOST
        for entry in job.history
    ):
        return Effect.NOTHING, None
    is_success = (
        report.is_stopped
        and report.stop_code == SUCCESS_STOP_CODE
        and bool(report.containers)
        and all(container.exit_code == 0 for container in report.containers)
    )
    if not report.is_running and not is_success:
        return Effect.NOTHING, None
    effect = Effect.LIVE_STRAY if report.is_running else Effect.STRAY
    note = f"{report.started_by} {report.task_arn} {report.last_status}"
    if note in job.strays or forbids(Move.NOTE_STRAY, job, mover) is not None:
        return effect, None
    strays = (*job.strays, note)[-STRAYS_MAX:]
    return effect, make(Move.NOTE_STRAY, job, mover, strays=strays)


def _tell(job: Job, effect: Effect, report: TaskReport, ports: Ports) -> None:
    """Tell operators what a stored report did."""
    fields = {"job_id": job.job_id, "task_arn": report.task_arn}
    if effect in {Effect.STRAY, Effect.LIVE_STRAY}:
        ports.signals.emit("task.stray", status=report.last_status, **fields)
    elif effect is Effect.RETRIES:
        ports.signals.emit("job.retries", next_at=job.next_at, **fields)
