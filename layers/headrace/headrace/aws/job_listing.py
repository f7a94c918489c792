"""Lists of a tenant's records, newest first, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from headrace.aws import table_keys as keys
from headrace.aws.job_item import from_item
from headrace.aws.rejection_item import rejection_from_item
from headrace.aws.table_queries import IndexRange, first_entries, items_of
from headrace.aws.wire_values import Item, read_text
from headrace.instants import to_text
from headrace.jobs.job import ENDED_BADLY
from headrace.jobs.list_cursor import read_cursor, to_cursor
from headrace.ports import REJECTED, JobPage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from headrace.jobs.job import Job
    from headrace.ports import JobQuery, StoredRejection, Workers

_LISTED_AT = "listedAt"


LOOKED_AT_MAX = 1_000
"""Records that one page looks at; a page of a filtered listing may end short of its
limit, and the next one goes on from there."""

_BLOCK = 100


def page_of(
    client: DynamoDBClient, table_name: str, query: JobQuery, workers: Workers
) -> JobPage:
    """Return one page of records and where the next one begins.

    A record that is deleted while the page is made is left out, so that a page may
    be shorter than the limit.

    Raises:
        StoreBusy: DynamoDB did not answer for all of it.
        ValueError: The cursor is none of ours, or the limit is below 1.
    """
    if query.limit < 1:
        raise ValueError(f"limit: must be at least 1, but is {query.limit}")
    last = None if query.cursor is None else read_cursor(query.cursor)
    source, size = _source(query)
    shown: list[Job | StoredRejection] = []
    for _ in range(max(1, LOOKED_AT_MAX // size)):
        wanted = _range(query, source, last)
        if wanted.is_empty:
            return JobPage(entries=shown, cursor=None)
        # One for the entry that the cursor names, and one to know whether more follow.
        entries = first_entries(
            client, table_name, wanted, limit=size + 2, workers=workers
        )
        entries = [each for each in entries if read_text(each[_LISTED_AT]) != last]
        block = entries[:size]
        found = _records(client, table_name, block)
        for position, entry in enumerate(block, 1):
            last = read_text(entry[_LISTED_AT])
            record = found.get(_key(entry))
            if record is not None and query.takes(record):
                shown.append(record)
            if len(shown) == query.limit:
                is_last = position == len(entries)
                return JobPage(shown, None if is_last else to_cursor(last))
        if len(entries) == len(block):
            return JobPage(entries=shown, cursor=None)
    return JobPage(entries=shown, cursor=None if last is None else to_cursor(last))


@dataclass(frozen=True, slots=True)
class _Source:
    """The index that a query follows, its partition key, and whose partitions."""

    index: str
    partition: str
    owner: str | None = None


def _source(query: JobQuery) -> tuple[_Source, int]:
    """Return the index with the fewest records beside those asked for.

    And how many to look at together: as many as are asked for where all will do.
    """
    asked = (query.correlation_id, query.status, query.job_name)
    size = query.limit if asked.count(None) == len(asked) else _BLOCK
    if query.correlation_id is not None:
        name = keys.CORRELATION_INDEX
        return _Source(name, "correlationBucket", query.correlation_id), size
    if query.status in {REJECTED, *ENDED_BADLY}:
        return _Source(keys.STATUS_INDEX, "statusBucket", query.status), size
    if query.job_name is not None:
        if query.status is None:
            size = query.limit
        return _Source(keys.JOB_NAME_INDEX, "nameBucket", query.job_name), size
    return _Source(keys.TENANT_INDEX, "tenantBucket"), size


def _range(query: JobQuery, source: _Source, last: str | None) -> IndexRange:
    bounds = [last, to_text(query.until_at) if query.until_at else None]
    return IndexRange(
        index=source.index,
        partition=source.partition,
        shards=keys.list_buckets(query.tenant, source.owner),
        sort=_LISTED_AT,
        # `2026-…Z` sorts below `2026-…Z#<id>`: from `since_at` on, before `until_at`.
        lowest=to_text(query.since_at) if query.since_at else None,
        highest=min(filter(None, bounds), default=None),
        is_descending=True,
    )


def _records(
    client: DynamoDBClient, table_name: str, entries: list[Item]
) -> dict[tuple[str, str], Job | StoredRejection]:
    wanted = [{"pk": entry["pk"], "sk": entry["sk"]} for entry in entries]
    found = items_of(client, table_name, wanted)
    return {key: _record(key[0], item) for key, item in found.items()}


def _key(entry: Item) -> tuple[str, str]:
    return read_text(entry["pk"]), read_text(entry["sk"])


def _record(pk: str, item: Item) -> Job | StoredRejection:
    if pk.startswith(keys.REJECTION_PREFIX):
        return rejection_from_item(item)
    return from_item(item)
