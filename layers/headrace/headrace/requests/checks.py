"""The checks of a parsed body that come before and after its schema.

Each returns nothing or raises the rejection that fits; the order is
`request_parsing.py`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from headrace import limits
from headrace.errors import InvalidRequest
from headrace.requests.origin import Origin
from headrace.requests.rejection import Reason, field_path, shown
from headrace.requests.secret_patterns import find_secret
from headrace.wire import Fault, FaultKind

SCHEMA_VERSION = "1"
REQUEST_TYPES = ("submit", "cancel", "rerun")
NOT_SUPPORTED = "not supported by this release"
NOT_SUPPORTED_FIELDS = (
    "priority",
    "concurrencyKey",
    "concurrencyPolicy",
    "dependsOn",
    "arraySize",
)

# Parts of a task that only its definition may set, by ECS's names and by Docker's.
_NEVER_OVERRIDDEN = frozenset(
    {
        "command",
        "containerOverrides",
        "entryPoint",
        "environment",
        "environmentFiles",
        "executionRoleArn",
        "image",
        "inferenceAcceleratorOverrides",
        "role",
        "taskDefinition",
        "taskRoleArn",
    }
)


def refuse_secrets(document: Mapping[str, Any], origin: Origin) -> None:
    """Refuse a credential in any key or value; the rejection only says where."""
    found = find_secret(document)
    if found is not None:
        path, kind = found
        raise origin.refused(
            Reason.SECRET_IN_MESSAGE,
            field=field_path(path),
            limit="free of credentials",
            value=None,
            message=(
                f"{field_path(path)}: looks like a credential ({kind}); messages are"
                " readable by many: give the task definition a secret instead"
            ),
        )


def request_type_of(document: Mapping[str, Any], origin: Origin) -> str:
    """Return one of `REQUEST_TYPES`, once the schema version is one we read."""
    if "schemaVersion" not in document:
        raise _missing("schemaVersion", origin)
    if document["schemaVersion"] != SCHEMA_VERSION:
        raise origin.refused(
            Reason.UNSUPPORTED_SCHEMA_VERSION,
            field="schemaVersion",
            limit=f'"{SCHEMA_VERSION}"',
            value=shown(document["schemaVersion"]),
        )
    request_type = document.get("type", "submit")
    if not isinstance(request_type, str) or request_type not in REQUEST_TYPES:
        raise origin.refused(
            Reason.INVALID_FIELD,
            field="type",
            limit=f"one of {', '.join(REQUEST_TYPES)}",
            value=shown(request_type),
        )
    return request_type


def refuse_unsupported(document: Mapping[str, Any], origin: Origin) -> None:
    """Refuse fields of the contract that are not built yet: never ignored."""
    for name in NOT_SUPPORTED_FIELDS:
        if name in document:
            raise _unsupported(name, document[name], origin)


def _unsupported(name: str, value: Any, origin: Origin) -> InvalidRequest:  # noqa: ANN401  # any JSON value
    return origin.refused(
        Reason.INVALID_FIELD,
        field=name,
        limit=NOT_SUPPORTED,
        value=shown(value),
        message=f"{name}: {shown(value)} is {NOT_SUPPORTED}",
    )


def _missing(field: str, origin: Origin) -> InvalidRequest:
    return origin.refused(
        Reason.MISSING_FIELD,
        field=field,
        limit="present",
        value=None,
        message=f"{field}: is required, but missing",
    )


def refused_fault(
    fault: Fault, known: tuple[str, ...], origin: Origin
) -> InvalidRequest:
    """Make the rejection for a field that does not fit the request type's schema."""
    if fault.kind is FaultKind.MISSING:
        return _missing(fault.field, origin)
    if fault.kind is FaultKind.INVALID:
        return origin.refused(
            Reason.INVALID_FIELD,
            field=fault.field,
            limit=fault.limit,
            value=fault.value,
        )
    if fault.path[0] == "overrides" and fault.path[-1] in _NEVER_OVERRIDDEN:
        return origin.refused(
            Reason.OVERRIDE_NOT_ALLOWED,
            field=fault.field,
            limit="left to the job definition",
            value=fault.value,
        )
    is_nested = len(fault.path) > 1
    limit = "a field of that object" if is_nested else f"one of {', '.join(known)}"
    return origin.refused(
        Reason.UNKNOWN_FIELD,
        field=fault.field,
        limit=limit,
        value=fault.value,
        message=f"{fault.field}: is no known field; known is {limit}",
    )


def check_schedule(
    scheduled_at: datetime | None, now: datetime, shown_value: str, origin: Origin
) -> None:
    """Refuse a start too far ahead; one in the past only means "at once"."""
    days = limits.SCHEDULED_AHEAD_DAYS_MAX
    if scheduled_at is not None and scheduled_at > now + timedelta(days=days):
        raise origin.refused(
            Reason.INVALID_FIELD,
            field="scheduledAt",
            limit=f"at most {days} days ahead",
            value=shown_value,
        )


def tenant_of(asked: str | None, pinned: str | None, origin: Origin) -> str | None:
    """Return the tenant of the queue, else of the body, else None."""
    if pinned and asked is not None and asked != pinned:
        raise origin.refused(
            Reason.TENANT_MISMATCH,
            field="tenant",
            limit=f"{pinned}, the only tenant of this queue",
            value=shown(asked),
        )
    return pinned or asked
