"""Reads that follow an index: a shard at a time, side by side, then merged.

Index reads are never consistent: they name candidates, and the record decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import batched
from typing import TYPE_CHECKING, Any

from headrace.aws.table_errors import busy_told
from headrace.aws.wire_values import Item, read_text, text
from headrace.errors import StoreBusy
from headrace.ports import results

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from headrace.ports import Workers

GET_ITEMS_MAX = 100
"""Amazon DynamoDB API Reference, BatchGetItem: up to 100 items in a call."""

GET_TRIES_MAX = 5
"""BatchGetItem leaves keys out when it meets a limit; each try asks for those left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRange:
    """A range of one index, in all of its shards.

    Attributes:
        index: The index's name.
        partition: Its partition key's attribute.
        shards: Values of that attribute.
        sort: Its sort key's attribute.
        lowest: The first value of the sort key that counts; None where all do.
        highest: The last one, likewise.
        is_descending: Highest first.
    """

    index: str
    partition: str
    shards: Sequence[str]
    sort: str
    lowest: str | None = None
    highest: str | None = None
    is_descending: bool = False

    @property
    def is_empty(self) -> bool:
        """No value lies in the range; DynamoDB refuses to be asked for such."""
        if self.lowest is None or self.highest is None:
            return False
        return self.lowest > self.highest


def first_entries(
    client: DynamoDBClient,
    table_name: str,
    wanted: IndexRange,
    *,
    limit: int,
    workers: Workers,
) -> list[Item]:
    """Return the first entries of a range over all shards, in the sort key's order.

    Raises:
        StoreBusy: DynamoDB did not answer for every shard.
    """
    steps = [
        partial(_shard_entries, client, table_name, wanted, shard, limit)
        for shard in wanted.shards
    ]
    shards = results(workers.run(steps, at_once_max=len(steps)))
    entries = [entry for shard in shards for entry in shard]
    entries.sort(
        key=lambda entry: read_text(entry[wanted.sort]), reverse=wanted.is_descending
    )
    return entries[:limit]


def _shard_entries(
    client: DynamoDBClient,
    table_name: str,
    wanted: IndexRange,
    shard: str,
    limit: int,
) -> list[Item]:
    request = _request(table_name, wanted, shard)
    entries: list[Item] = []
    while len(entries) < limit:
        with busy_told(f"query {wanted.index} {shard}"):
            page: Any = client.query(**request, Limit=limit - len(entries))
        entries += page["Items"]
        if "LastEvaluatedKey" not in page:
            break
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    return entries


_BOUNDS = {
    (False, False): "",
    (True, False): "#sort >= :lowest",
    (False, True): "#sort <= :highest",
    (True, True): "#sort BETWEEN :lowest AND :highest",
}


def _request(table_name: str, wanted: IndexRange, shard: str) -> dict[str, Any]:
    condition = "#partition = :shard"
    names = {"#partition": wanted.partition}
    values = {":shard": text(shard)}
    bounds = _BOUNDS[wanted.lowest is not None, wanted.highest is not None]
    if bounds:
        condition = f"{condition} AND {bounds}"
        names["#sort"] = wanted.sort
    if wanted.lowest is not None:
        values[":lowest"] = text(wanted.lowest)
    if wanted.highest is not None:
        values[":highest"] = text(wanted.highest)
    return {
        "TableName": table_name,
        "IndexName": wanted.index,
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
        "ScanIndexForward": not wanted.is_descending,
    }


def items_of(
    client: DynamoDBClient, table_name: str, keys: Iterable[Item]
) -> dict[tuple[str, str], Item]:
    """Return items by partition and sort key, as they are now; absent ones are not.

    Consistent reads: an entry of an index may be newer than a lagging replica.

    Raises:
        StoreBusy: DynamoDB did not answer for every key.
    """
    found: dict[tuple[str, str], Item] = {}
    for chunk in batched(keys, GET_ITEMS_MAX, strict=False):
        left: list[Item] = list(chunk)
        for _ in range(GET_TRIES_MAX):
            request: Any = {table_name: {"Keys": left, "ConsistentRead": True}}
            with busy_told(f"get {len(left)} items"):
                answer: Any = client.batch_get_item(RequestItems=request)
            for item in answer["Responses"].get(table_name, []):
                found[read_text(item["pk"]), read_text(item["sk"])] = item
            left = answer.get("UnprocessedKeys", {}).get(table_name, {}).get("Keys", [])
            if not left:
                break
        else:
            raise StoreBusy(f"get items: {len(left)} were left unprocessed")
    return found
