"""One standard queue: its messages, who may see them, and until when.

Source: Amazon SQS Developer Guide, "Amazon SQS visibility timeout", "Amazon SQS
at-least-once delivery" and "Using dead-letter queues in Amazon SQS".
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from headrace_local.memory_sdk.queue_attributes import (
    VISIBILITY_SECONDS_MAX,
    QueueAttributes,
    invalid_value,
)
from headrace_local.memory_sdk.service_errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_MARK = "#"
_VISIBLE_MAX = timedelta(seconds=VISIBILITY_SECONDS_MAX)


@dataclass(frozen=True, slots=True, kw_only=True)
class SqsMessage:
    """A message as it lies in a queue.

    Attributes:
        message_id: The same however often it is received, and as a dead letter.
        sent_at: What its retention counts from; a dead letter keeps it.
        visible_at: Hidden until then, because it is delayed or was received.
        receives: How often it was received.
        receipt: The receipt handle of the last receive, "" before the first.
        received_at: When that was.
        first_received_at: When the first receive was.
        source_arn: Of a dead letter: the queue that it comes from.
        attributes: Its message attributes, as they were sent.
        system_attributes: What else its sender told: `MessageGroupId` and others.
    """

    message_id: str
    body: str
    sent_at: datetime
    visible_at: datetime
    receives: int = 0
    receipt: str = ""
    received_at: datetime | None = None
    first_received_at: datetime | None = None
    source_arn: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    system_attributes: Mapping[str, str] = field(default_factory=dict)


type Pick = Callable[[str, Sequence[SqsMessage], int], Sequence[SqsMessage]]
"""Of a queue's URL, its visible messages and a number: up to so many, in what order."""


def oldest(_url: str, visible: Sequence[SqsMessage], most: int) -> Sequence[SqsMessage]:
    """Pick the messages that came first; SQS promises no order."""
    return visible[:most]


class MessageQueue:
    """A queue's messages, in the order in which they came."""

    def __init__(
        self, *, url: str, arn: str, attributes: QueueAttributes, created_at: datetime
    ) -> None:
        self.url = url
        self.arn = arn
        self.attributes = attributes
        self.created_at = created_at
        self.changed_at = created_at
        self._messages: dict[str, SqsMessage] = {}

    def messages(self, now: datetime) -> list[SqsMessage]:
        """Return all messages whose retention is not over; the others are gone."""
        until = now - self.attributes.retention
        for message in [m for m in self._messages.values() if m.sent_at <= until]:
            del self._messages[message.message_id]
        return list(self._messages.values())

    def add(self, message: SqsMessage) -> None:
        """Store a message behind all others."""
        self._messages[message.message_id] = message

    def take(self, message: SqsMessage) -> None:
        """Remove a message."""
        del self._messages[message.message_id]

    def visible(self, now: datetime) -> list[SqsMessage]:
        """Return the messages that may be received."""
        return [m for m in self.messages(now) if m.visible_at <= now]

    def receive(
        self, message: SqsMessage, now: datetime, visibility: timedelta
    ) -> SqsMessage:
        """Hide a message for its receiver, under a new receipt."""
        receives = message.receives + 1
        hidden = replace(
            message,
            receives=receives,
            receipt=f"{message.message_id}{_MARK}{receives}",
            received_at=now,
            first_received_at=message.first_received_at or now,
            visible_at=now + visibility,
        )
        self._messages[message.message_id] = hidden
        return hidden

    def delete(self, receipt: str) -> None:
        """Delete the message of its latest receipt.

        An older receipt deletes nothing and is no error (API Reference, DeleteMessage:
        "you must provide the most recently received ReceiptHandle for the message
        (otherwise, the request succeeds, but the message will not be deleted)").

        Raises:
            Refused: It is no receipt at all.
        """
        message = self._of_receipt(receipt)
        if message is not None and message.receipt == receipt:
            del self._messages[message.message_id]

    def hide(self, receipt: str, now: datetime, visibility: timedelta) -> None:
        """Change for how long from now a received message is hidden.

        One that is visible again stays so, and that is no error. The API Reference
        lists MessageNotInflight, but AWS answers OK and does nothing: LocalStack
        compared (https://github.com/localstack/localstack/pull/9632). For one that is
        gone see https://github.com/aws/aws-sdk-net/issues/1927.

        Raises:
            Refused: It is gone, received anew, or would be hidden for more than 12
                hours since it was received.
        """
        message = self._of_receipt(receipt)
        if message is None or message.receipt != receipt or not message.received_at:
            raise invalid_value(
                receipt,
                "ReceiptHandle",
                "Message does not exist or is not available for visibility timeout"
                " change.",
            )
        if message.visible_at <= now:
            return
        if now + visibility > message.received_at + _VISIBLE_MAX:
            raise invalid_value(
                int(visibility.total_seconds()),
                "VisibilityTimeout",
                "Total VisibilityTimeout for the message is beyond the limit"
                f" [{VISIBILITY_SECONDS_MAX} seconds]",
            )
        self._messages[message.message_id] = replace(
            message, visible_at=now + visibility
        )

    def counts(self, now: datetime) -> dict[str, str]:
        """Return how many messages are visible, received and delayed."""
        messages = self.messages(now)
        hidden = [m for m in messages if m.visible_at > now]
        delayed = sum(1 for m in hidden if not m.receipt)
        return {
            "ApproximateNumberOfMessages": str(len(messages) - len(hidden)),
            "ApproximateNumberOfMessagesNotVisible": str(len(hidden) - delayed),
            "ApproximateNumberOfMessagesDelayed": str(delayed),
        }

    def _of_receipt(self, receipt: str) -> SqsMessage | None:
        message_id, mark, _ = receipt.rpartition(_MARK)
        if not mark:
            raise Refused(
                "ReceiptHandleIsInvalid",
                f'The input receipt handle "{receipt}" is not a valid receipt handle.',
            )
        return self._messages.get(message_id)
