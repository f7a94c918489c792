"""Record: a batch of ECS task state changes from their queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace import cold_start, wiring  # in this order
from headrace.aws.envelopes import read_deliveries
from headrace.settings import RecordSettings
from headrace.stages.record import record

if TYPE_CHECKING:
    from headrace.ports import Ports


def handler(
    event: dict[str, Any],
    context: Any,  # noqa: ANN401 - AWS gives no type
    *,
    ports: Ports | None = None,
) -> dict[str, Any]:
    """Apply each state change; name the messages to deliver again."""
    with wiring.invocation(ports or wiring.ports(RecordSettings), context) as world:
        deliveries, unreadable = read_deliveries(event["Records"], world)
        failed = [*unreadable, *record(deliveries, world)]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


wiring.prepare(RecordSettings)
cold_start.over()
