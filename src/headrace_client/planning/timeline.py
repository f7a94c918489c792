"""What happens to a job and when, told before it is sent. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from headrace.jobs.job import JobStatus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from headrace.definitions.admission import Admitted
    from headrace.definitions.retry import Backoff
    from headrace.jobs.job import Job
    from headrace_client.snapshot import Limits

_HIGHEST = 0.999999
"""A draw of the jitter so high that the wait is the longest there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One thing that happens, or may happen.

    Attributes:
        at: When, where that is known.
        when: The same for people, or after what it happens.
        status: The job's from then on; None where that is not said.
        what: One sentence.
    """

    at: datetime | None = None
    when: str
    status: JobStatus | None = None
    what: str


def timeline_of(job: Job, terms: Admitted, limits: Limits) -> tuple[Moment, ...]:
    """Return what happens, in its order."""
    return (
        *_waiting(job, limits),
        *_running(job, terms),
        *_trying_again(terms),
        Moment(
            when="at the latest",
            what=f"{span(seconds_max(terms))} after its first launch it has ended, with"
            " every limit used up and not counting waits for its turn.",
        ),
        Moment(
            when=f"{limits.retention_days} days after its end",
            what="The record may be deleted.",
        ),
    )


def seconds_max(terms: Admitted) -> int:
    """Return how long all launches and the waits between them may take."""
    retry = terms.retry
    launches = retry.attempts + retry.infrastructure_retries
    waits = [
        *_waits(retry.backoff, retry.attempts - 1),
        *_waits(retry.backoff, retry.infrastructure_retries),
    ]
    return launches * (terms.start_timeout_seconds + terms.timeout_seconds) + sum(waits)


def _waiting(job: Job, limits: Limits) -> Iterator[Moment]:
    rate = _rate(limits)
    if job.not_before_at is not None:
        yield Moment(
            at=job.accepted_at,
            when="when it is read",
            status=JobStatus.PENDING,
            what="Accepted; it waits for its time (SCHEDULED).",
        )
        yield Moment(
            at=job.not_before_at,
            when="at its time",
            status=JobStatus.RUNNABLE,
            what=f"Reconcile finds it within a minute; it is launched {rate}"
            " (LAUNCH_BUDGET).",
        )
    else:
        yield Moment(
            at=job.accepted_at,
            when="when it is read",
            status=JobStatus.RUNNABLE,
            what="Accepted. It waits for its turn where older jobs do, and is launched"
            f" {rate} (LAUNCH_BUDGET).",
        )
    yield Moment(
        when="in its turn",
        status=JobStatus.STARTING,
        what="RunTask is called. A full cluster sends it back to wait (CAPACITY).",
    )
    if job.start_deadline_at is not None:
        yield Moment(
            at=job.start_deadline_at,
            when="start deadline",
            status=JobStatus.EXPIRED,
            what="If it is not RUNNING by then.",
        )


def _rate(limits: Limits) -> str:
    if limits.launches_per_second == 0:
        return "as fast as ECS takes it"
    return (
        f"within {limits.launches_per_second:g} launches a second and"
        f" {limits.launch_burst} at once for all jobs"
    )


def _running(job: Job, terms: Admitted) -> Iterator[Moment]:
    seconds = terms.start_timeout_seconds
    yield Moment(
        when=f"{span(seconds)} after a launch",
        what="A task that is not RUNNING is stopped; that uses an infrastructure retry,"
        " and without one the job ends as TIMED_OUT (START_LIMIT).",
    )
    yield Moment(
        when="when the task runs",
        status=JobStatus.RUNNING,
        what=f"Its container has {span(job.timeout_seconds)}.",
    )
    yield Moment(
        when=f"{span(job.timeout_seconds)} after RUNNING",
        status=JobStatus.TIMED_OUT,
        what="The task is stopped (RUNTIME_LIMIT), and not tried again.",
    )


def _trying_again(terms: Admitted) -> Iterator[Moment]:
    retry = terms.retry
    left = retry.attempts - 1
    if left:
        yield Moment(
            when="after a failure of its own",
            status=JobStatus.RUNNABLE,
            what=f"Up to {_times(left)} more, as its rules say (BACKOFF), after at most"
            f" {_ceilings(retry.backoff, left)}.",
        )
    yield Moment(
        when="after its last try" if left else "after a failure of its own",
        status=JobStatus.FAILED,
        what="With the container's exit code as the reason.",
    )
    if retry.infrastructure_retries:
        yield Moment(
            when="after a failure of AWS",
            status=JobStatus.RUNNABLE,
            what=f"Up to {_times(retry.infrastructure_retries)} more in all: Spot, a"
            " lost host, a pull that failed; after at most"
            f" {_ceilings(retry.backoff, retry.infrastructure_retries)}.",
        )


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _waits(backoff: Backoff, number: int) -> list[int]:
    """Return the longest waits before each of so many retries."""
    return [
        round(backoff.delay(n, _HIGHEST).total_seconds()) for n in range(1, number + 1)
    ]


def _ceilings(backoff: Backoff, number: int) -> str:
    waits = _waits(backoff, number)
    shown = [span(wait) for wait in waits[:3]]
    return ", ".join(shown) + (" and so on" if len(waits) > len(shown) else "")


def span(seconds: float) -> str:
    """Write a length of time as people say it: `50 s`, `15 min`, `1 h 30 min`."""
    text = str(timedelta(seconds=round(seconds)))
    days, _, clock = text.rpartition(", ")
    hours, minutes, rest = (int(part) for part in clock.split(":"))
    parts = [
        days,
        f"{hours} h" if hours else "",
        f"{minutes} min" if minutes else "",
        f"{rest} s" if rest or not seconds else "",
    ]
    return " ".join(part for part in parts if part)
