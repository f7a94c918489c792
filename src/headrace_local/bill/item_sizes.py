"""What DynamoDB counts as an item's size, and charges for reading and writing it.

Source: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats" and "DynamoDB
on-demand capacity mode"; indexes: "Write capacity considerations for global secondary
indexes".
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

BYTES_OF_A_WRITE_UNIT = 1024
BYTES_OF_A_READ_UNIT = 4096

type Item = Mapping[str, Mapping[str, Any]]
"""An item as the wire has it: attribute name -> {type: content}."""


def item_bytes(item: Item) -> int:
    """Return the bytes of names and values together."""
    return sum(len(name.encode()) + _value_bytes(item[name]) for name in item)


def write_units(
    before: Item | None, after: Item | None, *, index_keys: Sequence[Sequence[str]]
) -> int:
    """Return what a write costs with all index entries that it touches.

    Args:
        before: What stood there; None for a new item.
        after: What stands there now; None for a deleted one.
        index_keys: The key attributes of each index. Indexes project keys only: an
            entry costs one unit to put and one to delete, and changed keys cost both.
    """
    sizes = [item_bytes(item) for item in (before, after) if item is not None]
    units = max(1, ceil(max(sizes) / BYTES_OF_A_WRITE_UNIT))
    for keys in index_keys:
        old, new = _entry(before, keys), _entry(after, keys)
        if old != new:
            units += (old is not None) + (new is not None)
    return units


def read_units(size: int, *, is_consistent: bool) -> float:
    """Return what reading so many bytes at once costs; nothing found costs, too."""
    units = max(1, ceil(size / BYTES_OF_A_READ_UNIT))
    return units if is_consistent else units / 2


def index_keys_of(table: Mapping[str, Any]) -> list[list[str]]:
    """Return the key attributes of each index, as `write_units` wants them.

    Args:
        table: A table as DescribeTable or a template has it.

    Raises:
        ValueError: An index projects more than keys: its writes cost more.
    """
    indexes = table.get("GlobalSecondaryIndexes", ())
    for index in indexes:
        if index["Projection"] != {"ProjectionType": "KEYS_ONLY"}:
            name, projection = index["IndexName"], index["Projection"]
            raise ValueError(f"{name} projects {projection}, and not keys only")
    return [[key["AttributeName"] for key in each["KeySchema"]] for each in indexes]


def _entry(item: Item | None, keys: Sequence[str]) -> list[Mapping[str, Any]] | None:
    if item is None or any(key not in item for key in keys):
        return None
    return [item[key] for key in keys]


def _value_bytes(value: Mapping[str, Any]) -> int:  # noqa: PLR0911 - one for each type
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return (len(content.strip("-").rstrip("0")) + 1) // 2 + 1
        case "B":
            # Bytes in Python, base64 on the wire.
            return len(b64decode(content) if isinstance(content, str) else content)
        case "BOOL" | "NULL":
            return 1
        case "SS":
            return sum(len(each.encode()) for each in content)
        case "L":
            return 3 + sum(1 + _value_bytes(each) for each in content)
        case "M":
            pairs = content.items()
            return 3 + sum(1 + len(k.encode()) + _value_bytes(v) for k, v in pairs)
    raise ValueError(f"a value of the type {kind}")
