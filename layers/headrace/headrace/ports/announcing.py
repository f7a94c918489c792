"""The ports to those who are told of jobs: a bus, workflows, and dead letters."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from headrace.announcements.answers import TokenAnswer
from headrace.announcements.event import Announcement


class EventBus(Protocol):
    """Takes events in, each at least once."""

    def put(self, announcements: Sequence[Announcement]) -> Sequence[str | None]:
        """Publish at most ten events with one call.

        Returns:
            For each, why it was not taken; None where it was. One that is said not to
            be taken may have been all the same.
        """
        ...


class Answered(StrEnum):
    """What became of an answer."""

    TAKEN = "TAKEN"
    CLOSED = "CLOSED"


class Workflows(Protocol):
    """Tells tasks that wait how their job ended."""

    def answer(self, answer: TokenAnswer) -> Answered:
        """Answer one token. CLOSED means that nobody waits any more.

        Raises:
            TryLater: It was not taken, and may be another time; the text says why.
        """
        ...


class DeadLetters(Protocol):
    """Keeps what could not be announced."""

    def keep(self, body: str) -> None:
        """Keep a letter.

        Raises:
            TryLater: It is not kept.
        """
        ...
