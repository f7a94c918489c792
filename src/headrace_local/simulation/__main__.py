"""`python -m headrace_local.simulation`: run schedules, or replay the one of a seed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from headrace_local.simulation.campaign import run_campaign
from headrace_local.simulation.schedules import MIXES, simulate
from headrace_local.simulation.shrinking import shrunk

if TYPE_CHECKING:
    from headrace_local.simulation.campaign import Tally
    from headrace_local.simulation.schedules import Report


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
def main(
    *,
    seeds: int,
    first: int,
    seed: int | None,
    mix: str,
    processes: int | None,
    lost_max: int | None,
) -> None:
    """Run the real functions in AWS in memory, with faults drawn from seeds.

    Every schedule is one seed; the same seed is the same schedule, whose trace has
    the same hash.
    """
    console = Console(soft_wrap=True)
    if seed is not None:
        report = simulate(seed, mix_name=mix)
        _show_replay(console, report, mix)
        raise SystemExit(1 if report.violation else 0)
    began = time.monotonic()
    tally = _with_progress(console, range(first, first + seeds), mix, processes)
    _show_tally(console, tally, time.monotonic() - began)
    if tally.failures:
        _show_failure(console, tally.failures[0], mix)
        raise SystemExit(1)
    lost = tally.statuses["LOST"]
    if lost_max is not None and lost > lost_max:
        console.print(f"{lost} jobs ended LOST, and at most {lost_max} may.")
        raise SystemExit(1)


def _with_progress(
    console: Console, seeds: range, mix: str, processes: int | None
) -> Tally:
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress("simulating", *columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=len(seeds))
        return run_campaign(
            seeds,
            mix_name=mix,
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
    ended = ", ".join(f"{n:,} {status}" for status, n in sorted(tally.statuses.items()))
    console.print(f"jobs        {tally.jobs:,}: {ended}")
    share = 100 * tally.statuses["LOST"] / max(1, tally.jobs)
    console.print(f"LOST        {share:.2f} % of the jobs: nobody can know their end")
    console.print(f"violations  {len(tally.failed_seeds)}")


def _show_replay(console: Console, report: Report, mix: str) -> None:
    console.print(f"seed {report.seed}: trace {report.trace_hash}")
    ended = ", ".join(f"{n} {status}" for status, n in sorted(report.statuses.items()))
    console.print(f"{report.faults_total} faults; jobs: {ended or 'none'}")
    if report.violation:
        _show_failure(console, report, mix)
    else:
        console.print("Every invariant held.")


def _show_failure(console: Console, report: Report, mix: str) -> None:
    console.print(f"\nseed {report.seed} finds {report.violation}")
    small = shrunk(
        report, lambda spared: simulate(report.seed, mix_name=mix, spared=spared)
    )
    before, after = report.faults_total, small.faults_total
    console.print(f"{after} of its {before} faults are enough:\n")
    for line in small.story:
        console.print(line, markup=False, highlight=False)
    option = "" if mix == "swarm" else f' ARGS="--mix {mix}"'
    console.print(f"\nReplay it: make simulate SEED={report.seed}{option}")


if __name__ == "__main__":
    main()
