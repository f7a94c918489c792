"""Receiving: which messages go to the dead letters, and how one is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from headrace_local.memory_sdk.queue_sends import digest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from headrace_local.memory_sdk.queue_messages import MessageQueue, SqsMessage

SENDER_ID = "123456789012"


def bury(queue: MessageQueue, dead: MessageQueue, most: int, now: datetime) -> None:
    """Move messages that were received as often as they may to the dead letters.

    They keep their id, and the time from which their retention counts (Developer
    Guide, "Understanding message retention periods for dead-letter queues").
    """
    for message in queue.visible(now):
        if message.receives >= most:
            queue.take(message)
            dead.add(replace(message, receipt="", source_arn=queue.arn))


def redriven(message: SqsMessage, message_id: str, now: datetime) -> SqsMessage:
    """Return a dead letter as it goes back: a new message of the same contents.

    Source: Developer Guide, "Learn how to configure a dead-letter queue redrive":
    redriven messages get a new message id and enqueue time.
    """
    return replace(
        message,
        message_id=message_id,
        sent_at=now,
        visible_at=now,
        receives=0,
        receipt="",
        received_at=None,
        first_received_at=None,
        source_arn=None,
    )


def told(message: SqsMessage, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a received message as its receiver is told."""
    answer: dict[str, Any] = {
        "MessageId": message.message_id,
        "ReceiptHandle": message.receipt,
        "MD5OfBody": digest(message.body),
        "Body": message.body,
    }
    wanted = {
        *request.get("AttributeNames", ()),
        *request.get("MessageSystemAttributeNames", ()),
    }
    if wanted:
        known = _system_attributes(message)
        shown = {n: v for n, v in known.items() if n in wanted or "All" in wanted}
        if shown:
            answer["Attributes"] = shown
    attributes = _attributes(message, request.get("MessageAttributeNames", ()))
    if attributes:
        answer["MessageAttributes"] = attributes
    return answer


def _attributes(message: SqsMessage, wanted: list[str]) -> dict[str, Any]:
    prefixes = tuple(name[:-2] for name in wanted if name.endswith(".*"))
    is_all = "All" in wanted or ".*" in wanted
    return {
        name: dict(attribute)
        for name, attribute in message.attributes.items()
        if is_all or name in wanted or (prefixes and name.startswith(prefixes))
    }


def _system_attributes(message: SqsMessage) -> dict[str, str]:
    attributes = {
        "SenderId": SENDER_ID,
        "SentTimestamp": milliseconds(message.sent_at),
        "ApproximateReceiveCount": str(message.receives),
        **message.system_attributes,
    }
    if message.first_received_at is not None:
        first = milliseconds(message.first_received_at)
        attributes["ApproximateFirstReceiveTimestamp"] = first
    if message.source_arn is not None:
        attributes["DeadLetterQueueSourceArn"] = message.source_arn
    return attributes


def milliseconds(at: datetime) -> str:
    """Return a time as SQS tells it: milliseconds since the epoch."""
    return str(round(at.timestamp() * 1_000))
