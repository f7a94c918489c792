"""`headrace submit`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from headrace_client.cli.arguments import parameters_from
from headrace_client.cli.options import (
    Target,
    deadline_option,
    examples,
    json_option,
    target_options,
)
from headrace_client.cli.watching import watch_one

if TYPE_CHECKING:
    from headrace_client.bodies import SubmitOptions


@examples(
    "headrace submit hello -p name=Ada --watch",
    "headrace submit report --parameters @report.json --key report-2026-11-22",
)
@click.command()
@click.argument("job_name", metavar="JOB")
@click.option(
    "-p",
    "pairs",
    multiple=True,
    metavar="NAME=TEXT",
    help="A parameter: name=text, or name:=json for numbers and the like. Repeatable.",
)
@click.option(
    "--parameters",
    "document",
    metavar="JSON|@FILE|-",
    help="All parameters as a JSON object, from a file, or from standard input.",
)
@click.option(
    "--key",
    metavar="KEY",
    help="The idempotency key: the same key again is the same job. Default: a new one.",
)
@click.option(
    "--version", "job_version", type=int, help="The definition's version to run."
)
@click.option(
    "--timeout",
    "timeout_seconds",
    type=int,
    metavar="SECONDS",
    help="Of each attempt; at most what the definition allows.",
)
@click.option("--correlation-id", metavar="ID", help="Carried to the task and back.")
@click.option("--watch", is_flag=True, help="Show the job until it has ended.")
@deadline_option
@target_options
@json_option
def submit(  # noqa: PLR0913  # one for each option
    *,
    target: Target,
    job_name: str,
    pairs: tuple[str, ...],
    document: str | None,
    key: str | None,
    job_version: int | None,
    timeout_seconds: int | None,
    correlation_id: str | None,
    watch: bool,
    deadline: float,
    as_json: bool,
) -> None:
    """Ask for a job to be run, and print its id."""
    parameters = parameters_from(pairs, document)
    options: SubmitOptions = {}
    if job_version is not None:
        options["job_version"] = job_version
    if timeout_seconds is not None:
        options["timeout_seconds"] = timeout_seconds
    if correlation_id is not None:
        options["correlation_id"] = correlation_id
    client = target.client()
    submission = client.submit(
        job_name, parameters=parameters, idempotency_key=key, **options
    )
    if watch:
        watch_one(client, submission, deadline=deadline, as_json=as_json)
    elif as_json:
        document_of_submission = {
            "jobId": submission.job_id,
            "messageId": submission.message_id,
            "idempotencyKey": submission.idempotency_key,
        }
        click.echo(json.dumps(document_of_submission, indent=2))
    else:
        click.echo(submission.job_id)
        if sys.stderr.isatty():
            click.echo(f"Follow it: headrace watch {submission.job_id}", err=True)
