"""Reconcile: every minute by schedule, and when record or dispatch wakes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace import cold_start, wiring  # in this order
from headrace.settings import ReconcileSettings
from headrace.stages.reconcile import reconcile

if TYPE_CHECKING:
    from headrace.ports import Ports

RESERVE_MILLISECONDS = 15_000
"""Left for the steps under way: a call to ECS may take ten seconds."""


def handler(
    event: dict[str, Any],
    context: Any,  # noqa: ANN401 - AWS gives no type
    *,
    ports: Ports | None = None,
) -> dict[str, Any]:
    """Visit what is due and drain the backlog while there is time."""

    def has_time() -> bool:
        remaining: int = context.get_remaining_time_in_millis()
        return remaining > RESERVE_MILLISECONDS

    with wiring.invocation(ports or wiring.ports(ReconcileSettings), context) as world:
        tally = reconcile(
            world,
            has_time=has_time,
            stray_task_arns=event.get("strayTaskArns", []),
        )
    return {"visited": tally.visited, "drained": tally.drained}


wiring.prepare(ReconcileSettings)
cold_start.over()
