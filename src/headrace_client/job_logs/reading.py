"""The lines of a job's launches, one after the other, and as they come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from headrace_client.errors import DeadlinePassedError, NoLogsError
from headrace_client.job_logs.runs import Run, chosen
from headrace_client.job_logs.sources import LogSource, source_of
from headrace_client.job_logs.tails import LogLine, Tail, no_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from headrace.jobs.job import Job
    from headrace.ports import Catalogue
    from headrace_client.job_logs.streams import LogStreams


@dataclass(frozen=True, slots=True, kw_only=True)
class LogChoice:
    """Which of a job's lines are wanted.

    Attributes:
        attempt: None is the newest launch's, or with `is_all` every one.
        launch: Within the attempt; None is its last one.
        container: None is the job's main container.
        since_at: Only lines printed since.
        is_all: All launches that fit, oldest first, instead of the last of them.
    """

    attempt: int | None = None
    launch: int | None = None
    container: str | None = None
    since_at: datetime | None = None
    is_all: bool = False


class DescribedTaskDefinitions(Protocol):
    """Where task definitions are described in full."""

    def described(self, arn: str) -> Mapping[str, Any] | None:
        """Return what ECS says of a revision; None where it is gone.

        Raises:
            headrace_client.errors.ClientError: Nobody knows.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LogReader:
    """Reads the lines that jobs printed.

    Attributes:
        catalogue: Says which task definition and container a job has.
        task_definitions: Say where a container's output goes.
        streams: Where the lines are.
    """

    catalogue: Catalogue
    task_definitions: DescribedTaskDefinitions
    streams: LogStreams

    def source(self, job: Job, container: str | None) -> LogSource:
        """Return where a job's container logs to.

        Raises:
            NoLogsError: Nowhere that can be read.
            headrace_client.errors.ClientError: Nobody knows.
        """
        registered = self.catalogue.version(job.job_name, job.job_version)
        if registered is None:
            raise NoLogsError(
                f"The definition {job.job_name} has no version {job.job_version} any"
                " more, so nobody knows where the job's output went.",
                advice="Look for the task's id in the CloudWatch console.",
            )
        arn = registered.resolved.arn
        described = self.task_definitions.described(arn)
        if described is None:
            raise NoLogsError(
                f"The task definition {arn} is gone, so nobody knows where the job's"
                " output went.",
                advice="Look for the task's id in the CloudWatch console.",
            )
        return source_of(described, container or registered.definition.container)

    def lines(self, job: Job, choice: LogChoice) -> Iterator[LogLine]:
        """Yield what there is now.

        Raises:
            NoLogsError: There is nothing to read, and why.
            headrace_client.errors.ClientError: It could not be read.
        """
        runs = chosen(job, attempt=choice.attempt, launch=choice.launch)
        source = self.source(job, choice.container)
        if not choice.is_all:
            runs = [_newest(runs)]
        found = False
        for run in runs:
            tail = Tail(self.streams, source, run, choice.since_at)
            yield from tail.new_lines()
            found = found or tail.is_there
        if not found:
            raise no_lines(job, runs[-1], source)

    def follow(
        self,
        read: Callable[[], Job | None],
        choice: LogChoice,
        *,
        looks: Iterable[None],
        now: Callable[[], datetime],
    ) -> Iterator[LogLine]:
        """Yield lines as they come, until the job has ended and the last have come.

        A job that is tried again is followed into its next launches.

        Args:
            read: Reads the job's record; None where there is none yet.
            choice: Which lines; without an attempt the newest launch and later ones.
            looks: Yields whenever it is time to look.
            now: The clock.

        Raises:
            NoLogsError: The job ended, and there was nothing to read.
            DeadlinePassedError: The looks ended before the job.
            headrace_client.errors.ClientError: It could not be read.
        """
        tails: dict[tuple[int, int], Tail] = {}
        source: LogSource | None = None
        job: Job | None = None
        for _ in looks:
            job = read()
            if job is None:
                continue
            runs = _followed(job, choice, min(tails, default=None))
            for run in runs:
                source = source or self.source(job, choice.container)
                tail = Tail(self.streams, source, run, choice.since_at)
                tail = tails.setdefault(run.number, tail)
                tail.run = run
                yield from tail.new_lines()
            if job.status.is_terminal and all(
                tail.is_settled(now()) for tail in tails.values()
            ):
                self._require_some(job, choice, tails.values())
                return
        raise DeadlinePassedError(
            "The job had not ended when the deadline passed.",
            advice="It goes on; follow it again with a longer --deadline.",
            job=job,
        )

    def _require_some(self, job: Job, choice: LogChoice, tails: Iterable[Tail]) -> None:
        if not any(tail.is_there for tail in tails):
            runs = chosen(job, attempt=choice.attempt, launch=choice.launch)
            raise no_lines(job, _newest(runs), self.source(job, choice.container))


def _followed(job: Job, choice: LogChoice, first: tuple[int, int] | None) -> list[Run]:
    """Return the launches to look at, from the first that was followed on."""
    try:
        runs = chosen(job, attempt=choice.attempt, launch=choice.launch)
    except NoLogsError:
        if job.status.is_terminal:
            raise
        return []  # It may still be launched.
    if choice.is_all:
        return runs
    if first is None:
        return [_newest(runs)]
    return [run for run in runs if run.number >= first]


def _newest(runs: Sequence[Run]) -> Run:
    """Return the newest launch that has a task; else the newest."""
    return next((run for run in reversed(runs) if run.task_arn), runs[-1])
