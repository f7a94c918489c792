"""`headrace register`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from headrace_client.cli.evolving import (
    evolution_document,
    force_option,
    progress,
    tell,
)
from headrace_client.cli.options import Target, examples, json_option, target_options
from headrace_client.registration import Registrar


@examples("headrace register jobs/*.yaml")
@click.command()
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILES...",
)
@force_option
@target_options
@json_option
def register(
    *, target: Target, files: tuple[Path, ...], force: bool, as_json: bool
) -> None:
    """Register job definitions from YAML files; all of them, or none.

    Each becomes a numbered version that never changes, and the active one. A file
    that says what the active version says is left at that.

    A version is refused if it would refuse requests that the active one accepts and
    that wait: as jobs, in the queue, or as schedules.
    """
    with progress() as on_progress:
        registrar = Registrar.over(target.connection(), on_progress)
        done = registrar.register(files, force=force)
    tell(registration.evolution for registration in done)
    if as_json:
        documents = [
            {
                "file": str(registration.path),
                "name": registration.registered.definition.name,
                "version": registration.registered.version,
                "isNew": registration.is_new,
                "taskDefinitionArn": registration.registered.resolved.arn,
            }
            | evolution_document(registration.evolution)
            for registration in done
        ]
        click.echo(json.dumps(documents, indent=2))
        return
    for registration in done:
        registered = registration.registered
        state = "registered" if registration.is_new else "unchanged"
        revision = registered.resolved.arn.rpartition("/")[2]
        click.echo(
            f"{registered.definition.name} version {registered.version} {state}"
            f" ({revision})"
        )
