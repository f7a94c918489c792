"""The port to the launches per second that all invocations share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Backlog:
    """What the launch budget's item says of waiting work.

    Attributes:
        until_at: Until when dispatch leaves launching to reconcile; None or past
            where there is no backlog.
        tenants: Tenants that had jobs in the backlog; may name one too many.
        revision: Rises with every `LaunchBudget.enlist`, so that `dismiss` can tell
            that somebody joined since this was read.
        enlisted_at: When somebody last joined; None where nobody ever did.
    """

    until_at: datetime | None
    tenants: frozenset[str]
    revision: int = 0
    enlisted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """An answer to a reservation: how many launches, and the backlog's state."""

    launches: int
    backlog: Backlog


class LaunchBudget(Protocol):
    """Launches per second, shared by all invocations, and the backlog's flag."""

    def reserve(self, wanted: int, *, now: datetime) -> Grant:
        """Take up to `wanted` launches from the bucket; they are not given back.

        `wanted` 0 only reads the backlog's state.
        """
        ...

    def hold(self, until_at: datetime) -> None:
        """Let dispatch leave launching to reconcile until then.

        The last call counts, so that a hold can be ended early.
        """
        ...

    def enlist(self, tenants: frozenset[str], *, now: datetime) -> None:
        """Name tenants whose jobs join the backlog, before they join it."""
        ...

    def dismiss(self, tenant: str, *, seen: Backlog) -> None:
        """Forget a tenant unless anybody was enlisted since `seen` was read."""
        ...
