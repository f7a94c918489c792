"""`python -m headrace_local.simulation`: run schedules, or replay the one of a seed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from headrace_local.simulation.campaign import run_campaign
from headrace_local.simulation.releases import project_root
from headrace_local.simulation.schedules import MIXES, simulate
from headrace_local.simulation.shrinking import shrunk

if TYPE_CHECKING:
    from headrace_local.simulation.campaign import Tally
    from headrace_local.simulation.schedules import Report


@dataclass(frozen=True, slots=True)
class _Terms:
    """What all schedules have in common."""

    mix_name: str
    other: Path | None

    @property
    def release_roots(self) -> tuple[Path, ...]:
        return () if self.other is None else (project_root(), self.other)

    def simulate(self, seed: int, spared: frozenset[str] = frozenset()) -> Report:
        return simulate(
            seed,
            mix_name=self.mix_name,
            spared=spared,
            release_roots=self.release_roots,
        )

    @property
    def options(self) -> str:
        """The options of this command that say the same again."""
        mix = "" if self.mix_name == "swarm" else f"--mix {self.mix_name}"
        other = "" if self.other is None else f"--with-release {self.other}"
        return " ".join(filter(None, (mix, other)))


@click.command()
@click.option("--seeds", default=1_000, show_default=True, help="How many schedules.")
@click.option("--first", default=0, show_default=True, help="The first seed.")
@click.option("--seed", type=int, help="Replay this one, and show what happened.")
@click.option(
    "--mix",
    type=click.Choice(sorted(MIXES)),
    default="swarm",
    show_default=True,
    help="Which faults: each seed its own mix, or those of a rough day.",
)
@click.option("--processes", type=int, help="At once. [default: one per processor]")
@click.option("--lost-max", type=int, help="Fail when more jobs than this end LOST.")
@click.option(
    "--with-release",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A checkout of another release: half of the execution environments run it.",
)
def main(
    *,
    seeds: int,
    first: int,
    seed: int | None,
    mix: str,
    processes: int | None,
    lost_max: int | None,
    with_release: Path | None,
) -> None:
    """Run the real functions in AWS in memory, with faults drawn from seeds.

    Every schedule is one seed; the same seed is the same schedule, whose trace has
    the same hash.

    While a new release is rolled out, functions of both run side by side. To see
    today's code beside that of a tag:

    \b
        git worktree add /tmp/previous v0.1.0
        python -m headrace_local.simulation --with-release /tmp/previous
    """  # noqa: D301 - click's own mark: leave these lines as they are
    console = Console(soft_wrap=True)
    terms = _Terms(mix, with_release)
    if seed is not None:
        report = terms.simulate(seed)
        _show_replay(console, report, terms)
        raise SystemExit(1 if report.violation else 0)
    began = time.monotonic()
    tally = _with_progress(console, range(first, first + seeds), terms, processes)
    _show_tally(console, tally, time.monotonic() - began)
    if tally.failures:
        _show_failure(console, tally.failures[0], terms)
        raise SystemExit(1)
    lost = tally.statuses["LOST"]
    if lost_max is not None and lost > lost_max:
        console.print(f"{lost} jobs ended LOST, and at most {lost_max} may.")
        raise SystemExit(1)


def _with_progress(
    console: Console, seeds: range, terms: _Terms, processes: int | None
) -> Tally:
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress("simulating", *columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=len(seeds))
        return run_campaign(
            seeds,
            mix_name=terms.mix_name,
            release_roots=terms.release_roots,
            processes=processes,
            on_progress=lambda tally: progress.update(task, completed=tally.seeds),
            is_over=lambda tally: bool(tally.failures),
        )


def _show_tally(console: Console, tally: Tally, seconds: float) -> None:
    console.print(f"schedules   {tally.seeds:,} in {seconds:.0f} s")
    console.print(
        f"faults      {sum(tally.fault_totals):,}; in a schedule"
        f" {tally.faults_median:.0f} (median), {max(tally.fault_totals):,} (most)"
    )
    if len(tally.environments) > 1:
        each = (f"{n:,} of {root}" for root, n in sorted(tally.environments.items()))
        console.print(f"releases    {', '.join(each)} (execution environments)")
    ended = ", ".join(f"{n:,} {status}" for status, n in sorted(tally.statuses.items()))
    console.print(f"jobs        {tally.jobs:,}: {ended}")
    share = 100 * tally.statuses["LOST"] / max(1, tally.jobs)
    console.print(f"LOST        {share:.2f} % of the jobs: nobody can know their end")
    console.print(f"violations  {len(tally.failed_seeds)}")


def _show_replay(console: Console, report: Report, terms: _Terms) -> None:
    console.print(f"seed {report.seed}: trace {report.trace_hash}")
    ended = ", ".join(f"{n} {status}" for status, n in sorted(report.statuses.items()))
    console.print(f"{report.faults_total} faults; jobs: {ended or 'none'}")
    if report.violation:
        _show_failure(console, report, terms)
    else:
        console.print("Every invariant held.")


def _show_failure(console: Console, report: Report, terms: _Terms) -> None:
    console.print(f"\nseed {report.seed} finds {report.violation}")
    small = shrunk(report, lambda spared: terms.simulate(report.seed, spared))
    before, after = report.faults_total, small.faults_total
    console.print(f"{after} of its {before} faults are enough:\n")
    for line in small.story:
        console.print(line, markup=False, highlight=False)
    option = f' ARGS="{terms.options}"' if terms.options else ""
    console.print(f"\nReplay it: make simulate SEED={report.seed}{option}")


if __name__ == "__main__":
    main()
