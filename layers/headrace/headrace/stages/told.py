"""What announce is told: changes of the table, and what operators ask for.

Values only.
"""

from __future__ import annotations

from dataclasses import dataclass

from headrace.announcements.event import Announcement
from headrace.jobs.job import Job
from headrace.ports import StoredRejection


@dataclass(frozen=True, slots=True)
class Change:
    """A write of a job: what stood before it, and what it stored."""

    record_id: str
    before: Job | None
    after: Job


@dataclass(frozen=True, slots=True)
class Rejected:
    """A rejection that was stored."""

    record_id: str
    stored: StoredRejection


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that could not be read, as a letter."""

    record_id: str
    letter: str
    problem: str


@dataclass(frozen=True, slots=True)
class Replay:
    """A job whose events are wanted again."""

    record_id: str
    job_id: str


@dataclass(frozen=True, slots=True)
class Kept:
    """An event from a dead letter."""

    record_id: str
    announcement: Announcement


@dataclass(frozen=True, slots=True)
class Owed:
    """A job, or a rejected message, whose tokens were not answered."""

    record_id: str
    about: str


type Told = Change | Rejected | Unreadable | Replay | Kept | Owed
