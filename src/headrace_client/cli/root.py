"""The root of the command line: its commands, its errors and its exit codes."""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import version
from typing import Any

import click

from headrace_client.cli.cancelling import cancel
from headrace_client.cli.completing import completion
from headrace_client.cli.definitions import definitions
from headrace_client.cli.doctoring import doctor
from headrace_client.cli.exit_codes import (
    MEANINGS,
    ExitCode,
    exit_code_of,
    tell_exit_codes,
)
from headrace_client.cli.explaining import explain
from headrace_client.cli.listing import list_jobs
from headrace_client.cli.log_printing import logs
from headrace_client.cli.options import examples
from headrace_client.cli.planning import plan_request
from headrace_client.cli.redriving import redrive
from headrace_client.cli.registering import register
from headrace_client.cli.replaying import replay
from headrace_client.cli.rerunning import rerun
from headrace_client.cli.scheduling import schedule
from headrace_client.cli.showing import status
from headrace_client.cli.submitting import submit
from headrace_client.cli.validating import validate_files
from headrace_client.cli.watching import watch
from headrace_client.errors import ClientError

_EXIT_CODES = "\n".join(f"  {int(code):>3}  {text}" for code, text in MEANINGS.items())


class _RootGroup(click.Group):
    """Turns the client's errors into a message with something to try."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  # click's signature
        try:
            return super().invoke(ctx)
        except ClientError as error:
            click.secho(f"Error: {error.problem}", fg="red", err=True)
            click.echo(f"Try: {error.advice}", err=True)
            ctx.exit(exit_code_of(error))
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            ctx.exit(ExitCode.INTERRUPTED)


class _LocalGroup(click.Group):
    """The laptop run's commands, imported when one of them is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return self._imported().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return self._imported().get_command(ctx, cmd_name)

    def _imported(self) -> click.Group:
        try:
            group = importlib.import_module("headrace_local.cli").local
        except ModuleNotFoundError as error:
            raise click.ClickException(
                f"The laptop run is not installed: no module {error.name!r}.\n"
                "Try: pip install 'headrace[local]'"
            ) from error
        if not isinstance(group, click.Group):
            raise TypeError(f"headrace_local.cli.local is {group!r}, no click group")
        return group


@examples("headrace submit hello -p name=Ada --watch")
@click.group(
    cls=_RootGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 88},
    epilog="\b\nExit codes:\n" + _EXIT_CODES,
)
@click.version_option(version("headrace"), prog_name="headrace")
def root() -> None:
    """Send a message, get a container run, and know how it ended."""


@examples("headrace local up")
@root.group("local", cls=_LocalGroup)
def local() -> None:
    """Run the whole pipeline on this machine, without an AWS account."""


for _command in (
    register,
    definitions,
    plan_request,
    validate_files,
    submit,
    status,
    list_jobs,
    watch,
    explain,
    logs,
    cancel,
    rerun,
    schedule,
    doctor,
    redrive,
    completion,
    replay,
):
    root.add_command(_command)
tell_exit_codes(root)


def run() -> None:
    """Run the command line."""
    try:
        root(prog_name="headrace")
    except BrokenPipeError:
        # `headrace list | head` closed our output: nothing is left to be said.
        sys.stderr.close()
        sys.exit(ExitCode.OK)
