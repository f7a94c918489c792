"""`--snapshot`: the deployment that an offline command is for."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from headrace_client.cli.options import Command


def snapshot_option(command: Command) -> Command:
    """Add --snapshot; the command gets the `snapshot` that was read."""

    @click.option(
        "--snapshot",
        "path",
        type=click.Path(path_type=Path, dir_okay=False),
        envvar="HEADRACE_SNAPSHOT",
        show_envvar=True,
        default="headrace.snapshot.json",
        show_default=True,
        metavar="FILE",
        help="The deployment, as `headrace definitions export` wrote it.",
    )
    @functools.wraps(command)
    def with_snapshot(*, path: Path, **others: object) -> object:
        from headrace_client.snapshot_file import read_snapshot  # noqa: PLC0415  # slow

        return command(snapshot=read_snapshot(path), **others)

    return with_snapshot
