"""Reads single members of ECS's task objects, from events and from API answers.

Knows the shapes that ECS uses, not what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from headrace.errors import UnreadableReport

VERSION_DIGITS_MAX = 18
"""A version is a 64-bit integer (ECS API Reference, Task, `version`)."""

_SHOWN_CHARACTERS_MAX = 80
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def required_text(members: Mapping[str, object], name: str) -> str:
    """Return a text that every task has.

    Raises:
        UnreadableReport: It is absent, empty or no text.
    """
    value = members.get(name)
    if not isinstance(value, str) or not value:
        raise UnreadableReport(f"{name}: must be a text, is {_shown(value)}")
    return value


def optional_text(members: Mapping[str, object], name: str) -> str | None:
    """Return a text; None where there is none, an empty one, or something else."""
    value = members.get(name)
    return value if isinstance(value, str) and value else None


def image_digest(members: Mapping[str, object]) -> str | None:
    """Return the digest of a container's image; None where there is none.

    Source: Amazon ECS API Reference, Container, `imageDigest`; the form is that of the
    OCI Image Format Specification, "Digests", of which SHA-256 is in use.
    """
    value = optional_text(members, "imageDigest")
    return value if value and _DIGEST.fullmatch(value) else None


def required_version(members: Mapping[str, object]) -> int:
    """Return the task's version, which orders its reports.

    A string of digits is read as a number: some emulators and some SDKs write it so.

    Raises:
        UnreadableReport: It is absent, negative or no integer.
    """
    value = members.get("version")
    if isinstance(value, str) and value.isascii() and value.isdigit():
        if len(value) <= VERSION_DIGITS_MAX:
            return int(value)
    elif isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise UnreadableReport(
        f"version: must be an integer from 0 of at most {VERSION_DIGITS_MAX} digits,"
        f" is {_shown(value)}"
    )


def exit_code(members: Mapping[str, object]) -> int | None:
    """Return a container's exit code; None where ECS gave no integer.

    Neither `false` nor `"0"` nor `0.0` is an exit code: a missing code that reads as 0
    would be a success that nobody saw.
    """
    value = members.get("exitCode")
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value


def moment(members: Mapping[str, object], name: str) -> datetime | None:
    """Return a time in UTC; None where there is none that can be read.

    Events carry ISO-8601 text, SDKs datetimes, the API's wire epoch seconds. A time
    without an offset is not read: it names no moment.
    """
    value = members.get(name)
    try:
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            value = datetime.fromtimestamp(value, UTC)
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def objects(members: Mapping[str, object], name: str) -> Sequence[Mapping[str, object]]:
    """Return a list's objects; empty where there is no list."""
    value = members.get(name)
    if not isinstance(value, list | tuple):
        return ()
    return tuple(entry for entry in value if isinstance(entry, Mapping))


def _shown(value: object) -> str:
    return "absent" if value is None else repr(value)[:_SHOWN_CHARACTERS_MAX]
