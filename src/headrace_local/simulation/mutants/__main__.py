"""`python -m headrace_local.simulation.mutants`: hunt each mutant, show the catch."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn
from rich.table import Column, Table

from headrace_local.simulation.mutants.catalogue import MUTANTS
from headrace_local.simulation.mutants.hunt import Hunt, hunt, keep_catches

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command()
@click.option("--only", multiple=True, type=click.Choice(sorted(MUTANTS)))
@click.option("--seeds", default=10_000, show_default=True, help="At most, for each.")
@click.option("--first", default=0, show_default=True, help="The first seed.")
@click.option(
    "--count",
    default=0,
    show_default=True,
    help="Run at least so many, to count how often each is caught.",
)
@click.option("--write", is_flag=True, help="Keep the seeds that `make test` replays.")
@click.option("--processes", type=int, help="At once. [default: one per processor]")
def main(
    *,
    only: tuple[str, ...],
    seeds: int,
    first: int,
    count: int,
    write: bool,
    processes: int | None,
) -> None:
    """Take one guard away from the protocol at a time, until a schedule notices.

    When the draws of the simulation change, the seeds that are known move: find
    them again with --write.
    """
    console = Console(soft_wrap=True, width=120)
    hunts: list[Hunt] = []
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    began = time.monotonic()
    with Progress("{task.description}", *columns, console=console) as progress:
        for name in only or MUTANTS:
            task = progress.add_task(name, total=seeds)
            found = hunt(
                MUTANTS[name],
                range(first, first + seeds),
                seeds_after=count,
                processes=processes,
                on_progress=lambda tally, at=task: progress.update(  # type: ignore[misc] # a default is no overload
                    at, completed=tally.seeds
                ),
            )
            progress.remove_task(task)
            console.print(f"{name}: {_told(found)}")
            hunts.append(found)
            if write:
                keep_catches([found])
    console.print(_table(hunts))
    console.print(f"{sum(each.seeds for each in hunts):,} schedules", end=" ")
    console.print(f"in {time.monotonic() - began:.0f} s")
    survivors = [each.mutant.name for each in hunts if each.catch is None]
    if survivors:
        console.print(f"Not caught: {', '.join(survivors)}")
        raise SystemExit(1)


def _told(found: Hunt) -> str:
    if found.catch is None:
        return f"survives {found.seeds:,} schedules"
    return f"seed {found.catch.seed} finds {found.catch.invariant}"


def _table(hunts: Sequence[Hunt]) -> Table:
    columns = ("mutant", "first caught by", "seed", "caught in", "by")
    table = Table(*(Column(each, no_wrap=True) for each in columns), box=None)
    for each in hunts:
        table.add_row(
            each.mutant.name,
            each.catch.invariant if each.catch else "nothing",
            str(each.catch.seed) if each.catch else "",
            f"{each.caught} of {each.seeds}",
            ", ".join(f"{k} {n}" for k, n in sorted(each.by_invariant.items())),
        )
    return table


if __name__ == "__main__":
    main()
