"""The exhaustive exploration: complete, of a reviewed size, and able to find faults."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from headrace.jobs import moves
from headrace.jobs.moves import MOVES
from headrace_local.exploration import PLANTS, explore
from headrace_local.exploration.command import main

# Reviewed: they change with the table, the stages or the scope, never by themselves.
STATES = 185_562
TRANSITIONS = 1_574_368

TRACE_LINES_MAX = 25
PLANTS_FOUND_LATE = {"replay-without-end"}  # most of the space comes before it


def test_the_whole_space_keeps_every_promise_and_every_state_ends():
    result = explore(MOVES)

    assert result.violation is None, str(result.violation)
    assert (result.states, result.transitions) == (STATES, TRANSITIONS)


@pytest.mark.parametrize("name", sorted(PLANTS.keys() - PLANTS_FOUND_LATE))
def test_a_fault_planted_in_the_table_is_found(name):
    result = explore(PLANTS[name].table())

    assert result.violation is not None
    assert len(str(result.violation).splitlines()) <= TRACE_LINES_MAX
    assert moves.MOVES is MOVES


def test_the_command_shows_the_way_to_a_broken_promise_and_fails():
    shown = CliRunner().invoke(main, ["--plant", "absence-before-quiet"])

    assert shown.exit_code == 1
    assert "is about to write PROVE_ABSENT" in shown.output
    assert "BROKEN: PROVE_ABSENT of launch 1, which made a task" in shown.output
