"""Records as tables for people: 80 columns are enough, colours only on a terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from headrace.jobs.job import Job, JobStatus, LaunchEntry
from headrace.ports import REJECTED
from headrace_client.cli.plain_text import add_plain_row
from headrace_client.documents import status_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from headrace.ports import StoredRejection

COLUMNS_WIDE = 100
OTHER_COLUMNS = 9 + 3 + 3 + 12
"""Of a list: status, try, age, and what stands between the columns."""

NAME_COLUMNS_MIN = 14
WHY_COLUMNS_MIN = 13
WHY_COLUMNS = 20
MINUTE, HOUR, DAY = 60, 3600, 86400
_STYLES = {
    JobStatus.SUCCEEDED: "green",
    JobStatus.RUNNING: "cyan",
    JobStatus.STARTING: "cyan",
    JobStatus.FAILED: "red",
    JobStatus.TIMED_OUT: "red",
    JobStatus.LOST: "red",
    JobStatus.EXPIRED: "yellow",
    JobStatus.CANCELLED: "yellow",
    REJECTED: "magenta",
}


def console(*, is_error: bool = False) -> Console:
    """Return where to print; rich finds out whether it is a terminal."""
    return Console(stderr=is_error, highlight=False, emoji=False)


def status_text(status: str) -> Text:
    """Return a status in its colour."""
    return Text(status, style=_STYLES.get(status, ""))


def ago(instant: datetime, now: datetime) -> str:
    """Return an age in its largest unit: `42s`, `3m`, `5h`, `2d`."""
    seconds = max(0, int((now - instant).total_seconds()))
    for size, unit in ((DAY, "d"), (HOUR, "h"), (MINUTE, "m")):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def plain_table(*headers: str) -> Table:
    """Return a table that looks the same on a terminal and in a file."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for header in headers:
        table.add_column(header, overflow="fold")
    table.columns[0].no_wrap = True
    return table


def job_list(
    entries: Sequence[Job | StoredRejection], *, now: datetime, columns: int
) -> Table:
    """Return an entry for each record; below 100 columns message ids take two lines.

    Names and reasons that find no room are broken where they have a mark of their own.
    """
    is_wide = columns >= COLUMNS_WIDE
    table = plain_table("JOB ID", "NAME", "STATUS", "TRY", "AGE", "WHY")
    rows = [_line(entry, now, is_wide=is_wide) for entry in entries]
    first = max((len(line) for row in rows for line in row[0].splitlines()), default=0)
    left = columns - first - OTHER_COLUMNS
    longest = max((len(row[1]) for row in rows), default=0)
    name_columns = min(longest, max(NAME_COLUMNS_MIN, left - WHY_COLUMNS))
    for job_id, name, status, attempt, age, why in rows:
        add_plain_row(
            table,
            job_id,
            broken(name, name_columns),
            status_text(status),
            attempt,
            age,
            broken(why, max(WHY_COLUMNS_MIN, left - name_columns)),
        )
    return table


def broken(text: str, columns: int) -> str:
    """Break a text into lines, after its marks (`-`, `_`, `.`, blanks) where it can."""
    lines = [""]
    for part in filter(None, re.findall(r"[^-_. ]*[-_. ]?", text)):
        if lines[-1] and len(lines[-1]) + len(part.rstrip()) > columns:
            lines.append("")
        lines[-1] += part
    return "\n".join(line.rstrip() for line in lines)


def _line(
    entry: Job | StoredRejection, now: datetime, *, is_wide: bool
) -> tuple[str, str, str, str, str, str]:
    if isinstance(entry, Job):
        return (
            entry.job_id,
            entry.job_name,
            entry.status.value,
            str(entry.attempt),
            ago(entry.accepted_at, now),
            short_reason(entry),
        )
    rejection = entry.rejection
    field = f" {rejection.field}" if rejection.field else ""
    return (
        entry.message_id if is_wide else _in_two_lines(entry.message_id),
        rejection.job_name or "-",
        REJECTED,
        "-",
        ago(entry.rejected_at, now),
        f"{rejection.reason}{field}",
    )


def _in_two_lines(message_id: str) -> str:
    """Break a message id where it has a hyphen, so that it can be read whole."""
    head, hyphen, tail = message_id.rpartition("-")
    return f"{head}{hyphen}\n{tail}"


def short_reason(job: Job) -> str:
    """Return in one or two words why a job waits, or why it ended so."""
    if job.outcome is not None:
        code = job.outcome.exit_code
        text = job.outcome.reason_code.value
        return f"{text} {code}" if text == "EXIT_CODE" and code is not None else text
    return job.wait_reason.value if job.wait_reason else ""


def details(entry: Job | StoredRejection) -> Table:
    """Return all that a person may want to know of one record."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    lines = _job_lines(entry) if isinstance(entry, Job) else _rejection_lines(entry)
    for name, value in lines:
        if value:
            add_plain_row(grid, name, value)
    return grid


def _job_lines(job: Job) -> Iterable[tuple[str, str | Text | None]]:
    yield "job", job.job_id
    yield "name", f"{job.job_name} (version {job.job_version}), tenant {job.tenant}"
    yield "key", job.idempotency_key
    yield "status", status_text(status_of(job))
    if job.outcome is None:
        yield "waits for", job.wait_reason.value if job.wait_reason else None
        yield "wanted", None if job.desired_status == "RUN" else job.desired_status
    else:
        yield "reason", short_reason(job)
        yield "", job.outcome.summary
        yield "try", job.outcome.advice
        yield "ECS said", _ecs_said(job)
    yield (
        "attempt",
        f"{job.attempt}, launch {job.launch_number}" if job.attempt else None,
    )
    yield "task", job.launch.task_arn if job.launch else None
    yield "image", job.image_digest
    yield "accepted", _clock(job.accepted_at)
    yield "started", _clock(job.launch.started_at) if job.launch else None
    yield "finished", _clock(job.outcome.finished_at) if job.outcome else None


def _ecs_said(job: Job) -> str | None:
    if job.outcome is None:
        return None
    said = (job.outcome.stop_code, job.outcome.stopped_reason)
    return ": ".join(text for text in said if text) or None


def _rejection_lines(
    stored: StoredRejection,
) -> Iterable[tuple[str, str | Text | None]]:
    rejection = stored.rejection
    yield "message", stored.message_id
    yield "status", status_text(REJECTED)
    yield "reason", rejection.reason.value
    yield "", rejection.message
    yield "field", rejection.field
    yield "limit", rejection.limit
    yield "value", rejection.value
    yield "job", rejection.job_id
    yield "name", rejection.job_name
    yield "key", rejection.idempotency_key
    yield "body", f"{rejection.body_bytes} bytes, SHA-256 {rejection.body_sha256}"
    yield "rejected", _clock(stored.rejected_at)


def earlier_launches(entries: Sequence[LaunchEntry]) -> Table:
    """Return a line for each launch before the current one."""
    table = plain_table("ATTEMPT", "LAUNCH", "ENDED", "REASON", "EXIT", "DETAIL")
    for entry in entries:
        add_plain_row(
            table,
            str(entry.attempt),
            str(entry.launch),
            f"{entry.ended_at:%H:%M:%S}",
            entry.reason_code.value,
            "-" if entry.exit_code is None else str(entry.exit_code),
            entry.detail,
        )
    return table


def _clock(instant: datetime | None) -> str | None:
    return None if instant is None else f"{instant:%Y-%m-%d %H:%M:%S} UTC"
