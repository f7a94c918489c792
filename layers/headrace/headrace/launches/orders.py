"""Builds the launch order of a job's next launch. Pure."""

from __future__ import annotations

from typing import Any

from headrace.definitions.admission import Admitted
from headrace.definitions.command import rendered
from headrace.definitions.definition import (
    FARGATE_CAPACITIES,
    RegisteredDefinition,
)
from headrace.jobs.job import Job
from headrace.jobs.traces import trace_of
from headrace.launches.launch import LaunchOrder, Placement
from headrace.requests.request import SubmitRequest


def order_for(
    job: Job,
    *,
    request: SubmitRequest,
    registered: RegisteredDefinition,
    terms: Admitted,
    placement: Placement,
) -> LaunchOrder:
    """Return what to ask ECS for the job's current attempt and launch.

    Only declared parameters and the definition's own values reach ECS: a request
    never names a role, an image, a command or an environment variable.
    """
    token = job.token
    capacity = terms.capacity[job.capacity_rung]
    order: dict[str, Any] = {
        "cluster": placement.cluster_arn,
        "taskDefinition": registered.resolved.arn,
        "count": 1,
        "clientToken": token,
        "startedBy": token,
        "group": placement.group,
        "capacityProviderStrategy": [{"capacityProvider": capacity, "weight": 1}],
        "overrides": _overrides(job, request, registered, terms),
    }
    if registered.resolved.network_mode == "awsvpc":
        order["networkConfiguration"] = {
            "awsvpcConfiguration": {
                "subnets": list(placement.subnet_ids),
                "securityGroups": list(placement.security_group_ids),
                # ECS refuses a public address for a task on an instance.
                "assignPublicIp": (
                    placement.assign_public_ip
                    if capacity in FARGATE_CAPACITIES
                    else "DISABLED"
                ),
            }
        }
    return LaunchOrder(token=token, request=order)


def _overrides(
    job: Job,
    request: SubmitRequest,
    registered: RegisteredDefinition,
    terms: Admitted,
) -> dict[str, Any]:
    definition = registered.definition
    container: dict[str, Any] = {
        "name": definition.container,
        "environment": [
            {"name": name, "value": value}
            for name, value in _environment(job, request).items()
        ],
    }
    if definition.command is not None:
        container["command"] = rendered(
            definition.command, request.parameters, definition.parameters
        )
    overrides: dict[str, Any] = {"containerOverrides": [container]}
    if terms.cpu is not None:
        overrides["cpu"] = str(terms.cpu)
    if terms.memory:
        overrides["memory"] = str(terms.memory[job.memory_rung])
    if terms.ephemeral_storage_gib is not None:
        overrides["ephemeralStorage"] = {"sizeInGiB": terms.ephemeral_storage_gib}
    return overrides


def _environment(job: Job, request: SubmitRequest) -> dict[str, str]:
    """Return what the container gets; absent values are absent variables."""
    carried = {
        "JOB_ID": job.job_id,
        "JOB_NAME": job.job_name,
        "JOB_VERSION": str(job.job_version),
        "JOB_ATTEMPT": str(job.attempt),
        "JOB_TENANT": job.tenant,
        "JOB_CORRELATION_ID": job.correlation_id,
        "JOB_TIMEOUT_SECONDS": str(job.timeout_seconds),
        "TRACEPARENT": trace_of(job),
    }
    if request.spilled is None:
        carried["JOB_PARAMETERS"] = request.parameters_json
    else:
        carried["JOB_PARAMETERS_S3_URI"] = request.spilled.uri
        carried["JOB_PARAMETERS_SHA256"] = request.spilled.sha256
    return {name: value for name, value in carried.items() if value is not None}
