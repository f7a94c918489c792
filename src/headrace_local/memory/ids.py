"""Ids from a seed: the same run again gives the same ids."""

from __future__ import annotations

from random import Random
from threading import Lock


class SeededIds:
    """Ids for a test or a simulation. Threads may share it."""

    def __init__(self, seed: int = 0) -> None:
        self._random = Random(seed)  # noqa: S311 - repeatable is the point
        self._operations = 0
        self._lock = Lock()

    def operation_id(self) -> str:
        """See `Ids`; counted, so that a trace of a run reads in order."""
        with self._lock:
            self._operations += 1
            return f"operation-{self._operations}"

    def fraction(self) -> float:
        """See `Ids`."""
        with self._lock:
            return self._random.random()
