"""One table in memory: its items, its indexes, and who watches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from headrace_local.memory_sdk.service_errors import Refused, invalid
from headrace_local.memory_sdk.table_index import (
    Entry,
    Partitions,
    Place,
    SecondaryIndex,
    Span,
)
from headrace_local.memory_sdk.wire_items import copied, copied_flat, size_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from headrace_local.memory_sdk.table_schema import Part, RowKey, TableSchema
    from headrace_local.memory_sdk.wire_items import Item

    type Lag = Callable[[str, RowKey], float]
    type Listener = Callable[[str, Item | None, Item | None], None]

ITEM_BYTES_MAX = 400 * 1_024
"""Amazon DynamoDB Developer Guide, "Quotas": 400 KB, names included."""


class Row(NamedTuple):
    """An item as it is stored.

    Attributes:
        size_max: Its bytes, or somewhat more: old values of changed attributes count.
        is_flat: It holds no lists, maps or sets.
    """

    item: Item
    size_max: int
    is_flat: bool = True

    def copied(self) -> Item:
        """Return the item as a caller may change it."""
        return copied_flat(self.item) if self.is_flat else copied(self.item)


NO_ROW = Row({}, 0)


class MemoryTable:
    """The items of one table. Nothing here is checked but sizes and index keys."""

    def __init__(
        self, schema: TableSchema, now: Callable[[], datetime], lag: Lag
    ) -> None:
        self.schema = schema
        self._now = now
        self._rows: dict[RowKey, Row] = {}
        self._order = Partitions()
        self._indexes = {
            each.name: SecondaryIndex(each, lag) for each in schema.indexes
        }
        self._index_kinds = {
            name: (kind, index.name)
            for index in schema.indexes
            for name, kind in zip(index.keys.names, index.keys.kinds, strict=True)
        }

        self._index_names = frozenset(self._index_kinds)
        projected = [each.projected for each in schema.indexes]
        self._followed = frozenset(name for names in projected for name in names or ())
        self._has_whole_copies = None in projected

    def row(self, key: RowKey) -> Row | None:
        """Return what is stored under a key."""
        return self._rows.get(key)

    def items(self) -> list[Item]:
        """Return every item as it is stored, in no order; they must not be changed."""
        return [row.item for row in self._rows.values()]

    def check(self, row: Row, touched: Iterable[str], *, is_update: bool) -> None:
        """Refuse an item that is too large, or that no index can take.

        Raises:
            Refused: Why.
        """
        if row.size_max > ITEM_BYTES_MAX and size_of(row.item) > ITEM_BYTES_MAX:
            raise invalid(
                "Item size to update has exceeded the maximum allowed size"
                if is_update
                else "Item size has exceeded the maximum allowed size"
            )
        kinds = self._index_kinds
        if self._index_names.isdisjoint(touched):
            return
        for name in touched:
            if name in kinds and name in row.item:
                kind, index = kinds[name]
                _check_index_key(row.item, name, kind, index, is_update=is_update)

    def write(
        self, key: RowKey, row: Row | None, touched: frozenset[str] | None = None
    ) -> None:
        """Store an item, or remove it; the indexes follow.

        Args:
            key: The item's row.
            row: None removes the item.
            touched: The only attributes that may differ; None is all.
        """
        standing = self._rows.get(key)
        if row is None:
            if standing is None:
                return
            del self._rows[key]
            self._order.remove(key[0], key[1:])
        else:
            self._rows[key] = row
            if standing is None:
                self._order.add(key[0], key[1:])
        if (
            standing is not None
            and touched is not None
            and not self._has_whole_copies
            and self._followed.isdisjoint(touched)
        ):
            return
        item = None if row is None else row.item
        for index in self._indexes.values():
            index.follow(key, item, self._now)

    def walk(
        self,
        index_name: str | None,
        partition: Part,
        span: Span,
        *,
        after: Place | None,
        is_forward: bool,
    ) -> Iterator[Entry]:
        """Give a partition's entries within a span, from behind a place on.

        Raises:
            Refused: There is no such index.
        """
        if index_name is not None:
            index = self.index(index_name)
            index.settle(self._now)
            return index.walk(partition, span, after=after, is_forward=is_forward)
        places = self._order.walk(partition, span, after=after, is_forward=is_forward)
        return (self._entry(partition, place) for place in places)

    def everything(self, index_name: str | None) -> Iterator[Entry]:
        """Give every entry of the table or of an index, in a repeatable order.

        Raises:
            Refused: There is no such index.
        """
        if index_name is not None:
            index = self.index(index_name)
            index.settle(self._now)
            return index.everything()
        return (self._entry(*where) for where in self._order.everywhere())

    def _entry(self, partition: Part, place: Place) -> Entry:
        key: Any = partition, *place
        row = self._rows[key]
        return Entry(partition, place, row.item, row.size_max)

    def index(self, name: str) -> SecondaryIndex:
        """Return an index.

        Raises:
            Refused: There is no such index.
        """
        if name not in self._indexes:
            raise invalid(f"The table does not have the specified index: {name}")
        return self._indexes[name]


def _check_index_key(
    item: Item, name: str, kind: str, index: str, *, is_update: bool
) -> None:
    actual = next(iter(item[name]))
    if actual != kind:
        raise _index_refusal(name, kind, actual, index, is_update=is_update)
    if not item[name][kind]:
        said = (
            "The update expression attempted to update a secondary index key to a value"
            " that is not supported. The AttributeValue for a key attribute cannot"
            " contain an empty string value."
            if is_update
            else "A value specified for a secondary index key is not supported. The"
            " AttributeValue for a key attribute cannot contain an empty string value."
            f" IndexName: {index}, IndexKey: {name}"
        )
        raise invalid(f"One or more parameter values are not valid. {said}")


def _index_refusal(
    name: str, kind: str, actual: str, index: str, *, is_update: bool
) -> Refused:
    if is_update:
        return invalid(
            "The update expression attempted to update the secondary index key to"
            " unsupported type"
        )
    return invalid(
        "One or more parameter values were invalid: Type mismatch for Index Key"
        f" {name} Expected: {kind} Actual: {actual} IndexName: {index}"
    )
