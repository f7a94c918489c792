"""`headrace rerun`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from headrace_client.cli.arguments import check_job_id
from headrace_client.cli.options import (
    Target,
    deadline_option,
    examples,
    json_option,
    target_options,
)
from headrace_client.cli.watching import watch_one

if TYPE_CHECKING:
    from headrace.requests.schema import RerunVersion
    from headrace_client.errors import RerunRefusedError


@examples(
    "headrace rerun qx5vmp7ytnbhlwyy2c3fzkd4ia --latest --watch",
    "headrace rerun qx5vmp7ytnbhlwyy2c3fzkd4ia --exact --key report-again",
)
@click.command()
@click.argument("job_id")
@click.option(
    "--exact",
    "version",
    flag_value="exact",
    default="exact",
    help="The same version, image and parameters; refused where the image is another"
    " one now, or gone. This is the default.",
)
@click.option(
    "--latest",
    "version",
    flag_value="latest",
    help="The definition's active version, if it admits the same parameters.",
)
@click.option(
    "--force",
    is_flag=True,
    help="With --exact: run it though its image is another one now, or nobody knows.",
)
@click.option(
    "--key",
    metavar="KEY",
    help="The idempotency key: the same key again is the same new job. Default: a new"
    " one.",
)
@click.option(
    "--watch", "is_watched", is_flag=True, help="Show the new job until it has ended."
)
@deadline_option
@target_options
@json_option
def rerun(  # one for each option
    *,
    target: Target,
    job_id: str,
    version: RerunVersion,
    force: bool,
    key: str | None,
    is_watched: bool,
    deadline: float,
    as_json: bool,
) -> None:
    """Run a job that has ended again, as a new job, and print the new job's id.

    Its start time and start deadline do not apply again. With --watch the exit code is
    0 when the new job succeeded, else 1.
    """
    checked = check_job_id(job_id)
    client = target.client()

    def accepts(doubt: RerunRefusedError) -> bool:
        if force:
            click.secho(f"Forced. {doubt.problem}", fg="yellow", err=True)
        return force

    submission = client.rerun(
        checked, version=version, idempotency_key=key, accepts=accepts
    )
    if is_watched:
        watch_one(client, submission, deadline=deadline, as_json=as_json)
    elif as_json:
        document = {
            "jobId": submission.job_id,
            "rerunOf": checked,
            "messageId": submission.message_id,
            "idempotencyKey": submission.idempotency_key,
        }
        click.echo(json.dumps(document, indent=2))
    else:
        click.echo(submission.job_id)
        if sys.stderr.isatty():
            click.echo(f"Follow it: headrace watch {submission.job_id}", err=True)
