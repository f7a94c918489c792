"""`headrace definitions schema`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from headrace_client.cli.completing import job_names
from headrace_client.cli.options import Target, examples, target_options


@examples(
    "headrace definitions schema report > report.schema.json",
    "headrace definitions schema report --snapshot headrace.snapshot.json",
)
@click.command()
@click.argument("name", shell_complete=job_names)
@click.option(
    "--version",
    type=click.IntRange(min=1),
    help="Not the active version, but this one.",
)
@click.option(
    "--snapshot",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Look in a snapshot instead of the deployment: no AWS, no network.",
)
@target_options
def schema(
    *, target: Target, name: str, version: int | None, snapshot: Path | None
) -> None:
    """Print the JSON Schema of a job's parameters."""
    # boto3 and pydantic would be imported with them; help is quicker without.
    from headrace_client.definitions import Definitions  # noqa: PLC0415
    from headrace_client.schemas import parameters_schema  # noqa: PLC0415
    from headrace_client.snapshot_file import read_snapshot  # noqa: PLC0415

    known = (
        Definitions.over(target.connection())
        if snapshot is None
        else Definitions(catalogue=read_snapshot(snapshot).catalogue())
    )
    found = parameters_schema(known.get(name, version))
    click.echo(json.dumps(found, indent=2, ensure_ascii=False))
