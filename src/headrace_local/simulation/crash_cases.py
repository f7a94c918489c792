"""One crash at one point of one scenario, and what came of it.

A case forces faults on calls, decides what comes next, lets the world come to rest
under all checks, and looks at how the jobs ended.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from headrace_local.simulation.call_record import CallRecord, distinct
from headrace_local.simulation.checks import Violation
from headrace_local.simulation.crash_moments import MOMENTS, Crash, Next, crashes_at
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
    """Return all single crashes of a scenario.

    Args:
        scenario: Which.
        is_thorough: Also of calls that an earlier scenario makes just so, where only
            what is scripted to happen afterwards differs; and with every delay.
    """
    calls = distinct(calls_of(scenario)) if is_thorough else _own_calls()[scenario.name]
    return [
        Case(scenario.name, (crash,))
        for call in calls
        for crash in crashes_at(call, is_thorough=is_thorough)
    ]


@cache
def _own_calls() -> Mapping[str, tuple[Call, ...]]:
    """Return the distinct calls of each scenario that no earlier one makes."""
    known: set[tuple[object, ...]] = set()
    own: dict[str, tuple[Call, ...]] = {}
    for name, scenario in SCENARIOS.items():
        calls = distinct(calls_of(scenario))
        own[name] = tuple(call for call in calls if call.likeness not in known)
        known |= {call.likeness for call in calls}
    return own


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
