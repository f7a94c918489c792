"""Instants as every record, message and event writes them.

One form only: ISO 8601, UTC, milliseconds, `Z`. Equal length, so that text sorts as
time does. Reads no clock.
"""

from __future__ import annotations

from datetime import UTC, datetime


def to_text(at: datetime) -> str:
    """Return `2026-11-22T10:00:00.000Z`; what is below a millisecond is dropped.

    Raises:
        ValueError: The instant has no time zone, so it names no instant.
    """
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone")
    return at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def from_text(text: str) -> datetime:
    """Return the instant that `to_text` wrote.

    Raises:
        ValueError: The text is no instant, or names no time zone.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return at.astimezone(UTC)


def to_milliseconds(at: datetime) -> datetime:
    """Return the instant as it is after a trip through `to_text`."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
