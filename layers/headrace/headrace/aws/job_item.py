"""A job as its item in the table, and back. Pure; no AWS calls.

Attributes are flat and named for readers from outside; see docs/table.md. What a
field's absence means is said once, in the tables below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.aws import table_keys as keys
from headrace.aws.attributes import (
    DIGEST,
    EPOCH_SECONDS,
    FLAG,
    NUMBER,
    REQUIRED,
    TEXT,
    TIME,
    Attribute,
    code,
    read,
    written,
)
from headrace.aws.payload import packed, unpacked
from headrace.aws.transition_lines import lines_of, read_lines
from headrace.aws.wire_values import (
    Item,
    WireValue,
    binary,
    listed,
    mapped,
    number,
    read_number,
    read_text,
    text,
)
from headrace.errors import RecordUnreadable
from headrace.jobs.job import (
    ENDED_BADLY,
    DesiredStatus,
    Job,
    JobStatus,
    Launch,
    LaunchEntry,
    Outcome,
    ReasonCode,
    StopCause,
    WaitReason,
)
from headrace.jobs.stored_form import as_stored

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = 1
"""The items' format; a reader refuses a higher one."""


_JOB = (
    Attribute("jobId", "job_id", TEXT, REQUIRED),
    Attribute("tenant", "tenant", TEXT, REQUIRED),
    Attribute("jobName", "job_name", TEXT, REQUIRED),
    Attribute("jobVersion", "job_version", NUMBER, REQUIRED),
    Attribute("idempotencyKey", "idempotency_key", TEXT, REQUIRED),
    Attribute("fingerprint", "fingerprint", TEXT, REQUIRED),
    Attribute("status", "status", code(JobStatus), REQUIRED),
    Attribute("desiredStatus", "desired_status", code(DesiredStatus), REQUIRED),
    Attribute("waitReason", "wait_reason", code(WaitReason)),
    Attribute("revision", "revision", NUMBER, REQUIRED),
    Attribute("operationId", "operation_id", TEXT, REQUIRED),
    Attribute("sequence", "sequence", NUMBER, REQUIRED),
    Attribute("acceptedAt", "accepted_at", TIME, REQUIRED),
    Attribute("statusAt", "status_at", TIME, REQUIRED),
    Attribute("attempt", "attempt", NUMBER, REQUIRED),
    Attribute("launch", "launch_number", NUMBER, REQUIRED),
    Attribute("infrastructureUsed", "infrastructure_used", NUMBER, 0),
    Attribute("notBeforeAt", "not_before_at", TIME),
    Attribute("nextAt", "next_at", TIME),
    Attribute("startDeadlineAt", "start_deadline_at", TIME),
    Attribute("timeoutSeconds", "timeout_seconds", NUMBER, REQUIRED),
    Attribute("startTimeoutSeconds", "start_timeout_seconds", NUMBER, REQUIRED),
    Attribute("soleContainer", "sole_container", TEXT),
    Attribute("memoryRung", "memory_rung", NUMBER, 0),
    Attribute("capacityRung", "capacity_rung", NUMBER, 0),
    Attribute("correlationId", "correlation_id", TEXT),
    Attribute("requestedBy", "requested_by", TEXT),
    Attribute("traceparent", "traceparent", TEXT),
    Attribute("rerunOf", "rerun_of", TEXT),
    Attribute("cancelRequestedAt", "cancel_requested_at", TIME),
    Attribute("cancelRequestedBy", "cancel_requested_by", TEXT),
    Attribute("expiresAt", "expires_at", EPOCH_SECONDS),
)

_LAUNCH = (
    Attribute("intendedAt", "intended_at", TIME, REQUIRED),
    Attribute("lastSentAt", "last_sent_at", TIME),
    Attribute("sends", "sends", NUMBER, 1),
    Attribute("leaseOwner", "lease_owner", TEXT),
    Attribute("leaseUntilAt", "lease_until_at", TIME),
    Attribute("isRefused", "is_refused", FLAG, absent=False),
    Attribute("taskArn", "task_arn", TEXT),
    Attribute("lastVersion", "last_version", NUMBER),
    Attribute("startedAt", "started_at", TIME),
    Attribute("imageDigest", "image_digest", DIGEST),
    Attribute("wasSpotWarned", "was_spot_warned", FLAG, absent=False),
    Attribute("stopRequestedAt", "stop_requested_at", TIME),
    Attribute("stopCause", "stop_cause", code(StopCause)),
    Attribute("missingCount", "missing_count", NUMBER, 0),
    Attribute("missingAt", "missing_at", TIME),
)

OUTCOME = (
    Attribute("reasonCode", "reason_code", code(ReasonCode), REQUIRED),
    Attribute("summary", "summary", TEXT, REQUIRED),
    Attribute("advice", "advice", TEXT, ""),
    Attribute("finishedAt", "finished_at", TIME, REQUIRED),
    Attribute("exitCode", "exit_code", NUMBER),
    Attribute("stopCode", "stop_code", TEXT),
    Attribute("stoppedReason", "stopped_reason", TEXT),
)

_HISTORY_ENTRY = (
    Attribute("attempt", "attempt", NUMBER, REQUIRED),
    Attribute("launch", "launch", NUMBER, REQUIRED),
    Attribute("intendedAt", "intended_at", TIME, REQUIRED),
    Attribute("endedAt", "ended_at", TIME, REQUIRED),
    Attribute("reasonCode", "reason_code", code(ReasonCode), REQUIRED),
    Attribute("detail", "detail", TEXT, REQUIRED),
    Attribute("taskArn", "task_arn", TEXT),
    Attribute("exitCode", "exit_code", NUMBER),
    Attribute("stopCode", "stop_code", TEXT),
)


def key_of(job_id: str) -> Item:
    """Return the key of a job's item."""
    return {"pk": text(keys.job_pk(job_id)), "sk": text(keys.META)}


def to_item(job: Job) -> Item:
    """Return the whole item of a job, index keys included.

    Raises:
        ValueError: A text that must be JSON on one line is not.
    """
    job = as_stored(job)
    item = key_of(job.job_id) | {"schema": number(SCHEMA)} | written(job, _JOB)
    item |= _index_keys(job)
    item["payload"] = binary(packed(job.request_json, job.order_json))
    if job.launch is not None:
        item |= _written_launch(job.launch)
    if job.outcome is not None:
        item |= written(job.outcome, OUTCOME)
    if job.history:
        entries = (written(entry, _HISTORY_ENTRY) for entry in job.history)
        item["history"] = listed(map(mapped, entries))
    if job.transitions:
        item["transitions"] = listed(map(text, lines_of(job.transitions)))
    if job.strays:
        item["strays"] = listed(map(text, job.strays))
    if job.task_tokens:
        item["taskTokens"] = listed(map(text, job.task_tokens))
    return item


def from_item(item: Mapping[str, WireValue]) -> Job:
    """Return the job of an item; attributes that we do not know are passed over.

    Raises:
        RecordUnreadable: The item is none that this version of the code understands.
    """
    try:
        return _read_job(item)
    except (KeyError, TypeError, ValueError) as error:
        pk = item.get("pk", {}).get("S", "without a key")
        said = f"{error} is missing" if isinstance(error, KeyError) else error
        raise RecordUnreadable(f"record {pk}: {said}") from error


def _read_job(item: Mapping[str, WireValue]) -> Job:
    schema = read_number(item["schema"])
    if schema > SCHEMA:
        raise ValueError(f"schema {schema} is above {SCHEMA}, the highest we know")
    fields = read(item, _JOB)
    request_json, order_json = unpacked(item["payload"]["B"])
    launch = outcome = None
    if "intendedAt" in item:
        launch = _read_launch(item)
    if "reasonCode" in item:
        outcome = Outcome(status=fields["status"], **read(item, OUTCOME))
    return Job(
        **fields,
        is_ready="readyPk" in item,
        request_json=request_json,
        order_json=order_json,
        launch=launch,
        outcome=outcome,
        history=tuple(
            LaunchEntry(**read(entry["M"], _HISTORY_ENTRY))
            for entry in item.get("history", {"L": []})["L"]
        ),
        transitions=read_lines(
            _read_texts(item, "transitions"), sequence=fields["sequence"]
        ),
        strays=_read_texts(item, "strays"),
        task_tokens=_read_texts(item, "taskTokens"),
    )


def _written_launch(launch: Launch) -> Item:
    item = written(launch, _LAUNCH)
    if launch.last_sent_at == launch.intended_at:
        del item["lastSentAt"]
    return item


def _read_launch(item: Mapping[str, WireValue]) -> Launch:
    fields = read(item, _LAUNCH)
    return Launch(
        **fields | {"last_sent_at": fields["last_sent_at"] or fields["intended_at"]}
    )


def _read_texts(item: Mapping[str, WireValue], name: str) -> tuple[str, ...]:
    return tuple(map(read_text, item.get(name, {"L": []})["L"]))


def _index_keys(job: Job) -> Item:
    """A job stands in its lists for ever, in `due` and `ready` while it waits.

    In `byStatus` stands only what ended badly: a success costs nothing there.
    """
    job_id, tenant, accepted_at = job.job_id, job.tenant, job.accepted_at
    item = {
        "tenantBucket": text(keys.tenant_bucket(tenant, job_id)),
        "nameBucket": text(keys.name_bucket(tenant, job.job_name, job_id)),
        "listedAt": text(keys.listed_at(accepted_at, job_id)),
    }
    if job.correlation_id is not None:
        bucket = keys.correlation_bucket(tenant, job.correlation_id, job_id)
        item["correlationBucket"] = text(bucket)
    if job.status in ENDED_BADLY:
        item["statusBucket"] = text(keys.status_bucket(tenant, job.status, job_id))
    if job.next_at is not None:
        item["duePk"] = text(keys.due_pk(job_id))
    if job.is_ready:
        item["readyPk"] = text(keys.ready_pk(tenant, job_id))
        item["readySk"] = text(keys.ready_sk(accepted_at, job_id))
    return item
