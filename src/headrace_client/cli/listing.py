"""`headrace list`."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from headrace.jobs.job import JobStatus
from headrace.ports import REJECTED
from headrace_client.cli import screens
from headrace_client.cli.arguments import time_from
from headrace_client.cli.completing import job_names
from headrace_client.cli.options import Target, examples, json_option, target_options
from headrace_client.documents import document_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headrace.ports import JobPage

TOGETHER = 500
"""Records that are read and printed together; a longer list is printed in parts."""


@examples(
    "headrace list --status FAILED --since 2h",
    "headrace list --correlation-id order-4711 --json",
    "headrace list --name report --since 7d --until 6d --limit 1000",
)
@click.command("list")
@click.option(
    "--status",
    "status",
    type=click.Choice([*JobStatus, REJECTED], case_sensitive=False),
    help="Only jobs of this status.",
)
@click.option(
    "--name",
    "job_name",
    shell_complete=job_names,
    help="Only jobs of this name; rejections then need --status REJECTED.",
)
@click.option(
    "--correlation-id", metavar="ID", help="Only jobs that were submitted with it."
)
@click.option(
    "--since", metavar="AGE|TIME", help="Accepted since: 90s, 15m, 2h, 3d, or a time."
)
@click.option("--until", metavar="AGE|TIME", help="Accepted before that, likewise.")
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=20,
    show_default=True,
    help="How many at most.",
)
@click.option("--cursor", help="Go on where an earlier list ended, which says so.")
@target_options
@json_option
def list_jobs(
    *,
    target: Target,
    since: str | None,
    until: str | None,
    limit: int,
    cursor: str | None,
    as_json: bool,
    **asked: Any,  # noqa: ANN401 - status, job_name and correlation_id, as click read them
) -> None:
    """List a tenant's jobs and rejections, newest first.

    Where there are more than --limit, the last line (on standard error) says how to go
    on. The same goes for a rare status among many records: the list ends after looking
    at ten thousand of them.
    """
    now = datetime.now(UTC)
    asked["since_at"] = None if since is None else time_from(since, now=now)
    asked["until_at"] = (
        None if until is None else time_from(until, now=now, option="--until")
    )
    pages = _Pages(target, asked, limit, cursor)
    if as_json:
        _print_json(pages)
    elif not _print_tables(pages, now):
        is_all = cursor is None and not any(asked.values())
        click.echo(
            f"Tenant {target.tenant!r} has no jobs yet."
            " Submit one: headrace submit hello -p name=Ada"
            if is_all
            else f"No job of tenant {target.tenant!r} is such."
        )
    if pages.cursor is not None:
        again = shlex.join(["--cursor", pages.cursor])
        click.echo(f"There may be more: the same command with {again}", err=True)


class _Pages:
    """The parts of a list, each read when it is asked for.

    Attributes:
        cursor: Where the list may go on after the last part; None where it may not.
    """

    def __init__(
        self, target: Target, asked: dict[str, Any], limit: int, cursor: str | None
    ) -> None:
        self._client = target.client()
        self._asked = asked
        self._limit = limit
        self.cursor = cursor

    def __iter__(self) -> Iterator[JobPage]:
        left = self._limit
        while left > 0:
            size = min(left, TOGETHER)
            try:
                page = self._client.page(limit=size, cursor=self.cursor, **self._asked)
            except ValueError as error:
                raise click.BadParameter(str(error), param_hint="--cursor") from error
            left -= len(page.entries)
            self.cursor = page.cursor
            yield page
            if page.cursor is None or len(page.entries) < size:
                return


def _print_json(pages: _Pages) -> None:
    """Print an array, an element as soon as it is read."""
    separator = "["
    for page in pages:
        for entry in page.entries:
            text = json.dumps(document_of(entry), indent=2)
            click.echo(separator + "\n  " + text.replace("\n", "\n  "), nl=False)
            separator = ","
    click.echo("\n]" if separator == "," else "[]")


def _print_tables(pages: _Pages, now: datetime) -> bool:
    """Print a table for each part; tell whether there was any record."""
    output = screens.console()
    is_any = False
    for page in pages:
        if page.entries:
            is_any = True
            table = screens.job_list(page.entries, now=now, columns=output.width)
            output.print(table)
    return is_any
