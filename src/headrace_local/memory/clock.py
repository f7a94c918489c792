"""A clock that moves only when it is told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Lock

START_AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


class VirtualClock:
    """Time as a test or a simulation has it. Threads may share it."""

    def __init__(self, now: datetime = START_AT) -> None:
        self._now = now
        self._lock = Lock()

    def now(self) -> datetime:
        """See `Clock`."""
        with self._lock:
            return self._now

    def pause(self, seconds: float) -> None:
        """See `Clock`; the pause is over at once."""
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Let time pass.

        Raises:
            ValueError: Time does not run backwards.
        """
        if seconds < 0:
            raise ValueError(f"seconds: must be at least 0, but is {seconds}")
        with self._lock:
            self._now += timedelta(seconds=seconds)

    def advance_to(self, at: datetime) -> None:
        """Let time pass until an instant; one that is past changes nothing."""
        with self._lock:
            self._now = max(self._now, at)
