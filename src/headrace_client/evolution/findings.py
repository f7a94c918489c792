"""What a version would refuse that the active one accepts. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace.definitions.definition import RegisteredDefinition
    from headrace.requests.rejection import Rejection
    from headrace.requests.request import SubmitRequest

NAMES_MAX = 3
"""How many are named of each kind."""


class Kind(StrEnum):
    """Where a request is that was not asked for its last time."""

    JOB = "waiting job"
    MESSAGE = "message in the request queue"
    SCHEDULE = "schedule"
    RULE = "rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A request that a version may refuse.

    Attributes:
        kind: Where it is.
        name: What it is known by there: job id, message id, `group/schedule`, rule.
        request: It names no version, so that it gets the active one.
        at: The time that its own times are judged by.
    """

    kind: Kind
    name: str
    request: SubmitRequest
    at: datetime


@dataclass(frozen=True, slots=True)
class Unchecked:
    """Something that was not looked at, in a sentence."""

    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The switch of a name's active version that is judged."""

    old: RegisteredDefinition
    new: RegisteredDefinition


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerned:
    """The requests of one kind that one field is refused in.

    `names` are the first of them.
    """

    kind: Kind
    count: int
    names: Sequence[str]

    def __str__(self) -> str:
        """Say how many, and which: ``2 waiting jobs (id, id)``."""
        noun = self.kind.value
        if self.count != 1:
            head, space, tail = noun.partition(" in ")
            noun = f"{head}s{space}{tail}"
        more = ", …" if self.count > len(self.names) else ""
        return f"{self.count} {noun} ({', '.join(self.names)}{more})"


@dataclass(frozen=True, slots=True, kw_only=True)
class WouldRefuse:
    """One field in which requests are refused, as the first of them is.

    Attributes:
        rejection: What the deployment would answer to it.
        concerned: One entry for each kind; never empty.
    """

    rejection: Rejection
    concerned: Sequence[Concerned]

    @property
    def count(self) -> int:
        """How many requests are refused in this field."""
        return sum(each.count for each in self.concerned)

    def __str__(self) -> str:
        """Say in one line why, and which: to go on after "would refuse 2 requests"."""
        listed = "; ".join(map(str, self.concerned))
        return f"({self.rejection.reason}: {self.rejection.message}): {listed}"

    @property
    def requests(self) -> str:
        """How many requests: ``2 requests``."""
        return f"{self.count} request{'' if self.count == 1 else 's'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evolution:
    """What a switch of the active version would do to requests that are on their way.

    Attributes:
        step: The switch.
        refusals: By field, the one that most requests are refused in first.
        looked_at: How many requests of the name were judged.
        unchecked: What was not looked at.
    """

    step: Step
    refusals: Sequence[WouldRefuse] = ()
    looked_at: int = 0
    unchecked: Sequence[Unchecked] = ()
