"""A step of the demo: one message, and what must become of it. Values only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EndsAs:
    """A job's end.

    Attributes:
        status: Its terminal status.
        reason_code: Why.
        exit_code: The main container's; None where any will do.
        attempts: How many there were.
        tasks: How many ECS tasks were made for it, in all.
    """

    status: str
    reason_code: str
    exit_code: int | None = None
    attempts: int = 1
    tasks: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedAs:
    """A stored rejection; `*` in `limit` stands for any text, None for no value."""

    reason_code: str
    field: str | None
    limit: str
    value: str | None


@dataclass(frozen=True, slots=True)
class SameJobAs:
    """No job of its own and no rejection: the job of another step."""

    step: str


@dataclass(frozen=True, slots=True)
class Cancels:
    """A request about the job of another step; that one's end shows what it did."""

    step: str


type Expectation = EndsAs | RejectedAs | SameJobAs | Cancels


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One message.

    Attributes:
        name: Of the step, unique.
        title: For people.
        body: Exactly what is sent; None where it is made from another step's job id.
        expected: What must become of it.
        job_name: The job asked for, where the body asks for one.
        key: The idempotency key likewise.
        after: Send it once the job of that step has that status; `*` is any.
    """

    name: str
    title: str
    body: str | None
    expected: Expectation
    job_name: str = ""
    key: str = ""
    after: tuple[str, str] | None = None
