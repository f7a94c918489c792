"""One crash at one point of one scenario, and what came of it.

A case forces faults on calls, decides what comes next, lets the world come to rest
under all checks, and looks at how the jobs ended.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

from headrace_local.simulation.call_record import CallRecord, distinct
from headrace_local.simulation.checks import Violation
from headrace_local.simulation.faults import Fault
from headrace_local.simulation.scenario_list import SCENARIOS

if TYPE_CHECKING:
    from headrace_local.simulation.call_record import Call
    from headrace_local.simulation.invocations import Invocation
    from headrace_local.simulation.releases import Release
    from headrace_local.simulation.scenarios import Scenario
    from headrace_local.simulation.world import World

SETTLE_SECONDS_MAX = 6 * 3_600.0
REST_SECONDS = 70.0
"""One tick of reconcile after everything has come to rest."""

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


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario with one crash, or several in their order."""

    scenario: str
    crashes: tuple[Crash, ...]

    def command(self) -> str:
        """Return what replays it."""
        options = [f"--scenario {self.scenario}"]
        options += [
            f"--point {each.key} --moment {each.moment} --next {each.next}"
            for each in self.crashes
        ]
        module = "headrace_local.simulation.crash_points"
        return f"python -m {module} {' '.join(options)}"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a case.

    Attributes:
        violation: What did not hold, if anything.
        story: At most 25 lines, where something did not hold or all was asked for.
        calls: Those that were made, where they were asked for.
    """

    case: Case
    violation: str | None
    story: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()


def crashes_at(call: Call, *, is_thorough: bool = False) -> list[Crash]:
    """Return every crash that a call can have, with some delays or with all."""
    if is_thorough:
        moments = tuple(MOMENTS)
    elif call.operation == "run_task":
        moments = _OF_RUN_TASK
    else:
        moments = _OF_READS if call.is_read else _OF_WRITES
    return [Crash(call.key, moment, each) for moment in moments for each in Next]


def calls_of(scenario: Scenario) -> tuple[Call, ...]:
    """Return every call that a scenario makes when nothing else goes wrong.

    Raises:
        Violation: Not even then does it end as it should.
    """
    world = scenario.world()
    record = CallRecord(world)
    _come_to_rest(world, scenario)
    scenario.judge(world, is_calm=True)
    return tuple(record.calls)


def cases_of(scenario: Scenario, *, is_thorough: bool = False) -> list[Case]:
    """Return all single crashes of a scenario's distinct calls."""
    return [
        Case(scenario.name, (crash,))
        for call in distinct(calls_of(scenario))
        for crash in crashes_at(call, is_thorough=is_thorough)
    ]


def pairs_after(case: Case) -> list[Case]:
    """Return what may crash besides while a case recovers: whatever changes anything.

    The second crash is of a call that is made after the first, by the recovery as it
    goes; its message comes back when it does.
    """
    (first,) = case.crashes
    calls = run_case(case, is_recorded=True).calls
    keys = [call.key for call in calls]
    later = calls[keys.index(first.key) + 1 :]
    return [
        Case(case.scenario, (first, Crash(call.key, moment, Next.AFTER_VISIBILITY)))
        for call in distinct(later)
        if not call.is_read
        for moment in ("before", "after")
    ]


def run_case(
    case: Case,
    *,
    release_for: Callable[[str], Release] | None = None,
    is_recorded: bool = False,
    is_told: bool = False,
) -> Result:
    """Run one case.

    Args:
        case: Which.
        release_for: Which release an execution environment runs.
        is_recorded: Whether to return the calls.
        is_told: Whether to return the story even where everything held.

    Raises:
        ValueError: The scenario never comes to one of the calls.
    """
    scenario = SCENARIOS[case.scenario]
    faults = {k: f for crash in case.crashes for k, f in crash.faults().items()}
    world = scenario.world(faults, release_for=release_for)
    record = CallRecord(world) if is_recorded else None
    for crash in case.crashes:
        late_seconds = MOMENTS[crash.moment].late_seconds
        if late_seconds:
            world.plan.late_seconds[crash.key] = late_seconds
        world.host.on_end.append(partial(_come_next, world, crash))
    violation = None
    try:
        _come_to_rest(world, scenario)
        scenario.judge(world)
    except Violation as found:
        violation = found
        world.trace.tell("check", str(found))
    if violation is None:
        _check_reached(world, case)
    story = world.trace.shown(violation.about if violation else "")
    return Result(
        case,
        str(violation) if violation else None,
        tuple(story) if violation or is_told else (),
        tuple(record.calls) if record else (),
    )


def _come_to_rest(world: World, scenario: Scenario) -> None:
    world.run(seconds=scenario.seconds)
    world.settle(seconds_max=SETTLE_SECONDS_MAX, rest_seconds=REST_SECONDS)


def _check_reached(world: World, case: Case) -> None:
    struck = {each.key.partition("@")[2] for each in world.plan.injected}
    missed = [crash.key for crash in case.crashes if crash.key not in struck]
    if missed:
        raise ValueError(f"scenario {case.scenario}: there is no call {missed[0]}")


def _come_next(world: World, crash: Crash, ended: Invocation) -> None:
    """Let come what the crash says, when the invocation that it befell has ended."""
    if ended.name != crash.key.partition("/")[0]:
        return
    again = partial(_begin_again, world, ended)
    match crash.next:
        case Next.AT_ONCE:
            world.loop.after(0, again)
        case Next.RECONCILE_FIRST:
            reconcile = partial(world.host.invoke, "reconcile", {})
            world.loop.after(0, partial(reconcile, on_end=lambda _: again()))
        case Next.AFTER_VISIBILITY:
            pass  # The queue and the schedule do that.


def _begin_again(world: World, ended: Invocation) -> None:
    """Let an invocation's event come again; Lambda and SQS both do that."""
    match ended.name.partition("-")[0]:
        case "dispatch":
            world.requests.deliver_again(ended.event["Records"])
        case "record":
            world.events.deliver_again(ended.event["Records"])
        case stage:
            world.host.invoke(stage, dict(ended.event))
