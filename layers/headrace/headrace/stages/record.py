"""Record: task state changes in; outcomes, retries and a woken reconcile out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

from headrace.errors import TryLater
from headrace.jobs.transitions import Stage
from headrace.ports import Ports
from headrace.stages.reporting import Applied, Effect, apply
from headrace.tasks.report import TaskReport

CONCURRENCY_MAX = 10
"""Writes that a batch makes at once."""

WAKE_WITHIN = timedelta(seconds=1)
"""A retry that is due later waits for reconcile's next minute."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivered state change."""

    message_id: str
    report: TaskReport


@dataclass(slots=True)
class _Batch:
    """What the deliveries of a batch ask of reconcile, and which failed.

    Attributes:
        strays: The messages that tell of each task to stop, by its ARN.
    """

    failed: list[str] = field(default_factory=list)
    strays: dict[str, list[str]] = field(default_factory=dict)
    wakes: bool = False


def record(deliveries: Sequence[Delivery], ports: Ports) -> list[str]:
    """Apply a batch of state changes.

    Changes of one task are applied in the order of their versions. One that only
    says RUNNING is left out where a newer one says as much.

    Returns:
        The ids of messages to deliver again.
    """
    tasks: defaultdict[str, list[Delivery]] = defaultdict(list)
    for delivery in deliveries:
        tasks[delivery.report.task_arn].append(delivery)
    if not tasks:
        return []
    ports = replace(ports, stage=Stage.RECORD)
    batch = _Batch()
    groups = list(tasks.values())
    steps = [partial(_apply_in_order, group, ports) for group in groups]
    ended = ports.workers.run(steps, at_once_max=CONCURRENCY_MAX)
    for group, step in zip(groups, ended, strict=True):
        error = step.exception()
        if error is None:
            _collect(step.result(), group, batch, ports)
            continue
        batch.failed += [delivery.message_id for delivery in group]
        ports.signals.emit(
            "record.message_deferred",
            task_arn=group[0].report.task_arn,
            error=type(error).__name__,
            detail=str(error),
        )
    if batch.wakes or batch.strays:
        _wake(batch, ports)
    return batch.failed


def _wake(batch: _Batch, ports: Ports) -> None:
    """Wake reconcile; where that fails, whoever tells of a stray tells again."""
    try:
        ports.waker.wake(stray_task_arns=sorted(batch.strays))
    except TryLater:
        batch.failed += [each for told in batch.strays.values() for each in told]


def _apply_in_order(group: Sequence[Delivery], ports: Ports) -> list[Applied]:
    reports = sorted((delivery.report for delivery in group), key=lambda r: r.version)
    telling = [report for report in reports[:-1] if not report.is_running]
    return [apply(report, ports) for report in (*telling, reports[-1])]


def _collect(
    applied: Sequence[Applied], group: Sequence[Delivery], batch: _Batch, ports: Ports
) -> None:
    task_arn = group[0].report.task_arn
    if any(one.effect is Effect.LIVE_STRAY for one in applied):
        batch.strays[task_arn] = [delivery.message_id for delivery in group]
        ports.signals.emit("task.duplicate", task_arn=task_arn)
    soon = ports.clock.now() + WAKE_WITHIN
    for one in applied:
        if one.effect is Effect.RETRIES and one.job is not None:
            batch.wakes |= one.job.next_at is not None and one.job.next_at <= soon
