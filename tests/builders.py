"""Builders: valid values by default, so that a test names only what it is about."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from headrace.identity import canonical_json, job_id, sha256_hex
from headrace.jobs.job import (
    LAUNCHED,
    TERMINAL,
    WAITING,
    Job,
    JobStatus,
    Launch,
    LaunchEntry,
    Outcome,
    ReasonCode,
    WaitReason,
)
from headrace.launches.launch import LaunchOrder, Placement
from headrace.requests.rejection import Reason, Rejection

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
DEPLOYMENT_ID = "5b1c0fd0-3c5e-11ef-9a5b-0e1d2c3b4a5f"
ACCOUNT_ID = "123456789012"
REGION = "eu-west-1"
CLUSTER_ARN = f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:cluster/headrace"
TASK_ARN = f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:task/headrace/{'a' * 32}"

_REASON_OF_END = {
    JobStatus.SUCCEEDED: ReasonCode.OK,
    JobStatus.FAILED: ReasonCode.EXIT_CODE,
    JobStatus.TIMED_OUT: ReasonCode.RUNTIME_LIMIT,
    JobStatus.CANCELLED: ReasonCode.CANCELLED_BY_USER,
    JobStatus.EXPIRED: ReasonCode.START_LIMIT,
    JobStatus.LOST: ReasonCode.LOST,
}


def a_request(**changes: Any) -> dict[str, Any]:
    """Return a submission as a JSON object; a change to None removes the field."""
    request: dict[str, Any] = {
        "schemaVersion": "1",
        "jobName": "report",
        "idempotencyKey": "report-2026-11-22",
        "parameters": {"date": "2026-11-22", "format": "pdf"},
    }
    request.update(changes)
    return {name: value for name, value in request.items() if value is not None}


def a_request_body(**changes: Any) -> str:
    """Return the same as the text of an SQS message."""
    return json.dumps(a_request(**changes))


def a_placement(**changes: Any) -> Placement:
    """Return where tasks of the tests' deployment run."""
    fields: dict[str, Any] = {
        "cluster_arn": CLUSTER_ARN,
        "group": f"headrace:{DEPLOYMENT_ID}",
        "subnet_ids": ("subnet-0a1b2c3d",),
        "security_group_ids": ("sg-0a1b2c3d",),
        "assign_public_ip": "DISABLED",
    }
    return Placement(**(fields | changes))


def a_launch(**changes: Any) -> Launch:
    """Return a launch that was just intended and sent once."""
    fields: dict[str, Any] = {
        "intended_at": NOW,
        "last_sent_at": NOW,
        "sends": 1,
        "lease_owner": "dispatch-1",
        "lease_until_at": NOW + timedelta(seconds=90),
    }
    return Launch(**(fields | changes))


def a_launch_entry(**changes: Any) -> LaunchEntry:
    """Return a past launch that capacity refused."""
    fields: dict[str, Any] = {
        "attempt": 1,
        "launch": 1,
        "intended_at": NOW - timedelta(minutes=2),
        "ended_at": NOW - timedelta(minutes=1),
        "reason_code": ReasonCode.CAPACITY,
        "detail": "RESOURCE:MEMORY",
    }
    return LaunchEntry(**(fields | changes))


def an_outcome(status: JobStatus = JobStatus.SUCCEEDED, **changes: Any) -> Outcome:
    """Return how a job ended, fitting the status."""
    is_success = status is JobStatus.SUCCEEDED
    fields: dict[str, Any] = {
        "status": status,
        "reason_code": _REASON_OF_END[status],
        "summary": f"The job ended as {status}.",
        "advice": "" if is_success else "Look at the task's log.",
        "finished_at": NOW,
    }
    if is_success or status is JobStatus.FAILED:
        fields |= {
            "exit_code": 0 if is_success else 1,
            "stop_code": "EssentialContainerExited",
            "stopped_reason": "Essential container in task exited",
        }
    return Outcome(**(fields | changes))


def an_order(job_id: str, attempt: int = 1, launch: int = 1) -> LaunchOrder:
    """Return the RunTask request that `a_job` has frozen for a launch."""
    token = f"{job_id}-{attempt}-{launch}"
    placement = a_placement()
    network = {
        "subnets": list(placement.subnet_ids),
        "securityGroups": list(placement.security_group_ids),
        "assignPublicIp": placement.assign_public_ip,
    }
    environment = {"JOB_ID": job_id, "JOB_NAME": "report", "JOB_ATTEMPT": str(attempt)}
    return LaunchOrder(
        token=token,
        request={
            "cluster": placement.cluster_arn,
            "taskDefinition": "headrace-job-report:7",
            "count": 1,
            "launchType": "FARGATE",
            "networkConfiguration": {"awsvpcConfiguration": network},
            "overrides": {
                "containerOverrides": [
                    {
                        "name": "main",
                        "environment": [
                            {"name": name, "value": value}
                            for name, value in environment.items()
                        ],
                    }
                ]
            },
            "group": placement.group,
            "clientToken": token,
            "startedBy": token,
        },
    )


def a_job(**changes: Any) -> Job:
    """Return a job whose fields fit its status.

    Whatever the status needs (launch, outcome, timer, reason to wait) is filled in
    unless it is given. The default is a fresh RUNNABLE job in the backlog.
    """
    status = changes.get("status", JobStatus.RUNNABLE)
    key = changes.get("idempotency_key", "report-2026-11-22")
    name = changes.get("job_name", "report")
    tenant = changes.get("tenant", "default")
    request_json = canonical_json(a_request(jobName=name, idempotencyKey=key))
    fields: dict[str, Any] = {
        "job_id": job_id(
            deployment_id=DEPLOYMENT_ID,
            tenant=tenant,
            job_name=name,
            idempotency_key=key,
        ),
        "tenant": tenant,
        "job_name": name,
        "job_version": 1,
        "idempotency_key": key,
        "fingerprint": sha256_hex(request_json),
        "status": status,
        "revision": 1,
        "operation_id": "operation-1",
        "accepted_at": NOW,
        "status_at": NOW,
        "request_json": request_json,
        "timeout_seconds": 3600,
        "start_timeout_seconds": 900,
    }
    fields |= _of_status(status, fields["job_id"])
    return Job(**(fields | changes))


def a_rejection(**changes: Any) -> Rejection:
    """Return the answer to a request whose cpu was too small."""
    fields: dict[str, Any] = {
        "reason": Reason.LIMIT_EXCEEDED,
        "field": "overrides.cpu",
        "limit": "at least 256",
        "value": "1",
        "message": "overrides.cpu: must be at least 256, but is 1",
        "body_sha256": sha256_hex("{}"),
        "body_bytes": 2,
        "tenant": "default",
        "job_name": "report",
        "idempotency_key": "report-2026-11-22",
    }
    return Rejection(**(fields | changes))


def _of_status(status: JobStatus, of_job: str) -> dict[str, Any]:
    if status in WAITING:
        is_runnable = status is JobStatus.RUNNABLE
        return {
            "wait_reason": (
                WaitReason.LAUNCH_BUDGET if is_runnable else WaitReason.SCHEDULED
            ),
            "next_at": NOW + timedelta(minutes=20),
            "is_ready": is_runnable,
        }
    launched: dict[str, Any] = {
        "attempt": 1,
        "launch_number": 1,
        "launch": a_launch(),
        "order_json": an_order(of_job).to_json(),
        "sole_container": "main",
    }
    if status in LAUNCHED:
        launched["next_at"] = NOW + timedelta(seconds=150)
    if status is not JobStatus.STARTING:
        seen = {"task_arn": TASK_ARN, "last_version": 3, "started_at": NOW}
        ended = {"lease_owner": None, "lease_until_at": None}
        launched["launch"] = a_launch(**seen, **(ended if status in TERMINAL else {}))
    if status in TERMINAL:
        launched["outcome"] = an_outcome(status)
        launched["expires_at"] = NOW + timedelta(days=35)
    return launched
