"""Submitting: one job, or any number. All that needs no more than sending."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

from headrace_client.bodies import SubmitOptions
from headrace_client.many import BatchSender, prepared, results_of
from headrace_client.submission import NewJob, Requested, SubmitResult, Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from headrace_client.asking import RequestMaker
    from headrace_client.request_queue import Outgoing, RequestQueue
    from headrace_client.submission import Submission


class Publisher:
    """The part of the client that submits jobs.

    Args:
        maker: Makes requests.
        requests: Where they are sent.
        sleep: How to wait.
    """

    def __init__(
        self,
        *,
        maker: RequestMaker,
        requests: RequestQueue,
        sleep: Callable[[float], None],
    ) -> None:
        self.tenant = maker.tenant
        self._maker = maker
        self._requests = requests
        self._sleep = sleep

    @property
    def unchecked_because(self) -> str | None:
        """Why submissions are not judged before they are sent; None while they are.

        A publisher who may send but not read is told here; nothing else differs.
        """
        judge = self._maker.judge
        if judge is None:
            return "No definitions to check with."
        return None if judge.unable is None else judge.unable.problem

    def submit(
        self,
        job_name: str,
        *,
        parameters: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
        check: bool = True,
        **options: Unpack[SubmitOptions],
    ) -> Submission:
        """Ask for a job to be run; whether it may is answered by its record.

        Args:
            job_name: The name of a registered definition.
            parameters: What the definition's schema asks for.
            idempotency_key: The same key and request again give the same job; None
                makes up a new one, and then every call is a new job.
            check: Judge it by its definition first, where that can be read.
            options: See `SubmitOptions`.

        Raises:
            RefusedError: The request breaks its own form, or would be rejected; it was
                not sent.
            ClientError: Nobody knows whether it was sent; the same key again is safe.
        """
        new = NewJob(job_name, parameters, idempotency_key, options)
        return self._send(self._maker.submission(new.document(), check=check))

    def submit_many(
        self,
        requests: Iterable[Requested],
        *,
        check: bool = True,
        on_progress: Callable[[Tally], object] = lambda _: None,
    ) -> Iterator[SubmitResult]:
        """Send many submissions, ten a call and some calls at once.

        Nothing is sent before the first result is asked for, and only a few batches
        ahead of the last one; so any number of requests may be given.

        Args:
            requests: Each a `NewJob`, or a request as docs/message.md has it, as an
                object or as its text.
            check: As for `submit`.
            on_progress: Called after each result with the counts so far.

        Yields:
            A result for each request, in order.

        Raises:
            Exception: What `requests` raises, after the results of what came before.
        """
        sender = BatchSender(self._requests, sleep=self._sleep)
        tally = Tally()
        places = prepared(requests, partial(self._maker.submission, check=check))
        for result in results_of(places, sender.send):
            tally.count(result)
            on_progress(tally)
            yield result

    def _send(self, request: Outgoing) -> Submission:
        return request.sent(self._requests.send(request.body, tenant=request.tenant))
