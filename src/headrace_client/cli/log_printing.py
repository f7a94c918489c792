"""`headrace logs`."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from headrace_client.cli.arguments import check_job_id, time_from
from headrace_client.cli.options import (
    Target,
    deadline_option,
    examples,
    json_option,
    target_options,
)
from headrace_client.cli.plain_text import without_controls

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headrace_client.job_logs.tails import LogLine


@examples(
    "headrace logs qx5vmp7ytnbhlwyy2c3fzkd4ia -f",
    "headrace logs qx5vmp7ytnbhlwyy2c3fzkd4ia --attempt 1 --since 15m",
)
@click.command()
@click.argument("job_id")
@click.option("-f", "--follow", is_flag=True, help="Go on until the job has ended.")
@click.option(
    "--attempt", type=click.IntRange(min=1), help="Of this attempt; its last launch."
)
@click.option(
    "--launch", type=click.IntRange(min=1), help="Of this launch of the attempt."
)
@click.option("--all", "is_all", is_flag=True, help="Of every launch that fits.")
@click.option("--container", metavar="NAME", help="Not the main container, but this.")
@click.option(
    "--since", metavar="AGE|TIME", help="Printed since: 90s, 15m, 2h, 3d, or a time."
)
@click.option("--timestamps", is_flag=True, help="Begin every line with its time.")
@deadline_option
@target_options
@json_option
def logs(  # noqa: PLR0913 - one for each option
    *,
    target: Target,
    job_id: str,
    follow: bool,
    attempt: int | None,
    launch: int | None,
    is_all: bool,
    container: str | None,
    since: str | None,
    timestamps: bool,
    deadline: float,
    as_json: bool,
) -> None:
    """Print what a job's container printed, from CloudWatch Logs.

    Without --attempt it is the newest launch that has a task; with -f, later launches
    follow. Which launch a line is of is told on standard error whenever that changes.
    With --json every line is an object. On a terminal, control characters are shown
    escaped.
    """
    from headrace_client.job_logs.reading import (  # noqa: PLC0415  # imports boto3, slow
        LogChoice,
    )

    checked = check_job_id(job_id)
    since_at = None if since is None else time_from(since, now=datetime.now(UTC))
    choice = LogChoice(
        attempt=attempt,
        launch=launch,
        container=container,
        since_at=since_at,
        is_all=is_all,
    )
    client = target.client()
    lines: Iterable[LogLine] = (
        client.follow_logs(checked, choice, deadline_seconds=deadline)
        if follow
        else client.logs(checked, choice)
    )
    _print(lines, as_json=as_json, timestamps=timestamps)


def _print(lines: Iterable[LogLine], *, as_json: bool, timestamps: bool) -> None:
    number: tuple[int, int] | None = None
    is_terminal = sys.stdout.isatty()
    for line in lines:
        if as_json:
            click.echo(json.dumps(_document(line)))
            continue
        if number != (line.attempt, line.launch):
            number = line.attempt, line.launch
            click.echo(_heading(line), err=True)
        text = without_controls(line.text) if is_terminal else line.text
        click.echo(f"{_time(line.at)} {text}" if timestamps else text)
    if number is None and not as_json:
        click.echo(
            "No lines: nothing was printed in that time, or it has expired.", err=True
        )


def _heading(line: LogLine) -> str:
    return f"-- attempt {line.attempt}, launch {line.launch}, {line.container} --"


def _document(line: LogLine) -> dict[str, object]:
    return {
        "at": _time(line.at),
        "text": line.text,
        "attempt": line.attempt,
        "launch": line.launch,
        "container": line.container,
    }


def _time(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
