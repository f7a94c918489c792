"""Time as an argument: the system's clock, a virtual one, and timers on either."""

from __future__ import annotations

import heapq
import itertools
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC)


class VirtualClock:
    """A clock that moves only when told to, and fires the attached timers on its way.

    Args:
        start_at: Where it stands at first.
    """

    def __init__(self, start_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._now_at = start_at
        self._timers: list[Timers] = []

    def now(self) -> datetime:
        """Return the moment at which the clock stands."""
        return self._now_at

    def attach(self, timers: Timers) -> None:
        """Fire these timers from now on whenever the clock passes one."""
        self._timers.append(timers)

    def advance(self, seconds: float = 0.0) -> None:
        """Move on, halting at every timer on the way to fire it.

        Args:
            seconds: How far; 0 fires what is due already.
        """
        end_at = self._now_at + timedelta(seconds=seconds)
        while True:
            due = [at for each in self._timers if (at := each.next_due_at())]
            if not due or min(due) > end_at:
                break
            self._now_at = max(self._now_at, min(due))
            for each in self._timers:
                each.run_due()
        self._now_at = end_at


@dataclass(order=True, slots=True)
class Timer:
    """One thing to do at one moment; `cancel` makes it do nothing."""

    due_at: datetime
    order: int
    action: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """Forget the action; harmless when it has been done."""
        self.cancelled = True


class Timers:
    """Actions waiting for their moment, on any clock and without a thread of its own.

    Whoever owns the clock calls `run_due`: a virtual clock on its way, or a thread that
    sleeps until `next_due_at`. Timers of one moment fire in the order of their making.

    Args:
        clock: Tells when an action is due.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.on_change: Callable[[], None] = _do_nothing
        self._heap: list[Timer] = []
        self._order = itertools.count()
        self._lock = threading.Lock()

    def after(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Do something so many seconds from now."""
        due_at = self.clock.now() + timedelta(seconds=seconds)
        timer = Timer(due_at=due_at, order=next(self._order), action=action)
        with self._lock:
            heapq.heappush(self._heap, timer)
            is_first = self._heap[0] is timer
        if is_first:
            self.on_change()
        return timer

    def next_due_at(self) -> datetime | None:
        """Return when the next action is due; None when nothing waits."""
        with self._lock:
            while self._heap and self._heap[0].cancelled:
                heapq.heappop(self._heap)
            return self._heap[0].due_at if self._heap else None

    def run_due(self) -> int:
        """Do what is due, the earliest first; return how many actions were done."""
        done = 0
        while (timer := self._pop_due()) is not None:
            timer.action()
            done += 1
        return done

    def _pop_due(self) -> Timer | None:
        now = self.clock.now()
        with self._lock:
            while self._heap and self._heap[0].due_at <= now:
                timer = heapq.heappop(self._heap)
                if not timer.cancelled:
                    return timer
        return None


def _do_nothing() -> None:
    """Stand in where nobody listens."""
