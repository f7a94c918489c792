"""The part of the client that runs ended jobs again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace_client.bodies import rerun_body
from headrace_client.errors import RerunObstacle, RerunRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from headrace.jobs.job import Job
    from headrace.requests.schema import RerunVersion
    from headrace_client.asking import RequestMaker
    from headrace_client.exactness import Exactness
    from headrace_client.request_queue import Outgoing
    from headrace_client.submission import Submission


class Repetition:
    """What `Headrace` offers to run jobs again."""

    tenant: str
    _maker: RequestMaker
    _exactness: Exactness | None

    if TYPE_CHECKING:  # the other parts of `Headrace` have them

        def get(self, job_id: str) -> Job:
            """Return a job's record."""

        def _send(self, request: Outgoing) -> Submission: ...

    def rerun(
        self,
        job_id: str,
        *,
        version: RerunVersion = "exact",
        idempotency_key: str | None = None,
        check: bool = True,
        accepts: Callable[[RerunRefusedError], bool] = lambda _: False,
    ) -> Submission:
        """Ask for a job that has ended to be run again, as a new job.

        Args:
            job_id: The job to run again; it stays as it is.
            version: `exact` is the version that it had, of the same image; `latest` is
                the definition's active version, which must admit its parameters.
            idempotency_key: The same key again is the same new job; None makes up one.
            check: Judge it by its definition first, where that can be read.
            accepts: Called when an exact rerun may start another image; says whether
                to go on all the same.

        Raises:
            NotFoundError: The tenant has no such job.
            RerunRefusedError: It has not ended, or cannot be run again exactly.
            RefusedError: The active version does not admit its parameters.
            ClientError: As for `submit`, or nobody knows which image it would be.
        """
        job = self.get(job_id)
        if not job.status.is_terminal:
            raise RerunRefusedError(
                f"The job {job_id} is {job.status}: only what has ended is run again.",
                advice=f"Wait for its end, or cancel it: headrace cancel {job_id}",
                obstacle=RerunObstacle.NOT_ENDED,
            )
        if version == "exact" and self._exactness is not None:
            try:
                self._exactness.check(job)
            except RerunRefusedError as error:
                if not (error.obstacle.can_be_forced and accepts(error)):
                    raise
        key = self._maker.new_key() if idempotency_key is None else idempotency_key
        body = rerun_body(
            job_id, tenant=self.tenant, idempotency_key=key, version=version
        )
        return self._send(self._maker.rerun(body, job, check=check))
