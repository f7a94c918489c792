"""A table's keys and indexes, as CreateTable is told and DescribeTable tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headrace_local.memory_sdk.service_errors import invalid
from headrace_local.memory_sdk.wire_items import (
    Item,
    Wire,
    comparable,
    size_of_text,
    stored_item,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace_local.memory_sdk.decimal_text import Number

HASH_BYTES_MAX = 2_048
RANGE_BYTES_MAX = 1_024
"""Developer Guide, "Quotas": lengths of partition and sort keys."""

type Part = str | Number | bytes
type RowKey = tuple[Part, ...]
"""The contents of an item's key attributes, in the key's order."""

_SHORT = RANGE_BYTES_MAX // 4  # characters; UTF-8 takes at most 4 bytes for one

_TEXT_KINDS = frozenset({("S",), ("S", "S")})

_NOT_THE_SCHEMA = "The provided key element does not match the schema"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySchema:
    """The key of a table or an index.

    Attributes:
        names: Its attributes: the partition's, then the sort key's if there is one.
        kinds: Their types: S, N or B.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]

    @property
    def hash_name(self) -> str:
        """The partition key's attribute."""
        return self.names[0]

    @property
    def range_name(self) -> str | None:
        """The sort key's attribute, if there is one."""
        return self.names[1] if len(self.names) > 1 else None

    def of_key(self, key: Mapping[str, Wire]) -> RowKey:
        """Return the row that a `Key` names.

        Raises:
            Refused: It is no key of this table.
        """
        usual = self._usual(key)
        if usual is not None:
            return usual
        if len(key) != len(self.names):
            raise invalid(_NOT_THE_SCHEMA)
        key = stored_item(key)
        row = []
        for name, kind in zip(self.names, self.kinds, strict=True):
            value = key.get(name)
            if value is None or kind not in value:
                raise invalid(_NOT_THE_SCHEMA)
            row.append(comparable(value))
        return self._checked(row)

    def _usual(self, key: Mapping[str, Wire]) -> RowKey | None:
        """Return the row where every part is a short text, which most are."""
        if len(key) != len(self.names):
            return None
        row = []
        for name in self.names:
            value = key.get(name)
            text = None if value is None or len(value) != 1 else value.get("S")
            if text.__class__ is not str or not 0 < len(text) <= _SHORT:
                return None
            row.append(text)
        return tuple(row) if self.kinds in _TEXT_KINDS else None

    def of_item(self, item: Item) -> RowKey:
        """Return the row that a whole item belongs to.

        Raises:
            Refused: A key attribute is missing or of another type.
        """
        row = []
        for name, kind in zip(self.names, self.kinds, strict=True):
            value = item.get(name)
            if value is None:
                raise invalid(
                    "One or more parameter values were invalid: Missing the key"
                    f" {name} in the item"
                )
            if kind not in value:
                raise invalid(
                    "One or more parameter values were invalid: Type mismatch for key"
                    f" {name} expected: {kind} actual: {next(iter(value))}"
                )
            row.append(comparable(value))
        return self._checked(row)

    def _checked(self, row: list[Part]) -> RowKey:
        for name, content in zip(self.names, row, strict=True):
            if not content and content != 0:
                raise invalid(
                    "One or more parameter values are not valid. The AttributeValue"
                    " for a key attribute cannot contain an empty string value. Key:"
                    f" {name}"
                )
        if _bytes(row[0]) > HASH_BYTES_MAX:
            raise invalid(
                "One or more parameter values were invalid: Size of hashkey has"
                f" exceeded the maximum size limit of{HASH_BYTES_MAX} bytes"
            )
        if len(row) > 1 and _bytes(row[1]) > RANGE_BYTES_MAX:
            raise invalid(
                "One or more parameter values were invalid: Aggregated size of all"
                f" range keys has exceeded the size limit of {RANGE_BYTES_MAX} bytes"
            )
        return tuple(row)


def _bytes(content: Part) -> int:
    if isinstance(content, str):
        return size_of_text(content)
    return len(content) if isinstance(content, bytes) else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSchema:
    """A global secondary index.

    Attributes:
        keys: The index's own key.
        projected: Every attribute that its entries hold; None is all of them.
    """

    name: str
    keys: KeySchema
    projected: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSchema:
    """A table: its key and its indexes, and the description that AWS gives."""

    name: str
    keys: KeySchema
    indexes: tuple[IndexSchema, ...]
    description: dict[str, Any]


def schema_of(request: Mapping[str, Any]) -> TableSchema:
    """Return the table that a CreateTable asks for.

    Raises:
        Refused: A key attribute is not defined, or a defined one is in no key.
    """
    kinds = {
        each["AttributeName"]: each["AttributeType"]
        for each in request.get("AttributeDefinitions", ())
    }
    keys = _keys(request["KeySchema"], kinds)
    indexes = tuple(
        _index(each, keys, kinds)
        for each in request.get("GlobalSecondaryIndexes") or ()
    )
    used = {
        name for schema in (keys, *(i.keys for i in indexes)) for name in schema.names
    }
    if used != kinds.keys():
        raise invalid(
            "One or more parameter values were invalid: Number of attributes in"
            " KeySchema does not exactly match number of attributes defined in"
            " AttributeDefinitions"
        )
    name = request["TableName"]
    return TableSchema(
        name=name,
        keys=keys,
        indexes=indexes,
        description={
            **request,
            "TableStatus": "ACTIVE",
            "TableArn": f"arn:aws:dynamodb:us-east-1:123456789012:table/{name}",
        },
    )


def _index(
    told: Mapping[str, Any], table: KeySchema, kinds: Mapping[str, str]
) -> IndexSchema:
    keys = _keys(told["KeySchema"], kinds)
    projection = told.get("Projection", {})
    projected = None
    if projection.get("ProjectionType", "ALL") != "ALL":
        others = projection.get("NonKeyAttributes") or ()
        projected = tuple(dict.fromkeys((*table.names, *keys.names, *others)))
    return IndexSchema(name=told["IndexName"], keys=keys, projected=projected)


def _keys(told: list[Mapping[str, str]], kinds: Mapping[str, str]) -> KeySchema:
    by_role = {each["KeyType"]: each["AttributeName"] for each in told}
    names = tuple(by_role[role] for role in ("HASH", "RANGE") if role in by_role)
    for name in names:
        if name not in kinds:
            raise invalid(
                "One or more parameter values were invalid: Some index key attributes"
                f" are not defined in AttributeDefinitions. Keys: [{name}]"
            )
    return KeySchema(names=names, kinds=tuple(kinds[name] for name in names))
