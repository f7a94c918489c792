"""Query and Scan: which entries of a table or an index, a page at a time.

Source: Amazon DynamoDB API Reference, Query and Scan; Developer Guide, "Paginating
table query results".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from headrace_local.memory_sdk.conditions import ALWAYS, Condition, condition_of
from headrace_local.memory_sdk.key_conditions import key_condition_of
from headrace_local.memory_sdk.placeholders import (
    Uses,
    given_names,
    given_values,
    uses_of,
)
from headrace_local.memory_sdk.projections import Projection, projected, projection_of
from headrace_local.memory_sdk.service_errors import answer, invalid
from headrace_local.memory_sdk.wire_items import copied, size_of, stored_item

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from headrace_local.memory_sdk.expression_tokens import Names, Values
    from headrace_local.memory_sdk.key_conditions import KeyCondition
    from headrace_local.memory_sdk.memory_table import MemoryTable
    from headrace_local.memory_sdk.table_index import Entry
    from headrace_local.memory_sdk.table_schema import KeySchema, RowKey
    from headrace_local.memory_sdk.wire_items import Item

PAGE_BYTES_MAX = 1_048_576
"""Developer Guide, "Paginating table query results": 1 MB, before the filter."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A Query or Scan, parsed."""

    keys: KeyCondition | None
    filtering: Condition
    projection: Projection | None
    uses: Uses


@lru_cache(maxsize=1_024)
def _parsed(keys: str | None, filtering: str | None, projection: str | None) -> _Read:
    key_condition = None if keys is None else key_condition_of(keys)
    condition = (
        None if filtering is None else condition_of(filtering, "FilterExpression")
    )
    wanted = None if projection is None else projection_of(projection)
    uses = uses_of(
        KeyConditionExpression=key_condition,
        FilterExpression=condition,
        ProjectionExpression=wanted,
    )
    return _Read(key_condition, condition or ALWAYS, wanted, uses)


def queried(table: MemoryTable, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer of a Query.

    Raises:
        Refused: The request is wrong.
    """
    read, names, values = _read(request)
    if read.keys is None:
        raise invalid(
            "Either the KeyConditions or KeyConditionExpression parameter must be"
            " specified in the request."
        )
    index_name = request.get("IndexName")
    schema = _schema(table, index_name, request)
    for attribute in read.filtering.attributes:
        if names.get(attribute, attribute) in schema.names:
            raise invalid(
                "Filter Expression can only contain non-primary key attributes:"
                f" Primary key attribute: {names.get(attribute, attribute)}"
            )
    partition, span = read.keys.bound(schema, names, values)
    start = _start(table, index_name, schema, request)
    is_forward = request.get("ScanIndexForward", True)
    entries = table.walk(
        index_name,
        partition,
        span,
        after=None if start is None else start[1],
        is_forward=is_forward,
    )
    return _page(table, schema, entries, request, (read, names, values))


def scanned(table: MemoryTable, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer of a Scan; the order of its partitions means nothing.

    Raises:
        Refused: The request is wrong.
    """
    read = _read(request)
    index_name = request.get("IndexName")
    schema = _schema(table, index_name, request)
    start = _start(table, index_name, schema, request)
    left = (
        entry
        for entry in table.everything(index_name)
        if start is None or (entry.partition, entry.place) > start
    )
    return _page(table, schema, left, request, read)


def _read(request: Mapping[str, Any]) -> tuple[_Read, Names, Values]:
    read = _parsed(
        request.get("KeyConditionExpression"),
        request.get("FilterExpression"),
        request.get("ProjectionExpression"),
    )
    if request.get("Limit", 1) < 1:
        raise invalid(
            f"1 validation error detected: Value '{request['Limit']}' at 'limit' failed"
            " to satisfy constraint: Member must have value greater than or equal to 1"
        )
    return read, given_names(request, read.uses), given_values(request, read.uses)


def _schema(
    table: MemoryTable, index_name: str | None, request: Mapping[str, Any]
) -> KeySchema:
    if index_name is None:
        return table.schema.keys
    index = table.index(index_name).schema
    if request.get("ConsistentRead"):
        raise invalid("Consistent reads are not supported on global secondary indexes")
    if request.get("Select") == "ALL_ATTRIBUTES" and index.projected is not None:
        raise invalid(
            "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is"
            f" not supported for global secondary index {index_name} because its"
            " projection type is not ALL"
        )
    return index.keys


def _start(
    table: MemoryTable,
    index_name: str | None,
    schema: KeySchema,
    request: Mapping[str, Any],
) -> tuple[Any, Any] | None:
    """Return the partition and place behind which a page begins."""
    told = request.get("ExclusiveStartKey")
    if told is None:
        return None
    key = stored_item(told)
    wanted = {*schema.names, *table.schema.keys.names}
    if key.keys() != wanted:
        raise invalid("The provided starting key is invalid")
    own = schema.of_key({name: key[name] for name in schema.names})
    if index_name is None:
        return own[0], own[1:]
    row: RowKey = table.schema.keys.of_key(
        {name: key[name] for name in table.schema.keys.names}
    )
    return own[0], (*own[1:], row)


def _page(
    table: MemoryTable,
    schema: KeySchema,
    entries: Iterable[Entry],
    request: Mapping[str, Any],
    read: tuple[_Read, Names, Values],
) -> dict[str, Any]:
    parsed, names, values = read
    limit = request.get("Limit")
    seen: list[Entry] = []
    size_max = size = 0
    for entry in islice(entries, limit):
        seen.append(entry)
        size_max += entry.size_max
        if size_max > PAGE_BYTES_MAX:
            size = sum(size_of(each.item) for each in seen)
        if size > PAGE_BYTES_MAX:
            break
    items = [
        entry.item
        for entry in seen
        if parsed.filtering is ALWAYS
        or parsed.filtering.holds(entry.item, names, values)
    ]
    page = answer(Count=len(items), ScannedCount=len(seen))
    if request.get("Select") != "COUNT":
        page["Items"] = [projected(item, parsed.projection, names) for item in items]
    # A page that is full names its last key, even where nothing follows: DynamoDB
    # does not look further (Query, "LastEvaluatedKey").
    if seen and (size > PAGE_BYTES_MAX or len(seen) == limit):
        page["LastEvaluatedKey"] = _key(table, schema, seen[-1].item)
    return page


def _key(table: MemoryTable, schema: KeySchema, item: Item) -> Item:
    names = dict.fromkeys((*table.schema.keys.names, *schema.names))
    return copied({name: item[name] for name in names})
