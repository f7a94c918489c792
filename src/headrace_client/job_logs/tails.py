"""One launch's stream, read from where the last read ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from headrace_client.errors import NoLogsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from headrace.jobs.job import Job
    from headrace_client.job_logs.runs import Run
    from headrace_client.job_logs.sources import LogSource
    from headrace_client.job_logs.streams import LogStreams

SETTLE_SECONDS = 8.0
"""How long after a task's end its last lines may come.

The awslogs driver publishes what it has gathered every 5 s. Source: Docker's
`daemon/logger/awslogs`, `defaultForceFlushInterval`.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line that a container printed.

    Attributes:
        at: When it was printed.
        text: Without its line end; it may hold any characters.
    """

    at: datetime
    text: str
    attempt: int
    launch: int
    container: str


class Tail:
    """What was read of one launch's stream so far.

    Attributes:
        run: The launch, as its job's record has it now.
        is_there: The stream was found.
    """

    def __init__(
        self,
        streams: LogStreams,
        source: LogSource,
        run: Run,
        since_at: datetime | None,
    ) -> None:
        self.run = run
        self.is_there = False
        self._streams = streams
        self._source = source
        self._since_at = since_at
        self._cursor: str | None = None

    def new_lines(self) -> Iterator[LogLine]:
        """Yield the lines that came since the last time."""
        if self.run.task_arn is None or self.run.why_none is not None:
            return
        while True:
            page = self._streams.page(
                self._source.group,
                self._source.stream_of(self.run.task_arn),
                region=self._source.region,
                cursor=self._cursor,
                since_at=self._since_at,
            )
            if page is None:
                return
            self.is_there = True
            for line in page.lines:
                yield LogLine(
                    at=line.at,
                    text=line.text,
                    attempt=self.run.attempt,
                    launch=self.run.launch,
                    container=self._source.container,
                )
            if page.cursor == self._cursor:
                return
            self._cursor = page.cursor

    def is_settled(self, now: datetime) -> bool:
        """Whether nothing more can come."""
        ended_at = self.run.ended_at
        if self.run.task_arn is None or self.run.why_none is not None:
            return True
        settles = timedelta(seconds=SETTLE_SECONDS)
        return ended_at is not None and now - ended_at >= settles


def no_lines(job: Job, run: Run, source: LogSource) -> NoLogsError:
    """Return why a launch has no stream."""
    which = f"Attempt {run.attempt}, launch {run.launch} of the job {job.job_id}"
    explain = f"headrace explain {job.job_id}"
    if run.why_none is not None:
        return NoLogsError(
            f"{which} printed nothing: {run.why_none}", advice=f"See: {explain}"
        )
    if run.task_arn is None:
        return NoLogsError(
            f"{which} has no task that is known yet.",
            advice=f"Wait for it with -f, or see: {explain}",
        )
    stream = source.stream_of(run.task_arn)
    problem = f"There is no log stream {stream!r} in the group {source.group!r}."
    if run.ended_at is None:
        return NoLogsError(
            f"{problem} The container has printed nothing yet.",
            advice="Wait for it with -f.",
        )
    return NoLogsError(
        f"{problem} The container printed nothing, or its lines have expired.",
        advice="The group's retention says for how long lines are kept.",
    )
