"""From a message's body to a job that may be stored: parse, look up, admit, build."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from headrace.definitions.admission import admit
from headrace.definitions.definition import RegisteredDefinition
from headrace.errors import InvalidRequest, RecordUnreadable, StoreBusy
from headrace.identity import job_id
from headrace.jobs.job import Job, JobStatus, WaitReason
from headrace.jobs.settlement import first_of
from headrace.jobs.transitions import with_line
from headrace.launches.fitting import Fitting
from headrace.ports import Ports
from headrace.requests.parsing import parse_request
from headrace.requests.request import (
    CancelRequest,
    RerunRequest,
    SubmitRequest,
    unknown_job,
    unknown_job_version,
)
from headrace.stages.launching import Entry
from headrace.stages.readings import (
    Cancellation,
    Reading,
    Refusal,
    Submission,
    Trouble,
)
from headrace.stages.rerunning import submission_again


@dataclass(frozen=True, slots=True)
class Message:
    """One delivery of a request by the queue."""

    message_id: str
    body: str


def read_all(messages: Sequence[Message], ports: Ports) -> list[Reading]:
    """Read a batch, with one look into the catalogue for all of it.

    Raises:
        StoreBusy: The table did not answer: nothing is known of any message.
    """
    parsed = [_parsed(message, ports) for message in messages]
    names = {
        request.job_name
        for request in parsed
        if isinstance(request, SubmitRequest) and request.job_version is None
    }
    active = _active(sorted(names), ports)
    return [
        _reading(message, request, active.get(request.job_name), ports)
        if isinstance(request, SubmitRequest)
        else request
        for message, request in zip(messages, parsed, strict=True)
    ]


def _active(
    names: Sequence[str], ports: Ports
) -> Mapping[str, RegisteredDefinition | RecordUnreadable]:
    """Return the active versions; one that cannot be read does not hide the others."""
    if not names:
        return {}
    try:
        return ports.catalogue.active(names)
    except RecordUnreadable as error:
        if len(names) == 1:
            return {names[0]: error}
    found = [_active([name], ports) for name in names]
    return {name: each[name] for name, each in zip(names, found, strict=True) if each}


def _parsed(message: Message, ports: Ports) -> SubmitRequest | Reading:
    """Return a submission, or the reading of what is none.

    A rerun is the submission that it stands for.
    """
    try:
        request = parse_request(
            message.body, pinned_tenant=ports.pinned_tenant, now=ports.clock.now()
        )
        if isinstance(request, RerunRequest):
            return submission_again(request, ports)
    except InvalidRequest as error:
        return Refusal(message.message_id, error)
    except StoreBusy:
        raise  # the store's trouble is everybody's
    except Exception as error:  # noqa: BLE001 - one bad message must not stop the others
        return Trouble(message.message_id, error)
    if isinstance(request, CancelRequest):
        return Cancellation(message.message_id, request)
    return request


def _reading(
    message: Message,
    request: SubmitRequest,
    active: RegisteredDefinition | RecordUnreadable | None,
    ports: Ports,
) -> Reading:
    if isinstance(active, RecordUnreadable):
        return Trouble(message.message_id, active)
    try:
        return submission(message.message_id, request, active, ports)
    except InvalidRequest as error:
        return Refusal(message.message_id, error, request)
    except StoreBusy:
        raise  # as above
    except Exception as error:  # noqa: BLE001 - as above
        return Trouble(message.message_id, error)


def submission(
    message_id: str,
    request: SubmitRequest,
    active: RegisteredDefinition | None,
    ports: Ports,
) -> Submission:
    """Admit a request and build the job that it asks for.

    Raises:
        InvalidRequest: It asks for what is not there, or not allowed.
    """
    registered = active
    if request.job_version is not None:
        registered = ports.catalogue.version(request.job_name, request.job_version)
        if registered is None:
            known = ports.catalogue.active([request.job_name])
            raise unknown_job_version(request) if known else unknown_job(request)
    if registered is None:
        raise unknown_job(request)
    entry = Entry(
        request, registered, admit(request, registered, now=ports.clock.now())
    )
    job = _waiting_job(entry, ports)
    fit = Fitting(
        job=job,
        registered=registered,
        terms=entry.terms,
        placement=ports.placement,
        retention_days=ports.retention_days,
        uri_of=ports.parameters.uri,
    ).fitted(request)
    if fit.to_keep is not None:
        entry = replace(entry, request=fit.request)
        job = replace(job, request_json=fit.request.body_json)
    return Submission(message_id, job, entry, fit.to_keep)


def _waiting_job(entry: Entry, ports: Ports) -> Job:
    """Return the job as it waits: for its time, or for a launch."""
    request, terms, now = entry.request, entry.terms, ports.clock.now()
    is_scheduled = terms.scheduled_at is not None and terms.scheduled_at > now
    visit_at = now + timedelta(seconds=ports.windows.backlog_visit_seconds)
    if is_scheduled and terms.scheduled_at is not None:
        visit_at = terms.scheduled_at
    job = Job(
        job_id=id_of(request, ports),
        tenant=request.tenant,
        job_name=request.job_name,
        job_version=entry.registered.version,
        idempotency_key=request.idempotency_key,
        fingerprint=request.fingerprint,
        status=JobStatus.PENDING if is_scheduled else JobStatus.RUNNABLE,
        wait_reason=(
            WaitReason.SCHEDULED if is_scheduled else WaitReason.LAUNCH_BUDGET
        ),
        revision=1,
        operation_id=ports.ids.operation_id(),
        accepted_at=now,
        status_at=now,
        request_json=request.body_json,
        attempt=1,
        not_before_at=terms.scheduled_at if is_scheduled else None,
        next_at=first_of(visit_at, terms.start_deadline_at, now=now),
        is_ready=not is_scheduled,
        start_deadline_at=terms.start_deadline_at,
        timeout_seconds=terms.timeout_seconds,
        start_timeout_seconds=terms.start_timeout_seconds,
        sole_container=_sole_container(entry.registered),
        correlation_id=request.correlation_id,
        requested_by=request.requested_by,
        traceparent=request.traceparent,
        rerun_of=request.rerun_of,
        task_tokens=(request.task_token,) if request.task_token else (),
    )
    return with_line(job, by=ports.stage)


def id_of(request: SubmitRequest, ports: Ports) -> str:
    """Return the id of the job that a request asks for, accepted or not."""
    return job_id(
        deployment_id=ports.deployment_id,
        tenant=request.tenant,
        job_name=request.job_name,
        idempotency_key=request.idempotency_key,
    )


def _sole_container(registered: RegisteredDefinition) -> str | None:
    names = registered.resolved.container_names
    return names[0] if len(names) == 1 else None
