"""What operators are told: every event's name, its level, and what it measures. Pure.

Metrics are totals of a deployment: any function may add to one. What has a closed list
of values (a status, a reason) is one metric for each value, so that an invocation
needs one line for all of them, and no id of a job is ever part of a name.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from headrace.jobs.job import JobStatus
from headrace.launches.launch import RefusalKind
from headrace.requests.rejection import Reason


class Unit(StrEnum):
    """What a metric counts; CloudWatch's own words."""

    COUNT = "Count"
    SECONDS = "Seconds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What is done with one event.

    Attributes:
        level: Of its log line.
        counted_as: The metric that it adds one to, if any.
        by_field: A field whose value decides on one more metric, and those metrics.
        measures: Fields that are a metric's value themselves.
        is_quiet_when_zero: Fields; where all are 0, no line is worth its price.
    """

    level: int
    counted_as: str | None = None
    by_field: tuple[str, Mapping[str, str]] | None = None
    measures: Mapping[str, str] = field(default_factory=dict)
    is_quiet_when_zero: tuple[str, ...] = ()

    def measured(self, fields: Mapping[str, object]) -> Iterator[tuple[str, float]]:
        """Yield each metric that this event adds to, and by how much."""
        if self.counted_as is not None:
            yield self.counted_as, 1
        if self.by_field is not None:
            name, metrics = self.by_field
            if (metric := metrics.get(str(fields.get(name)))) is not None:
                yield metric, 1
        for name, metric in self.measures.items():
            value = fields.get(name)
            if isinstance(value, int | float):
                yield metric, value

    def level_of(self, fields: Mapping[str, object]) -> int:
        """Return the level of the event's line."""
        zero_fields = self.is_quiet_when_zero
        is_idle = zero_fields and not any(fields.get(name) for name in zero_fields)
        return logging.DEBUG if is_idle else self.level

    def metrics(self) -> Iterator[str]:
        """Yield every metric that this event may add to."""
        if self.counted_as is not None:
            yield self.counted_as
        if self.by_field is not None:
            yield from self.by_field[1].values()
        yield from self.measures.values()


def _named(prefix: str, code: str) -> str:
    """Return `RejectedUnknownJob` for `UNKNOWN_JOB`."""
    return prefix + code.title().replace("_", "")


_ENDED = {
    status.value: _named("Jobs", status) for status in JobStatus if status.is_terminal
}
_REJECTED = {reason.value: _named("Rejected", reason) for reason in Reason}
_REFUSED = {
    RefusalKind.THROTTLED.value: "LaunchesThrottled",
    RefusalKind.CAPACITY.value: "LaunchesWithoutCapacity",
}
_ON_RECONCILE = {
    "visited": "JobsVisited",
    "drained": "JobsDrained",
    "oldest_due_seconds": "OldestDueSeconds",
}


def _told(counted_as: str | None = None) -> Event:
    return Event(level=logging.INFO, counted_as=counted_as)


def _warned(counted_as: str | None = None) -> Event:
    return Event(level=logging.WARNING, counted_as=counted_as)


def _wrong(counted_as: str | None = None) -> Event:
    return Event(level=logging.ERROR, counted_as=counted_as)


EVENTS: Mapping[str, Event] = {
    "job.accepted": _told("JobsAccepted"),
    "job.duplicate": _told("DuplicateRequests"),
    "job.cancel_requested": _told(),
    "job.finished": Event(level=logging.INFO, by_field=("status", _ENDED)),
    "job.retries": _told("JobsRetried"),
    "job.lost": _wrong(),  # counted where it finished
    "request.rejected": Event(
        level=logging.INFO,
        counted_as="RequestsRejected",
        by_field=("reason", _REJECTED),
    ),
    "launch.started": _told("LaunchesStarted"),
    "launch.refused": Event(
        level=logging.WARNING,
        counted_as="LaunchesRefused",
        by_field=("kind", _REFUSED),
    ),
    "launch.rejected": _wrong("LaunchesRejected"),
    "launch.unanswered": _warned("LaunchesUnanswered"),
    "launch.clashed": _wrong("LaunchesClashed"),
    "launch.lease_over": _warned("LeasesOver"),
    "launch.replayed": _warned("LaunchesReplayed"),
    "launch.absent": _warned("LaunchesAbsent"),
    "task.foreign": _warned("ForeignTasks"),
    # An old launch that ended well was a second task, though nobody saw it run.
    "task.stray": Event(
        level=logging.WARNING,
        counted_as="StrayReports",
        by_field=("status", {"STOPPED": "DuplicateTasks"}),
    ),
    "task.stray_stopped": _warned("StraysStopped"),
    "task.duplicate": _wrong("DuplicateTasks"),
    "task.missing": _warned("TasksMissing"),
    "task.stop_asked": _told("StopsAsked"),
    "task.stuck": _wrong("TasksStuck"),
    "search.incomplete": _warned("SearchesIncomplete"),
    "backlog.held": _told("BacklogHeld"),
    "dispatch.batch_deferred": _warned("BatchesDeferred"),
    "dispatch.message_deferred": _wrong("MessagesDeferred"),
    "record.message_deferred": _wrong("ReportsDeferred"),
    "record.message_unreadable": _wrong("ReportsDeferred"),
    "reconcile.done": Event(
        level=logging.INFO,
        counted_as="ReconcileRuns",
        measures=_ON_RECONCILE,
        is_quiet_when_zero=("visited", "drained"),
    ),
    "reconcile.job_failed": _wrong("ReconcileJobsFailed"),
    "reconcile.describe_deferred": _warned("SearchesIncomplete"),
    "reconcile.stop_deferred": _warned("StopsDeferred"),
    "announce.done": Event(
        # No line of its own: there may be one for each event.
        level=logging.DEBUG,
        measures={"published": "EventsPublished"},
    ),
    "announce.dead_letter": _wrong("AnnounceDeadLetters"),
    "announce.record_deferred": _wrong("ChangesDeferred"),
    "token.answered": _told("TokensAnswered"),
    "token.closed": _warned("TokensClosed"),
    "reconcile.wake_failed": _warned("WakesFailed"),
}
"""Each event, and what is done with it."""

METRICS: Mapping[str, Unit] = {
    name: Unit.SECONDS if name.endswith("Seconds") else Unit.COUNT
    for event in EVENTS.values()
    for name in event.metrics()
}
"""Each metric's unit; of one invocation's values counts are added up, of seconds the
greatest stays."""
