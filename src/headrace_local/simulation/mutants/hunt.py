"""Hunts a mutant: runs schedules over its code until an invariant does not hold."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from headrace_local.simulation.campaign import run_campaign
from headrace_local.simulation.schedules import simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from headrace_local.simulation.campaign import Tally
    from headrace_local.simulation.mutants.mutant import Mutant
    from headrace_local.simulation.schedules import Report

SEEDS_PATH = Path(__file__).with_name("seeds.json")


@dataclass(frozen=True, slots=True)
class Catch:
    """The first schedule that catches a mutant.

    Attributes:
        invariant: Which one did not hold.
    """

    seed: int
    invariant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunt:
    """What became of a mutant.

    Attributes:
        catch: None where the mutant survived.
        seeds: How many schedules ran.
        by_invariant: How many of them each invariant caught it in.
    """

    mutant: Mutant
    catch: Catch | None
    seeds: int
    by_invariant: Mapping[str, int] = field(default_factory=dict)

    @property
    def caught(self) -> int:
        """How many schedules caught it."""
        return sum(self.by_invariant.values())


def hunt(
    mutant: Mutant,
    seeds: Sequence[int],
    *,
    seeds_after: int = 0,
    processes: int | None = None,
    on_progress: Callable[[Tally], None] = lambda _: None,
) -> Hunt:
    """Run schedules over a mutant's code, in order, until one catches it.

    Args:
        mutant: Whom.
        seeds: Which schedules at most.
        seeds_after: Run at least so many, to learn how often it is caught.
        processes: How many at once; None is one for each processor.
        on_progress: Told after every few schedules.

    Raises:
        StaleMutantError: An edit of it does not fit the code.
    """
    with TemporaryDirectory(prefix="headrace-mutant-") as folder:
        root = mutant.build(Path(folder) / mutant.name)
        tally = run_campaign(
            seeds,
            mix_name=mutant.mix_name,
            processes=processes,
            on_progress=on_progress,
            is_over=lambda tally: bool(tally.failures) and tally.seeds >= seeds_after,
            release_roots=(root,),
        )
    first = tally.failures[0] if tally.failures else None
    return Hunt(
        mutant=mutant,
        catch=Catch(first.seed, first.invariant) if first else None,
        seeds=tally.seeds,
        by_invariant=Counter(tally.invariants),
    )


def replay(mutant: Mutant, seed: int) -> Report:
    """Run the one schedule over the mutant's code.

    Raises:
        StaleMutantError: An edit of it does not fit the code.
    """
    with TemporaryDirectory(prefix="headrace-mutant-") as folder:
        root = mutant.build(Path(folder) / mutant.name)
        return simulate(seed, mix_name=mutant.mix_name, release_roots=(root,))


def known_catches() -> dict[str, Catch]:
    """Return the schedules that are known to catch each mutant, by its name."""
    known = json.loads(SEEDS_PATH.read_text())
    return {name: Catch(**catch) for name, catch in known.items()}


def keep_catches(hunts: Iterable[Hunt]) -> None:
    """Write down which schedules catch the mutants; the others' stay as they are."""
    kept = {name: asdict(catch) for name, catch in known_catches().items()}
    kept |= {each.mutant.name: asdict(each.catch) for each in hunts if each.catch}
    SEEDS_PATH.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n")
