"""`headrace submit`."""

from __future__ import annotations

import functools
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headrace_client.bodies import option_fields
from headrace_client.cli.arguments import parameters_from
from headrace_client.cli.completing import job_names
from headrace_client.cli.options import (
    Command,
    Target,
    deadline_option,
    examples,
    json_option,
    target_options,
)
from headrace_client.cli.submitting_many import submit_lines
from headrace_client.cli.watching import watch_one

if TYPE_CHECKING:
    from headrace_client.bodies import SubmitOptions
    from headrace_client.submission import Submission


def request_options(command: Command) -> Command:
    """Add --version, --timeout and --correlation-id; the command gets `options`."""

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
    @click.option(
        "--correlation-id", metavar="ID", help="Carried to the task and back."
    )
    @functools.wraps(command)
    def with_options(
        *,
        job_version: int | None,
        timeout_seconds: int | None,
        correlation_id: str | None,
        **others: object,
    ) -> object:
        options: SubmitOptions = {}
        if job_version is not None:
            options["job_version"] = job_version
        if timeout_seconds is not None:
            options["timeout_seconds"] = timeout_seconds
        if correlation_id is not None:
            options["correlation_id"] = correlation_id
        return command(options=options, **others)

    return with_options


@examples(
    "headrace submit hello -p name=Ada --watch",
    "headrace submit report --parameters @report.json --key report-2026-11-22",
    "headrace submit report --from parameters.jsonl --key november",
    "headrace submit --from requests.jsonl",
)
@click.command()
@click.argument("job_name", metavar="[JOB]", required=False, shell_complete=job_names)
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
    help="The idempotency key: the same key again is the same job. Default: a new one."
    " With --from: what the keys begin with; the line's number follows.",
)
@request_options
@click.option("--watch", is_flag=True, help="Show the job until it has ended.")
@click.option(
    "--check/--no-check",
    default=True,
    help="Check by the job's definition before sending, where it can be read.",
)
@click.option(
    "--from",
    "source",
    metavar="FILE|-",
    help="Send a request for each line of JSON: with JOB, a line is the parameters;"
    " without it, a whole request.",
)
@click.option(
    "--failed",
    "failed_to",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="With --from: where lines go that were not sent, to be sent again. Default:"
    " beside FILE, as NAME.failed.jsonl.",
)
@deadline_option
@target_options
@json_option
def submit(  # noqa: PLR0913  # one for each option
    *,
    target: Target,
    job_name: str | None,
    pairs: tuple[str, ...],
    document: str | None,
    key: str | None,
    options: SubmitOptions,
    watch: bool,
    check: bool,
    source: str | None,
    failed_to: Path | None,
    deadline: float,
    as_json: bool,
) -> None:
    """Ask for a job to be run, and print its id. With --from, for many.

    With --from, the exit code is 0 when all were sent, 1 when some were refused, and 3
    when some were not taken. With --json, a line of JSON says what became of each.
    """
    if source is not None:
        if watch or pairs or document is not None:
            raise click.UsageError("--from goes with no -p, --parameters or --watch.")
        code = submit_lines(
            target.client(),
            source,
            job_name=job_name,
            key_prefix=key,
            defaults=option_fields(options),
            failed_to=failed_to,
            check=check,
            as_json=as_json,
        )
        click.get_current_context().exit(code)
    if job_name is None:
        raise click.UsageError("Missing argument 'JOB', or --from FILE.")
    parameters = parameters_from(pairs, document)
    client = target.client()
    submission = client.submit(
        job_name, parameters=parameters, idempotency_key=key, check=check, **options
    )
    if watch:
        watch_one(client, submission, deadline=deadline, as_json=as_json)
    else:
        _tell(submission, as_json=as_json)


def _tell(submission: Submission, *, as_json: bool) -> None:
    if as_json:
        document = {
            "jobId": submission.job_id,
            "messageId": submission.message_id,
            "idempotencyKey": submission.idempotency_key,
        }
        click.echo(json.dumps(document, indent=2))
        return
    click.echo(submission.job_id)
    if sys.stderr.isatty():
        click.echo(f"Follow it: headrace watch {submission.job_id}", err=True)
