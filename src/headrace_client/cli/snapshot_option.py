"""`--snapshot`: the deployment that an offline command is for."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from headrace_client.cli.options import Command
    from headrace_client.snapshot import Snapshot


def snapshot_option(command: Command) -> Command:
    """Add --snapshot; the command gets `snapshot`, which reads it when called."""

    @click.option(
        "--snapshot",
        "snapshot_path",
        type=click.Path(path_type=Path, dir_okay=False),
        envvar="HEADRACE_SNAPSHOT",
        show_envvar=True,
        default="headrace.snapshot.json",
        show_default=True,
        metavar="FILE",
        help="The deployment, as `headrace definitions export` wrote it.",
    )
    @functools.wraps(command)
    def with_snapshot(*, snapshot_path: Path, **others: object) -> object:
        def snapshot() -> Snapshot:
            from headrace_client.snapshot_file import (  # noqa: PLC0415  # slow
                read_snapshot,
            )

            return read_snapshot(snapshot_path)

        return command(snapshot=snapshot, **others)

    return with_snapshot
