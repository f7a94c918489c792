"""Sending many submissions: in batches, some at once, with an answer for each.

Memory is bounded: a batch is made when an earlier one has been answered.
"""

from __future__ import annotations

import random
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headrace_client.errors import (
    FateUnknownError,
    NotSentError,
    RefusedError,
)
from headrace_client.request_queue import Outgoing, Untaken
from headrace_client.submission import NewJob, Requested, SubmitResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from headrace_client.request_queue import RequestQueue

BATCH_REQUESTS_MAX = 10
BATCH_BYTES_MAX = 1_048_576
"""Of a batch's bodies together. Source of both: Amazon SQS API Reference,
SendMessageBatch."""

AT_ONCE = 8
"""Batches under way; a boto3 client keeps ten connections unless told otherwise."""

TRIES_MAX = 5
PAUSE_SECONDS = 0.1
"""Before the second try of what SQS did not take; doubles with each further one."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A request's place in its batch, with what is sent for it, or why nothing is."""

    position: int
    request: Requested
    prepared: Outgoing | RefusedError


class BatchSender:
    """Sends batches; after an error that will not go away it makes no more calls.

    Args:
        queue: Where requests are sent.
        sleep: How to wait.
        fraction: A random number in [0, 1), so that pauses differ.
    """

    def __init__(
        self,
        queue: RequestQueue,
        *,
        sleep: Callable[[float], None],
        fraction: Callable[[], float] = random.random,
    ) -> None:
        self._queue = queue
        self._sleep = sleep
        self._fraction = fraction
        self._final: NotSentError | None = None

    def send(self, places: Sequence[_Place]) -> list[SubmitResult]:
        """Send what can be sent of a batch; never raises one of the three errors."""
        ends: dict[int, str | NotSentError | FateUnknownError] = {}
        left = [p for p in places if isinstance(p.prepared, Outgoing)]
        for tries in range(1, TRIES_MAX + 1):
            left = self._try(left, ends, is_last=tries == TRIES_MAX)
            if not left:
                break
            pause = PAUSE_SECONDS * 2 ** (tries - 1)
            self._sleep(pause * (1 + self._fraction()))
        return [_result(place, ends.get(place.position)) for place in places]

    def _try(
        self,
        places: Sequence[_Place],
        ends: dict[int, str | NotSentError | FateUnknownError],
        *,
        is_last: bool,
    ) -> list[_Place]:
        """Send once; return those that are worth another try."""
        left: list[_Place] = []
        if not places:
            return left
        requests = [p.prepared for p in places if isinstance(p.prepared, Outgoing)]
        try:
            if self._final is not None:
                raise self._final
            answers = self._queue.send_batch(requests)
        except (NotSentError, FateUnknownError) as error:
            if isinstance(error, NotSentError) and error.is_final:
                self._final = error
            ends.update((place.position, error) for place in places)
            return left
        for place, answer in zip(places, answers, strict=True):
            if isinstance(answer, str):
                ends[place.position] = answer
            elif answer.is_final or is_last:
                ends[place.position] = _untaken(answer)
            else:
                left.append(place)
        return left


def results_of(
    places: Iterable[_Place],
    send: Callable[[Sequence[_Place]], list[SubmitResult]],
) -> Iterator[SubmitResult]:
    """Yield a result for each place, in order.

    What the requests' iterable raises is raised again, after the results of all that
    came before it.
    """
    under_way: deque[Future[list[SubmitResult]]] = deque()
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="headrace-submit")
    trouble: Exception | None = None
    batches = _batches(places)
    try:
        while trouble is None:
            try:
                batch = next(batches, None)
            except Exception as error:  # noqa: BLE001  # raised again below
                trouble, batch = error, None
            if batch is None:
                break
            under_way.append(pool.submit(send, batch))
            if len(under_way) > AT_ONCE:
                yield from under_way.popleft().result()
        while under_way:
            yield from under_way.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
    if trouble is not None:
        raise trouble


def prepared(
    requests: Iterable[Requested],
    make: Callable[[Mapping[str, Any] | str], Outgoing],
) -> Iterator[_Place]:
    """Make each request, or keep why it was refused."""
    for position, request in enumerate(requests):
        try:
            made: Outgoing | RefusedError = make(
                request.document() if isinstance(request, NewJob) else request
            )
        except RefusedError as error:
            made = error
        yield _Place(position, request, made)


def _batches(places: Iterable[_Place]) -> Iterator[list[_Place]]:
    """Group places, refused ones among them, by what SQS takes at once."""
    batch: list[_Place] = []
    size = 0
    try:
        for place in places:
            made = place.prepared
            more = len(made.body.encode()) if isinstance(made, Outgoing) else 0
            if len(batch) == BATCH_REQUESTS_MAX or size + more > BATCH_BYTES_MAX:
                yield batch
                batch, size = [], 0
            batch.append(place)
            size += more
    except Exception:
        yield batch  # what came before is sent all the same
        raise
    if batch:
        yield batch


def _result(
    place: _Place, end: str | NotSentError | FateUnknownError | None
) -> SubmitResult:
    made = place.prepared
    if isinstance(made, RefusedError):
        return SubmitResult(position=place.position, request=place.request, error=made)
    submission, error = (made.sent(end), None) if isinstance(end, str) else (None, end)
    return SubmitResult(
        position=place.position,
        request=place.request,
        body=made.body,
        submission=submission,
        error=error,
    )


def _untaken(answer: Untaken) -> NotSentError:
    return NotSentError(
        f"SQS did not take the request ({answer.code}: {answer.message}).",
        advice="Send it again later, or see what AWS says about that code.",
    )
