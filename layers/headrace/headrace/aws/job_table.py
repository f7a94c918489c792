"""`JobStore` on DynamoDB: one item per job, every write one conditional write.

Retries of single calls are the client's business, as it was configured; an answer
that got lost on the way is recognised by its operation id.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from headrace.aws import table_keys as keys
from headrace.aws.job_item import from_item, key_of, to_item
from headrace.aws.job_listing import page_of
from headrace.aws.job_updates import noting, replacement
from headrace.aws.rejection_item import (
    rejection_from_item,
    rejection_key,
    rejection_to_item,
)
from headrace.aws.system import ThreadWorkers
from headrace.aws.table_errors import busy_told, write_if
from headrace.aws.table_queries import IndexRange, first_entries
from headrace.aws.wire_values import read_text
from headrace.errors import JobMoved
from headrace.instants import to_text
from headrace.ports import Acceptance

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from headrace.aws.update_expression import Update
    from headrace.aws.wire_values import Item
    from headrace.jobs.job import Job
    from headrace.ports import JobPage, JobQuery, Sighting, StoredRejection, Workers

_IS_NEW = "attribute_not_exists(pk)"
_THREADS = ThreadWorkers()


class JobTable:
    """The job records in one table. Threads may share it.

    Args:
        client: A low-level client.
        table_name: The table's.
        workers: Read the shards of an index side by side.
    """

    def __init__(
        self, client: DynamoDBClient, table_name: str, workers: Workers = _THREADS
    ) -> None:
        self._client = client
        self._table_name = table_name
        self._workers = workers

    def accept(self, job: Job, *, expires_at: datetime | None = None) -> Acceptance:
        """See `JobStore`."""
        if expires_at is not None:
            job = replace(job, expires_at=expires_at)
        item = to_item(job)
        standing = self._put_new(item, f"accept job {job.job_id}")
        if standing is None:
            return Acceptance(from_item(item), is_new=True)
        current = from_item(standing)
        return Acceptance(current, is_new=current.operation_id == job.operation_id)

    def get(self, job_id: str) -> Job | None:
        """See `JobStore`."""
        item = self._get(key_of(job_id), f"get job {job_id}")
        return None if item is None else from_item(item)

    def replace(self, before: Job, after: Job) -> None:
        """See `JobStore`."""
        self._update(before.job_id, replacement(before, after), after.operation_id)

    def note(self, sighting: Sighting) -> None:
        """See `JobStore`."""
        self._update(sighting.job_id, noting(sighting), sighting.operation_id)

    def due(self, *, until_at: datetime, limit: int) -> Sequence[str]:
        """See `JobStore`; the earliest of all shards."""
        wanted = IndexRange(
            index=keys.DUE_INDEX,
            partition="duePk",
            shards=keys.due_pks(),
            sort="nextAt",
            highest=to_text(until_at),
        )
        return self._job_ids(wanted, limit)

    def ready(self, tenant: str, *, limit: int) -> Sequence[str]:
        """See `JobStore`."""
        wanted = IndexRange(
            index=keys.READY_INDEX,
            partition="readyPk",
            shards=keys.ready_pks(tenant),
            sort="readySk",
        )
        return self._job_ids(wanted, limit)

    def reject(self, stored: StoredRejection, *, expires_at: datetime) -> None:
        """See `JobStore`."""
        item = rejection_to_item(stored, expires_at=expires_at)
        self._put_new(item, f"reject message {stored.message_id}")

    def rejection(self, message_id: str) -> StoredRejection | None:
        """See `JobStore`."""
        item = self._get(rejection_key(message_id), f"get rejection {message_id}")
        return None if item is None else rejection_from_item(item)

    def page(self, query: JobQuery) -> JobPage:
        """See `JobStore`.

        Raises:
            ValueError: The cursor is none of ours, or the limit is below 1.
        """
        return page_of(self._client, self._table_name, query, self._workers)

    def _get(self, key: Item, action: str) -> Item | None:
        with busy_told(action):
            answer: Any = self._client.get_item(
                TableName=self._table_name, Key=key, ConsistentRead=True
            )
        item: Item | None = answer.get("Item")
        return item

    def _put_new(self, item: Item, action: str) -> Item | None:
        """Store an item unless its key is taken; return what stands there then."""
        request = {
            "TableName": self._table_name,
            "Item": item,
            "ConditionExpression": _IS_NEW,
        }
        obstacle = write_if(self._client.put_item, action, request)
        return None if obstacle is None else obstacle.item

    def _update(self, job_id: str, update: Update, operation_id: str) -> None:
        request = update.request(self._table_name, key_of(job_id))
        obstacle = write_if(self._client.update_item, f"store job {job_id}", request)
        if obstacle is None:
            return
        current = from_item(obstacle.item) if obstacle.item else None
        if current is None or current.operation_id != operation_id:
            raise JobMoved(job_id, current)

    def _job_ids(self, wanted: IndexRange, limit: int) -> list[str]:
        entries = first_entries(
            self._client, self._table_name, wanted, limit=limit, workers=self._workers
        )
        return [
            read_text(entry["pk"]).removeprefix(keys.JOB_PREFIX) for entry in entries
        ]
