"""Runs a container's health check again and again, as Docker does."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from headrace_local.ecs.runners.port import HealthCheck


class HealthWatch:
    """One container's health, found out by one thread until told to end.

    Args:
        check: What to run, how often, and how many failures count.
        probe: Runs a command line in the container, within so many seconds; tells
            whether it exited with 0.
        tell: Told when the container becomes healthy or unhealthy.
    """

    def __init__(
        self,
        check: HealthCheck,
        probe: Callable[[tuple[str, ...], float], bool],
        tell: Callable[[bool], None],
    ) -> None:
        self._check = check
        self._probe = probe
        self._tell = tell
        self._ended = threading.Event()
        threading.Thread(target=self._run, name="ecs-health", daemon=True).start()

    def end(self) -> None:
        """Check no more."""
        self._ended.set()

    def _run(self) -> None:
        check = self._check
        began = time.monotonic()
        failures = 0
        while not self._ended.wait(check.interval_seconds):
            passed = self._probe(check.argv, check.timeout_seconds)
            if self._ended.is_set():
                return
            if passed:
                failures = 0
                self._tell(True)  # noqa: FBT003 - the answer of a check
                continue
            # Failures within the start period do not count.
            if time.monotonic() - began >= check.start_period_seconds:
                failures += 1
            if failures >= check.retries:
                self._tell(False)  # noqa: FBT003 - ditto
