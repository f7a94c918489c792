"""Looks for the tasks of launches that no report has named yet.

Running tasks are listed first, stopped ones after: a task that stops in between is
then in the second list. The other order would miss it. A family's stopped tasks are
listed once for all searchers of a tick.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from headrace.errors import TryLater
from headrace.job import Job
from headrace.launch import LaunchOrder
from headrace.ports import Ports
from headrace.task import TaskReport

CONCURRENCY_MAX = 8
"""Listings at once; ECS allows 20 reads a second for all of an account."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a search for one launch found.

    Attributes:
        reports: Its tasks; more than one is a fault of ECS or of ours.
        began_at: When the search began; None where it was not complete, so that
            finding nothing means nothing.
    """

    reports: Sequence[TaskReport]
    began_at: datetime | None


def search(jobs: Sequence[Job], ports: Ports) -> Mapping[str, Evidence]:
    """Search for the current launch of each job; keys are job ids."""
    if not jobs:
        return {}
    began_at = ports.clock.now()
    with ThreadPoolExecutor(max_workers=CONCURRENCY_MAX) as pool:
        running = list(pool.map(lambda job: _running(job, ports), jobs))
        sought = {
            _family(job)
            for job, found in zip(jobs, running, strict=True)
            if found is not None and not found
        }
        stopped = dict(
            zip(sought, pool.map(lambda f: _stopped(f, ports), sought), strict=True)
        )
    return {
        job.job_id: _evidence(job, found, stopped.get(_family(job)), began_at)
        for job, found in zip(jobs, running, strict=True)
    }


def _evidence(
    job: Job,
    running: Sequence[TaskReport] | None,
    stopped: Sequence[TaskReport] | None,
    began_at: datetime,
) -> Evidence:
    if running:
        return Evidence(running, began_at)
    if running is None or stopped is None:
        return Evidence((), None)
    ours = [report for report in stopped if report.started_by == job.token]
    return Evidence(ours, began_at)


def _family(job: Job) -> str:
    return LaunchOrder.from_json(job.order_json or "").family


def _running(job: Job, ports: Ports) -> Sequence[TaskReport] | None:
    """Return the launch's running tasks; None where ECS did not answer."""
    try:
        return ports.tasks.find_running(job.token)
    except TryLater as error:
        ports.signals.emit("search.incomplete", job_id=job.job_id, detail=str(error))
        return None


def _stopped(family: str, ports: Ports) -> Sequence[TaskReport] | None:
    """Return a family's stopped tasks; None where not all pages were answered."""
    try:
        return ports.tasks.find_stopped(family)
    except TryLater as error:
        ports.signals.emit("search.incomplete", family=family, detail=str(error))
        return None
