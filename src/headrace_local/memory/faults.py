"""Faults on demand: the store fails before it does something, or after.

After means that the work is done and its answer lost, which the caller cannot tell
from before. Both must be survived in the same way.
"""

from __future__ import annotations

from collections import defaultdict, deque
from contextlib import contextmanager
from enum import Enum, auto
from threading import Lock
from typing import TYPE_CHECKING

from headrace.errors import StoreBusy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Moment(Enum):
    """When a call fails."""

    BEFORE = auto()
    AFTER = auto()


class Faults:
    """Decides which calls of a fake fail; by default none does.

    Args:
        decide: Asked at every call that has no planned fault, with the method's
            name; a simulation draws from its seed here.
    """

    def __init__(self, decide: Callable[[str], Moment | None] | None = None) -> None:
        self._decide = decide
        self._planned: defaultdict[str, deque[Moment | None]] = defaultdict(deque)
        self._lock = Lock()

    def plan(self, method: str, *moments: Moment | None) -> None:
        """Let the next calls of a method fail so, one for each moment.

        None is a call that does not fail.
        """
        with self._lock:
            self._planned[method].extend(moments)

    @contextmanager
    def around(self, method: str) -> Iterator[None]:
        """Fail before or after what is inside, if that is this call's fate.

        Raises:
            StoreBusy: The fault.
        """
        moment = self._next(method)
        if moment is Moment.BEFORE:
            raise StoreBusy(f"{method}: refused on demand")
        yield
        if moment is Moment.AFTER:
            raise StoreBusy(f"{method}: done, and the answer lost on demand")

    def _next(self, method: str) -> Moment | None:
        with self._lock:
            planned = self._planned[method]
            if planned:
                return planned.popleft()
            return None if self._decide is None else self._decide(method)
