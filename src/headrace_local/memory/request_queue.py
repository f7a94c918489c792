"""The request queue in memory: an at-least-once queue as SQS's standard ones are.

A message that was received is hidden for a while, comes back unless it was deleted,
and goes to the dead letters after so many receives.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from threading import Lock
from typing import TYPE_CHECKING

from headrace_client.errors import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace.ports import Clock

BODY_BYTES_MAX = 1_048_576
"""Amazon SQS Developer Guide, "Amazon SQS message quotas": 1 MiB."""

BATCH_MAX = 10
"""Amazon SQS API Reference, ReceiveMessage: at most 10 messages a call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedMessage:
    """A message as it lies in the queue, or was received.

    Attributes:
        message_id: Stays the same however often the message is received.
        receipt: Of the last receive; what `delete` takes.
        receives: How often it was received.
        visible_at: Hidden until then.
    """

    message_id: str
    body: str
    tenant: str
    visible_at: datetime
    receipt: str = ""
    receives: int = 0


class MemoryRequestQueue:
    """A request queue and its dead letters in one object. Threads may share it.

    Args:
        clock: Tells when a hidden message comes back.
        visibility_seconds: For how long a received message is hidden.
        receives_max: After so many receives a message is a dead letter.
    """

    def __init__(
        self, clock: Clock, *, visibility_seconds: float = 360, receives_max: int = 8
    ) -> None:
        self._clock = clock
        self._visibility = timedelta(seconds=visibility_seconds)
        self._receives_max = receives_max
        self._messages: dict[str, QueuedMessage] = {}
        self._dead: list[QueuedMessage] = []
        self._numbers = count(1)
        self._lock = Lock()

    def send(self, body: str, *, tenant: str) -> str:
        """See `headrace_client.request_queue.RequestQueue`.

        Raises:
            UnreachableError: The body is larger than SQS takes.
        """
        size = len(body.encode())
        if size > BODY_BYTES_MAX:
            raise UnreachableError(
                f"Cannot send the request: its {size} bytes are more than"
                f" {BODY_BYTES_MAX}.",
                advice="Pass large data by reference, not in the request.",
            )
        with self._lock:
            message_id = f"message-{next(self._numbers)}"
            self._messages[message_id] = QueuedMessage(
                message_id=message_id,
                body=body,
                tenant=tenant,
                visible_at=self._clock.now(),
            )
        return message_id

    def receive(self, most: int = BATCH_MAX) -> Sequence[QueuedMessage]:
        """Receive visible messages, oldest first, and hide them."""
        now = self._clock.now()
        received: list[QueuedMessage] = []
        with self._lock:
            visible = [m for m in self._messages.values() if m.visible_at <= now]
            for message in visible:
                if message.receives >= self._receives_max:
                    self._dead.append(self._messages.pop(message.message_id))
                elif len(received) < min(most, BATCH_MAX):
                    received.append(self._hidden(message, now))
        return received

    def delete(self, receipt: str) -> None:
        """Delete a received message; an older receipt of it deletes nothing."""
        with self._lock:
            for message in list(self._messages.values()):
                if message.receipt == receipt:
                    del self._messages[message.message_id]

    @property
    def dead_letters(self) -> Sequence[QueuedMessage]:
        """The messages that were received too often."""
        with self._lock:
            return list(self._dead)

    def _hidden(self, message: QueuedMessage, now: datetime) -> QueuedMessage:
        hidden = replace(
            message,
            receipt=f"{message.message_id}#{message.receives + 1}",
            receives=message.receives + 1,
            visible_at=now + self._visibility,
        )
        self._messages[message.message_id] = hidden
        return hidden
