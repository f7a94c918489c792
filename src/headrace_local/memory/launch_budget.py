"""`LaunchBudget` in memory, by the same arithmetic as the table's."""

from __future__ import annotations

from dataclasses import replace
from threading import RLock
from typing import TYPE_CHECKING

from headrace.instants import to_milliseconds
from headrace.launches.budget import MICROSECONDS, LaunchRate
from headrace.ports import Backlog, Grant
from headrace_local.memory.faults import Faults

if TYPE_CHECKING:
    from datetime import datetime

UNLIMITED = LaunchRate(per_second=0, burst=1)


class MemoryLaunchBudget:
    """The launch budget in one object. Threads may share it.

    Attributes:
        faults: Which calls fail.
    """

    def __init__(
        self, rate: LaunchRate = UNLIMITED, faults: Faults | None = None
    ) -> None:
        self.faults = faults or Faults()
        self._rate = rate
        self._full_at_us: int | None = None
        self._backlog = Backlog(until_at=None, tenants=frozenset(), revision=0)
        self._lock = RLock()

    def reserve(self, wanted: int, *, now: datetime) -> Grant:
        """See `LaunchBudget`."""
        now_us = int(now.timestamp() * MICROSECONDS)
        with self._lock, self.faults.around("reserve"):
            reserved = self._rate.reserve(
                wanted, now_us=now_us, full_at_us=self._full_at_us
            )
            self._full_at_us = reserved.full_at_us
            return Grant(reserved.launches, self._backlog)

    def hold(self, until_at: datetime) -> None:
        """See `LaunchBudget`."""
        until_at = to_milliseconds(until_at)
        with self._lock, self.faults.around("hold"):
            self._backlog = replace(self._backlog, until_at=until_at)

    def enlist(self, tenants: frozenset[str], *, now: datetime) -> None:
        """See `LaunchBudget`."""
        if not tenants:
            return
        with self._lock, self.faults.around("enlist"):
            self._backlog = replace(
                self._backlog,
                tenants=self._backlog.tenants | tenants,
                revision=self._backlog.revision + 1,
                enlisted_at=to_milliseconds(now),
            )

    def dismiss(self, tenant: str, *, seen: Backlog) -> None:
        """See `LaunchBudget`."""
        with self._lock, self.faults.around("dismiss"):
            if seen.revision == self._backlog.revision:
                self._backlog = replace(
                    self._backlog, tenants=self._backlog.tenants - {tenant}
                )
