"""Times, durations and counts as people read them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def duration(seconds: float) -> str:
    """Return a duration in its two largest units: `2 min 30 s`, `3 h`, `42 s`."""
    left = max(0, round(seconds))
    if left == 0:
        return "less than 1 s"
    parts: list[str] = []
    for size, unit in _UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
        elif parts:
            break
    return " ".join(parts[:2])


def clock(at: datetime, now: datetime) -> str:
    """Return a time of day in UTC, with the date where that is not today's."""
    return f"{at:%H:%M:%S} UTC" if at.date() == now.date() else f"{at:%F %H:%M:%S} UTC"


def moment(at: datetime, now: datetime) -> str:
    """Return a time with its distance: `in 30 s (10:00:30 UTC)`."""
    seconds = (at - now).total_seconds()
    if round(seconds) > 0:
        return f"in {duration(seconds)} ({clock(at, now)})"
    return f"{duration(-seconds)} ago ({clock(at, now)})"


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """Return a number with its noun: `1 attempt`, `3 attempts`."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def listed(items: list[str]) -> str:
    """Return `a`, `a and b` or `a, b and c`."""
    *first, last = items
    return f"{', '.join(first)} and {last}" if first else last
