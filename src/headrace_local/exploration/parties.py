"""Parties: invocations of the product's stages, each standing before a call of its.

A party is what it is and what it was answered. Equal parties are one value with one
number, so that a stage is run once for each situation and not for each state.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from headrace.jobs.job import Job
from headrace.jobs.moves import Move
from headrace.ports import Ports
from headrace.stages.acceptance import Message
from headrace.stages.dispatch import dispatch
from headrace.stages.reconcile import reconcile
from headrace.stages.record import Delivery, record
from headrace_local.exploration.records import OVERDUE, aged, faded, outdated, unseen
from headrace_local.exploration.scope import (
    CANCELLATION,
    DEPLOYMENT_ID,
    LIFE_TICKS,
    PLACEMENT,
    SUBMISSION,
    WINDOWS,
    report_of,
)
from headrace_local.exploration.script import Answer, Call, Reached, Script
from headrace_local.exploration.scripted import (
    ScriptedJobs,
    ScriptedTasks,
    ScriptedWorkers,
)
from headrace_local.exploration.tables import Watched
from headrace_local.memory import MemoryParameters

RETENTION_DAYS = 35
_WITH_JOB = frozenset({"new", "standing", "job", "moved"})


@dataclass(frozen=True, slots=True)
class Writing:
    """All that is left of a party: one write, over the record as it is now."""

    move: Move
    after: Job


@dataclass(frozen=True, slots=True)
class Stopping:
    """All that is left of a party: one StopTask, for a launch's task."""

    number: int


@dataclass(frozen=True, slots=True)
class Party:
    """One invocation.

    Attributes:
        stage: `dispatch`, `cancel`, `visit`, `drain` or `record`; reconcile's timers
            and its backlog are a party each.
        subject: Whether a dispatcher may launch at once, or the launch's number and
            the task's phase that a report tells of, or the one write that is left.
        answers: From the invocation's begin on.
    """

    stage: str
    subject: object
    answers: tuple[Answer, ...] = (Answer(0, "begin"),)

    def answered(self, name: str, value: object = None) -> Party:
        """Return the party after its call was answered."""
        return replace(self, answers=(*self.answers, Answer(0, name, value)))

    def about_to(self, last: Writing | Stopping) -> Party:
        """Return the party with one call left to make."""
        return replace(self, subject=last, answers=self.answers[:1])

    def outdated(self, *, has_written: bool = False) -> Party | None:
        """Return the party after a write of the record; None where it is over.

        What reconcile read decides nothing any more unless it wrote upon it, but
        where to look and whether a report is news.
        """
        if isinstance(self.subject, Writing):
            return None
        left = outdated if has_written or self.has_acted else faded
        answers = tuple(
            replace(each, value=left(each.value))
            if each.name in _WITH_JOB and each.value is not None
            else each
            for each in self.answers
        )
        return replace(self, answers=answers)

    def applying(self) -> Party:
        """Return the party in its one form, when it is about to apply a report anew.

        It will decide by the record that it is told of then, whatever it once read,
        and by the report of its own launch, whatever else a listing told it.
        """
        begin, read, told = self.answers[0], self.answers[1], self.answers[-1]
        if self.stage != "visit" or self.has_acted or told.name != "report":
            return self
        own = tuple(each for each in told.value if each[0] + 1 == _launch_of(read))
        names = (("job", unseen(read.value)), ("report", own))
        answers = tuple(Answer(begin.ticks_ago, *each) for each in names)
        return replace(self, answers=(begin, *answers))

    def older(self) -> Party | None:
        """Return the party one tick later; None where it is dead by then."""
        if self.answers[0].ticks_ago >= LIFE_TICKS:
            return None
        subject = self.subject
        if isinstance(subject, Writing):
            subject = replace(subject, after=aged(subject.after))
        answers = tuple(
            Answer(
                each.ticks_ago + 1,
                each.name,
                aged(each.value, timers_from=OVERDUE)
                if each.name in _WITH_JOB and each.value is not None
                else each.value,
            )
            for each in self.answers
        )
        return replace(self, subject=subject, answers=answers)

    @property
    def has_acted(self) -> bool:
        """Whether it may do more than read, and write upon what it read first."""
        is_idle = self.stage in {"visit", "drain"} and self.subject is None
        return not is_idle or any(each.name == "stored" for each in self.answers)


def _launch_of(read: Answer) -> int:
    job: Job = read.value
    return job.launch_number


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a party stands: its next call, or nothing where it has ended.

    Attributes:
        call: The next call.
        move: The move of the table that a write was made by.
        trouble: An error that the stage met and should not have.
    """

    call: Call | None
    move: Move
    trouble: str | None


def standing_of(party: Party, table: Watched) -> Standing:
    """Run a party's stage up to its next call."""
    if isinstance(party.subject, Writing | Stopping):
        return _standing_before(party.subject, has_made_it=len(party.answers) > 1)
    script = Script(
        answers=party.answers,
        name=party.stage,
        launches=0 if party.subject == "held" else 1,
        has_backlog=party.stage == "drain",
    )
    ports = _ports(script)
    try:
        match party.stage:
            case "dispatch":
                dispatch([Message("submission", SUBMISSION)], ports)
            case "cancel":
                dispatch([Message("cancellation", CANCELLATION)], ports)
            case "record":
                assert isinstance(party.subject, tuple)  # noqa: S101 - a report's
                record([Delivery("event", report_of(*party.subject))], ports)
            case _:
                reconcile(ports, has_time=lambda: True)
    except Reached:
        return Standing(script.call, table.last, script.trouble)
    return Standing(None, table.last, script.trouble)


def _standing_before(last: Writing | Stopping, *, has_made_it: bool) -> Standing:
    """Return where a party stands that has one call left, or has made it."""
    if isinstance(last, Stopping):
        call, move = Call("stop", last.number), Move.ASK_STOP
    else:
        call, move = Call("replace", (last.after, last.after)), last.move
    return Standing(None if has_made_it else call, move, None)


def _ports(script: Script) -> Ports:
    absent: Any = None  # no stage that is explored announces
    return Ports(
        jobs=ScriptedJobs(script),
        catalogue=script,
        parameters=MemoryParameters(),  # no request explored has large ones
        budget=script,
        tasks=ScriptedTasks(script),
        sweeps=script,
        waker=script,
        bus=absent,
        workflows=absent,
        letters=absent,
        clock=script,
        ids=script,
        workers=ScriptedWorkers(script),
        signals=script,
        windows=WINDOWS,
        placement=PLACEMENT,
        deployment_id=DEPLOYMENT_ID,
        pinned_tenant=None,
        retention_days=RETENTION_DAYS,
    )
