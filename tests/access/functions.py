"""The calls that the functions make: recorded while they do all that they ever do.

The simulation's scenarios were written so that every call of every function is made in
one of them. They run the real handlers, stages and adapters; what is recorded are the
arguments that the SDK's clients got.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from access.authorised import calls_of
from access.call import Call, distinct
from headrace_local.simulation.scenario_list import SCENARIOS

if TYPE_CHECKING:
    from headrace_local.simulation.invocations import Invocation
    from headrace_local.simulation.world import World

SETTLE_SECONDS_MAX = 6 * 3_600.0


def function_of(stage: str) -> str:
    """The logical id of a stage's function."""
    return f"{stage.capitalize()}Function"


@cache
def recorded() -> dict[str, tuple[Call, ...]]:
    """The distinct calls of each function, by its logical id."""
    heard: dict[str, list[Call]] = {}

    def hear(invocation: Invocation, operation: str, request: dict[str, Any]) -> None:
        stage = invocation.name.partition("-")[0]
        service = invocation.sending.partition("/")[2].partition(".")[0]
        calls = heard.setdefault(function_of(stage), [])
        calls += calls_of("", service, operation, request)

    for scenario in SCENARIOS.values():
        world = scenario.world()
        world.network.heard.append(hear)
        world.run(seconds=scenario.seconds)
        world.settle(seconds_max=SETTLE_SECONDS_MAX, rest_seconds=70.0)
    return {function_id: tuple(distinct(calls)) for function_id, calls in heard.items()}


def is_for_untrusted(call: Call) -> bool:
    """Tell whether a call is about a job of the untrusted class."""
    about = (call.resource, str(call.context.get("ecs:cluster", "")))
    return any("untrusted" in each for each in about)


@cache
def a_finished_world() -> World:
    """A deployment that did some work and rejected some, for those who look at it."""
    scenario = SCENARIOS["rejected"]
    world = scenario.world()
    world.run(seconds=scenario.seconds)
    world.settle(seconds_max=SETTLE_SECONDS_MAX, rest_seconds=70.0)
    return world
