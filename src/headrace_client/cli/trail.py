"""A job's audit trail as a table: each change of its status, and who asked for what."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from headrace_client.cli.plain_text import add_plain_row
from headrace_client.cli.screens import plain_table, status_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table
    from rich.text import Text

    from headrace.jobs.job import Job
    from headrace.jobs.transitions import Transition

type Row = tuple[str, str | Text, str, str, str]

TIME = "%Y-%m-%d %H:%M:%S"


def trail(job: Job) -> Table:
    """Return a line for each change of status; says where lines were left out."""
    table = plain_table("SINCE (UTC)", "STATUS", "CHANGE", "WHY", "BY")
    for row in _rows(job):
        add_plain_row(table, *row)
    return table


def _rows(job: Job) -> Iterator[Row]:
    asked_at, is_told = job.cancel_requested_at, False
    for before, each in pairwise([None, *job.transitions]):
        if each is None:
            continue
        if asked_at is not None and not is_told and asked_at <= each.at:
            is_told = True
            yield _asked(job)
        if before is not None and each.sequence > before.sequence + 1:
            yield "", f"… {each.sequence - before.sequence - 1} left out", "", "", ""
        yield _line(each)
    if asked_at is not None and not is_told:
        yield _asked(job)


def _line(each: Transition) -> Row:
    return (
        f"{each.at:{TIME}}",
        status_text(each.status),
        str(each.sequence),
        each.why or "-",
        each.by,
    )


def _asked(job: Job) -> Row:
    by = job.cancel_requested_by or job.tenant
    return f"{job.cancel_requested_at:{TIME}}", "(cancel asked)", "", "-", by
