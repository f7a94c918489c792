"""`headrace watch`: a job until it has ended, or a tenant's newest jobs."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from headrace.jobs.job import Job, JobStatus
from headrace_client.cli import screens
from headrace_client.cli.arguments import check_job_id
from headrace_client.cli.exit_codes import ExitCode
from headrace_client.cli.job_timeline import JobTimeline
from headrace_client.cli.options import (
    Target,
    deadline_option,
    examples,
    json_option,
    target_options,
)
from headrace_client.cli.showing import print_record
from headrace_client.cli.timeline import Timeline
from headrace_client.documents import document_of
from headrace_client.polling import looks

if TYPE_CHECKING:
    from headrace_client.client import Headrace
    from headrace_client.submission import Submission

LINES = 20
REFRESH_SECONDS = 1.0


@examples(
    "headrace watch qx5vmp7ytnbhlwyy2c3fzkd4ia",
    "headrace watch --deadline 60",
)
@click.command()
@click.argument("job_id", required=False)
@deadline_option
@target_options
@json_option
def watch(
    *, target: Target, job_id: str | None, deadline: float, as_json: bool
) -> None:
    """Follow a job until it has ended, or the newest jobs.

    On a terminal a job is shown with each change of its status, how long it stayed
    so, what it waits for now and what comes next. Without JOB_ID it follows the
    tenant's newest jobs and rejections. With --json, or when the output is no terminal,
    every change is a line of its own.
    """
    if job_id is None:
        watch_all(target.client(), deadline=deadline, as_json=as_json)
        return
    checked = check_job_id(job_id)
    client = target.client()
    client.get(checked)
    watch_one(client, checked, deadline=deadline, as_json=as_json)


def watch_one(
    client: Headrace,
    awaited: Submission | str,
    *,
    deadline: float,
    as_json: bool,
    wanted: JobStatus = JobStatus.SUCCEEDED,
) -> None:
    """Show a job until it has ended; exit with NO unless it ended as wanted.

    Raises:
        headrace_client.errors.ClientError: The deadline passed, or it cannot be read.
    """
    with JobTimeline(client.explain_job, as_json=as_json) as timeline:
        end = client.wait(awaited, deadline_seconds=deadline, on_look=timeline.show)
    if not as_json:
        print_record(end, as_json=False)
    elif not isinstance(end, Job):
        click.echo(json.dumps(document_of(end)))
    if not (isinstance(end, Job) and end.status is wanted):
        if isinstance(end, Job) and not as_json:
            click.echo(
                f"Why, and all launches: headrace explain {end.job_id}", err=True
            )
        click.get_current_context().exit(ExitCode.NO)


def watch_all(client: Headrace, *, deadline: float, as_json: bool) -> None:
    """Show the newest records until the deadline, or until Ctrl-C."""

    def now() -> datetime:
        return datetime.now(UTC)

    entries = []
    with Timeline(as_json=as_json) as timeline:
        for _ in looks(
            deadline_seconds=deadline,
            now=now,
            sleep=time.sleep,
            pause_seconds_max=REFRESH_SECONDS,
        ):
            entries = list(client.list(limit=LINES))
            table = screens.job_list(entries, now=now(), columns=timeline.columns)
            timeline.show(entries, table)
