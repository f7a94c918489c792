"""Plans as JSON objects: what `--json` prints.

Names are camelCase and stable once released; absent values are absent fields.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from headrace.launches.launch import OVERRIDES_CHARACTERS_MAX
from headrace.requests.rejection import Rejection
from headrace_client.planning import prices
from headrace_client.planning.plan import Plan, Undecided

if TYPE_CHECKING:
    from headrace_client.planning.cost import Cost, Size
    from headrace_client.planning.timeline import Moment


def plan_document(planned: Plan | Rejection | Undecided) -> dict[str, Any]:
    """Return what would become of a request as a JSON object.

    `order` is the text that would be stored and sent, byte for byte; `runTask` is the
    same as an object.
    """
    match planned:
        case Rejection() as rejection:
            return {"decision": "REJECTED", **rejection_of(rejection)}
        case Undecided(job_id=job_id):
            return {"decision": "UNDECIDED", "jobId": job_id}
    return _accepted(planned)


def rejection_of(rejection: Rejection) -> dict[str, Any]:
    """Return a rejection's fields, named as those of a stored one."""
    return _present(
        {
            "reasonCode": rejection.reason.value,
            "field": rejection.field,
            "limit": rejection.limit,
            "value": rejection.value,
            "message": rejection.message,
            "bodySha256": rejection.body_sha256,
            "bodyBytes": rejection.body_bytes,
            "tenant": rejection.tenant,
            "jobName": rejection.job_name,
            "idempotencyKey": rejection.idempotency_key,
            "jobId": rejection.job_id,
        }
    )


def _accepted(planned: Plan) -> dict[str, Any]:
    job, order = planned.job, planned.order
    return _present(
        {
            "decision": "ACCEPTED",
            "jobId": job.job_id,
            "jobName": job.job_name,
            "jobVersion": job.job_version,
            "tenant": job.tenant,
            "idempotencyKey": job.idempotency_key,
            "status": job.status.value,
            "endsWithoutTask": _nowhere(planned),
            "order": order.to_json() if order else None,
            "runTask": order.request if order else None,
            "overrides": _present(
                {
                    "characters": order.overrides_characters if order else None,
                    "charactersAtMost": planned.overrides_characters_max,
                    "limit": OVERRIDES_CHARACTERS_MAX,
                }
            ),
            "parameters": _parameters(planned),
            "taskDefinition": _task_definition(planned),
            "limits": _limits(planned),
            "timeline": [_moment(moment) for moment in planned.timeline],
            "cost": _cost(planned.cost),
        }
    )


def _parameters(planned: Plan) -> dict[str, Any]:
    spilled = planned.request.spilled
    if spilled is None:
        return {"in": "JOB_PARAMETERS"}
    return {
        "in": "JOB_PARAMETERS_S3_URI",
        "uri": spilled.uri,
        "sha256": spilled.sha256,
        "bytes": spilled.size_bytes,
    }


def _moment(moment: Moment) -> dict[str, Any]:
    return _present(
        {
            "at": _text(moment.at),
            "when": moment.when,
            "status": moment.status.value if moment.status else None,
            "what": moment.what,
        }
    )


def _nowhere(planned: Plan) -> dict[str, str] | None:
    if planned.nowhere is None:
        return None
    return {"summary": planned.nowhere.summary, "advice": planned.nowhere.advice}


def _task_definition(planned: Plan) -> dict[str, Any]:
    resolved = planned.registered.resolved
    return _present(
        {
            "arn": resolved.arn,
            "taskRoleArn": resolved.task_role_arn,
            "executionRoleArn": resolved.execution_role_arn,
        }
    )


def _limits(planned: Plan) -> dict[str, Any]:
    terms, limits, retry = planned.terms, planned.limits, planned.terms.retry
    return _present(
        {
            "launchesPerSecond": limits.launches_per_second,
            "launchBurst": limits.launch_burst,
            "pinnedTenant": limits.pinned_tenant,
            "notBeforeAt": _text(planned.job.not_before_at),
            "startDeadlineAt": _text(planned.job.start_deadline_at),
            "startTimeoutSeconds": terms.start_timeout_seconds,
            "timeoutSeconds": terms.timeout_seconds,
            "attempts": retry.attempts,
            "infrastructureRetries": retry.infrastructure_retries,
            "capacity": list(terms.capacity),
        }
    )


def _cost(cost: Cost) -> dict[str, Any]:
    return _present(
        {
            "currency": "USD",
            "pricesOf": prices.REGION,
            "pricesAsOf": prices.AS_OF,
            "pricesSource": prices.SOURCE,
            "firstSize": _size(cost.first),
            "largestSize": _size(cost.largest),
            "launchesAtMost": cost.launches_max,
            "startSecondsAtMost": cost.start_seconds_max,
            "runSecondsAtMost": cost.run_seconds_max,
            "oneAttempt": _usd(cost.attempt_usd),
            "atWorst": _usd(cost.worst_usd),
            "caveats": list(cost.caveats),
        }
    )


def _size(size: Size | None) -> dict[str, int] | None:
    if size is None:
        return None
    return {
        "cpu": size.cpu,
        "memory": size.memory,
        "ephemeralStorageGiB": size.storage_gib,
    }


def _usd(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _text(instant: datetime | None) -> str | None:
    if instant is None:
        return None
    text = instant.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _present(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value is not None}
