"""The launches of a job that may have printed something. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from headrace_client.errors import NoLogsError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from headrace.jobs.job import Job

NEVER_STARTED = "TaskFailedToStart"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One launch of a job.

    Attributes:
        task_arn: Its task; None where none is known.
        ended_at: When it ended; None while it may still print.
        why_none: Why it printed nothing, where that is known.
    """

    attempt: int
    launch: int
    task_arn: str | None
    ended_at: datetime | None = None
    why_none: str | None = None

    @property
    def number(self) -> tuple[int, int]:
        """Orders the launches of a job."""
        return self.attempt, self.launch


def runs_of(job: Job) -> list[Run]:
    """Return the launches that the record has, oldest first."""
    runs = [
        Run(
            attempt=entry.attempt,
            launch=entry.launch,
            task_arn=entry.task_arn,
            ended_at=entry.ended_at,
            why_none=entry.detail
            if _is_silent(entry.stop_code, entry.task_arn)
            else None,
        )
        for entry in job.history
    ]
    launch, outcome = job.launch, job.outcome
    if launch is not None:
        is_silent = outcome is not None and _is_silent(
            outcome.stop_code, launch.task_arn
        )
        runs.append(
            Run(
                attempt=job.attempt,
                launch=job.launch_number,
                task_arn=launch.task_arn,
                ended_at=outcome.finished_at if outcome else None,
                why_none=outcome.summary if outcome and is_silent else None,
            )
        )
    return runs


def _is_silent(stop_code: str | None, task_arn: str | None) -> bool:
    """Whether a launch that ended surely printed nothing."""
    return task_arn is None or stop_code == NEVER_STARTED


def chosen(job: Job, *, attempt: int | None, launch: int | None) -> list[Run]:
    """Return the launches that are asked for, oldest first; without numbers all.

    Raises:
        NoLogsError: The job was never launched, or its record has no such launch.
    """
    runs = runs_of(job)
    if not runs:
        raise NoLogsError(
            f"The job {job.job_id} has not been launched, so nothing was printed.",
            advice=f"See what it waits for: headrace explain {job.job_id}",
        )
    wanted = [
        run
        for run in runs
        if attempt in {None, run.attempt} and launch in {None, run.launch}
    ]
    if not wanted:
        raise NoLogsError(
            f"The job {job.job_id} has no {_named(attempt, launch)} on record.",
            advice=f"It has {_known(runs)}; the record keeps the last 20 launches.",
        )
    return wanted


def _named(attempt: int | None, launch: int | None) -> str:
    parts = [("attempt", attempt), ("launch", launch)]
    return ", ".join(f"{name} {number}" for name, number in parts if number is not None)


def _known(runs: Sequence[Run]) -> str:
    return "; ".join(f"attempt {run.attempt}, launch {run.launch}" for run in runs)
