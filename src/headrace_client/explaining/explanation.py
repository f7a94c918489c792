"""An explanation: a value, the same for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headrace_client.explaining.causes import Cause

type FactValue = str | int | float | datetime | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known.

    Attributes:
        name: One of `headrace_client.explaining.fact_names.FACT_NAMES`.
        value: For programs.
        text: For people: a phrase that goes on after the name.
    """

    name: str
    value: FactValue
    text: str


@dataclass(frozen=True, slots=True)
class NextStep:
    """What happens next.

    Attributes:
        what: A sentence.
        by: Who does it: `reconcile`, `ECS`, `the task` or `you`.
        at: When; None where nobody can know.
    """

    what: str
    by: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchLine:
    """One launch of a job, ended or not.

    Attributes:
        reason_code: How it ended; None for the one under way.
        detail: That in words, or what ECS said.
    """

    attempt: int
    launch: int
    intended_at: datetime
    detail: str
    ended_at: datetime | None = None
    reason_code: str | None = None
    exit_code: int | None = None
    stop_code: str | None = None
    task_arn: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a job is where it is, what follows, and what may be done about it.

    Attributes:
        subject: The job id or message id that was asked about.
        status: The record's; `REJECTED` of a rejection, None where there is none.
        cause: What keeps the job there, or what ended it; a closed list.
        summary: The cause in a sentence or two.
        since_at: Since when that is so; None where nobody knows.
        facts: What else is known, the most telling first.
        next_step: What happens next; None where nothing does.
        gives_up_at: When the job ends if it has not got on by then; None for never.
        advice: Something to try; empty where all is well.
        launches: Every launch that the record still has, oldest first.
    """

    subject: str
    status: str | None
    cause: Cause
    summary: str
    advice: str = ""
    since_at: datetime | None = None
    job_name: str | None = None
    job_version: int | None = None
    tenant: str | None = None
    facts: tuple[Fact, ...] = ()
    next_step: NextStep | None = None
    gives_up_at: datetime | None = None
    launches: tuple[LaunchLine, ...] = ()

    def fact(self, name: str) -> FactValue | None:
        """Return a fact's value; None where it is not known."""
        return next((fact.value for fact in self.facts if fact.name == name), None)
