"""The explorer's command: explores, says how much there was, shows what breaks."""

from __future__ import annotations

import sys
import time

import click
from rich.console import Console

from headrace.jobs.moves import MOVES
from headrace_local.exploration.explore import explore
from headrace_local.exploration.tables import PLANTS

EXIT_BROKEN = 1


@click.command()
@click.option(
    "--plant",
    type=click.Choice(sorted(PLANTS)),
    help="Explore a table of moves with this fault in it.",
)
def main(plant: str | None) -> None:
    """Explore every state of one job; exit with 1 where a promise can be broken."""
    screen = Console(stderr=True)
    began = time.perf_counter()
    with screen.status("exploring") as status:
        result = explore(
            MOVES if plant is None else PLANTS[plant].table(),
            lambda found, done: status.update(
                f"{done:,} of {found:,} states explored so far"
            ),
        )
    click.echo(
        f"{result.states:,} states, {result.transitions:,} transitions,"
        f" {result.depth} steps deep, {result.ends:,} ends,"
        f" {result.beyond:,} that would launch once more;"
        f" {time.perf_counter() - began:.0f} s"
    )
    if result.violation is not None:
        click.echo(str(result.violation))
        sys.exit(EXIT_BROKEN)
    click.echo("complete: no promise can be broken, and every state ends")
