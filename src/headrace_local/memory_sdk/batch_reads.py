"""GetItem and BatchGetItem."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace_local.memory_sdk.placeholders import given_names, uses_of
from headrace_local.memory_sdk.projections import Projection, projected, projection_of
from headrace_local.memory_sdk.service_errors import answer, invalid
from headrace_local.memory_sdk.wire_items import Item, Wire, size_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from headrace_local.memory_sdk.memory_table import MemoryTable, Row
    from headrace_local.memory_sdk.table_schema import RowKey

KEYS_MAX = 100
BATCH_BYTES_MAX = 16 * 1_048_576
"""Amazon DynamoDB API Reference, BatchGetItem."""


def item_got(table: MemoryTable, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return GetItem's answer; an item that is not there is left out.

    Raises:
        Refused: The request is wrong.
    """
    row = table.row(_row_key(table, request["Key"]))
    if "ProjectionExpression" not in request and _NAMES not in request:
        return answer() if row is None else answer(Item=row.copied())
    projection, names = _projection(request)
    if row is None:
        return answer()
    return answer(Item=projected(row.item, projection, names))


_NAMES = "ExpressionAttributeNames"


def batch_got(
    wanted: Mapping[str, Mapping[str, Any]],
    table_named: Callable[[str], MemoryTable],
) -> dict[str, Any]:
    """Return BatchGetItem's answer; what is above 16 MB is left for another call.

    Raises:
        Refused: The request is wrong.
    """
    count = sum(len(each["Keys"]) for each in wanted.values())
    if not 0 < count <= KEYS_MAX:
        raise invalid(
            "Too many items requested for the BatchGetItem call"
            if count
            else "1 validation error detected: Value at 'requestItems' failed to"
            " satisfy constraint: Member must have length greater than or equal to 1"
        )
    responses: dict[str, list[Item]] = {}
    left: dict[str, Any] = {}
    size = 0
    for name, request in wanted.items():
        projection, names = _projection(request)
        found = responses.setdefault(name, [])
        for key, row in _rows(table_named(name), request["Keys"]):
            size += 0 if row is None else size_of(row.item)
            if size > BATCH_BYTES_MAX:
                rest = left.setdefault(name, {**request, "Keys": []})
                rest["Keys"].append(key)
            elif row is not None:
                found.append(projected(row.item, projection, names))
    return answer(Responses=responses, UnprocessedKeys=left)


def _rows(
    table: MemoryTable, keys: list[Mapping[str, Wire]]
) -> list[tuple[Mapping[str, Wire], Row | None]]:
    rows = [_row_key(table, key) for key in keys]
    if len(set(rows)) != len(rows):
        raise invalid("Provided list of item keys contains duplicates")
    return [(key, table.row(row)) for key, row in zip(keys, rows, strict=True)]


def _row_key(table: MemoryTable, key: Mapping[str, Wire]) -> RowKey:
    return table.schema.keys.of_key(key)


def _projection(
    request: Mapping[str, Any],
) -> tuple[Projection | None, Mapping[str, str]]:
    text = request.get("ProjectionExpression")
    projection = None if text is None else projection_of(text)
    return projection, given_names(request, uses_of(ProjectionExpression=projection))
