"""One job as it goes: redrawn in place on a terminal, a line per change elsewhere."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Self

import click
from rich.console import Group
from rich.live import Live
from rich.text import Text

from headrace_client.cli import screens
from headrace_client.cli.explanation_screen import head_of, labelled
from headrace_client.cli.plain_text import add_plain_row
from headrace_client.cli.timeline import line_of
from headrace_client.documents import document_of
from headrace_client.errors import ClientError
from headrace_client.explaining.wording import duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from rich.console import Console, RenderableType
    from rich.table import Table

    from headrace.jobs.job import Job
    from headrace.jobs.transitions import Transition
    from headrace_client.explaining.explanation import Explanation

OTHER_LINES = 18
"""What a screen shows besides changes of status, with long sentences folded."""

REDRAWS_PER_SECOND = 2


class JobTimeline:
    """Shows one job again and again, and what changed since the last time.

    Args:
        explain: Says what the job waits for or does; asked on a terminal only.
        as_json: Print the record as an object on a line of its own at every change.
        console: Where to draw; a terminal is redrawn in place.
        now: The clock.
    """

    def __init__(
        self,
        explain: Callable[[Job], Explanation],
        *,
        as_json: bool = False,
        console: Console | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._explain = explain
        self._as_json = as_json
        self._console = console or screens.console()
        self._now = now
        self._sequence = 0
        self._seen: object = None
        self._latest: tuple[Job, Explanation | None] | None = None
        self._live: Live | None = None
        if self._console.is_terminal and not as_json:
            # Transient: what is final is printed below it by the caller.
            self._live = Live(
                console=self._console,
                get_renderable=self._drawn,
                refresh_per_second=REDRAWS_PER_SECOND,
                transient=True,
            )

    def __enter__(self) -> Self:
        """Take the screen."""
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the screen back."""
        if self._live is not None:
            self._live.stop()

    def show(self, job: Job) -> None:
        """Show the job as it is now."""
        if self._live is not None:
            self._latest = job, self._explained(job)
            self._live.refresh()
            return
        state = (job.status, job.sequence, job.desired_status)
        if state == self._seen:
            return
        self._seen = state
        if self._as_json:
            click.echo(json.dumps(document_of(job)))
            return
        for text in self._new_lines(job):
            click.echo(text)

    def _explained(self, job: Job) -> Explanation | None:
        """Explain a job; the timeline goes on where that fails."""
        try:
            return self._explain(job)
        except ClientError:
            return None

    def _new_lines(self, job: Job) -> Iterator[str]:
        """Yield a line for each change since the last look, however many."""
        new = [each for each in job.transitions if each.sequence > self._sequence]
        if not new:
            yield line_of(job)
        for each in new:
            self._sequence = each.sequence
            yield _line(job, each)

    def _drawn(self) -> RenderableType:
        if self._latest is None:
            return Text("waiting for the job's record ...", style="dim")
        job, explanation = self._latest
        return timeline_screen(
            job,
            explanation,
            now=self._now(),
            lines_max=max(1, self._console.height - OTHER_LINES),
        )


def _line(job: Job, each: Transition) -> str:
    words = (f"{each.at:%H:%M:%S}", job.job_id, job.job_name, each.status, each.why)
    return " ".join([*filter(None, words), f"by {each.by}"])


def timeline_screen(
    job: Job, explanation: Explanation | None, *, now: datetime, lines_max: int
) -> RenderableType:
    """Return a job's changes with their durations, and what it waits for now."""
    parts: list[RenderableType] = []
    if explanation is not None:
        names = {"job", "name", "status"}
        lines = [line for line in head_of(explanation, now) if line[0] in names]
        parts.append(labelled(lines))
    else:
        parts.append(screens.details(job))
    if job.transitions:
        parts.append(changes(job, now=now, lines_max=lines_max))
    if explanation is not None and not job.status.is_terminal:
        names = {"why", "next", "gives up"}
        lines = [line for line in head_of(explanation, now) if line[0] in names]
        parts.append(labelled(lines))
    return Group(*parts)


def changes(job: Job, *, now: datetime, lines_max: int) -> Table:
    """Return the latest changes: when, how long it stayed so, what, why and by whom."""
    table = screens.plain_table("AT (UTC)", "STAYED", "STATUS", "WHY", "BY")
    rows = list(pairwise([*job.transitions, None]))
    hidden = len(rows) - lines_max
    if hidden > 0:
        table.add_row("...", "", f"{hidden} earlier", "", "")
    for each, following in rows[-lines_max:]:
        if each is None:
            continue
        add_plain_row(
            table,
            f"{each.at:%H:%M:%S}",
            _stayed(job, each, following, now),
            screens.status_text(each.status),
            each.why or "-",
            each.by,
        )
    return table


def _stayed(
    job: Job, each: Transition, following: Transition | None, now: datetime
) -> str:
    if following is None and job.status.is_terminal:
        return "-"
    until_at = following.at if following else now
    seconds = (until_at - each.at).total_seconds()
    text = duration(seconds) if seconds >= 1 else "<1 s"
    return text if following else f"{text} ..."
