"""`headrace status` and `headrace list`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from headrace.jobs.job import Job, JobStatus
from headrace.ports import REJECTED
from headrace_client.cli import screens
from headrace_client.cli.arguments import check_job_id, is_message_id, time_from
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


@examples(
    "headrace list --status FAILED --since 2h",
    "headrace list --name report --json",
)
@click.command("list")
@click.option(
    "--status",
    "wanted_status",
    type=click.Choice([*JobStatus, REJECTED], case_sensitive=False),
    help="Only jobs of this status.",
)
@click.option("--name", "job_name", help="Only jobs of this name; no rejections then.")
@click.option(
    "--since", metavar="AGE|TIME", help="Accepted since: 90s, 15m, 2h, 3d, or a time."
)
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=20,
    show_default=True,
    help="How many at most.",
)
@target_options
@json_option
def list_jobs(  # one for each option
    *,
    target: Target,
    wanted_status: str | None,
    job_name: str | None,
    since: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List a tenant's jobs and rejections, newest first."""
    now = datetime.now(UTC)
    since_at = None if since is None else time_from(since, now=now)
    found = target.client().list(
        job_name=job_name, status=wanted_status, since_at=since_at, limit=limit
    )
    entries = list(found)

    if as_json:
        click.echo(json.dumps([document_of(entry) for entry in entries], indent=2))
    elif entries:
        output = screens.console()
        output.print(screens.job_list(entries, now=now, columns=output.width))
    else:
        is_all = wanted_status is None and job_name is None and since_at is None
        click.echo(
            f"Tenant {target.tenant!r} has no jobs yet."
            " Submit one: headrace submit hello -p name=Ada"
            if is_all
            else f"No job of tenant {target.tenant!r} is such."
        )
