"""`headrace definitions export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from headrace_client.cli.completing import job_names
from headrace_client.cli.options import Target, examples, target_options

if TYPE_CHECKING:
    from headrace_client.snapshot import Snapshot


@examples(
    "headrace definitions export",
    "headrace definitions export report --older report@3 --out ci/headrace.json",
)
@click.command()
@click.argument("names", nargs=-1, metavar="[NAMES]...", shell_complete=job_names)
@click.option(
    "--older",
    multiple=True,
    metavar="NAME@VERSION",
    help="A version to take along that is not the active one. Repeatable.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    default="headrace.snapshot.json",
    show_default=True,
    metavar="FILE",
    help="Where to write it; - is standard output.",
)
@target_options
def export(
    *, target: Target, names: tuple[str, ...], older: tuple[str, ...], out: Path
) -> None:
    """Write a snapshot: all that offline commands need of a deployment.

    It holds the settings that requests are judged with, and the active versions of the
    definitions named; without a name, of all. An unchanged deployment gives the same
    bytes: commit it.
    """
    from headrace_client.exporting import export_snapshot  # noqa: PLC0415  # boto3
    from headrace_client.snapshot_file import (  # noqa: PLC0415  # ditto
        snapshot_text,
        write_snapshot,
    )

    versions = [_version(text) for text in older]
    snapshot = export_snapshot(target.connection(), names or None, older=versions)
    if str(out) == "-":
        click.echo(snapshot_text(snapshot), nl=False)
        return
    write_snapshot(snapshot, out)
    click.echo(_said(snapshot, out))


def _version(text: str) -> tuple[str, int]:
    name, separator, number = text.rpartition("@")
    if not separator or not number.isascii() or not number.isdecimal():
        raise click.BadParameter(
            f"{text!r} is not NAME@VERSION, as report@3.", param_hint="--older"
        )
    return name, int(number)


def _said(snapshot: Snapshot, out: Path) -> str:
    versions = (
        f"{each.definition.name} {each.version}" for each in snapshot.definitions
    )
    return f"{out}: {', '.join(versions)}"
