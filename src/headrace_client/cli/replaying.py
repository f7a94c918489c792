"""`headrace replay`."""

from __future__ import annotations

import json

import click

from headrace_client.cli.arguments import check_job_id
from headrace_client.cli.exit_codes import ExitCode
from headrace_client.cli.options import Target, examples, json_option, target_options


@examples("headrace replay qx5vmp7ytnbhlwyy2c3fzkd4ia")
@click.command()
@click.argument("job_ids", nargs=-1, required=True, metavar="JOB_ID...")
@target_options
@json_option
def replay(*, target: Target, job_ids: tuple[str, ...], as_json: bool) -> None:
    """Publish jobs' events again, from their records.

    Each event has the sequence of the first time, and isReplay. Workflows that waited
    for the job are not answered again. The exit code is 1 where a job is not there.
    """
    checked = [check_job_id(each) for each in job_ids]
    replayed = target.client().replay(*checked)
    if as_json:
        document = {"published": replayed.published, "missing": list(replayed.missing)}
        click.echo(json.dumps(document, indent=2))
    else:
        number = replayed.published
        click.echo(f"{number} {'event' if number == 1 else 'events'} published again.")
        for job_id in replayed.missing:
            click.echo(f"There is no job {job_id}.", err=True)
    if replayed.missing:
        click.get_current_context().exit(ExitCode.NO)
