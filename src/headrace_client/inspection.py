"""The part of the client that looks into jobs: why they are so, what they printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from headrace_client.errors import NoLogsError
from headrace_client.job_logs.reading import LogChoice
from headrace_client.polling import looks
from headrace_client.submission import Submission
from headrace_client.waiting import id_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from headrace.jobs.job import Job
    from headrace_client.explaining.explainer import Explainer
    from headrace_client.explaining.explanation import Explanation
    from headrace_client.job_logs.reading import LogReader
    from headrace_client.job_logs.tails import LogLine
    from headrace_client.records import JobReader


FOLLOW_PAUSE_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspector:
    """The means to look into a deployment's jobs.

    Attributes:
        explainer: Says why a job waits, what it does, or why it ended.
        log_reader: Reads what it printed.
    """

    explainer: Explainer
    log_reader: LogReader


class Inspection:
    """What `Headrace` offers besides sending requests and reading records."""

    tenant: str
    _jobs: JobReader
    _now: Callable[[], datetime]
    _sleep: Callable[[float], None]
    _inspector: Inspector | None

    if TYPE_CHECKING:

        def get(self, job_id: str) -> Job:
            """Return a job's record as it is now; `Headrace` has it."""

    def explain(self, awaited: Submission | str) -> Explanation:
        """Say why a job waits, what it does, or why it ended as it did.

        Args:
            awaited: A submission, a job id, or the message id of a rejected request.

        Returns:
            An explanation; its cause is `NO_RECORD` where there is nothing to explain.

        Raises:
            ClientError: The table could not be read.
        """
        explainer, now = self._inspecting().explainer, self._now()
        if isinstance(awaited, Submission) and self._jobs.get(id_of(awaited)) is None:
            stored = self._jobs.rejection(awaited.message_id)
            if stored is not None:
                return explainer.explain(stored.message_id, tenant=self.tenant, now=now)
        return explainer.explain(id_of(awaited), tenant=self.tenant, now=now)

    def explain_job(self, job: Job) -> Explanation:
        """Say the same of a record that was read already.

        Raises:
            ClientError: The table could not be read.
        """
        return self._inspecting().explainer.explain_job(job, now=self._now())

    def logs(self, job_id: str, choice: LogChoice | None = None) -> Iterator[LogLine]:
        """Yield what a job's container has printed so far, oldest line first.

        Args:
            job_id: The job's.
            choice: Which launch, container and time; None is the main container of
                the newest launch that has a task.

        Raises:
            NotFoundError: The tenant has no such job.
            NoLogsError: There is nothing to read; the error says why.
            ClientError: It could not be read.
        """
        job = self.get(job_id)
        yield from self._inspecting().log_reader.lines(job, choice or LogChoice())

    def follow_logs(
        self,
        awaited: Submission | str,
        choice: LogChoice | None = None,
        *,
        deadline_seconds: float,
    ) -> Iterator[LogLine]:
        """Yield lines as they come, until the job has ended and its last have come.

        Args:
            awaited: A submission, whose job may have no record yet, or a job id.
            choice: As for `logs`; later launches are followed too.
            deadline_seconds: How long to follow at most.

        Raises:
            NotFoundError: The tenant has no such job.
            NoLogsError: It ended, and there is nothing to read; the error says why.
            DeadlinePassedError: It had not ended in time.
            ClientError: It could not be read.
        """
        yield from self._inspecting().log_reader.follow(
            lambda: self._followed(awaited),
            choice or LogChoice(),
            looks=looks(
                deadline_seconds=deadline_seconds,
                now=self._now,
                sleep=self._sleep,
                pause_seconds_max=FOLLOW_PAUSE_SECONDS,
            ),
            now=self._now,
        )

    def _followed(self, awaited: Submission | str) -> Job | None:
        """Return the record; None where a submission may still be on its way."""
        if isinstance(awaited, str):
            return self.get(awaited)
        job = self._jobs.get(awaited.job_id)
        if job is not None and job.tenant == self.tenant:
            return job
        if self._jobs.rejection(awaited.message_id) is None:
            return None
        raise NoLogsError(
            f"The request {awaited.message_id} was rejected, so nothing was printed.",
            advice=f"See why: headrace explain {awaited.message_id}",
        )

    def _inspecting(self) -> Inspector:
        if self._inspector is None:
            raise TypeError("this Headrace was made without an inspector")
        return self._inspector
