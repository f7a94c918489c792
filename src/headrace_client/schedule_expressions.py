"""When a schedule fires: expressions of EventBridge Scheduler, checked. Pure.

Their form is checked here, for an answer with something to try; what the fields of a
cron expression may hold is Scheduler's to say. Source: Amazon EventBridge Scheduler
User Guide, "Schedule types".
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

EXPRESSION_CHARACTERS_MAX = 256  # Scheduler API Reference, CreateSchedule
TIMEZONE_CHARACTERS_MAX = 50  # ditto

_RATE = re.compile(r"rate\(([1-9][0-9]*) (minutes?|hours?|days?)\)")
_CRON = re.compile(r"cron\(([^()]*)\)")
_AT = re.compile(r"at\(([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})\)")
_CRON_FIELDS = 6
_DAY_OF_MONTH, _DAY_OF_WEEK = 2, 4


def expression_problem(expression: str, timezone: str, *, now: datetime) -> str | None:
    """Return what is wrong with an expression, beginning with the field; None if fine.

    Args:
        expression: ``rate(...)``, ``cron(...)`` or ``at(...)``.
        timezone: An IANA name, by which cron and at are read.
        now: What a single time must lie after.
    """
    zone = _zone(timezone)
    if zone is None:
        return (
            f"timezone: must be an IANA time zone, as Europe/Berlin, but is"
            f" {timezone!r}"
        )
    if len(expression) > EXPRESSION_CHARACTERS_MAX:
        return (
            f"expression: must have at most {EXPRESSION_CHARACTERS_MAX} characters, but"
            f" has {len(expression)}"
        )
    if cron := _CRON.fullmatch(expression):
        return _cron_problem(cron[1].split())
    if at := _AT.fullmatch(expression):
        return _at_problem(at[1], zone, now)
    if _RATE.fullmatch(expression):
        return None
    return (
        "expression: must be cron(0 2 * * ? *), rate(15 minutes) or"
        f" at(2026-11-22T02:00:00), but is {expression!r}"
    )


def is_single(expression: str) -> bool:
    """Whether an expression names one time only."""
    return _AT.fullmatch(expression) is not None


def _zone(timezone: str) -> ZoneInfo | None:
    """Return a zone; UTC where this machine has no list of zones to tell."""
    if not 0 < len(timezone) <= TIMEZONE_CHARACTERS_MAX:
        return None
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return None if len(available_timezones()) > 1 else ZoneInfo("UTC")


def _cron_problem(fields: list[str]) -> str | None:
    if len(fields) != _CRON_FIELDS:
        return (
            "expression: cron must have six fields (minutes, hours, day of month,"
            f" month, day of week, year), but has {len(fields)}"
        )
    if [fields[_DAY_OF_MONTH], fields[_DAY_OF_WEEK]].count("?") != 1:
        return (
            "expression: cron must have ? as day of month or as day of week, and in one"
            f" of them only, but has {fields[_DAY_OF_MONTH]} and {fields[_DAY_OF_WEEK]}"
        )
    return None


def _at_problem(text: str, zone: ZoneInfo, now: datetime) -> str | None:
    try:
        instant = datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError as error:
        return f"expression: {text} is no time: {error}"
    if instant <= now:
        return (
            f"expression: must be a time to come, but {text} in {zone.key} was"
            f" {instant.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        )
    return None
