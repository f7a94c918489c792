"""An explanation as people read it, at any width from 80 columns."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from headrace_client.cli import screens
from headrace_client.cli.plain_text import add_plain_row
from headrace_client.explaining.wording import duration, moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from rich.console import RenderableType

    from headrace_client.explaining.explanation import Explanation, LaunchLine

COLUMNS_WIDE = 120

_LABELS = {
    "ecsText": "ECS said",
    "taskArn": "task",
    "exitCode": "exit code",
    "stopCode": "stop code",
    "launchesPerSecond": "launches per s",
    "nextMemoryMib": "next memory",
    "infrastructureUsed": "launches used",
    "backlogHeldUntilAt": "held until",
    "desiredStatus": "wanted",
    "lateSeconds": "late",
    "missingCount": "missing looks",
    "strayTasks": "strays",
}
_FOR_PROGRAMS = frozenset(
    {"summary", "attemptsMax", "infrastructureMax", "missingMax", "waitReason"}
)


def explanation_screen(
    explanation: Explanation, *, now: datetime, columns: int
) -> RenderableType:
    """Return all of an explanation."""
    parts: list[RenderableType] = [labelled(head_of(explanation, now))]
    facts = [
        (label_of(fact.name), fact.text)
        for fact in explanation.facts
        if fact.name not in _FOR_PROGRAMS
    ]
    if facts:
        parts += [Text("\nwhat is known", style="dim"), labelled(facts)]
    if explanation.launches:
        parts += [
            Text("\nlaunches", style="dim"),
            launches_table(explanation.launches, is_wide=columns >= COLUMNS_WIDE),
        ]
    return Group(*parts)


def label_of(name: str) -> str:
    """Return a fact's name as people read it: `notBeforeAt` is `not before`."""
    if name in _LABELS:
        return _LABELS[name]
    words = re.sub(r"([A-Z])", r" \1", name).lower()
    return words.removesuffix(" at")


def cause_text(explanation: Explanation) -> Text:
    """Return status and cause, the status in its colour."""
    status = explanation.status
    known = screens.status_text(status) if status else Text("no record")
    if explanation.cause != status:
        known.append(f"  {explanation.cause.value}", style="default")
    return known


def head_of(
    explanation: Explanation, now: datetime
) -> Iterator[tuple[str, str | Text]]:
    """Yield what matters most, with its label."""
    kind = "message" if explanation.status == "REJECTED" else "job"
    yield kind if explanation.status else "id", explanation.subject
    if explanation.job_name:
        version = explanation.job_version
        of = f" (version {version})" if version else ""
        yield "name", f"{explanation.job_name}{of}, tenant {explanation.tenant}"
    yield "status", cause_text(explanation)
    if explanation.since_at:
        is_over = explanation.next_step is None
        label = "ended" if is_over and explanation.launches else "since"
        label = "rejected" if explanation.status == "REJECTED" else label
        yield label, moment(explanation.since_at, now)
    yield "why", explanation.summary
    step = explanation.next_step
    if step is not None:
        at = f" That is due {moment(step.at, now)}." if step.at else ""
        yield "next", f"{step.what}{at}"
    if explanation.gives_up_at:
        yield "gives up", f"{moment(explanation.gives_up_at, now)}, as EXPIRED"
    if explanation.advice:
        yield "try", explanation.advice


def labelled(
    lines: Iterable[tuple[str, str | Text]],
) -> Table:
    """Return lines with their labels before them."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True, min_width=9)
    grid.add_column(overflow="fold")
    for label, value in lines:
        add_plain_row(grid, label, value)
    return grid


def launches_table(lines: Sequence[LaunchLine], *, is_wide: bool) -> Table:
    """Return a line for each launch, or for several in a row that ended alike.

    Task ids are shown only where there is room for them.
    """
    headers = ["TRY", "LAUNCH", "BEGAN", "TOOK", "REASON", "EXIT", "WHAT ECS SAID"]
    table = screens.plain_table(*headers, *(["TASK"] if is_wide else []))
    for _, alike in groupby(lines, _end_of):
        first, *others = alike
        last = others[-1] if others else first
        said = ": ".join(filter(None, (last.stop_code, last.detail)))
        cells = [
            str(first.attempt),
            f"{first.launch}-{last.launch}" if others else str(first.launch),
            f"{first.intended_at:%H:%M:%S}",
            _took(first, last),
            last.reason_code or "-",
            "-" if last.exit_code is None else str(last.exit_code),
            f"{said} ({len(others) + 1} times)" if others else said,
        ]
        if is_wide:
            cells.append((last.task_arn or "-").rpartition("/")[2])
        add_plain_row(table, *cells)
    return table


def _end_of(line: LaunchLine) -> tuple[object, ...]:
    return line.attempt, line.reason_code, line.exit_code, line.stop_code, line.detail


def _took(first: LaunchLine, last: LaunchLine) -> str:
    if last.ended_at is None:
        return "-"
    seconds = (last.ended_at - first.intended_at).total_seconds()
    return "<1 s" if seconds < 1 else duration(seconds)
