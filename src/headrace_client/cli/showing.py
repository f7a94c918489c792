"""`headrace status`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from headrace.jobs.job import Job
from headrace_client.cli import screens
from headrace_client.cli.arguments import check_job_id, is_message_id
from headrace_client.cli.options import Target, examples, json_option, target_options
from headrace_client.cli.trail import trail
from headrace_client.documents import document_of

if TYPE_CHECKING:
    from headrace.ports import StoredRejection


@examples("headrace status qx5vmp7ytnbhlwyy2c3fzkd4ia")
@click.command()
@click.argument("job_id")
@target_options
@json_option
def status(*, target: Target, job_id: str, as_json: bool) -> None:
    """Show one job: where it is, or how and why it ended.

    JOB_ID may also be the message id of a request that was rejected. The exit code
    is 0 whenever there is a record, however the job ended.
    """
    entry: Job | StoredRejection
    if is_message_id(job_id):
        entry = target.client().rejection(job_id)
    else:
        entry = target.client().get(check_job_id(job_id))
    print_record(entry, as_json=as_json)


def print_record(entry: Job | StoredRejection, *, as_json: bool) -> None:
    """Print all that there is to say of one record."""
    if as_json:
        click.echo(json.dumps(document_of(entry), indent=2))
        return
    output = screens.console()
    output.print(screens.details(entry))
    if isinstance(entry, Job) and entry.transitions:
        output.print()
        output.print(trail(entry))
    if isinstance(entry, Job) and entry.history:
        output.print("\nearlier launches", style="dim")
        output.print(screens.earlier_launches(entry.history))
