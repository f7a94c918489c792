"""Many schedules, side by side in processes, and what they came to."""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import batched
from statistics import median
from typing import TYPE_CHECKING

from headrace_local.simulation.faults import Fault
from headrace_local.simulation.schedules import simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from headrace_local.simulation.schedules import Report

SEEDS_AT_ONCE = 25
FAILURES_KEPT_MAX = 20


@dataclass(slots=True)
class Tally:
    """What a campaign came to.

    Attributes:
        environments: How many execution environments ran the release of each
            checkout.
        invariants: How often each did not hold.
        failures: The first reports that found something, lowest seed first.
    """

    seeds: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    fault_totals: list[int] = field(default_factory=list)
    environments: Counter[str] = field(default_factory=Counter)
    failed_seeds: list[int] = field(default_factory=list)
    invariants: Counter[str] = field(default_factory=Counter)
    failures: list[Report] = field(default_factory=list)

    def add(self, reports: Iterable[Report]) -> None:
        """Take reports in."""
        for report in reports:
            self.seeds += 1
            self.statuses.update(report.statuses)
            self.faults.update(report.faults)
            self.fault_totals.append(report.faults_total)
            self.environments.update(report.environments)
            if report.violation:
                self.failed_seeds.append(report.seed)
                self.invariants[report.invariant] += 1
                self.failures.append(report)
        self.failures.sort(key=lambda report: report.seed)
        del self.failures[FAILURES_KEPT_MAX:]

    @property
    def faults_median(self) -> float:
        """How many faults the schedule in the middle had."""
        return median(self.fault_totals) if self.fault_totals else 0.0

    @property
    def kinds_that_never_struck(self) -> list[str]:
        """The kinds of faults that no schedule had."""
        return [fault.name for fault in Fault if not self.faults[fault.name]]

    @property
    def jobs(self) -> int:
        """How many jobs there were."""
        return sum(self.statuses.values())


def run_campaign(
    seeds: Sequence[int],
    *,
    mix_name: str = "swarm",
    processes: int | None = None,
    on_progress: Callable[[Tally], None] = lambda _: None,
    is_over: Callable[[Tally], bool] = lambda _: False,
    release_roots: tuple[Path, ...] = (),
) -> Tally:
    """Run the schedules of many seeds.

    What is known is asked in the order of the seeds, so that the first failure is the
    one of the lowest seed, however many run at once.

    Args:
        seeds: Which.
        mix_name: Which faults.
        processes: How many at once; None is one for each processor.
        on_progress: Told after every few schedules.
        is_over: Whether enough is known.
        release_roots: As `simulate`.
    """
    tally = Tally()
    workers = processes or os.process_cpu_count() or 1
    chunks = list(batched(seeds, SEEDS_AT_ONCE, strict=False))
    with ProcessPoolExecutor(max_workers=workers) as pool:
        run = partial(_run, mix_name=mix_name, release_roots=release_roots)
        futures = [pool.submit(run, chunk) for chunk in chunks]
        for future in futures:
            tally.add(future.result())
            on_progress(tally)
            if is_over(tally):
                pool.shutdown(cancel_futures=True)
                break
    return tally


def _run(
    seeds: Sequence[int], *, mix_name: str, release_roots: tuple[Path, ...]
) -> list[Report]:
    return [
        simulate(seed, mix_name=mix_name, release_roots=release_roots) for seed in seeds
    ]
