"""Looks for the tasks of launches that no report has named yet.

Running tasks are listed first, stopped ones after: a task that stops in between is
then in the second list. The other order would miss it. A family's stopped tasks are
listed once for all searchers of a tick, and a listing that an invocation cannot finish
is taken up by the next one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from headrace.errors import TryLater
from headrace.jobs.job import Job
from headrace.launches.launch import LaunchOrder
from headrace.launches.sweep import Sweep
from headrace.ports import Ports, results
from headrace.tasks.report import TaskReport

CONCURRENCY_MAX = 8
"""Listings at once; ECS allows 20 reads a second for all of an account."""

SEARCH_SECONDS_MAX = 20
"""Less than half of an invocation: what a search found must still be stored."""


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


@dataclass(slots=True)
class _Listing:
    """A sweep and the sought launches' tasks that this invocation saw on it."""

    sweep: Sweep
    reports: defaultdict[str, list[TaskReport]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def evidence(self, token: str) -> Evidence:
        """Return what the listing says of one launch."""
        is_absent = self.sweep.proves_absent(token)
        began_at = self.sweep.began_at if is_absent else None
        return Evidence(self.reports[token], began_at)


def search(
    jobs: Sequence[Job], ports: Ports, has_time: Callable[[], bool]
) -> Mapping[str, Evidence]:
    """Search for the current launch of each job; keys are job ids.

    What there is no time for is left to the next search.
    """
    if not jobs:
        return {}
    began_at = ports.clock.now()
    until_at = began_at + timedelta(seconds=SEARCH_SECONDS_MAX)

    def may_go_on() -> bool:
        return has_time() and ports.clock.now() < until_at

    looks = [partial(_running, job, ports, may_go_on) for job in jobs]
    running = results(ports.workers.run(looks, at_once_max=CONCURRENCY_MAX))
    sought: defaultdict[str, set[str]] = defaultdict(set)
    clusters: dict[str, str] = {}  # A family is of one class, which has one cluster.
    for job, found in zip(jobs, running, strict=True):
        if found is not None and not found:
            order = _order(job)
            sought[order.family].add(job.token)
            clusters[order.family] = order.cluster_arn
    begun = [
        Sweep(family=family, began_at=began_at, sought=frozenset(tokens))
        for family, tokens in sought.items()
    ]
    sweeps = [
        partial(_list, sweep, clusters[sweep.family], ports, may_go_on)
        for sweep in begun
    ]
    listed = results(ports.workers.run(sweeps, at_once_max=CONCURRENCY_MAX))
    listings = {each.sweep.family: each for each in listed}
    evidence: dict[str, Evidence] = {}
    for job, found in zip(jobs, running, strict=True):
        if found is None:
            evidence[job.job_id] = Evidence((), None)
        elif found:
            evidence[job.job_id] = Evidence(found, began_at)
        else:
            evidence[job.job_id] = listings[_family(job)].evidence(job.token)
    return evidence


def _family(job: Job) -> str:
    return _order(job).family


def _order(job: Job) -> LaunchOrder:
    return LaunchOrder.from_json(job.order_json or "")


def _running(
    job: Job, ports: Ports, has_time: Callable[[], bool]
) -> Sequence[TaskReport] | None:
    """Return the launch's running tasks; None where ECS did not answer in time."""
    if not has_time():
        return None
    try:
        cluster_arn = _order(job).cluster_arn
        return ports.tasks.find_running(job.token, cluster_arn=cluster_arn)
    except TryLater as error:
        ports.signals.emit("search.incomplete", job_id=job.job_id, detail=str(error))
        return None


def _list(
    begun: Sweep, cluster_arn: str, ports: Ports, has_time: Callable[[], bool]
) -> _Listing:
    """List a family's stopped tasks, from where an unfinished sweep stopped.

    A sweep that is taken up was begun for other launches too; one that is not among
    them is looked for by the next.
    """
    kept = ports.sweeps.load(begun.family)
    quiet_seconds = ports.windows.quiet_seconds
    if kept is not None and kept.is_stale(begun.began_at, quiet_seconds=quiet_seconds):
        kept = None
    listing = _Listing(kept or begun)
    try:
        while not listing.sweep.is_complete and has_time():
            _read_page(listing, cluster_arn, ports)
    except TryLater as error:
        ports.signals.emit("search.incomplete", family=begun.family, detail=str(error))
    if kept is not None or not listing.sweep.is_complete:
        ports.sweeps.save(listing.sweep)
    return listing


def _read_page(listing: _Listing, cluster_arn: str, ports: Ports) -> None:
    sweep = listing.sweep
    page = ports.tasks.stopped_page(
        sweep.family, cluster_arn=cluster_arn, cursor=sweep.cursor
    )
    for report in page.reports:
        if report.started_by in sweep.sought:
            listing.reports[report.started_by].append(report)
    tokens = [report.started_by or "" for report in page.reports]
    listing.sweep = sweep.after_page(tokens, page.cursor)
