"""The one path by which a job is launched; dispatch and reconcile share it.

The intent is stored before the order is sent, the order is sent under the lease
that the intent took, and the answer is believed only as far as it is certain.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from headrace.definitions.admission import Admitted, terms_of
from headrace.definitions.definition import RegisteredDefinition
from headrace.errors import JobMoved, RecordMissing
from headrace.jobs.guards import Facts
from headrace.jobs.job import Job, JobStatus, Launch
from headrace.jobs.moves import Move, forbids, make
from headrace.jobs.refusals import after_refusal
from headrace.jobs.settlement import Settler, first_of
from headrace.launches.launch import (
    Clashed,
    LaunchAnswer,
    LaunchOrder,
    RefusalKind,
    Refused,
    Started,
    Unanswered,
)
from headrace.launches.orders import order_for
from headrace.launches.placing import Nowhere
from headrace.ports import Ports
from headrace.requests.parsing import restored
from headrace.requests.request import SubmitRequest
from headrace.stages.placing import deny, placement_of
from headrace.stages.storing import store

WRITE_TRIES_MAX = 5
"""How often a step is decided again when somebody else moved the job first."""

NOT_SENT = Refused(
    RefusalKind.THROTTLED, "LeaseOver", "not sent: the lease was over", is_certain=True
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A job's request and definition, and what both together allow."""

    request: SubmitRequest
    registered: RegisteredDefinition
    terms: Admitted


def entry_for(job: Job, ports: Ports) -> Entry:
    """Return what a stored job was accepted with.

    Raises:
        RecordMissing: Its definition's version is not in the catalogue.
    """
    registered = ports.catalogue.version(job.job_name, job.job_version)
    if registered is None:
        raise RecordMissing(
            f"job {job.job_id}: definition {job.job_name} has no version"
            f" {job.job_version}; register it again under that number"
        )
    request = restored(job.request_json)
    if not isinstance(request, SubmitRequest):
        raise RecordMissing(f"job {job.job_id}: its record holds no submission")
    terms = terms_of(request, registered, now=job.accepted_at)
    return Entry(request, registered, terms)


def facts(ports: Ports, job: Job | None = None, *, owner: str = "") -> Facts:
    """Return the mover's facts: its clock, a fresh operation id, the job's launch."""
    return Facts(
        now=ports.clock.now(),
        operation_id=ports.ids.operation_id(),
        windows=ports.windows,
        by=ports.stage,
        owner=owner,
        attempt=job.attempt if job else None,
        launch_number=job.launch_number if job else None,
    )


def settler(entry: Entry, ports: Ports) -> Settler:
    """Return the means to settle a job of this entry."""
    return Settler(
        terms=entry.terms,
        retention_days=ports.retention_days,
        fraction=ports.ids.fraction(),
    )


def intended(job: Job, entry: Entry, mover: Facts, ports: Ports) -> Job:
    """Return the job with its next launch intended and its order frozen.

    A job that may run nowhere in this deployment is returned ended. Nothing is stored
    or sent yet. The mover is the one who found that the job may be launched: a deadline
    may pass between two looks at the clock.

    Raises:
        IllegalMove: The job may not be launched now.
    """
    placement = placement_of(entry.registered, ports)
    if isinstance(placement, Nowhere):
        return deny(job, placement, mover, ports)
    numbered = replace(job, launch_number=job.launch_number + 1)
    order = order_for(
        numbered,
        request=entry.request,
        registered=entry.registered,
        terms=entry.terms,
        placement=placement,
    )
    windows = ports.windows
    visit_at = mover.now + timedelta(seconds=windows.first_visit_seconds)
    return make(
        Move.INTEND,
        job,
        mover,
        to=JobStatus.STARTING,
        launch_number=numbered.launch_number,
        order_json=order.to_json(),
        launch=Launch(
            intended_at=mover.now,
            last_sent_at=mover.now,
            sends=1,
            lease_owner=mover.owner,
            lease_until_at=mover.now + timedelta(seconds=windows.lease_seconds),
        ),
        wait_reason=None,
        not_before_at=None,
        is_ready=False,
        next_at=first_of(visit_at, job.start_deadline_at, now=mover.now),
    )


def send(job: Job, entry: Entry, ports: Ports, *, owner: str) -> LaunchAnswer:
    """Send a stored launch's order once, and store what the answer means.

    Nothing is sent once the lease is over: then reconcile may be at work already. Of
    the only sender that is a certain answer too: no task was made.
    """
    lease_until_at = job.launch.lease_until_at if job.launch else None
    if lease_until_at is None or job.order_json is None:
        raise RecordMissing(f"job {job.job_id}: no order to send")
    if ports.clock.now() < lease_until_at:
        answer = ports.tasks.run(LaunchOrder.from_json(job.order_json))
        _report(job, answer, ports)
    else:
        ports.signals.emit("launch.lease_over", job_id=job.job_id)
        answer = NOT_SENT
    _store_answer(job, entry, answer, ports, owner=owner)
    return answer


def _store_answer(
    job: Job, entry: Entry, answer: LaunchAnswer, ports: Ports, *, owner: str
) -> None:
    """Store the answer's meaning, unless the job has moved past this launch."""
    current: Job | None = job
    for _ in range(WRITE_TRIES_MAX):
        if current is None or current.token != job.token:
            return
        mover = facts(ports, job, owner=owner)
        after = _after_answer(current, entry, answer, ports, mover)
        if after is None:
            return
        if after.is_ready:
            ports.budget.enlist(frozenset({after.tenant}), now=mover.now)
        try:
            store(current, after, ports)
        except JobMoved as moved:
            current = moved.current
        else:
            return


def _after_answer(  # noqa: PLR0911 - one return for each meaning
    job: Job, entry: Entry, answer: LaunchAnswer, ports: Ports, mover: Facts
) -> Job | None:
    """Return the job after an answer; None where there is nothing to store."""
    if job.status is not JobStatus.STARTING or job.launch is None:
        return None
    match answer:
        case Started(task_arn=arn):
            if job.launch.sends == 1 or job.launch.task_arn is not None:
                return None  # The first event brings the ARN: one write less.
            launch = replace(job.launch, task_arn=arn)
            return make(Move.ADOPT, job, mover, launch=launch)
        case Refused(is_certain=certain):
            mover = replace(mover, is_certain=certain)
            if forbids(Move.REFUSE, job, mover) is None:
                return after_refusal(
                    job, answer, mover, settler(entry, ports), entry.registered
                )
            return _doubted(job, mover)
        case Clashed():
            return _doubted(job, mover)
        case Unanswered():
            return None  # The intent's timer brings reconcile.


def _doubted(job: Job, mover: Facts) -> Job | None:
    """Return the job waiting for proof: this token must not be sent again."""
    if job.launch is None or forbids(Move.DOUBT, job, mover) is not None:
        return None
    quiet_at = job.launch.last_sent_at + timedelta(seconds=mover.windows.quiet_seconds)
    return make(
        Move.DOUBT,
        job,
        mover,
        launch=replace(job.launch, is_refused=True),
        next_at=first_of(quiet_at, job.start_deadline_at, now=mover.now),
    )


def _report(job: Job, answer: LaunchAnswer, ports: Ports) -> None:
    """Tell operators what ECS said."""
    fields = {
        "job_id": job.job_id,
        "attempt": job.attempt,
        "launch": job.launch_number,
        "sends": job.launch.sends if job.launch else 0,
    }
    match answer:
        case Started(task_arn=arn):
            ports.signals.emit("launch.started", task_arn=arn, **fields)
        case Refused(kind=RefusalKind.PERMANENT | RefusalKind.DENIED as kind):
            ports.signals.emit(
                "launch.rejected",
                kind=str(kind),
                code=answer.code,
                detail=answer.detail,
                **fields,
            )
        case Refused(kind=kind):
            ports.signals.emit(
                "launch.refused", kind=str(kind), code=answer.code, **fields
            )
        case Clashed(detail=detail):
            ports.signals.emit("launch.clashed", detail=detail, **fields)
        case Unanswered(detail=detail):
            ports.signals.emit("launch.unanswered", detail=detail, **fields)
