"""Two releases at once, as while one is rolled out: each environment runs either.

There is no older release yet, so the other one is today's with a change.
"""

from __future__ import annotations

from collections import Counter

import pytest

from headrace_local.simulation.chance import Chance
from headrace_local.simulation.faults import CALM
from headrace_local.simulation.mutants.mutant import Mutant, library
from headrace_local.simulation.releases import Casting, project_root
from headrace_local.simulation.schedules import simulate
from headrace_local.simulation.traffic import drawn_traffic
from headrace_local.simulation.world import World

SEEDS = range(50)
SEEDS_TO_FIND_MAX = 150

HARMLESS = Mutant(
    name="harmless",
    removes="nothing; it says a word more",
    edits=(
        library(
            "stages/reconcile.py",
            "    owner = ports.ids.operation_id()\n",
            '    ports.signals.emit("reconcile.begins")\n'
            "    owner = ports.ids.operation_id()\n",
        ),
    ),
)

REBUILDS_ORDERS = Mutant(
    name="rebuilds-orders",
    removes="It builds an order at every send, and puts more into it than today's.",
    edits=(
        library(
            "stages/launching.py",
            "answer = ports.tasks.run(LaunchOrder.from_json(job.order_json))",
            "answer = ports.tasks.run(order_for(job, request=entry.request,"
            " registered=entry.registered, terms=entry.terms,"
            " placement=placement_of(entry.registered, ports)))",
        ),
        library(
            "launches/orders.py",
            '        "JOB_ID": job.job_id,\n',
            '        "JOB_ID": job.job_id,\n        "JOB_RELEASE": "previous",\n',
        ),
    ),
)


def signals_of(roots):
    """Return what the functions say in ten minutes without a fault."""
    chance = Chance(3)
    release_for = Casting(chance, roots).release_for
    world = World(chance, CALM, drawn_traffic(chance), release_for=release_for)
    world.run(seconds=600)
    return {signal.event for signal in world.signals.all()}


@pytest.fixture
def roots(tmp_path, request):
    """Today's checkout, and the one of the other release."""
    return project_root(), request.param.build(tmp_path / request.param.name)


@pytest.mark.parametrize("roots", [HARMLESS], indirect=True)
def test_releases_that_agree_break_no_invariant_side_by_side(roots):
    environments = Counter()
    for seed in SEEDS:
        report = simulate(seed, release_roots=roots)
        assert report.violation is None, f"seed {seed}: {report.violation}"
        environments.update(report.environments)
    ours, others = (environments[str(root)] for root in roots)
    assert min(ours, others) > 0.3 * (ours + others)


@pytest.mark.parametrize("roots", [HARMLESS], indirect=True)
def test_the_other_release_really_runs(roots):
    """What only the other release says is heard, and not from today's alone."""
    assert "reconcile.begins" in signals_of(roots)
    assert "reconcile.begins" not in signals_of(roots[:1])


@pytest.mark.parametrize("roots", [REBUILDS_ORDERS], indirect=True)
def test_a_release_that_does_not_send_the_frozen_bytes_is_caught(roots):
    """Alone it is fine: only beside another release do its orders differ."""
    found = (simulate(seed, release_roots=roots) for seed in range(SEEDS_TO_FIND_MAX))
    caught = next((report for report in found if report.violation), None)
    assert caught is not None
    assert "two requests with the token" in caught.violation
    alone = simulate(caught.seed, release_roots=roots[1:])
    assert alone.violation is None
