"""From an SQS record to a task report: opens EventBridge's envelope, checks its sender.

Decides nothing about jobs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headrace.errors import ForeignReport, UnreadableReport
from headrace.stages.record import Delivery
from headrace.tasks.report import TaskReport

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from headrace.launches.launch import Placement
    from headrace.ports import Ports

SOURCE = "aws.ecs"
DETAIL_TYPE = "ECS Task State Change"

_SHOWN_CHARACTERS_MAX = 120


@dataclass(frozen=True, slots=True)
class Expected:
    """Whose events are read: one deployment's, on its one or two clusters."""

    cluster_arns: tuple[str, ...]
    group: str

    @classmethod
    def of(cls, placement: Placement, untrusted: Placement | None = None) -> Expected:
        """Return what a deployment's own events say."""
        both = (placement, untrusted) if untrusted else (placement,)
        return cls(tuple(each.cluster_arn for each in both), placement.group)

    @property
    def region(self) -> str:
        """The clusters' region, from an ARN."""
        return self.cluster_arns[0].split(":")[3]

    @property
    def account(self) -> str:
        """The clusters' account, from an ARN."""
        return self.cluster_arns[0].split(":")[4]


def read_deliveries(
    records: Iterable[Mapping[str, Any]], ports: Ports
) -> tuple[list[Delivery], list[str]]:
    """Read a batch: the reports, and the ids of messages that cannot be read.

    A readable report of somebody else's task is told to operators and left out:
    delivering it again cannot make it ours.
    """
    expected = Expected.of(ports.placement, ports.untrusted_placement)
    deliveries: list[Delivery] = []
    unreadable: list[str] = []
    for record in records:
        message_id = record["messageId"]
        try:
            report = read_report(record.get("body"), expected)
        except UnreadableReport as error:
            unreadable.append(message_id)
            ports.signals.emit(
                "record.message_unreadable", message_id=message_id, detail=str(error)
            )
        except ForeignReport as error:
            ports.signals.emit("task.foreign", message_id=message_id, detail=str(error))
        else:
            deliveries.append(Delivery(message_id, report))
    return deliveries, unreadable


def read_report(body: object, expected: Expected) -> TaskReport:
    """Read the body of one SQS message.

    Raises:
        UnreadableReport: It is no task state change in EventBridge's envelope.
        ForeignReport: It is one, of another account, region, cluster or group.
    """
    envelope = _envelope(body)
    for name, wanted in (("source", SOURCE), ("detail-type", DETAIL_TYPE)):
        if envelope.get(name) != wanted:
            raise UnreadableReport(_differs(name, wanted, envelope.get(name)))
    detail = envelope.get("detail")
    if not isinstance(detail, dict):
        raise UnreadableReport(_differs("detail", "an object", detail))
    report = TaskReport.parse(detail)
    facts = (
        ("account", (expected.account,), envelope.get("account")),
        ("region", (expected.region,), envelope.get("region")),
        ("clusterArn", expected.cluster_arns, report.cluster_arn),
        ("group", (expected.group,), report.group),
    )
    for name, wanted_ones, given in facts:
        if given not in wanted_ones:
            told = _differs(name, " or ".join(wanted_ones), given)
            raise ForeignReport(f"task {report.task_arn}: {told}")
    return report


def _envelope(body: object) -> dict[str, Any]:
    if not isinstance(body, str):
        raise UnreadableReport(_differs("body", "text", body))
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableReport(f"body: is no JSON: {error}") from error
    if not isinstance(envelope, dict):
        raise UnreadableReport(_differs("body", "an object", envelope))
    return envelope


def _differs(name: str, wanted: str, given: object) -> str:
    shown = "absent" if given is None else repr(given)[:_SHOWN_CHARACTERS_MAX]
    return f"{name}: must be {wanted}, is {shown}"
