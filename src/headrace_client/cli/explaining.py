"""`headrace explain`."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from headrace_client.cli import screens
from headrace_client.cli.exit_codes import ExitCode
from headrace_client.cli.explanation_screen import explanation_screen
from headrace_client.cli.options import Target, examples, json_option, target_options
from headrace_client.explaining.causes import Cause
from headrace_client.explaining.documents import explanation_document


@examples(
    "headrace explain qx5vmp7ytnbhlwyy2c3fzkd4ia",
    "headrace explain 0f0e0d0c-0b0a-4908-8706-050403020100 --json",
)
@click.command()
@click.argument("job_id")
@target_options
@json_option
def explain(*, target: Target, job_id: str, as_json: bool) -> None:
    """Say why a job waits, what it does, or why it ended so, and what to try.

    JOB_ID may also be the message id of a request that was rejected. The exit code
    is 0 whenever there is a record, and 1 where there is none.
    """
    explanation = target.client().explain(job_id)
    if as_json:
        click.echo(json.dumps(explanation_document(explanation), indent=2))
    else:
        output = screens.console()
        now = datetime.now(UTC)
        output.print(explanation_screen(explanation, now=now, columns=output.width))
    if explanation.cause is Cause.NO_RECORD:
        click.get_current_context().exit(ExitCode.NO)
