"""`headrace schedule`: jobs by the clock."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from headrace_client.cli import screens
from headrace_client.cli.arguments import parameters_from
from headrace_client.cli.options import Target, examples, json_option, target_options
from headrace_client.cli.plain_text import add_plain_row

if TYPE_CHECKING:
    from rich.table import Table

    from headrace_client.schedule_records import Schedule
    from headrace_client.schedules import Schedules


@examples("headrace schedule list")
@click.group()
def schedule() -> None:
    """Run jobs by the clock: schedules of EventBridge Scheduler that send requests."""


def _schedules(target: Target) -> Schedules:
    from headrace_client.schedules import Schedules  # noqa: PLC0415  # boto3, slow

    return Schedules.over(target.connection(), tenant=target.tenant)


@examples(
    'headrace schedule add tonight hello "at(2027-01-31T22:00:00)" -p name=Ada',
    'headrace schedule add report-nightly report "cron(0 2 * * ? *)" \\',
    "      --timezone Europe/Berlin --slot date --start-deadline 21600",
)
@schedule.command()
@click.argument("name")
@click.argument("job")
@click.argument("expression")
@click.option(
    "--timezone",
    default="UTC",
    show_default=True,
    metavar="ZONE",
    help="An IANA name, as Europe/Berlin, by which cron and at are read.",
)
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
    "--slot",
    metavar="NAME",
    help="A parameter that gets the slot's time, as 2026-11-22T02:00:00Z.",
)
@click.option(
    "--start-deadline",
    "start_deadline_seconds",
    type=click.IntRange(min=1),
    metavar="SECONDS",
    help="A slot whose job does not run by then has expired. Default: none.",
)
@click.option(
    "--version",
    "job_version",
    type=click.IntRange(min=1),
    help="Always this version; without it, the one that is active when it fires.",
)
@click.option("--description", default="", help="For people.")
@target_options
@json_option
def add(  # noqa: PLR0913  # one for each option
    *,
    target: Target,
    name: str,
    job: str,
    expression: str,
    timezone: str,
    pairs: tuple[str, ...],
    document: str | None,
    slot: str | None,
    start_deadline_seconds: int | None,
    job_version: int | None,
    description: str,
    as_json: bool,
) -> None:
    """Add a schedule for JOB; what it would send now is checked first.

    EXPRESSION is cron(minutes hours day-of-month month day-of-week year), rate(15
    minutes) or at(2027-01-31T22:00:00). One for a single time removes itself when it
    has fired. A slot that fires twice is one job.
    """
    made = _schedules(target).add(
        name,
        job,
        expression,
        timezone=timezone,
        parameters=parameters_from(pairs, document),
        slot=slot,
        start_deadline_seconds=start_deadline_seconds,
        job_version=job_version,
        description=description,
    )
    if as_json:
        click.echo(json.dumps(_document(made), indent=2))
        return
    click.echo(f"Added {made.name}: {made.job_name} {made.expression} {made.timezone}")


@examples("headrace schedule list")
@schedule.command("list")
@target_options
@json_option
def list_schedules(*, target: Target, as_json: bool) -> None:
    """List the deployment's schedules.

    When a slot ran last is told by its job: headrace list --name JOB. Scheduler tells
    neither that nor when it fires next.
    """
    found = _schedules(target).list()
    if as_json:
        click.echo(json.dumps([_document(each) for each in found], indent=2))
    elif found:
        screens.console().print(_table(found))
    else:
        click.echo(
            "There are no schedules yet."
            ' Add one: headrace schedule add NAME JOB "rate(1 hour)"'
        )


@examples("headrace schedule remove report-nightly")
@schedule.command()
@click.argument("name")
@target_options
@json_option
def remove(*, target: Target, name: str, as_json: bool) -> None:
    """Remove a schedule at once; jobs that it asked for stay as they are."""
    removed = _schedules(target).remove(name)
    if as_json:
        click.echo(json.dumps(_document(removed), indent=2))
        return
    click.echo(
        f"Removed {removed.name}: {removed.job_name or 'no job'} {removed.expression}"
        f" {removed.timezone}"
    )


def _table(found: list[Schedule]) -> Table:
    table = screens.plain_table("NAME", "JOB", "WHEN", "ZONE", "STATE")
    for each in found:
        add_plain_row(
            table,
            each.name,
            each.job_name or "-",
            each.expression,
            each.timezone,
            "enabled" if each.is_enabled else "disabled",
        )
    return table


def _document(each: Schedule) -> dict[str, Any]:
    document = {
        "name": each.name,
        "arn": each.arn,
        "jobName": each.job_name,
        "expression": each.expression,
        "timezone": each.timezone,
        "isEnabled": each.is_enabled,
        "description": each.description or None,
        "body": each.body,
    }
    return {name: value for name, value in document.items() if value is not None}
