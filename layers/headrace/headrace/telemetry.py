"""Telemetry: every event's name, its level, and whether it is counted.

One JSON line per event, and one line of counts per invocation in CloudWatch's
embedded metric format, so that no call leaves the function for a metric.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Mapping
from threading import Lock
from typing import TYPE_CHECKING

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

TEXT_CHARACTERS_MAX = 256
"""Of any logged text: enough to find the cause, too little to flood a log."""

EVENTS: Mapping[str, tuple[int, str | None]] = {
    "job.accepted": (logging.INFO, "JobsAccepted"),
    "job.duplicate": (logging.INFO, "DuplicateRequests"),
    "job.cancel_requested": (logging.INFO, None),
    "job.finished": (logging.INFO, "JobsFinished"),
    "job.retries": (logging.INFO, "JobsRetried"),
    "job.lost": (logging.ERROR, "JobsLost"),
    "request.rejected": (logging.INFO, "RequestsRejected"),
    "launch.started": (logging.INFO, "LaunchesStarted"),
    "launch.refused": (logging.WARNING, "LaunchesRefused"),
    "launch.rejected": (logging.ERROR, "LaunchesRejected"),
    "launch.unanswered": (logging.WARNING, "LaunchesUnanswered"),
    "launch.clashed": (logging.ERROR, "LaunchesClashed"),
    "launch.lease_over": (logging.WARNING, "LeasesOver"),
    "launch.replayed": (logging.WARNING, "LaunchesReplayed"),
    "launch.absent": (logging.WARNING, "LaunchesAbsent"),
    "task.foreign": (logging.WARNING, "ForeignTasks"),
    "task.stray": (logging.WARNING, "StrayReports"),
    "task.duplicate": (logging.ERROR, "DuplicateTasks"),
    "task.missing": (logging.WARNING, None),
    "task.stop_asked": (logging.INFO, "StopsAsked"),
    "task.stuck": (logging.ERROR, "TasksStuck"),
    "search.incomplete": (logging.WARNING, "SearchesIncomplete"),
    "dispatch.batch_deferred": (logging.WARNING, "MessagesDeferred"),
    "dispatch.message_deferred": (logging.ERROR, "MessagesDeferred"),
    "record.message_deferred": (logging.ERROR, "ReportsDeferred"),
    "record.message_unreadable": (logging.ERROR, "ReportsDeferred"),
    "reconcile.done": (logging.INFO, "ReconcileRuns"),
    "reconcile.job_failed": (logging.ERROR, "ReconcileJobsFailed"),
    "reconcile.describe_deferred": (logging.WARNING, "SearchesIncomplete"),
    "reconcile.stop_deferred": (logging.WARNING, None),
    "reconcile.wake_failed": (logging.WARNING, None),
}
"""Each event's level, and the metric that counts it, if any."""

QUIET_WHEN_ZERO = {"reconcile.done": ("visited", "drained")}
"""Events that say nothing worth a line when all these fields are 0."""


class LoggedSignals:
    """Signals as log lines and counts; the `Signals` port on AWS."""

    def __init__(self, logger: Logger, *, namespace: str, service: str) -> None:
        self._logger = logger
        self._namespace = namespace
        self._service = service
        self._counts: Counter[str] = Counter()
        self._lock = Lock()  # a batch's threads emit side by side

    def emit(self, event: str, **fields: object) -> None:
        """Log an event, and count it where it is a metric.

        Raises:
            KeyError: The event is not listed in `EVENTS`: a fault of ours.
        """
        level, metric = EVENTS[event]
        if metric is not None:
            with self._lock:
                self._counts[metric] += 1
        zero_fields = QUIET_WHEN_ZERO.get(event, ())
        if zero_fields and not any(fields.get(name) for name in zero_fields):
            level = logging.DEBUG
        shown = {name: _shown(value) for name, value in fields.items()}
        write = getattr(self._logger, logging.getLevelName(level).lower())
        write(event.replace(".", " "), extra={"event": event, **shown})

    def flush(self) -> None:
        """Write the counts since the last flush as one metrics line."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        if not counts:
            return
        metrics = EphemeralMetrics(namespace=self._namespace, service=self._service)
        for name, count in counts.items():
            metrics.add_metric(name=name, unit=MetricUnit.Count, value=count)
        metrics.flush_metrics()


def _shown(value: object) -> object:
    if isinstance(value, str):
        return value[:TEXT_CHARACTERS_MAX]
    if value is None or isinstance(value, bool | int | float):
        return value
    return json.dumps(value, default=str)[:TEXT_CHARACTERS_MAX]
