"""A stored rejection as its item in the table, and back. Pure; no AWS calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.aws import table_keys as keys
from headrace.aws.attributes import (
    EPOCH_SECONDS,
    NUMBER,
    REQUIRED,
    TEXT,
    TIME,
    Attribute,
    code,
    read,
    written,
)
from headrace.aws.wire_values import Item, WireValue, number, text
from headrace.errors import RecordUnreadable
from headrace.ports import REJECTED, StoredRejection
from headrace.requests.rejection import Reason, Rejection

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

UNNAMED_TENANT = "default"
"""Under which rejections are listed that do not tell their tenant."""

_SCHEMA = 1

_STORED = (
    Attribute("messageId", "message_id", TEXT, REQUIRED),
    Attribute("rejectedAt", "rejected_at", TIME, REQUIRED),
)

_REJECTION = (
    Attribute("reasonCode", "reason", code(Reason), REQUIRED),
    Attribute("field", "field", TEXT),
    Attribute("limit", "limit", TEXT),
    Attribute("value", "value", TEXT),
    Attribute("message", "message", TEXT, REQUIRED),
    Attribute("bodySha256", "body_sha256", TEXT, REQUIRED),
    Attribute("bodyBytes", "body_bytes", NUMBER, REQUIRED),
    Attribute("tenant", "tenant", TEXT),
    Attribute("jobName", "job_name", TEXT),
    Attribute("idempotencyKey", "idempotency_key", TEXT),
    Attribute("jobId", "job_id", TEXT),
    Attribute("taskToken", "task_token", TEXT),
)


def rejection_key(message_id: str) -> Item:
    """Return the key of a rejection's item."""
    return {"pk": text(keys.rejection_pk(message_id)), "sk": text(keys.META)}


def rejection_to_item(stored: StoredRejection, *, expires_at: datetime) -> Item:
    """Return the whole item of a rejection; it stands in its tenant's list."""
    message_id, rejected_at = stored.message_id, stored.rejected_at
    tenant = stored.rejection.tenant or UNNAMED_TENANT
    return {
        **rejection_key(message_id),
        "schema": number(_SCHEMA),
        "status": text(REJECTED),
        **written(stored, _STORED),
        **written(stored.rejection, _REJECTION),
        "tenantBucket": text(keys.tenant_bucket(tenant, message_id)),
        "statusBucket": text(keys.status_bucket(tenant, REJECTED, message_id)),
        "listedAt": text(keys.listed_at(rejected_at, message_id)),
        "expiresAt": EPOCH_SECONDS.write(expires_at),
    }


def rejection_from_item(item: Mapping[str, WireValue]) -> StoredRejection:
    """Return the rejection of an item.

    Raises:
        RecordUnreadable: The item is none that this version of the code understands.
    """
    try:
        return StoredRejection(
            **read(item, _STORED), rejection=Rejection(**read(item, _REJECTION))
        )
    except ValueError as error:
        pk = item.get("pk", {}).get("S", "without a key")
        raise RecordUnreadable(f"record {pk}: {error}") from error
