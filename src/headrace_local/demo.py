"""`make demo`: the whole pipeline on this machine, real jobs through it, and checks.

Exits with 0 when everything became what it must, with 1 when not, with 3 when the
pipeline could not be brought up.
"""

from __future__ import annotations

import secrets
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from headrace_local.demo_checks import complaints
from headrace_local.demo_play import Play
from headrace_local.demo_screen import Screen
from headrace_local.demo_script import steps
from headrace_local.demo_world import DemoWorld
from headrace_local.happenings import Happening, Kind
from headrace_local.pipeline import Pipeline, PipelineOptions
from headrace_local.problems import LaptopRunError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace_local.task_server import Runner

PROJECT = Path(__file__).resolve().parents[2]
WRONG, NOT_STARTED, INTERRUPTED = 1, 3, 130


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--runner",
    type=click.Choice(["auto", "subprocess", "containers"]),
    default="auto",
    show_default=True,
    help="What runs the tasks; auto takes containers where an engine answers.",
)
@click.option(
    "--deadline",
    type=click.FloatRange(min=1),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="How long the jobs may take.",
)
def main(runner: Runner, deadline: float) -> None:
    """Bring the pipeline up, run real jobs through it and check how they ended."""
    console = Console(highlight=False, emoji=False)
    try:
        sys.exit(run(console, runner=runner, deadline_seconds=deadline))
    except LaptopRunError as error:
        click.echo(f"{error.what}\n{error.why}\nTry: {error.advice}", err=True)
        sys.exit(NOT_STARTED)
    except KeyboardInterrupt:
        click.echo("Interrupted; everything is stopped.", err=True)
        sys.exit(INTERRUPTED)


def run(console: Console, *, runner: Runner, deadline_seconds: float) -> int:
    """Play the demo and return its exit code.

    Raises:
        LaptopRunError: The pipeline could not be brought up, or did not stay up.
    """
    troubles: dict[str, None] = {}

    def tell(happening: Happening) -> None:
        line = f"  {happening.subject}: {happening.text}"
        if happening.kind is Kind.STEP:
            console.print(line, markup=False, soft_wrap=True)
        elif happening.kind is Kind.TROUBLE:
            troubles[line] = None

    began = time.monotonic()
    console.print("Bringing the pipeline up on this machine ...")
    options = PipelineOptions(
        project=PROJECT,
        # Not the folder of `headrace local up`, which may be running.
        state_folder=PROJECT / ".headrace" / "demo",
        runner=runner,
        reload=False,
    )
    with Pipeline(options, tell) as pipeline:
        console.print("Sending job requests by plain boto3 to the queue ...")
        code = _play(pipeline, console, deadline_seconds, troubles)
        console.print("Stopping everything ...")
    console.print(f"Done after {time.monotonic() - began:.0f} s.")
    return code


def _play(
    pipeline: Pipeline,
    console: Console,
    deadline_seconds: float,
    troubles: Mapping[str, None],
) -> int:
    variables = pipeline.environment
    play = Play(
        steps=steps(f"demo-{secrets.token_hex(3)}"),
        world=DemoWorld(variables),
        deployment_id=variables["HEADRACE_DEPLOYMENT_ID"],
    )
    screen = Screen(console)
    with screen:
        seen = play.run(
            deadline_seconds=deadline_seconds,
            clock=time.monotonic,
            sleep=time.sleep,
            on_look=screen.show,
        )
    pipeline.check()
    found = complaints(play.steps, seen)
    screen.conclude(play, seen, found)
    if found:
        screen.blame(list(troubles))
    return WRONG if found else 0


if __name__ == "__main__":
    main()
