"""Dispatch: a batch of job requests from the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace import cold_start, wiring  # in this order
from headrace.settings import DispatchSettings
from headrace.stages.acceptance import Message
from headrace.stages.dispatch import dispatch

if TYPE_CHECKING:
    from headrace.ports import Ports


def handler(
    event: dict[str, Any],
    context: Any,  # noqa: ANN401 - AWS gives no type
    *,
    ports: Ports | None = None,
) -> dict[str, Any]:
    """Take each request; name the messages to deliver again."""
    with wiring.invocation(ports or wiring.ports(DispatchSettings), context) as world:
        failed = dispatch(
            [Message(each["messageId"], each["body"]) for each in event["Records"]],
            world,
        )
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


wiring.prepare(DispatchSettings)
cold_start.over()
