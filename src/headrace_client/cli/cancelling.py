"""`headrace cancel`."""

from __future__ import annotations

import getpass
import json

import click

from headrace.jobs.job import JobStatus
from headrace_client.cli.arguments import check_job_id
from headrace_client.cli.exit_codes import ExitCode
from headrace_client.cli.options import (
    Target,
    deadline_option,
    examples,
    json_option,
    target_options,
)
from headrace_client.cli.watching import watch_one


@examples("headrace cancel qx5vmp7ytnbhlwyy2c3fzkd4ia --watch")
@click.command()
@click.argument("job_id")
@click.option("--watch", "is_watched", is_flag=True, help="Wait until it has ended.")
@click.option(
    "--requested-by",
    metavar="NAME",
    help="Who asks, for the job's record.  [default: your user's name]",
)
@deadline_option
@target_options
@json_option
def cancel(  # one for each option
    *,
    target: Target,
    job_id: str,
    is_watched: bool,
    requested_by: str | None,
    deadline: float,
    as_json: bool,
) -> None:
    """Cancel a job; one that has ended stays as it is.

    With --watch the exit code is 0 when the job ended as CANCELLED, else 1.
    """
    checked = check_job_id(job_id)
    client = target.client()
    status = client.get(checked).status
    if status.is_terminal:
        _tell(checked, status, as_json=as_json, text=f"It has ended already: {status}")
        if status is not JobStatus.CANCELLED:
            click.get_current_context().exit(ExitCode.NO)
        return
    who = requested_by or _user_name()
    submission = client.cancel(checked, requested_by=who)
    if is_watched:
        watch_one(
            client,
            submission,
            deadline=deadline,
            as_json=as_json,
            wanted=JobStatus.CANCELLED,
        )
        return
    _tell(
        checked,
        status,
        as_json=as_json,
        text=f"Asked for it to be cancelled. Follow it: headrace watch {checked}",
        message_id=submission.message_id,
    )


def _user_name() -> str | None:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # nobody's process, as some containers have it
        return None


def _tell(
    job_id: str,
    status: JobStatus,
    *,
    as_json: bool,
    text: str,
    message_id: str | None = None,
) -> None:
    if not as_json:
        click.echo(text)
        return
    document = {"jobId": job_id, "status": status.value}
    if message_id is not None:
        document["messageId"] = message_id
    click.echo(json.dumps(document, indent=2))
