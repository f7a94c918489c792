"""Dispatch: a batch of requests in; jobs, duplicates and stored rejections out.

A message is acknowledged as soon as its job record or its rejection is durable.
What then still has to happen is in the table, where reconcile finds it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from headrace.errors import InvalidRequest, StoreBusy
from headrace.jobs.guards import is_before_deadline
from headrace.jobs.job import Job, JobStatus
from headrace.jobs.transitions import Stage
from headrace.ports import Backlog, Ports, StoredRejection
from headrace.requests.request import SubmitRequest, idempotency_conflict
from headrace.stages.acceptance import Message, id_of, read_all
from headrace.stages.cancelling import cancel
from headrace.stages.launching import facts, intended, send
from headrace.stages.notifying import keep_token
from headrace.stages.readings import (
    Cancellation,
    Reading,
    Refusal,
    Submission,
    Trouble,
)

CONCURRENCY_MAX = 10
"""Calls to ECS that a batch makes at once; the queue's batches have ten messages."""


def dispatch(messages: Sequence[Message], ports: Ports) -> list[str]:
    """Take a batch of messages.

    Returns:
        The ids of messages to deliver again. Every other one ended as a job, a
        duplicate of one, a cancellation or a stored rejection.
    """
    ports = replace(ports, stage=Stage.DISPATCH)
    try:
        readings = read_all(messages, ports)
        choice = _chosen(readings, ports)
    except StoreBusy as error:
        ports.signals.emit("dispatch.batch_deferred", detail=str(error))
        return [message.message_id for message in messages]
    submissions = [r for r in readings if not isinstance(r, Cancellation)]
    # A cancellation may concern a job of the same batch, so it comes after.
    cancellations = [r for r in readings if isinstance(r, Cancellation)]
    wakes: list[bool] = []
    failed = _each(submissions, lambda r: wakes.append(_take(r, choice, ports)), ports)
    failed += _each(
        cancellations, lambda r: wakes.append(_take_cancellation(r, ports)), ports
    )
    if any(wakes):
        ports.waker.wake()
    return failed


@dataclass(frozen=True, slots=True)
class _Choice:
    """Which messages' jobs may be launched at once.

    `is_held` says that reconcile has a backlog in hand, so that it need not be told.
    """

    message_ids: frozenset[str]
    is_held: bool


def _each[R: (Reading)](
    readings: Sequence[R], take: Callable[[R], object], ports: Ports
) -> list[str]:
    """Take readings side by side; return the ids of those that failed.

    One bad message must not touch its neighbours, so whatever it raises ends here:
    the message goes back, and after enough receives to the dead-letter queue.
    """
    steps = [partial(take, reading) for reading in readings]
    ended = ports.workers.run(steps, at_once_max=CONCURRENCY_MAX)
    failed = []
    for reading, step in zip(readings, ended, strict=True):
        error = step.exception()
        if error is not None:
            failed.append(reading.message_id)
            ports.signals.emit(
                "dispatch.message_deferred",
                message_id=reading.message_id,
                error=type(error).__name__,
                detail=str(error),
            )
    return failed


def _chosen(readings: Sequence[Reading], ports: Ports) -> _Choice:
    """Choose what may be launched at once: within the budget, without a backlog."""
    runnable = [
        reading
        for reading in readings
        if isinstance(reading, Submission) and reading.job.is_ready
    ]
    if not runnable:
        return _Choice(frozenset(), is_held=False)
    now = ports.clock.now()
    # Looked at before anything is taken: what is reserved is not given back, and
    # behind a backlog it would be taken from those that wait.
    if _has_backlog(ports.budget.reserve(0, now=now).backlog, ports):
        return _Choice(frozenset(), is_held=True)
    launches = ports.budget.reserve(len(runnable), now=now).launches
    chosen = frozenset(reading.message_id for reading in runnable[:launches])
    return _Choice(chosen, is_held=False)


def _has_backlog(backlog: Backlog, ports: Ports) -> bool:
    """Whether older jobs wait, so that launching now would overtake them."""
    return backlog.until_at is not None and backlog.until_at > ports.clock.now()


def _take(reading: Reading, choice: _Choice, ports: Ports) -> bool:
    """Make one message durable, and launch its job where nothing is in the way.

    Returns:
        Whether the job joined a backlog that reconcile does not know of.
    """
    try:
        match reading:
            case Trouble(error=error):
                raise error
            case Refusal(error=error, request=request):
                if request is None or not _was_accepted(request, ports):
                    raise error
            case Submission():
                is_chosen = reading.message_id in choice.message_ids
                job = _accept(reading, ports, launches_now=is_chosen)
                return job is not None and job.is_ready and not choice.is_held
    except InvalidRequest as error:
        _reject(reading.message_id, error, ports)
    return False


def _take_cancellation(reading: Cancellation, ports: Ports) -> bool:
    try:
        return cancel(reading.request, ports)
    except InvalidRequest as error:
        _reject(reading.message_id, error, ports)
        return False


def _accept(submission: Submission, ports: Ports, *, launches_now: bool) -> Job | None:
    """Store a job, and launch it; None where the job stood already.

    Its parameters are in S3 before anything names them: where the rest of this fails,
    the next delivery writes the same object again, or nobody ever reads it.
    """
    job, entry = submission.job, submission.entry
    if submission.to_keep is not None:
        ports.parameters.keep(submission.to_keep)
    owner = job.operation_id
    mover = facts(ports, owner=owner)
    if launches_now and is_before_deadline(job, mover):
        # Accepted and intended in one write: the waiting state is never stored.
        job = intended(_unstored(job), entry, mover, ports)
    elif job.is_ready:
        ports.budget.enlist(frozenset({job.tenant}), now=ports.clock.now())
    acceptance = ports.jobs.accept(job)
    if not acceptance.is_new:
        _meet(acceptance.job, entry.request, ports)
        return None
    ports.signals.emit(
        "job.accepted", job_id=job.job_id, job_name=job.job_name, tenant=job.tenant
    )
    if job.status is JobStatus.STARTING:
        send(job, entry, ports, owner=owner)
    return job


def _unstored(job: Job) -> Job:
    """Return the waiting job counted as nothing, for the move that stores it."""
    return replace(job, revision=0, sequence=0, transitions=())


def _was_accepted(request: SubmitRequest, ports: Ports) -> bool:
    """Whether a request that is refused now was accepted by an earlier delivery.

    Its deadline may have passed since, or its definition have changed.
    """
    standing = ports.jobs.get(id_of(request, ports))
    if standing is None or standing.fingerprint != request.fingerprint:
        return False
    _meet(standing, request, ports)
    return True


def _meet(standing: Job, request: SubmitRequest, ports: Ports) -> None:
    """A job of this id stands: the same request is a duplicate, another a conflict."""
    if standing.fingerprint != request.fingerprint:
        raise idempotency_conflict(request, job_id=standing.job_id)
    keep_token(standing, request, ports)
    ports.signals.emit("job.duplicate", job_id=standing.job_id)


def _reject(message_id: str, error: InvalidRequest, ports: Ports) -> None:
    now = ports.clock.now()
    ports.jobs.reject(
        StoredRejection(message_id, now, error.rejection),
        expires_at=now + timedelta(days=ports.retention_days),
    )
    ports.signals.emit(
        "request.rejected",
        message_id=message_id,
        reason=str(error.rejection.reason),
        field=error.rejection.field,
    )
