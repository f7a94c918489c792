"""`SweepStore` in memory. Threads may share it."""

from __future__ import annotations

from threading import Lock

from headrace.launches.sweep import Sweep


class MemorySweeps:
    """Unfinished sweeps in one dictionary."""

    def __init__(self) -> None:
        self._sweeps: dict[str, Sweep] = {}
        self._lock = Lock()

    def load(self, family: str) -> Sweep | None:
        """See `SweepStore`."""
        with self._lock:
            return self._sweeps.get(family)

    def save(self, sweep: Sweep) -> None:
        """See `SweepStore`."""
        with self._lock:
            if sweep.is_complete:
                self._sweeps.pop(sweep.family, None)
            else:
                self._sweeps[sweep.family] = sweep
