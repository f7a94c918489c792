"""Virtual time: actions wait for their moment, and greenlets sleep in it.

One thread, so one order of things: what happens depends on the seed alone.
"""

from __future__ import annotations

import heapq
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from greenlet import GreenletExit, getcurrent, greenlet

if TYPE_CHECKING:
    from collections.abc import Callable

START_AT = datetime(2026, 1, 1, tzinfo=UTC)


class LoopTimer:
    """One action at one moment."""

    __slots__ = ("action",)

    def __init__(self, action: Callable[[], object]) -> None:
        self.action: Callable[[], object] | None = action

    def cancel(self) -> None:
        """Forget the action; harmless when it has been done."""
        self.action = None


class Loop:
    """Virtual time and what waits in it.

    It is a clock, and the timers of a local ECS engine.
    """

    def __init__(self) -> None:
        self.elapsed_seconds = 0.0
        self.steps = 0
        self._heap: list[tuple[float, int, LoopTimer]] = []
        self._order = count()
        self._hub: greenlet = getcurrent()
        self._begun: list[greenlet] = []
        self._is_closed = False

    @property
    def clock(self) -> Loop:
        """The clock that an engine's timers have."""
        return self

    def now(self) -> datetime:
        """Return the virtual time."""
        return self.at(0)

    def at(self, offset_seconds: float) -> datetime:
        """Return the virtual time, so many seconds on."""
        return START_AT + timedelta(seconds=self.elapsed_seconds + offset_seconds)

    def after(self, seconds: float, action: Callable[[], object]) -> LoopTimer:
        """Do something so many seconds from now; actions of one moment keep order."""
        timer = LoopTimer(action)
        entry = (self.elapsed_seconds + seconds, next(self._order), timer)
        heapq.heappush(self._heap, entry)
        return timer

    def run(
        self, *, until_seconds: float, is_over: Callable[[], bool] | None = None
    ) -> None:
        """Do what is due, in order, until a moment, or until it is over."""
        self._hub = getcurrent()
        heap = self._heap
        while heap and heap[0][0] <= until_seconds:
            at_seconds, _, timer = heapq.heappop(heap)
            if timer.action is None:
                continue
            self.elapsed_seconds = max(self.elapsed_seconds, at_seconds)
            self.steps += 1
            timer.action()
            if is_over is not None and is_over():
                return
        self.elapsed_seconds = max(self.elapsed_seconds, until_seconds)

    def begin(self, work: Callable[[], object]) -> None:
        """Begin some work now, as a greenlet; called from the loop's own actions."""
        worker = greenlet(work, parent=self._hub)
        self._begun.append(worker)
        worker.switch()

    def suspend(self) -> Any:  # noqa: ANN401 - what the other side passes
        """Let the calling greenlet wait until somebody switches to it.

        Raises:
            GreenletExit: The loop is closed; nobody will.
        """
        if self._is_closed:
            raise GreenletExit
        return self._hub.switch()

    def close(self) -> None:
        """End every greenlet that still waits; nothing is run after this.

        The garbage collector does not see into a greenlet that waits: it would keep
        the whole schedule that it is part of.
        """
        self._is_closed = True
        self._hub = getcurrent()
        for worker in self._begun:
            if not worker.dead:
                # What it raises while it ends is of a process that is gone.
                with suppress(Exception, SystemExit):
                    worker.throw()
        self._begun.clear()
        self._heap.clear()
