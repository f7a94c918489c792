"""Amazon DynamoDB in memory, called like boto3's low-level client.

It answers, refuses and orders as DynamoDB does, and never fails by chance: whoever
wants faults wraps it. What nobody here asks for is left out: capacity figures, local
indexes, PartiQL, streams, the time to live.
"""

from __future__ import annotations

from copy import deepcopy
from threading import RLock
from typing import TYPE_CHECKING, Any

from headrace_local.memory_sdk.batch_reads import batch_got, item_got
from headrace_local.memory_sdk.calls import api_call
from headrace_local.memory_sdk.memory_table import MemoryTable
from headrace_local.memory_sdk.queries import queried, scanned
from headrace_local.memory_sdk.return_values import check_wanted, returned
from headrace_local.memory_sdk.service_errors import Refused, answer
from headrace_local.memory_sdk.table_schema import schema_of
from headrace_local.memory_sdk.transactions import RequestTokens, outcomes, prepared
from headrace_local.memory_sdk.writes import (
    Write,
    a_change,
    a_removal,
    a_replacement,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headrace_local.ecs.clock import Clock
    from headrace_local.memory_sdk.memory_table import Listener, Row
    from headrace_local.memory_sdk.table_schema import RowKey
    from headrace_local.memory_sdk.wire_items import Item

_READ = "ProjectionExpression ExpressionAttributeNames ConsistentRead"
_WRITE = (
    "ConditionExpression ExpressionAttributeNames ExpressionAttributeValues"
    " ReturnValues ReturnValuesOnConditionCheckFailure"
)
_PAGE = (
    "IndexName FilterExpression ProjectionExpression ExpressionAttributeNames"
    " ExpressionAttributeValues ConsistentRead Limit ExclusiveStartKey Select"
)
_TABLE = (
    "BillingMode GlobalSecondaryIndexes ProvisionedThroughput StreamSpecification"
    " SSESpecification Tags DeletionProtectionEnabled"
)


def _no_lag(_index: str, _key: RowKey) -> float:
    return 0.0


class MemoryDynamoDb:
    """Tables in memory. Threads may share it; its calls are made one at a time.

    Args:
        clock: Says when an index shows a change, and when a request token is too old.
        index_lag_seconds: Asked at each change of an index's entry, with the index's
            name and the contents of the table's key: in how many seconds the index
            shows it. One item's changes are shown in their order.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        index_lag_seconds: Callable[[str, RowKey], float] = _no_lag,
    ) -> None:
        self._clock = clock
        self._lag = index_lag_seconds
        self._tables: dict[str, MemoryTable] = {}
        self._tokens = RequestTokens()
        self._listeners: list[Listener] = []
        self._lock = RLock()

    def observe(self, listener: Listener) -> None:
        """Tell of every write that changes an item: table, item before, item after.

        None is no item. The items are the stored ones: they never change, and whoever
        is told must not change them. As a stream, this tells nothing of a write that
        leaves the item as it was.
        """
        self._listeners.append(listener)

    def items(self, table_name: str) -> Sequence[Item]:
        """Return every item of a table as it is stored; they must not be changed.

        Raises:
            KeyError: There is no such table.
        """
        with self._lock:
            return self._tables[table_name].items()

    @api_call("CreateTable", "TableName KeySchema AttributeDefinitions", _TABLE)
    def create_table(self, request: dict[str, Any]) -> dict[str, Any]:
        """Create a table; it is active at once."""
        schema = schema_of(request)
        if schema.name in self._tables:
            raise Refused(
                "ResourceInUseException", f"Table already exists: {schema.name}"
            )
        self._tables[schema.name] = MemoryTable(schema, self._clock.now, self._lag)
        return answer(TableDescription=deepcopy(schema.description))

    @api_call("DescribeTable", "TableName")
    def describe_table(self, request: dict[str, Any]) -> dict[str, Any]:
        """Describe a table."""
        schema = self._table(request["TableName"]).schema
        return answer(Table=deepcopy(schema.description))

    @api_call("GetItem", "TableName Key", _READ)
    def get_item(self, request: dict[str, Any]) -> dict[str, Any]:
        """Read an item; every read is consistent."""
        return item_got(self._table(request["TableName"]), request)

    @api_call("BatchGetItem", "RequestItems")
    def batch_get_item(self, request: dict[str, Any]) -> dict[str, Any]:
        """Read up to 100 items, of up to 16 MB."""
        return batch_got(request["RequestItems"], self._table)

    @api_call("PutItem", "TableName Item", _WRITE)
    def put_item(self, request: dict[str, Any]) -> dict[str, Any]:
        """Store a whole item."""
        check_wanted(request, "NONE", "ALL_OLD")
        return self._written(
            a_replacement(self._table(request["TableName"]), request), request
        )

    @api_call("UpdateItem", "TableName Key", f"UpdateExpression {_WRITE}")
    def update_item(self, request: dict[str, Any]) -> dict[str, Any]:
        """Change an item's attributes; an item that is not there is made."""
        check_wanted(
            request, "NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"
        )
        return self._written(
            a_change(self._table(request["TableName"]), request), request
        )

    @api_call("DeleteItem", "TableName Key", _WRITE)
    def delete_item(self, request: dict[str, Any]) -> dict[str, Any]:
        """Remove an item; one that is not there is no error."""
        check_wanted(request, "NONE", "ALL_OLD")
        return self._written(
            a_removal(self._table(request["TableName"]), request), request
        )

    @api_call("TransactWriteItems", "TransactItems", "ClientRequestToken")
    def transact_write_items(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do up to 100 writes, or none of them."""
        actions = request["TransactItems"]
        token = request.get("ClientRequestToken")
        now = self._clock.now()
        if token is not None and self._tokens.is_done(token, actions, now):
            return answer()
        writes = prepared(actions, self._table)
        rows = outcomes(writes)
        if token is not None:
            self._tokens.remember(token, actions, now)
        for write, (_, after) in zip(writes, rows, strict=True):
            write.table.write(write.key, after, write.touched)
        for write, (before, after) in zip(writes, rows, strict=True):
            self._tell(write, before, after)
        return answer()

    @api_call("Query", "TableName", f"KeyConditionExpression ScanIndexForward {_PAGE}")
    def query(self, request: dict[str, Any]) -> dict[str, Any]:
        """Read a range of one partition, of the table or of an index."""
        return queried(self._table(request["TableName"]), request)

    @api_call("Scan", "TableName", _PAGE)
    def scan(self, request: dict[str, Any]) -> dict[str, Any]:
        """Read everything, a page at a time."""
        return scanned(self._table(request["TableName"]), request)

    def _table(self, name: str) -> MemoryTable:
        table = self._tables.get(name)
        if table is None:
            raise Refused(
                "ResourceNotFoundException",
                f"Requested resource not found: Table: {name} not found",
            )
        return table

    def _written(self, write: Write, request: dict[str, Any]) -> dict[str, Any]:
        before, after = write.tried()
        write.table.write(write.key, after, write.touched)
        if self._listeners:
            self._tell(write, before, after)
        return returned(request, write, before, after)

    def _tell(self, write: Write, before: Row | None, after: Row | None) -> None:
        old, new = before and before.item, after and after.item
        if old != new:
            for listener in self._listeners:
                listener(write.table.schema.name, old, new)
