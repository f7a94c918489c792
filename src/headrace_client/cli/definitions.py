"""`headrace definitions`: the group of commands about registered definitions."""

from __future__ import annotations

import click

from headrace_client.cli.defining import (
    activate,
    diff,
    list_definitions,
    show,
    versions,
)
from headrace_client.cli.exporting import export
from headrace_client.cli.options import examples
from headrace_client.cli.schema_showing import schema


@examples("headrace definitions list", "headrace definitions diff report")
@click.group()
def definitions() -> None:
    """Look through registered job definitions, compare, switch, take them along."""


for _command in (list_definitions, versions, show, diff, activate, schema, export):
    definitions.add_command(_command)
