"""Reading a job request from a message's body, which may be anything.

Ends in a value or in `InvalidRequest`, in time linear in the body. No catalogue and
no store.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from headrace import limits
from headrace.identity import JOB_ID_PATTERN, canonical_json, sha256_hex
from headrace.requests.checks import (
    check_schedule,
    refuse_secrets,
    refuse_unsupported,
    refused_fault,
    request_type_of,
    tenant_of,
)
from headrace.requests.origin import Origin
from headrace.requests.rejection import Reason, shown
from headrace.requests.request import (
    DEFAULT_TENANT,
    CancelRequest,
    JobRequest,
    RerunRequest,
    SubmitRequest,
)
from headrace.requests.schema import (
    AnyBody,
    CancelBody,
    RerunBody,
    SubmitBody,
    parse_rfc3339,
)
from headrace.requests.secret_patterns import secret_kind
from headrace.requests.spilling import parted
from headrace.requests.strict_json import StrictJsonError, parse_strict
from headrace.requests.task_tokens import token_in, without_token
from headrace.wire import faults, null_fault

CARRIED_FIELDS = ("traceparent", "correlationId", "requestedBy", "labels", "notify")
"""Fields that say nothing about what to run: two requests may differ in them."""

_BODIES: Mapping[str, type[SubmitBody | CancelBody | RerunBody]] = {
    "submit": SubmitBody,
    "cancel": CancelBody,
    "rerun": RerunBody,
}
# W3C Trace Context section 3.2.2: ids of zeros and version ff are invalid.
_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)


def parse_request(body: str, *, pinned_tenant: str | None, now: datetime) -> JobRequest:
    """Read a request.

    ``pinned_tenant`` is the only tenant that the queue serves, if it is pinned;
    ``now`` bounds `scheduledAt`.

    Raises:
        InvalidRequest: Whatever is wrong with the body; nothing else is raised.
    """
    origin = Origin(
        body_sha256=sha256_hex(body),
        body_bytes=len(body.encode("utf-8", "surrogatepass")),
        tenant=pinned_tenant or None,
    )
    document = _document(body, origin)
    origin = _identified(origin, document)
    refuse_secrets(without_token(document), origin)
    request_type = request_type_of(document, origin)
    refuse_unsupported(document, origin)
    parsed = _shaped(document, _BODIES[request_type], origin)
    tenant = tenant_of(parsed.tenant, pinned_tenant, origin) or DEFAULT_TENANT
    if isinstance(parsed, SubmitBody):
        asked = shown(document.get("scheduledAt"))
        check_schedule(parsed.scheduled_at, now, asked, origin)
    return _request(parsed, document | {"tenant": tenant}, origin)


def restored(body_json: str) -> JobRequest:
    """Read an accepted request again from its `body_json`.

    What depends on the time or on the queue is not checked anew.

    Raises:
        pydantic.ValidationError: The text is not what `body_json` was.
    """
    document, spilled = parted(json.loads(body_json))
    parsed = _BODIES[document.get("type", "submit")].from_wire(document)
    origin = Origin(
        body_sha256=sha256_hex(body_json), body_bytes=len(body_json.encode())
    )
    request = _request(parsed, {"tenant": DEFAULT_TENANT} | document, origin)
    if spilled is None or not isinstance(request, SubmitRequest):
        return request
    return replace(request, spilled=spilled, body_json=body_json)


def _document(body: str, origin: Origin) -> dict[str, Any]:
    if origin.body_bytes > limits.BODY_BYTES_MAX:
        raise origin.refused(
            Reason.TOO_LARGE,
            field=None,
            limit=f"at most {limits.BODY_BYTES_MAX} bytes",
            value=f"{origin.body_bytes} bytes",
        )
    try:
        return parse_strict(body)
    except StrictJsonError as error:
        raise origin.refused(
            Reason(error.reason),
            field=None,
            limit="a JSON object that every reader understands alike",
            value=None,
            message=f"body: {error.detail}",
        ) from None


def _identified(origin: Origin, document: Mapping[str, Any]) -> Origin:
    """Add whom a rejection concerns, as far as the body says so in a valid way."""

    def valid(name: str, pattern: str) -> str | None:
        value = document.get(name)
        is_valid = (
            isinstance(value, str)
            and re.fullmatch(pattern, value) is not None
            and secret_kind(value) is None
        )
        return value if is_valid else None

    tenant = origin.tenant
    if tenant is None:
        is_named = "tenant" in document
        tenant = valid("tenant", limits.TENANT_PATTERN) if is_named else DEFAULT_TENANT
    return Origin(
        body_sha256=origin.body_sha256,
        body_bytes=origin.body_bytes,
        tenant=tenant,
        job_name=valid("jobName", limits.NAME_PATTERN),
        idempotency_key=valid("idempotencyKey", limits.IDEMPOTENCY_KEY_PATTERN),
        job_id=valid("jobId", JOB_ID_PATTERN),
        task_token=token_in(document),
    )


def _shaped(
    document: Mapping[str, Any],
    schema: type[SubmitBody | CancelBody | RerunBody],
    origin: Origin,
) -> AnyBody:
    fault = null_fault(document, spared=("parameters",))
    if fault is None and document.get("parameters", ...) is None:
        fault = null_fault({"parameters": None})
    if fault is None:
        try:
            return schema.from_wire(document)
        except ValidationError as error:
            fault = faults(error)[0]
    raise refused_fault(fault, schema.wire_names(), origin)


def _request(
    parsed: AnyBody, document: Mapping[str, Any], origin: Origin
) -> JobRequest:
    kept = {name: value for name, value in document.items() if name != "notify"}
    traceparent = parsed.traceparent
    if traceparent is not None and not _TRACEPARENT.fullmatch(traceparent):
        traceparent = None
        del kept["traceparent"]
    carried: dict[str, Any] = {
        "tenant": kept["tenant"],
        "idempotency_key": parsed.idempotency_key,
        "correlation_id": parsed.correlation_id,
        "traceparent": traceparent,
        "requested_by": parsed.requested_by,
        "labels": parsed.labels,
        "fingerprint": sha256_hex(canonical_json(_asked_for(kept))),
        "body_json": canonical_json(kept),
        "body_sha256": origin.body_sha256,
        "body_bytes": origin.body_bytes,
        "task_token": origin.task_token,
    }
    if isinstance(parsed, CancelBody):
        return CancelRequest(job_id=parsed.job_id, **carried)
    if isinstance(parsed, RerunBody):
        return RerunRequest(job_id=parsed.job_id, version=parsed.version, **carried)
    return SubmitRequest(
        job_name=parsed.job_name,
        job_version=parsed.job_version,
        parameters=parsed.parameters,
        scheduled_at=parsed.scheduled_at,
        start_deadline_seconds=parsed.start_deadline_seconds,
        timeout_seconds=parsed.timeout_seconds,
        overrides=parsed.overrides,
        retry_strategy=parsed.retry_strategy,
        **carried,
    )


def _asked_for(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a body asks for, in one form for all bodies that ask for the same.

    Carried fields are left out, and so is what says no more than its absence does.
    A time is the instant, whatever its offset.
    """
    asked = {
        name: value for name, value in document.items() if name not in CARRIED_FIELDS
    }
    for name, default in (("type", "submit"), ("version", "exact")):
        if asked.get(name) == default:
            del asked[name]
    if "scheduledAt" in asked:
        asked["scheduledAt"] = parse_rfc3339(asked["scheduledAt"]).isoformat()
    if asked.get("retryStrategy", {}).get("backoff") == {}:
        asked["retryStrategy"] = {
            name: value
            for name, value in asked["retryStrategy"].items()
            if name != "backoff"
        }
    for name in ("parameters", "overrides", "retryStrategy"):
        if asked.get(name) == {}:
            del asked[name]
    return asked
