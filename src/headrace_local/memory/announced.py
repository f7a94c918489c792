"""`EventBus`, `Workflows` and `DeadLetters` in memory: they keep what they are told."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from headrace.errors import TryLater
from headrace.ports import Answered

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headrace.announcements.answers import TokenAnswer
    from headrace.announcements.event import Announcement


class CollectedEvents:
    """Takes every event, but for those that a test says.

    Attributes:
        calls: The events of each call that were taken, in order.
        trouble_with: Asked for each event: why it is not taken; None takes it.
    """

    def __init__(self) -> None:
        self.calls: list[list[Announcement]] = []
        self.trouble_with: Callable[[Announcement], str | None] = lambda _: None

    def put(self, announcements: Sequence[Announcement]) -> Sequence[str | None]:
        """See `EventBus`."""
        troubles = [self.trouble_with(each) for each in announcements]
        both = zip(announcements, troubles, strict=True)
        self.calls.append([each for each, trouble in both if trouble is None])
        return troubles

    @property
    def taken(self) -> list[Announcement]:
        """Every event that was taken, in order."""
        return [each for call in self.calls for each in call]


class OpenTasks:
    """Tasks that wait, each until its token is answered. Threads may share it.

    Attributes:
        answers: Those that were taken, in order.
        failures_left: How many more answers are not taken.
    """

    def __init__(self) -> None:
        self.answers: list[TokenAnswer] = []
        self.failures_left = 0
        self._lock = Lock()

    def answer(self, answer: TokenAnswer) -> Answered:
        """See `Workflows`."""
        with self._lock:
            if self.failures_left:
                self.failures_left -= 1
                raise TryLater("not taken on demand")
            if any(each.token == answer.token for each in self.answers):
                return Answered.CLOSED
            self.answers.append(answer)
            return Answered.TAKEN


class CollectedLetters:
    """Keeps letters. Threads may share it.

    Attributes:
        bodies: Those that are kept.
        is_full: Whether none is kept any more.
    """

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.is_full = False

    def keep(self, body: str) -> None:
        """See `DeadLetters`."""
        if self.is_full:
            raise TryLater("not kept on demand")
        self.bodies.append(body)
