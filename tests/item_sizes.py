"""What DynamoDB counts as an item's size, and charges for a write.

Source: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats" and "Write
request units"; indexes: "Write capacity considerations for global secondary indexes".
"""

from __future__ import annotations

from expanded_template import source

BYTES_OF_A_UNIT = 1024


def item_bytes(item) -> int:
    """Names and values together."""
    return sum(len(name.encode()) + _value_bytes(item[name]) for name in item)


def write_units(before, after) -> int:
    """The write of an item over what stood there, with all index entries.

    `before` is None for a new item. Indexes project keys only: an entry costs one
    unit to put and one to delete, and changed keys cost both.
    """
    sizes = [item_bytes(item) for item in (before, after) if item is not None]
    units = -(-max(sizes) // BYTES_OF_A_UNIT)
    for keys in _index_keys():
        old, new = _entry(before, keys), _entry(after, keys)
        if old != new:
            units += (old is not None) + (new is not None)
    return units


def _index_keys():
    properties = source()["Resources"]["JobTable"]["Properties"]
    indexes = properties["GlobalSecondaryIndexes"]
    assert all(
        each["Projection"] == {"ProjectionType": "KEYS_ONLY"} for each in indexes
    )
    return [[key["AttributeName"] for key in each["KeySchema"]] for each in indexes]


def _entry(item, keys):
    if item is None or any(key not in item for key in keys):
        return None
    return [item[key] for key in keys]


def _value_bytes(value) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return (len(content.strip("-").rstrip("0")) + 1) // 2 + 1
        case "B":
            return len(content)
        case "BOOL":
            return 1
        case "L":
            return 3 + sum(1 + _value_bytes(each) for each in content)
        case "M":
            pairs = content.items()
            return 3 + sum(1 + len(k.encode()) + _value_bytes(v) for k, v in pairs)
    raise AssertionError(kind)
