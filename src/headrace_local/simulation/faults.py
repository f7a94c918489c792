"""What may go wrong in one schedule, and what did."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace_local.simulation.chance import Chance
    from headrace_local.simulation.loop import Loop
    from headrace_local.simulation.trace import Trace


class Fault(StrEnum):
    """Everything that the simulation lets go wrong."""

    # Of one request to AWS.
    KILL_BEFORE = "the function is killed before its request is sent"
    KILL_SENT = "the function is killed while its request is under way"
    KILL_AFTER = "the function is killed when its request has taken effect"
    ANSWER_LOST = "the request takes effect, and its answer is lost"
    LANDS_LATE = "the request takes effect long after its sender gave up"
    NOT_SENT = "no connection"
    THROTTLED = "AWS throttles the request"
    SERVER_ERROR = "AWS answers with an internal error, and did nothing"
    SERVER_ERROR_AFTER = "AWS answers with an internal error, and did it all the same"
    SLOW = "AWS answers slowly"
    # Of the table.
    CONFLICT = "the item is in a transaction"
    INDEX_LAG = "the index lags behind the table"
    # Of ECS.
    REFUSED = "RunTask is refused for want of capacity"
    HIDDEN_THROTTLE = "RunTask is throttled behind another error's name"
    DENIED = "RunTask is denied while permissions spread"
    TASK_MISSING = "DescribeTasks does not know a new task yet"
    TASK_UNLISTED = "ListTasks does not list a new task yet"
    START_FAILURE = "the task cannot start"
    SPOT = "Spot takes the task's capacity away"
    STOPPED_OUTSIDE = "somebody stops the task"
    STOP_IGNORED = "the task takes no notice of StopTask"
    HOST_LOST = "the task's host is lost"
    # Of messages and events.
    MESSAGE_TWICE = "the queue delivers a message twice at once"
    MESSAGE_AGAIN = "the queue delivers a deleted message again"
    ACK_LOST = "the batch succeeded, and its messages are not deleted"
    EVENT_TWICE = "EventBridge delivers an event twice"
    EVENT_LATE = "EventBridge delivers an event late"
    EVENT_LOST = "EventBridge never delivers an event"
    # Of those who are told.
    ENTRY_REFUSED = "EventBridge does not take one event of a call"
    STREAM_AGAIN = "the stream delivers a batch again"
    # Of functions and time.
    TICK_LOST = "the schedule leaves out a tick of reconcile"
    WAKE_LOST = "a wake of reconcile is lost"
    CLOCK_SKEW = "the function's clock is wrong"
    OUTAGE = "a service is out of order for a while"


_CALLS = (
    Fault.KILL_BEFORE,
    Fault.KILL_SENT,
    Fault.KILL_AFTER,
    Fault.ANSWER_LOST,
    Fault.LANDS_LATE,
    Fault.NOT_SENT,
    Fault.THROTTLED,
    Fault.SERVER_ERROR,
    Fault.SERVER_ERROR_AFTER,
    Fault.SLOW,
)
OF_DYNAMODB = (*_CALLS, Fault.CONFLICT)
OF_ECS = _CALLS
OF_RUN_TASK = (*_CALLS, Fault.HIDDEN_THROTTLE, Fault.DENIED)
OF_S3 = _CALLS
OF_LISTENERS = _CALLS
OF_FUNCTIONS = (Fault.KILL_BEFORE, Fault.KILL_SENT)


@dataclass(frozen=True, slots=True)
class Injected:
    """One fault that struck.

    Attributes:
        key: What it befell; unique in a schedule.
    """

    at_seconds: float
    fault: Fault
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """How likely each fault is, wherever it may strike.

    Attributes:
        rates: By kind; a kind that is absent does not occur.
        late_seconds_max: How long a late request is under way at most.
        outage_share: How likely each outage of hours is.
        outages: Those that there are in any case.
        is_racy: Tasks end when reconcile looks at them, so that two hear of it.
    """

    rates: Mapping[Fault, float]
    late_seconds_max: float = 900.0
    outage_share: float = 0.15
    outages: frozenset[str] = frozenset()
    is_racy: bool = False


CALM = Mix(rates={}, outage_share=0.0)
"""Nothing goes wrong."""


class Plan:
    """Decides what goes wrong, and keeps what did.

    Args:
        chance: The seed's.
        mix: The seed's, or a fixed one.
        spared: Keys of faults that are not to strike; shrinking adds to them.
        forced: Faults that strike by key, whatever the mix says.

    Attributes:
        late_seconds: How long single late requests are under way, by key.
    """

    def __init__(
        self,
        chance: Chance,
        mix: Mix,
        loop: Loop,
        trace: Trace,
        *,
        spared: frozenset[str] = frozenset(),
        forced: Mapping[str, Fault] | None = None,
    ) -> None:
        self.chance = chance
        self.mix = mix
        self.is_calm = False
        self.injected: list[Injected] = []
        self.outages: dict[str, list[tuple[float, float]]] = {}
        self.late_seconds: dict[str, float] = {}
        self._loop = loop
        self._trace = trace
        self._spared = spared
        self._forced = forced or {}

    def strikes(self, fault: Fault, key: str) -> bool:
        """Whether a fault befalls this; if so, it is kept."""
        rate = self.mix.rates.get(fault, 0.0)
        name = f"{fault.name}@{key}"
        if self._forced.get(key) is fault:
            return self._strike(fault, name)
        if rate <= 0 or self.is_calm or self.chance.at(name) >= rate:
            return False
        return self._strike(fault, name)

    def struck_by(
        self, faults: tuple[Fault, ...], key: str, *, weight: float = 1.0
    ) -> Fault | None:
        """Return the one of several faults that befalls this, if one does.

        `weight` says how much more often this is befallen than others are.
        """
        forced = self._forced.get(key)
        if forced is not None:
            return forced if self._strike(forced, f"{forced.name}@{key}") else None
        if self.is_calm:
            return None
        drawn = self.chance.at(key) / weight
        for fault in faults:
            drawn -= self.mix.rates.get(fault, 0.0)
            if drawn < 0:
                name = f"{fault.name}@{key}"
                return fault if self._strike(fault, name) else None
        return None

    def begin_outage(self, name: str, seconds: float) -> None:
        """Let something be out of order for a while, as one fault."""
        key = f"outage/{name}@{self._loop.elapsed_seconds:.0f}"
        if self.is_calm or key in self._spared:
            return
        now = self._loop.elapsed_seconds
        self.outages.setdefault(name, []).append((now, now + seconds))
        self.injected.append(Injected(now, Fault.OUTAGE, key))
        self._trace.tell("fault", f"fault: no {name} for {seconds / 60:.0f} minutes")

    def is_out(self, name: str) -> bool:
        """Whether something is out of order."""
        if self.is_calm:
            return False
        now = self._loop.elapsed_seconds
        return any(begin <= now < end for begin, end in self.outages.get(name, ()))

    def _strike(self, fault: Fault, name: str) -> bool:
        if name in self._spared:
            return False
        self.injected.append(Injected(self._loop.elapsed_seconds, fault, name))
        self._trace.tell("fault", f"fault: {name}: {fault}")
        return True
