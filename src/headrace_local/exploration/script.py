"""Ports that play back what a party was answered so far, then stop it at its next call.

So the product's own stages are what is explored: a party between two calls is its
answers, and running it once more finds its next call. What no other party can see or
change (catalogue, budget, random numbers) is answered at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from headrace.definitions.definition import RegisteredDefinition
from headrace.errors import TryLater
from headrace.launches.sweep import Sweep
from headrace.ports import (
    Backlog,
    Grant,
)
from headrace_local.exploration.scope import NOW, REGISTERED, TENANT, TICK

EXPECTED_TROUBLE = frozenset({"StoreBusy", "Throttled", "TryLater"})


@dataclass(frozen=True, slots=True)
class Call:
    """The call that a party makes next; `detail` depends on the name."""

    name: str
    detail: Any = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a party was answered, and how many ticks ago.

    `value` is a job's record for the names `new`, `standing`, `job` and `moved`, and
    a launch's number and phase for `report`.
    """

    ticks_ago: int
    name: str
    value: Any = None


class Reached(BaseException):
    """The party stands before a call that nobody answered yet."""


@dataclass(slots=True)
class Script:
    """All ports of one party."""

    answers: Sequence[Answer]
    name: str
    launches: int
    has_backlog: bool
    call: Call | None = None
    trouble: str | None = None
    _position: int = field(default=0)

    def ask(self, name: str, detail: object = None) -> Answer:
        """Return the recorded answer, or stop the party here."""
        if self._position + 1 >= len(self.answers):
            self.call = Call(name, detail)
            raise Reached
        self._position += 1
        answer = self.answers[self._position]
        if answer.name == "later":
            raise TryLater(f"{name}: not now")
        return answer

    # -- surroundings ---------------------------------------------------------------

    def now(self) -> datetime:
        """Return the instant of the last answer: what follows takes no time."""
        return NOW - self.answers[self._position].ticks_ago * TICK

    def pause(self, seconds: float) -> None:
        """Let no time pass; the explorer does."""

    def operation_id(self) -> str:
        """Return the party's name: a party's own writes need no telling apart."""
        return self.name

    def fraction(self) -> float:
        """Return the shortest jitter, so that launches follow most closely."""
        return 0.0

    def run_steps[R](self, steps: Iterable[Callable[[], R]]) -> list[Future[R]]:
        """Do steps one after the other; there is one job, so one step at a time."""
        ended: list[Future[R]] = []
        for step in steps:
            future: Future[R] = Future()
            try:
                future.set_result(step())
            except Exception as error:  # noqa: BLE001 - a step's error is its result
                future.set_exception(error)
            ended.append(future)
        return ended

    def emit(self, event: str, **fields: object) -> None:
        """Keep an error that a stage swallowed and that no fault of ours explains."""
        error = fields.get("error")
        if error is not None and error not in EXPECTED_TROUBLE:
            self.trouble = f"{event}: {error}: {fields.get('detail')}"

    def flush(self) -> None:
        """Do nothing: nobody watches."""

    def wake(self, *, stray_task_arns: Sequence[str] = ()) -> None:
        """Lose the call; reconcile comes by itself."""

    # -- what others cannot see -----------------------------------------------------

    def active(self, names: Sequence[str]) -> Mapping[str, RegisteredDefinition]:
        """Return the one definition."""
        return dict.fromkeys(names, REGISTERED)

    def register(self, registered: RegisteredDefinition) -> None:
        """Refuse: the scope has one definition."""
        raise NotImplementedError(registered.definition.name)

    def activate(self, name: str, version: int) -> None:
        """Refuse, likewise."""
        raise NotImplementedError(f"{name} {version}")

    def version(self, name: str, version: int) -> RegisteredDefinition | None:
        """Return the one definition."""
        del name, version
        return REGISTERED

    def reserve(self, wanted: int, *, now: datetime) -> Grant:
        """Grant what this party is granted, whatever others took."""
        del now
        tenants = frozenset({TENANT} if self.has_backlog else ())
        return Grant(min(wanted, self.launches), Backlog(None, tenants))

    def hold(self, until_at: datetime) -> None:
        """Do nothing: whether a dispatcher finds a backlog is its own choice."""

    def enlist(self, tenants: frozenset[str], *, now: datetime) -> None:
        """Do nothing: reconcile finds the backlog whenever there is one."""

    def dismiss(self, tenant: str, *, seen: Backlog) -> None:
        """Do nothing, likewise."""

    def load(self, family: str) -> Sweep | None:
        """Return nothing: every sweep is finished, or begun anew."""
        del family
        return None

    def save(self, sweep: Sweep) -> None:
        """Do nothing, likewise."""
