"""`Clock`, `Ids` and `Workers` of the machine that we run on."""

from __future__ import annotations

import secrets
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_RANDOM = secrets.SystemRandom()


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """See `Clock`."""
        return datetime.now(UTC)

    def pause(self, seconds: float) -> None:
        """See `Clock`."""
        time.sleep(seconds)


class SystemIds:
    """Randomness from the operating system."""

    def operation_id(self) -> str:
        """See `Ids`."""
        return secrets.token_urlsafe(12)  # short: each record has one or two of them

    def fraction(self) -> float:
        """See `Ids`."""
        return _RANDOM.random()


class ThreadWorkers:
    """Threads, which end with the steps that they were begun for."""

    def run[R](
        self, steps: Iterable[Callable[[], R]], *, at_once_max: int
    ) -> list[Future[R]]:
        """See `Workers`."""
        todo = list(steps)
        if not todo:
            return []
        with ThreadPoolExecutor(max_workers=min(at_once_max, len(todo))) as pool:
            ended = [pool.submit(step) for step in todo]
            wait(ended)
        return ended
