"""`Waker` in memory: remembers that reconcile was woken, and by what."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class CollectedWaker:
    """Keeps every call until it is taken. Threads may share it."""

    def __init__(self) -> None:
        self._calls: list[tuple[str, ...]] = []
        self._lock = Lock()

    def wake(self, *, stray_task_arns: Sequence[str] = ()) -> None:
        """See `Waker`."""
        with self._lock:
            self._calls.append(tuple(stray_task_arns))

    def take(self) -> Sequence[tuple[str, ...]]:
        """Return the calls since the last take, each with its stray tasks."""
        with self._lock:
            calls, self._calls = self._calls, []
            return calls
