"""`python -m headrace_local.simulation.crash_points`: kill functions at every request.

Every call of every stage in every scenario is cut off before it, after it, without an
answer, or lands late; what comes next is a redelivery, its time-out, or reconcile.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import batched

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from headrace_local.simulation.crash_cases import (
    Case,
    Result,
    cases_of,
    pairs_after,
    run_case,
)
from headrace_local.simulation.crash_moments import MOMENTS, Crash, Next
from headrace_local.simulation.scenario_list import SCENARIOS

CASES_AT_ONCE = 40
PAIRS_MAX = 40_000
"""How many pairs are run, evenly spread over all of them."""


@dataclass(slots=True)
class Tally:
    """What the cases came to."""

    cases: int = 0
    failed: list[Result] = field(default_factory=list)

    def add(self, results: Iterable[Result]) -> None:
        """Take results in."""
        for result in results:
            self.cases += 1
            if result.violation:
                self.failed.append(result)

    @property
    def recovered(self) -> int:
        """After how many crashes everything was as it should be."""
        return self.cases - len(self.failed)


@click.command()
@click.option("--pairs", is_flag=True, help="Two crashes each, and every delay.")
@click.option(
    "--pairs-max", default=PAIRS_MAX, show_default=True, help="How many pairs to run."
)
@click.option("--processes", type=int, help="At once. [default: one per processor]")
@click.option(
    "--scenario",
    "names",
    multiple=True,
    type=click.Choice(list(SCENARIOS)),
    help="Which.",
)
@click.option("--point", "points", multiple=True, help="Replay a crash of this call.")
@click.option("--moment", "moments", multiple=True, type=click.Choice(list(MOMENTS)))
@click.option(
    "--next", "nexts", multiple=True, type=click.Choice([each.value for each in Next])
)
def main(
    *,
    pairs: bool,
    pairs_max: int,
    processes: int | None,
    names: tuple[str, ...],
    points: tuple[str, ...],
    moments: tuple[str, ...],
    nexts: tuple[str, ...],
) -> None:
    """Kill every function at every request that it makes, and see everything recover.

    With --point, --moment and --next (twice for a pair) one case is replayed.
    """
    console = Console(soft_wrap=True)
    if points:
        if len(names) != 1 or not len(points) == len(moments) == len(nexts):
            raise click.UsageError("one --scenario; --moment and --next per --point")
        crashes = tuple(map(Crash, points, moments, map(Next, nexts)))
        _replay(console, Case(names[0], crashes))
        return
    began = time.monotonic()
    with _pool(processes) as pool:
        tally = _singles(console, pool, names or tuple(SCENARIOS), is_thorough=pairs)
        if pairs and not tally.failed:
            tally = _pairs(console, pool, names or tuple(SCENARIOS), pairs_max)
    console.print(f"in {time.monotonic() - began:.0f} s")
    if tally.failed:
        _show_failure(console, tally.failed[0])
        raise SystemExit(1)


def _singles(
    console: Console,
    pool: ProcessPoolExecutor,
    names: Sequence[str],
    *,
    is_thorough: bool,
) -> Tally:
    cases = [
        case
        for name in names
        for case in cases_of(SCENARIOS[name], is_thorough=is_thorough)
    ]
    calls = len({(case.scenario, case.crashes[0].key) for case in cases})
    console.print(f"{len(cases):,} crash points at {calls:,} calls")
    return _run_all(console, pool, cases)


def _pairs(
    console: Console, pool: ProcessPoolExecutor, names: Sequence[str], pairs_max: int
) -> Tally:
    firsts = [case for name in names for case in cases_of(SCENARIOS[name])]
    found: list[Case] = []
    for some in _progress(console, "looking for pairs", pool, _found_pairs, firsts):
        found += some
    step = max(1, -(-len(found) // pairs_max))
    share = "all of them are" if step == 1 else f"one in {step} is"
    console.print(f"{len(found):,} pairs, and {share} run")
    return _run_all(console, pool, found[::step])


def _run_all(
    console: Console, pool: ProcessPoolExecutor, cases: Sequence[Case]
) -> Tally:
    tally = Tally()
    for results in _progress(console, "crashing", pool, _results, cases):
        tally.add(results)
    console.print(f"{tally.recovered:,} of {tally.cases:,} recovered")
    return tally


def _progress[R](
    console: Console,
    title: str,
    pool: ProcessPoolExecutor,
    work: Callable[[Sequence[Case]], list[R]],
    cases: Sequence[Case],
) -> Iterator[list[R]]:
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    chunks = list(batched(cases, CASES_AT_ONCE, strict=False))
    with Progress(title, *columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=len(cases))
        for chunk, done in zip(chunks, pool.map(work, chunks), strict=True):
            progress.update(task, advance=len(chunk))
            yield done


def _results(cases: Sequence[Case]) -> list[Result]:
    return [run_case(case) for case in cases]


def _found_pairs(cases: Sequence[Case]) -> list[Case]:
    return [pair for case in cases for pair in pairs_after(case)]


@contextmanager
def _pool(processes: int | None) -> Iterator[ProcessPoolExecutor]:
    workers = processes or os.process_cpu_count() or 1
    with ProcessPoolExecutor(max_workers=workers) as pool:
        yield pool


def _replay(console: Console, case: Case) -> None:
    result = run_case(case, is_told=True)
    _say = partial(console.print, markup=False, highlight=False)
    for line in result.story:
        _say(line)
    _say(f"\n{result.violation or 'Everything recovered.'}")
    if result.violation:
        raise SystemExit(1)


def _show_failure(console: Console, result: Result) -> None:
    console.print(f"\n{result.violation}\n", markup=False, highlight=False)
    for line in result.story:
        console.print(line, markup=False, highlight=False)
    console.print(f"\nReplay it: {result.case.command()}", markup=False)


if __name__ == "__main__":
    main()
