"""The form in which every store keeps a job, whatever it is made of.

Times have milliseconds, evidence is bounded. Says nothing about attributes or keys.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from headrace.instants import to_milliseconds
from headrace.jobs.job import HISTORY_ENTRIES_MAX, STRAYS_MAX

if TYPE_CHECKING:
    from headrace.jobs.job import Job, Launch, LaunchEntry, Outcome
    from headrace.jobs.transitions import Transition


def as_stored(job: Job) -> Job:
    """Return what a store gives back after it was given `job`.

    Raises:
        ValueError: The outcome ends the job in another status than the job has.
    """
    if job.outcome is not None and job.outcome.status is not job.status:
        raise ValueError(
            f"job {job.job_id}: status {job.status} with an outcome of"
            f" {job.outcome.status}"
        )
    kept = _in_milliseconds(job)
    changes: dict[str, Any] = {}
    if kept.launch is not None:
        launch = _in_milliseconds(kept.launch)
        if kept.status.is_terminal:  # nobody sends any more
            launch = replace(launch, lease_owner=None, lease_until_at=None)
        changes["launch"] = launch
    if kept.outcome is not None:
        changes["outcome"] = _in_milliseconds(kept.outcome)
    if kept.history:
        newest = kept.history[-HISTORY_ENTRIES_MAX:]
        changes["history"] = tuple(map(_in_milliseconds, newest))
    if kept.transitions:
        changes["transitions"] = tuple(map(_in_milliseconds, kept.transitions))
    if kept.strays:
        changes["strays"] = kept.strays[-STRAYS_MAX:]
    if kept.expires_at is not None:  # a time to live counts whole seconds
        changes["expires_at"] = kept.expires_at.replace(microsecond=0)
    return replace(kept, **changes) if changes else kept


def _in_milliseconds[Value: (Job, Launch, Outcome, LaunchEntry, Transition)](
    value: Value,
) -> Value:
    changes: dict[str, Any] = {
        field.name: to_milliseconds(at)
        for field in fields(value)
        if isinstance(at := getattr(value, field.name), datetime)
        and at.microsecond % 1000
    }
    return replace(value, **changes) if changes else value
