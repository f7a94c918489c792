"""What a running pipeline tells its listener."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What sort of thing happened."""

    STEP = "step"  # a step of starting or stopping is done
    JOB = "job"  # a job or a rejection changed in the table
    TROUBLE = "trouble"  # a function logged a warning or an error, or failed
    RELOAD = "reload"  # an edit is live
    REFUSED = "refused"  # an edit is not live, and what was before still is


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One line of what is going on.

    Attributes:
        kind: Its sort.
        subject: What it is about: a step, a job id, a function, a file.
        text: What happened to it, in a few words or lines.
        name: The job's name where it is about a job, else empty.
    """

    kind: Kind
    subject: str
    text: str
    name: str = ""


Listener = Callable[[Happening], None]
"""Called from several threads."""


def ignore(_happening: Happening) -> None:
    """Listen to nothing."""
