"""Drives timers by real time: a thread that sleeps until the next one is due."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headrace_local.ecs.clock import Timers

logger = logging.getLogger(__name__)


class TimerDriver:
    """Fires timers when they are due.

    Args:
        timers: Which.
    """

    def __init__(self, timers: Timers) -> None:
        self._timers = timers
        self._wake = threading.Event()
        self._is_closing = False
        self._thread = threading.Thread(
            target=self._run, name="ecs-timers", daemon=True
        )
        timers.on_change = self._wake.set

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; what is still to come never happens."""
        self._is_closing = True
        self._wake.set()
        self._thread.join(10)

    def _run(self) -> None:
        while not self._is_closing:
            self._wake.clear()
            try:
                self._timers.run_due()
            except Exception:
                logger.exception("a step of a task failed")
            due_at = self._timers.next_due_at()
            if due_at is None:
                self._wake.wait()
            else:
                now = self._timers.clock.now()
                self._wake.wait(max(0.0, (due_at - now).total_seconds()))
