from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
from click.testing import CliRunner

from call_sites import client_call, covered, port_call, sites_in
from headrace_local.simulation import crash_points
from headrace_local.simulation.call_record import Call
from headrace_local.simulation.crash_cases import (
    Case,
    Result,
    calls_of,
    cases_of,
    pairs_after,
    run_case,
)
from headrace_local.simulation.crash_moments import Crash, Next, crashes_at
from headrace_local.simulation.mutants.catalogue import MUTANTS
from headrace_local.simulation.releases import Release
from headrace_local.simulation.scenario_list import SCENARIOS
from headrace_local.simulation.trace import LINES_MAX

PEOPLES_CALLS = {
    "DefinitionTable._partition query",
    "DefinitionTable.activate put_item",
    "DefinitionTable.enlist put_item",
    "DefinitionTable.register transact_write_items",
}
"""What only the command line calls."""

BY_WORKERS = {"_next_block jobs.ready", "_visit_due jobs.due"}
"""Their queries are made by workers, whose stacks begin at `_shard_entries`."""


@pytest.fixture(scope="module")
def all_calls() -> list[Call]:
    return [call for each in SCENARIOS.values() for call in calls_of(each)]


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_recovers_from_every_single_crash(name: str) -> None:
    cases = cases_of(SCENARIOS[name])
    results = [run_case(case) for case in cases]
    failed = [each for each in results if each.violation]
    print(f"{name}: {len(cases) - len(failed):,} of {len(cases):,} recovered")  # noqa: T201 - counts are the result
    assert cases
    assert not failed, told(failed[0])


def test_the_scenarios_make_every_call_of_the_adapters(all_calls: list[Call]) -> None:
    sites = sites_in("aws", client_call)
    made = {name for _, name in covered(sites, all_calls)}
    assert {site.name for site in sites} - made == PEOPLES_CALLS


def test_the_scenarios_come_through_every_call_of_the_stages(
    all_calls: list[Call],
) -> None:
    sites = sites_in("stages", port_call)
    made = {name for _, name in covered(sites, all_calls)}
    assert {site.name for site in sites} - made == BY_WORKERS


def test_the_scenarios_make_each_stage_call_what_it_calls(
    all_calls: list[Call],
) -> None:
    made = covered(sites_in("aws", client_call), all_calls)
    by_stage = {
        stage: {name.partition(" ")[0] for each, name in made if each == stage}
        for stage in ("dispatch", "record", "reconcile")
    }
    for_all = {"DefinitionTable.version", "JobTable._get", "JobTable._update"}
    launching = for_all | {
        "EcsRunner.run",
        "LaunchBudgetTable._read",
        "LaunchBudgetTable._take",
        "LaunchBudgetTable.enlist",
    }
    assert by_stage == {
        "dispatch": launching
        | {
            "JobTable._put_new",
            "ParameterBucket.keep",
            "ParameterBucket.read",
            "ReconcileWaker.wake",
            "items_of",
        },
        "record": for_all | {"ReconcileWaker.wake"},
        "reconcile": launching
        | {
            "EcsRunner._listed",
            "EcsRunner.describe",
            "EcsRunner.stop",
            "EcsRunner.stopped_page",
            "LaunchBudgetTable.dismiss",
            "LaunchBudgetTable.hold",
            "SweepTable.load",
            "SweepTable.save",
            "_shard_entries",
        },
    }


def test_every_moment_of_a_read_recovers_too() -> None:
    read = next(call for call in calls_of(SCENARIOS["sidecar"]) if call.is_read)
    crashes = crashes_at(read, is_thorough=True)
    results = [run_case(Case("sidecar", (crash,))) for crash in crashes]
    assert len({crash.moment for crash in crashes}) == 10
    assert [each.violation for each in results] == [None] * len(crashes)


def test_a_second_crash_strikes_while_the_first_one_recovers() -> None:
    first = Crash("dispatch-1/ecs.run_task-1", "before", Next.AFTER_VISIBILITY)
    pairs = pairs_after(Case("plain", (first,)))
    struck = {pair.crashes[1].key for pair in pairs}
    assert {"dispatch-2/dynamodb.put_item-1", "reconcile-3/ecs.run_task-1"} <= struck
    assert [run_case(pair).violation for pair in pairs] == [None] * len(pairs)


def test_a_release_that_acknowledges_before_it_stores_is_found(tmp_path: Path) -> None:
    mutant = MUTANTS["acknowledged-before-stored"]
    release = Release(mutant.build(tmp_path / "mutant"), is_apart=True)
    results = (
        run_case(case, release_for=lambda _: release)
        for case in cases_of(SCENARIOS["plain"])
    )
    found = next(islice((each for each in results if each.violation), 1), None)
    assert found is not None
    assert 0 < len(found.story) <= LINES_MAX
    assert run_case(found.case).violation is None


def test_a_case_is_replayed_by_its_command() -> None:
    crash = Crash("dispatch-1/dynamodb.put_item-1", "after", Next.RECONCILE_FIRST)
    words = Case("plain", (crash,)).command().split()
    shown = CliRunner().invoke(crash_points.main, words[3:])
    assert shown.exit_code == 0
    assert "KILL_AFTER@dispatch-1/dynamodb.put_item-1" in shown.output
    assert "Everything recovered." in shown.output


def test_a_call_that_a_scenario_never_makes_is_no_crash_point() -> None:
    crash = Crash("dispatch-1/ecs.run_task-7", "before", Next.AT_ONCE)
    with pytest.raises(ValueError, match="there is no call dispatch-1"):
        run_case(Case("plain", (crash,)))


def told(result: Result) -> str:
    """Return what did not hold, its story, and what replays it."""
    return "\n".join([str(result.violation), *result.story, result.case.command()])
