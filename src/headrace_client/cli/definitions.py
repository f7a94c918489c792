"""`headrace definitions`: the group of commands about registered definitions."""

from __future__ import annotations

import click

from headrace_client.cli.exporting import export
from headrace_client.cli.options import examples


@examples("headrace definitions export hello")
@click.group()
def definitions() -> None:
    """Look at registered job definitions, and take them along."""


definitions.add_command(export)
