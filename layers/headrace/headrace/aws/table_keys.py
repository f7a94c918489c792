"""Keys of the one table: where an item is, and in which indexes it stands.

A shard count may grow and never shrink: items keep the shard they were written to,
and readers ask every shard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

from headrace.instants import to_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

META = "META"
"""The sort key of items that are alone under their partition key."""

JOB_PREFIX = "JOB#"
REJECTION_PREFIX = "REJECTION#"

DUE_INDEX = "due"
READY_INDEX = "ready"
TENANT_INDEX = "byTenant"
JOB_NAME_INDEX = "byJobName"
STATUS_INDEX = "byStatus"
CORRELATION_INDEX = "byCorrelation"

# One index partition takes 1,000 write units a second (Amazon DynamoDB Developer
# Guide, "Burst and adaptive capacity"). A job costs `due` up to four, `ready` two and
# each list one: with these, none is the limit below 1,000 jobs a second.
DUE_SHARDS = 4
READY_SHARDS = 2
LIST_SHARDS = 2

PRIORITY_DIGITS = 3
PRIORITY_MAX = 100
PRIORITY = 50
"""Every job's priority for now; requests cannot name one yet."""


def job_pk(job_id: str) -> str:
    """Return the partition key of a job's record."""
    return f"{JOB_PREFIX}{job_id}"


def rejection_pk(message_id: str) -> str:
    """Return the partition key of a rejection."""
    return f"{REJECTION_PREFIX}{message_id}"


def shard_of(name: str, shards: int) -> int:
    """Return the shard of an id: always the same, evenly spread."""
    return crc32(name.encode()) % shards


def due_pk(job_id: str) -> str:
    """Return the `due` index's partition of a job."""
    return f"DUE#{shard_of(job_id, DUE_SHARDS)}"


def due_pks() -> Sequence[str]:
    """Return all partitions of the `due` index."""
    return [f"DUE#{shard}" for shard in range(DUE_SHARDS)]


def ready_pk(tenant: str, job_id: str) -> str:
    """Return the `ready` index's partition of a job."""
    return f"{tenant}#{shard_of(job_id, READY_SHARDS)}"


def ready_pks(tenant: str) -> Sequence[str]:
    """Return all partitions of a tenant's backlog."""
    return [f"{tenant}#{shard}" for shard in range(READY_SHARDS)]


def ready_sk(accepted_at: datetime, job_id: str, priority: int = PRIORITY) -> str:
    """Return a key that sorts by priority, highest first, and then by age."""
    rank = PRIORITY_MAX - priority
    return f"{rank:0{PRIORITY_DIGITS}}#{to_text(accepted_at)}#{job_id}"


def tenant_bucket(tenant: str, record_id: str) -> str:
    """Return the `byTenant` index's partition of a record."""
    return f"{tenant}#{shard_of(record_id, LIST_SHARDS)}"


def name_bucket(tenant: str, job_name: str, job_id: str) -> str:
    """Return the `byJobName` index's partition of a job."""
    return f"{tenant}#{job_name}#{shard_of(job_id, LIST_SHARDS)}"


def status_bucket(tenant: str, status: str, record_id: str) -> str:
    """Return the `byStatus` index's partition of what ended badly."""
    return f"{tenant}#{status}#{shard_of(record_id, LIST_SHARDS)}"


def correlation_bucket(tenant: str, correlation_id: str, job_id: str) -> str:
    """Return the `byCorrelation` index's partition of a job."""
    return f"{tenant}#{correlation_id}#{shard_of(job_id, LIST_SHARDS)}"


def list_buckets(tenant: str, owner: str | None = None) -> Sequence[str]:
    """Return all partitions of a tenant's list, or of one name's, status's or id's."""
    whose = tenant if owner is None else f"{tenant}#{owner}"
    return [f"{whose}#{shard}" for shard in range(LIST_SHARDS)]


def listed_at(at: datetime, record_id: str) -> str:
    """Return the sort key of both lists: by time, unique by the id behind it."""
    return f"{to_text(at)}#{record_id}"
