"""Runs schedules: a seed in, a report out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from headrace_local.simulation import deployment
from headrace_local.simulation.chance import Chance
from headrace_local.simulation.checks import Violation
from headrace_local.simulation.mixes import drawn_mix, rough_day
from headrace_local.simulation.releases import Casting, project_root
from headrace_local.simulation.traffic import drawn_traffic
from headrace_local.simulation.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from headrace_local.simulation.faults import Mix

MIXES: Mapping[str, Callable[[Chance], Mix]] = {
    "swarm": drawn_mix,
    "rough-day": rough_day,
}
OUTAGES = ("capacity", "events", "schedule", "dynamodb", "ecs")
FAULTY_MINUTES = (15, 30, 50, 90, 150)
SETTLE_SECONDS_MAX = 6 * 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How one schedule went.

    Attributes:
        faults: How often each kind struck.
        fault_keys: What they befell, in order.
        statuses: How its jobs ended.
        violation: What did not hold, if anything.
        about: The job that it concerns.
        story: Lines for a person, where something did not hold.
        steps: What the loop did.
        environments: How many execution environments ran the release of each
            checkout.
    """

    seed: int
    trace_hash: str
    faults: Mapping[str, int]
    fault_keys: tuple[str, ...]
    statuses: Mapping[str, int]
    violation: str | None = None
    about: str = ""
    story: tuple[str, ...] = field(default=())
    steps: int = 0
    environments: Mapping[str, int] = field(default_factory=dict)

    @property
    def invariant(self) -> str:
        """The name of the invariant that did not hold; empty where all did."""
        return (self.violation or "").partition(":")[0]

    @property
    def faults_total(self) -> int:
        """How many faults struck."""
        return sum(self.faults.values())


def simulate(
    seed: int,
    *,
    mix_name: str = "swarm",
    spared: frozenset[str] = frozenset(),
    release_roots: tuple[Path, ...] = (),
) -> Report:
    """Run the schedule of a seed.

    Args:
        seed: Which.
        mix_name: One of `MIXES`.
        spared: Keys of faults that are not to strike.
        release_roots: Checkouts: each execution environment runs the release of one
            of them, by draw. None at all means today's.
    """
    chance = Chance(seed)
    casting = Casting(chance, release_roots or (project_root(),))
    world = World(
        chance,
        MIXES[mix_name](chance),
        drawn_traffic(chance),
        spared=spared,
        settings=_settings(chance),
        release_for=casting.release_for,
    )
    _plan_outages(world, chance)
    violation = None
    try:
        world.run(seconds=60 * chance.pick("schedule/minutes", FAULTY_MINUTES))
        world.settle(seconds_max=SETTLE_SECONDS_MAX)
    except Violation as found:
        violation = found
    report = report_of(seed, world, violation)
    world.loop.close()
    return replace(report, environments=casting.environments)


def report_of(seed: int, world: World, violation: Violation | None) -> Report:
    """Return how a world's schedule went."""
    about = violation.about if violation else ""
    if violation:
        world.trace.tell(
            "check", f"{violation} (job {about})" if about else str(violation)
        )
    injected = world.plan.injected
    return Report(
        seed=seed,
        trace_hash=world.trace.hash(),
        faults=Counter(each.fault.name for each in injected),
        fault_keys=tuple(each.key for each in injected),
        statuses=Counter(str(job.status) for job in world.jobs.values()),
        violation=str(violation) if violation else None,
        about=about,
        story=tuple(world.trace.shown(about)) if violation else (),
        steps=world.loop.steps,
    )


def _settings(chance: Chance) -> Mapping[str, str]:
    """Return the deployment's settings; the launch budget is the seed's."""
    rate, burst = chance.pick(
        "budget", (("0", "1"), ("0", "1"), ("1", "2"), ("0.05", "1"))
    )
    return {
        **deployment.SETTINGS,
        "HEADRACE_LAUNCHES_PER_SECOND": rate,
        "HEADRACE_LAUNCH_BURST": burst,
    }


def _plan_outages(world: World, chance: Chance) -> None:
    """Let something be out of order for a while, in some seeds."""
    for name in OUTAGES:
        mix = world.plan.mix
        is_due = name in mix.outages or chance.at(f"outage/{name}") < mix.outage_share
        if not is_due:
            continue
        begin = chance.skewed(f"outage/{name}/at", 0, 3_000)
        longest = 600 if name in {"dynamodb", "ecs"} else 3 * 3_600
        seconds = chance.skewed(f"outage/{name}/for", 60, longest)
        world.loop.after(begin, partial(world.plan.begin_outage, name, seconds))
    if chance.happens("operator/redrives", 0.3):
        at_seconds = chance.between("operator/at", 600, 5_000)
        world.loop.after(at_seconds, partial(_redrive_in_trouble, world))


def _redrive_in_trouble(world: World) -> None:
    """Move dead letters back; once it is calm that was done, and the end is near."""
    if not world.plan.is_calm:
        world.redrive()
