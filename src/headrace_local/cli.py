"""`headrace local`: the laptop run's commands."""

from __future__ import annotations

import os
import shlex
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from headrace_client.cli.exit_codes import tell_exit_codes
from headrace_client.cli.options import examples
from headrace_local.emulator import check_installed
from headrace_local.pipeline import Pipeline, PipelineOptions
from headrace_local.problems import LaptopRunError
from headrace_local.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace_local.task_server import Runner

CHECK_SECONDS = 0.5
EXIT_FAILED = 1
PORT = click.IntRange(1, 65535)


@click.group()
def local() -> None:
    """Run the whole pipeline on this machine: no AWS account, nothing leaves it."""


@examples(
    "headrace local up",
    "headrace local up --keep --exports .headrace/exports",
)
@local.command()
@click.option(
    "--project",
    type=click.Path(path_type=Path, exists=True, file_okay=False, resolve_path=True),
    help="Folder with template.yaml.  [default: this one or the nearest above]",
)
@click.option("--port", type=PORT, help="Port of the emulated AWS.  [default: any]")
@click.option("--ecs-port", type=PORT, help="Port of the local ECS.  [default: any]")
@click.option(
    "--runner",
    type=click.Choice(["auto", "containers", "subprocess"]),
    default="auto",
    show_default=True,
    help="What runs tasks; auto takes containers where Docker or Podman answers.",
)
@click.option("--keep", is_flag=True, help="Keep queues, jobs and tasks between runs.")
@click.option(
    "--state-dir",
    type=click.Path(path_type=Path, file_okay=False, resolve_path=True),
    help="Folder of this run's state and logs.  [default: .headrace/local]",
)
@click.option(
    "--reload/--no-reload", default=True, help="Make edits live when they are saved."
)
@click.option(
    "--exports",
    type=click.Path(path_type=Path, dir_okay=False, resolve_path=True),
    help="File that receives the export lines, for other shells to source.",
)
def up(
    *,
    project: Path | None,
    port: int | None,
    ecs_port: int | None,
    runner: Runner,
    keep: bool,
    state_dir: Path | None,
    reload: bool,
    exports: Path | None,
) -> None:
    """Build, start, deploy and watch the pipeline until Ctrl-C."""
    screen = Screen(Console(highlight=False, soft_wrap=True))
    try:
        check_installed()
        if exports is not None:
            check_writable(exports)
        options = PipelineOptions(
            project=project or find_project(Path.cwd()),
            state_folder=state_dir,
            keep=keep,
            emulator_port=port,
            ecs_port=ecs_port,
            runner=runner,
            reload=reload,
        )
        _run(options, screen, exports)
    except LaptopRunError as error:
        screen.fail(error)
        raise SystemExit(EXIT_FAILED) from error


def find_project(folder: Path) -> Path:
    """Return the nearest folder, from `folder` upwards, that is a project.

    Raises:
        LaptopRunError: there is none.
    """
    for candidate in (folder, *folder.parents):
        if (candidate / "template.yaml").exists() and (candidate / "layers").is_dir():
            return candidate
    raise LaptopRunError(
        "There is no Headrace project here.",
        why=f"Neither {folder} nor a folder above it has template.yaml and layers/.",
        advice="Run in a checkout of Headrace, or name one with --project.",
    )


def check_writable(exports: Path) -> None:
    """Raise LaptopRunError if a file cannot be written there; nothing is touched.

    One that exists may be that of another run, which is up.
    """
    folder = exports.parent
    if not folder.is_dir():
        why = f"There is no folder {folder}."
    elif not os.access(exports if exports.exists() else folder, os.W_OK):
        why = "You may not write there."
    else:
        return
    raise LaptopRunError(
        f"The export lines cannot be written to {exports}.",
        why=why,
        advice="Name a file in a folder that exists, with --exports.",
    )


def export_lines(environment: Mapping[str, str]) -> str:
    """Return shell lines that put a pipeline's environment into a shell."""
    return "".join(
        f"export {name}={shlex.quote(value)}\n" for name, value in environment.items()
    )


def _run(options: PipelineOptions, screen: Screen, exports: Path | None) -> None:
    stopping = threading.Event()
    pressed: list[int] = []

    def stop(number: int, _frame: object) -> None:
        pressed.append(number)
        stopping.set()
        if screen.is_starting:
            raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    pipeline = Pipeline(options, screen.show)
    are_exported = False
    try:
        with screen.starting():
            pipeline.start()
        lines = export_lines(pipeline.environment)
        if exports is not None:
            exports.write_text(lines)
            are_exported = True
        screen.ready(pipeline, lines)
        while not stopping.wait(CHECK_SECONDS):
            pipeline.check()
        screen.say("Stopping ...")
    except KeyboardInterrupt:
        screen.say("Interrupted while starting; stopping ...")
    finally:
        # A second Ctrl-C must not interrupt the stopping: it takes seconds at most.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        pipeline.stop()
        if exports is not None and are_exported:
            exports.unlink(missing_ok=True)
    screen.say("Stopped; no process is left.")
    if options.keep:
        screen.say("Queues, jobs and tasks are kept for the next `up --keep`.")


tell_exit_codes(local)
