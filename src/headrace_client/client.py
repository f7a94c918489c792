"""The client: submit a job, learn how it ended, cancel it.

Requests go to the queue, answers come from the table; no task is started here.
"""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from headrace.jobs.job import Job
from headrace.ports import StoredRejection
from headrace.requests.request import DEFAULT_TENANT
from headrace_client.asking import RequestMaker, outgoing
from headrace_client.bodies import cancel_body
from headrace_client.connection import Connection, connect
from headrace_client.errors import DeadlinePassedError, NotFoundError
from headrace_client.inspection import Inspection, Inspector
from headrace_client.listing import Listing
from headrace_client.polling import looks
from headrace_client.publishing import Publisher
from headrace_client.repeating import Repetition
from headrace_client.replaying import Replaying
from headrace_client.submission import Submission
from headrace_client.waiting import end_of, id_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from headrace.ports import Catalogue
    from headrace_client.announcing import Announcer
    from headrace_client.exactness import Exactness
    from headrace_client.judging import Judge
    from headrace_client.records import JobReader
    from headrace_client.request_queue import RequestQueue


class Headrace(Publisher, Repetition, Inspection, Listing, Replaying):
    """One deployment, as those who publish jobs see it.

    Args:
        deployment_id: The deployment's own part of every job id.
        jobs: Where records are read.
        requests: Where requests are sent.
        tenant: On whose behalf.
        judge: Judges submissions before they are sent; None sends them unjudged.
        now: The clock.
        sleep: How to wait.
        new_key: Makes an idempotency key where the caller gives none.
        inspector: Looks into jobs, for `explain`.
        exactness: Judges whether jobs can be run again exactly; None takes it so.
        announcer: Publishes events again, for `replay`.
    """

    def __init__(  # noqa: PLR0913  # one for each thing it needs
        self,
        *,
        deployment_id: str,
        jobs: JobReader,
        requests: RequestQueue,
        tenant: str = DEFAULT_TENANT,
        judge: Judge | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
        new_key: Callable[[], str] = lambda: str(uuid.uuid4()),
        inspector: Inspector | None = None,
        exactness: Exactness | None = None,
        announcer: Announcer | None = None,
    ) -> None:
        maker = RequestMaker(
            deployment_id=deployment_id,
            tenant=tenant,
            now=now,
            new_key=new_key,
            judge=judge,
        )
        super().__init__(maker=maker, requests=requests, sleep=sleep)
        self._jobs = jobs
        self._now = now
        self._inspector = inspector
        self._exactness = exactness
        self._announcer = announcer

    @classmethod
    def connect(
        cls,
        *,
        stack: str | None = None,
        endpoint_url: str | None = None,
        tenant: str = DEFAULT_TENANT,
    ) -> Self:
        """Find a deployment; arguments and errors are those of `connect`."""
        return cls.over(connect(stack=stack, endpoint_url=endpoint_url), tenant=tenant)

    @classmethod
    def over(
        cls,
        connection: Connection,
        *,
        tenant: str = DEFAULT_TENANT,
        definitions: Catalogue | None = None,
    ) -> Self:
        """Return the client of a deployment that was found already.

        Args:
            connection: What `connect` returned.
            tenant: On whose behalf.
            definitions: Judges submissions, as `Snapshot.catalogue()` does; None reads
                those of the deployment.
        """
        return cls(
            deployment_id=connection.deployment.deployment_id,
            jobs=connection.job_reader(),
            requests=connection.request_queue(),
            inspector=connection.inspector(),
            announcer=connection.announcer(),
            tenant=tenant,
            judge=connection.judge(definitions),
            exactness=connection.exactness(),
        )

    def cancel(
        self,
        job_id: str,
        *,
        idempotency_key: str | None = None,
        requested_by: str | None = None,
    ) -> Submission:
        """Ask for a job to be cancelled; one that has ended stays as it is.

        Args:
            job_id: The job's.
            idempotency_key: The request's; one is made up where none is given.
            requested_by: Who asks, for the job's record; None is the tenant.

        Raises:
            NotFoundError: The tenant has no such job.
            ClientError: As for `submit`.
        """
        job = self.get(job_id)
        key = self._maker.new_key() if idempotency_key is None else idempotency_key
        body = cancel_body(
            job_id,
            tenant=self.tenant,
            idempotency_key=key,
            requested_by=requested_by,
        )
        request = self._maker.parsed(body)
        return self._send(
            outgoing(body, request, job_id=job_id, fingerprint=job.fingerprint)
        )

    def get(self, job_id: str) -> Job:
        """Return a job's record as it is now.

        Raises:
            NotFoundError: The tenant has no such job: it was never accepted, or its
                message still waits, or its record has expired.
            ClientError: The table could not be read.
        """
        job = self._jobs.get(job_id)
        if job is None or job.tenant != self.tenant:
            raise NotFoundError(
                f"Tenant {self.tenant!r} has no job {job_id!r}.",
                advice="A request just sent may still be on its way; `headrace list`"
                " shows what there is, rejections included.",
            )
        return job

    def rejection(self, message_id: str) -> StoredRejection:
        """Return the rejection of a message.

        Raises:
            NotFoundError: The message was not rejected, or is still on its way.
        """
        stored = self._jobs.rejection(message_id)
        if stored is None:
            problem = f"There is no rejection of message {message_id!r}."
            raise NotFoundError(problem, advice="It may be on its way; try again.")
        return stored

    def wait(
        self,
        awaited: Submission | str,
        *,
        deadline_seconds: float,
        on_look: Callable[[Job], object] = lambda _: None,
    ) -> Job | StoredRejection:
        """Wait until a job has ended, or its request was rejected.

        Args:
            awaited: A submission, or a job id; a rejection is only found for a
                submission.
            deadline_seconds: How long to wait at most.
            on_look: Called with the record at every look that found one.

        Raises:
            DeadlinePassedError: Neither happened in time.
            ClientError: The table could not be read.
        """
        end = end_of(
            awaited,
            jobs=self._jobs,
            tenant=self.tenant,
            looks=looks(
                deadline_seconds=deadline_seconds, now=self._now, sleep=self._sleep
            ),
            on_look=on_look,
        )
        if end is None or (isinstance(end, Job) and not end.status.is_terminal):
            job_id, seen = (
                id_of(awaited),
                f"is {end.status}" if end else "has no record yet",
            )
            raise DeadlinePassedError(
                f"The job {job_id} {seen} after {deadline_seconds:g} s.",
                advice=f"It goes on; look again: headrace watch {job_id}",
                job=end,
            )
        return end
