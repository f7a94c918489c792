"""How often to look, and until when. The clock and the sleep are arguments."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FIRST_PAUSE_SECONDS = 0.2
PAUSE_GROWTH = 1.4
PAUSE_SECONDS_MAX = 5.0


def looks(
    *,
    deadline_seconds: float,
    now: Callable[[], datetime],
    sleep: Callable[[float], None],
    pause_seconds_max: float = PAUSE_SECONDS_MAX,
) -> Iterator[None]:
    """Yield whenever it is time to look; end when the deadline has passed.

    The first look is at once, the last one at the deadline; pauses grow between.
    """
    ends_at = now() + timedelta(seconds=deadline_seconds)
    pause = FIRST_PAUSE_SECONDS
    yield
    while (left := (ends_at - now()).total_seconds()) > 0:
        sleep(min(pause, pause_seconds_max, left))
        pause = min(pause * PAUSE_GROWTH, pause_seconds_max)
        yield
