"""What a redrive needs of the world: queues, log lines, a place for notes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from headrace_client.redrive.dropping import Dropped
    from headrace_client.redrive.letters import DeadLetter


@dataclass(frozen=True, slots=True)
class Depth:
    """About how many messages a queue holds: to be received, and held by somebody."""

    waiting: int
    held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LastError:
    """What went wrong with a message last.

    Attributes:
        error: Its kind: an exception's name, or a service's error code.
        detail: In words, shortened as the log has it; may be empty.
        at: When; None where that is not told.
    """

    error: str
    detail: str
    at: datetime | None = None


class DeadLetters(Protocol):
    """One dead-letter queue. All methods may raise `ClientError`."""

    def receive(self, *, limit: int, hidden_seconds: int) -> Sequence[DeadLetter]:
        """Return up to so many messages, hidden from others for that long.

        Fewer than `limit` means that no more could be received just now.
        """
        ...

    def hide(self, letters: Sequence[DeadLetter], *, seconds: int) -> None:
        """Hide received messages for so long from now; 0 gives them back.

        Those that are gone, or were received by somebody else since, stay as they are.
        """
        ...

    def delete(self, letter: DeadLetter) -> None:
        """Delete a message; one that somebody else has received since may stay."""
        ...

    def depth(self) -> Depth:
        """Return about how many messages there are."""
        ...


class LiveQueue(Protocol):
    """A queue that a function takes its messages from."""

    def send(self, body: str, *, group: str | None) -> str:
        """Send a message and return its id, once SQS has confirmed that it has it.

        Raises:
            ClientError: It was not sent, or nobody knows.
        """
        ...


class StageLog(Protocol):
    """The log of the function that failed on a queue's messages."""

    def last_errors(
        self, letters: Iterable[DeadLetter], keys: Mapping[str, str]
    ) -> Mapping[str, LastError]:
        """Return what was logged last of messages, by message id.

        Args:
            letters: Of one queue.
            keys: By message id: the task ARN that the log may know it by instead.

        Raises:
            ClientError: The log cannot be read.
        """
        ...


class Notes(Protocol):
    """Where it is kept what was dropped. All methods may raise `ClientError`."""

    def keep(self, dropped: Dropped, *, expires_at: datetime) -> Dropped:
        """Store a note with the body; return the note that stands.

        A message that was dropped before keeps its first note.
        """
        ...

    def all(self, queue_name: str) -> Sequence[Dropped]:
        """Return the notes of a queue, without the bodies."""
        ...

    def body(self, dropped: Dropped) -> str | None:
        """Return a dropped message's body; None where it was not kept."""
        ...
