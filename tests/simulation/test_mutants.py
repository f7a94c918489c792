"""Each guard of the protocol, taken away: the simulation notices within 10,000 seeds.

Here only the seed that is known to notice is replayed for each.
"""

from __future__ import annotations

import pytest

from headrace_local.simulation.chance import Chance
from headrace_local.simulation.checks import Violation
from headrace_local.simulation.faults import CALM
from headrace_local.simulation.mutants.catalogue import MUTANTS
from headrace_local.simulation.mutants.hunt import known_catches, replay
from headrace_local.simulation.mutants.mutant import (
    Mutant,
    StaleMutantError,
    library,
)
from headrace_local.simulation.mutants.of_the_past import OF_THE_PAST
from headrace_local.simulation.schedules import simulate
from headrace_local.simulation.traffic import drawn_traffic
from headrace_local.simulation.world import World

SEEDS_MAX = 10_000
MOVED = (
    "The seeds move with every change of the simulation's draws. Find them again:"
    " python -m headrace_local.simulation.mutants --write"
)


@pytest.fixture(scope="module")
def catches():
    return known_catches()


def test_every_mutant_has_a_seed_and_nothing_else_has(catches):
    assert catches.keys() == MUTANTS.keys()
    assert len(MUTANTS) == 19 + len(OF_THE_PAST)
    assert all(catch.seed < SEEDS_MAX for catch in catches.values())


@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_its_seed_catches_a_mutant(name, catches):
    report = replay(MUTANTS[name], catches[name].seed)
    assert report.invariant == catches[name].invariant, MOVED


@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_the_same_seed_finds_nothing_where_the_guard_stands(name, catches):
    assert simulate(catches[name].seed).violation is None


def test_a_second_task_of_a_token_that_ecs_has_forgotten_is_another_task():
    """Else a token that is sent too late would seem to have made one task alone."""
    chance, orders = Chance(3), []
    world = World(chance, CALM, drawn_traffic(chance))
    world.network.heard.append(
        lambda _, operation, request: (
            orders.append(request) if operation == "run_task" else None
        )
    )
    world.run(seconds=3 * 3_600)
    with pytest.raises(Violation, match="I2: two tasks of the launch"):
        world.aws.tasks.run_task(**orders[0])


def test_a_mutant_of_code_that_has_changed_says_so(tmp_path):
    gone = Mutant(
        name="gone", removes="", edits=(library("windows.py", "no such text", ""),)
    )
    with pytest.raises(StaleMutantError, match=r"gone: .*windows\.py .* 0 times"):
        gone.build(tmp_path)


def test_a_mutant_of_code_that_is_there_twice_says_so(tmp_path):
    twice = Mutant(name="twice", removes="", edits=(library("windows.py", "e", ""),))
    with pytest.raises(StaleMutantError, match="not once"):
        twice.build(tmp_path)


def test_a_mutant_changes_its_copy_alone(tmp_path):
    mutant = MUTANTS["no-sweeper"]
    changed = (mutant.build(tmp_path) / mutant.edits[0].path).read_text()
    assert mutant.edits[0].new in changed
    assert simulate(1).violation is None
