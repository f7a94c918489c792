"""Lists of a tenant's records, newest first, a page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.aws import table_keys as keys
from headrace.aws.job_item import from_item
from headrace.aws.rejection_item import rejection_from_item
from headrace.aws.table_queries import IndexRange, first_entries, items_of
from headrace.aws.wire_values import Item, read_text
from headrace.instants import to_text
from headrace.jobs.list_cursor import read_cursor, to_cursor
from headrace.ports import JobPage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from headrace.jobs.job import Job
    from headrace.ports import JobQuery, StoredRejection, Workers

_LISTED_AT = "listedAt"


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
    wanted = _range(query, last)
    if wanted.is_empty:
        return JobPage(entries=[], cursor=None)
    # One for the entry that the cursor names, and one to know whether more follow.
    entries = first_entries(
        client, table_name, wanted, limit=query.limit + 2, workers=workers
    )
    entries = [entry for entry in entries if read_text(entry[_LISTED_AT]) != last]
    shown, more = entries[: query.limit], entries[query.limit :]
    records = _records(client, table_name, shown)
    cursor = to_cursor(read_text(shown[-1][_LISTED_AT])) if more else None
    return JobPage(entries=records, cursor=cursor)


def _range(query: JobQuery, last: str | None) -> IndexRange:
    by_tenant = query.job_name is None
    bounds = [last, to_text(query.until_at) if query.until_at else None]
    return IndexRange(
        index=keys.TENANT_INDEX if by_tenant else keys.JOB_NAME_INDEX,
        partition="tenantBucket" if by_tenant else "nameBucket",
        shards=keys.list_buckets(query.tenant, query.job_name),
        sort=_LISTED_AT,
        # `2026-…Z` sorts below `2026-…Z#<id>`: from `since_at` on, before `until_at`.
        lowest=to_text(query.since_at) if query.since_at else None,
        highest=min(filter(None, bounds), default=None),
        is_descending=True,
    )


def _records(
    client: DynamoDBClient, table_name: str, entries: list[Item]
) -> list[Job | StoredRejection]:
    wanted = [{"pk": entry["pk"], "sk": entry["sk"]} for entry in entries]
    found = items_of(client, table_name, wanted)
    order = ((read_text(key["pk"]), read_text(key["sk"])) for key in wanted)
    return [_record(*key, found[key]) for key in order if key in found]


def _record(pk: str, _sk: str, item: Item) -> Job | StoredRejection:
    if pk.startswith(keys.REJECTION_PREFIX):
        return rejection_from_item(item)
    return from_item(item)
