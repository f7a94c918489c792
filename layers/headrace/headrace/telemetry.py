"""Telemetry: a log line for each event, and the counts of an invocation.

One JSON line per event, and one line of counts per invocation in CloudWatch's
embedded metric format, so that no call leaves the function for a metric.
"""

from __future__ import annotations

import json
import logging
from threading import Lock
from typing import TYPE_CHECKING

from aws_lambda_powertools.metrics import EphemeralMetrics

from headrace.operations import EVENTS, METRICS, Unit

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

TEXT_CHARACTERS_MAX = 256
"""Of any logged text: enough to find the cause, too little to flood a log."""

DIMENSION = "stack"
"""The only dimension: two deployments of one account must not add to one metric."""


class LoggedSignals:
    """Signals as log lines and counts; the `Signals` port on AWS."""

    def __init__(self, logger: Logger, *, namespace: str, stack_name: str) -> None:
        self._logger = logger
        self._namespace = namespace
        self._stack_name = stack_name
        self._values: dict[str, float] = {}
        self._lock = Lock()  # a batch's threads emit side by side

    def emit(self, event: str, **fields: object) -> None:
        """Log an event, and count it where it is a metric.

        Raises:
            KeyError: The event is not listed in `EVENTS`: a fault of ours.
        """
        known = EVENTS[event]
        for metric, value in known.measured(fields):
            self._add(metric, value)
        shown = {name: _shown(value) for name, value in fields.items()}
        write = getattr(
            self._logger, logging.getLevelName(known.level_of(fields)).lower()
        )
        # No message: it would say the event's name again, and each line is paid for.
        write(None, extra={"event": event, **shown})

    def flush(self) -> None:
        """Write what was counted since the last flush as one metrics line.

        A count of 0 is left out: nobody pays for a metric that did not happen.
        """
        with self._lock:
            values, self._values = self._values, {}
        values = {
            metric: value
            for metric, value in values.items()
            if value or METRICS[metric] is Unit.SECONDS
        }
        if not values:
            return
        metrics = EphemeralMetrics(
            namespace=self._namespace,
            service="",  # else the stage becomes a second dimension
            default_dimensions={DIMENSION: self._stack_name},
        )
        for metric, value in values.items():
            metrics.add_metric(name=metric, unit=METRICS[metric].value, value=value)
        metrics.flush_metrics()

    def _add(self, metric: str, value: float) -> None:
        with self._lock:
            before = self._values.get(metric, 0)
            if METRICS[metric] is Unit.SECONDS:
                self._values[metric] = max(before, value)
            else:
                self._values[metric] = before + value


def _shown(value: object) -> object:
    if isinstance(value, str):
        return value[:TEXT_CHARACTERS_MAX]
    if value is None or isinstance(value, bool | int | float):
        return value
    return json.dumps(value, default=str)[:TEXT_CHARACTERS_MAX]
