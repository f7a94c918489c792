"""When a call can be cut off, and what can come next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from headrace_local.simulation.faults import Fault

if TYPE_CHECKING:
    from headrace_local.simulation.call_record import Call

SDK_RETRIES_MAX = 3


@dataclass(frozen=True, slots=True)
class Moment:
    """When in a request's life it is cut off.

    Attributes:
        is_every_try: The SDK's own retries are befallen too.
        late_seconds: How long the request is under way.
    """

    fault: Fault
    is_every_try: bool = False
    late_seconds: float = 0.0


MOMENTS: Mapping[str, Moment] = {
    "before": Moment(Fault.KILL_BEFORE),
    "after": Moment(Fault.KILL_AFTER),
    "lost": Moment(Fault.ANSWER_LOST, is_every_try=True),
    "lost-once": Moment(Fault.ANSWER_LOST),
    "late-5": Moment(Fault.KILL_SENT, late_seconds=5),
    "late-100": Moment(Fault.KILL_SENT, late_seconds=100),
    "late-890": Moment(Fault.KILL_SENT, late_seconds=890),
    "overdue-5": Moment(Fault.LANDS_LATE, late_seconds=5),
    "overdue-100": Moment(Fault.LANDS_LATE, late_seconds=100),
    "overdue-890": Moment(Fault.LANDS_LATE, late_seconds=890),
}
"""`late`: killed, and the request lands afterwards. `overdue`: the caller lives, hears
nothing in time, and the request lands afterwards."""

_OF_READS = ("before", "lost")
"""A reader that is killed leaves the same world behind whenever that happens, so
`before` stands for `after` and for `late` too; the thorough run shows it."""

_OF_WRITES = ("before", "after", "lost", "lost-once", "late-100")
_OF_RUN_TASK = ("before", "after", "lost", "late-5", "late-100", "late-890")
"""RunTask is sent once a call, so its one answer is all answers."""

_OF_TELLING = ("before", "after", "lost", "late-100")


class Next(StrEnum):
    """What comes after the crash."""

    AT_ONCE = "at-once"
    AFTER_VISIBILITY = "after-visibility"
    RECONCILE_FIRST = "reconcile-first"


@dataclass(frozen=True, slots=True)
class Crash:
    """One call that is cut off.

    Attributes:
        key: The call's.
        moment: One of `MOMENTS`.
    """

    key: str
    moment: str
    next: Next

    def faults(self) -> dict[str, Fault]:
        """Return what to force on the call's requests."""
        moment = MOMENTS[self.moment]
        retries = range(1, SDK_RETRIES_MAX + 1) if moment.is_every_try else ()
        keys = [self.key, *(f"{self.key}+{number}" for number in retries)]
        return dict.fromkeys(keys, moment.fault)


def crashes_at(call: Call, *, is_thorough: bool = False) -> list[Crash]:
    """Return every crash that a call can have, with some delays or with all."""
    if call.stage == "announce":
        # It keeps nothing: the stream, which alone invokes it, brings all of it again.
        return [Crash(call.key, each, Next.AFTER_VISIBILITY) for each in _OF_TELLING]
    if is_thorough:
        moments = tuple(MOMENTS)
    elif call.operation == "run_task":
        moments = _OF_RUN_TASK
    else:
        moments = _OF_READS if call.is_read else _OF_WRITES
    return [Crash(call.key, moment, each) for moment in moments for each in Next]
