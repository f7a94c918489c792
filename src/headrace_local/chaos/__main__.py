"""`make chaos`: kill the laptop pipeline's processes, and account for every job.

Exits with 0 when everything is accounted for, with 1 when not, with 3 when the run did
not come about.
"""

from __future__ import annotations

import secrets
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from headrace_local.chaos.run import run
from headrace_local.chaos.scene import Options
from headrace_local.chaos.screen import Screen
from headrace_local.chaos.victims import NoVictimError
from headrace_local.happenings import Kind
from headrace_local.problems import LaptopRunError

if TYPE_CHECKING:
    from headrace_local.happenings import Happening

PROJECT = Path(__file__).resolve().parents[3]
NOT_ACCOUNTED_FOR, NOT_RUN = 1, 3
SEEDS = 100_000


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--kills", type=click.IntRange(min=1), default=200, show_default=True)
@click.option("--jobs", type=click.IntRange(min=1), default=300, show_default=True)
@click.option(
    "--seed", type=int, help="What to send and kill, and when; drawn if none."
)
@click.option("--keep", is_flag=True, help="Leave logs and evidence behind, always.")
def main(kills: int, jobs: int, seed: int | None, *, keep: bool) -> None:
    """Kill the laptop pipeline's processes at random and account for every job."""
    screen = Screen(Console(highlight=False, emoji=False, width=110))
    drawn = secrets.randbelow(SEEDS) if seed is None else seed
    screen.say(f"make chaos KILLS={kills} JOBS={jobs} SEED={drawn}")
    screen.say("repeats this run as far as real time lets it.")
    folder = Path(tempfile.mkdtemp(prefix="headrace-chaos-"))
    options = Options(
        project=PROJECT,
        state_folder=folder,
        seed=drawn,
        kills=kills,
        jobs=jobs,
    )
    code = NOT_RUN
    try:
        code = _run(options, screen)
    except LaptopRunError as error:
        click.echo(f"{error.what}\n{error.why}\nTry: {error.advice}", err=True)
    except NoVictimError as error:
        click.echo(f"The run came to nothing: {error}.", err=True)
    finally:
        if keep or code:
            screen.say(f"Logs and evidence are in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(code)


def _run(options: Options, screen: Screen) -> int:
    def hear(happening: Happening) -> None:
        if happening.kind is Kind.STEP:
            screen.say(f"  {happening.subject}: {happening.text}")

    report = run(options, screen.show, hear)
    screen.conclude(report)
    return NOT_ACCOUNTED_FOR if report.findings else 0


if __name__ == "__main__":
    main()
