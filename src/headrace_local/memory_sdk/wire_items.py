"""Wire values as they are stored: checked, canonical, and never changed afterwards.

What is stored may be shared between versions of an item, because every change makes
new values; what callers give is copied on its way in, and what they get on its way out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace_local.memory_sdk.decimal_text import Number, canonical, number_of
from headrace_local.memory_sdk.service_errors import invalid, malformed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

type Wire = dict[str, Any]
type Item = dict[str, Wire]

DEPTH_MAX = 32
"""Amazon DynamoDB Developer Guide, "Quotas": nested attribute depth."""

_FLAT = frozenset({"S", "N", "B", "BOOL", "NULL"})
_SETS = {"SS": "string", "NS": "number", "BS": "binary"}
_CONTAINER_BYTES = 3


def stored(value: Wire, depth: int = 1) -> Wire:
    """Return a caller's value as it is stored.

    Raises:
        Refused: DynamoDB would refuse it.
        ParamValidationError: botocore would.
    """
    if len(value) != 1:
        raise invalid(
            "Supplied AttributeValue is empty, must contain exactly one of the"
            " supported datatypes"
            if not value
            else "Supplied AttributeValue has more than one datatypes set, must"
            " contain exactly one of the supported datatypes"
        )
    [(kind, content)] = value.items()
    if kind == "S" and isinstance(content, str):
        return {"S": content if content.__class__ is str else str(content)}
    if kind == "N" and isinstance(content, str):
        return {"N": canonical(content)}
    if kind == "BOOL" and isinstance(content, bool):
        return {"BOOL": content}
    if kind == "B" and isinstance(content, bytes | bytearray):
        return {"B": bytes(content)}
    return _stored_container(kind, content, depth)


def stored_item(item: Mapping[str, Wire]) -> Item:
    """Return a caller's item, key or values as they are stored.

    Raises:
        Refused: DynamoDB would refuse one of the values.
        ParamValidationError: botocore would.
    """
    kept: Item = {}
    for name, value in item.items():
        # Most values are one of these two: `stored` says the same, and takes longer.
        text, number = value.get("S"), value.get("N")
        if text.__class__ is str and len(value) == 1:
            kept[name] = {"S": text}
        elif number.__class__ is str and len(value) == 1:
            kept[name] = {"N": canonical(number)}
        else:
            kept[name] = stored(value)
    return kept


def _stored_container(kind: str, content: Any, depth: int) -> Wire:  # noqa: ANN401 - any type
    if depth > DEPTH_MAX:
        raise invalid("Nesting Levels have exceeded supported limits")
    if kind == "M" and isinstance(content, dict):
        return {"M": {name: stored(part, depth + 1) for name, part in content.items()}}
    if kind == "L" and isinstance(content, list | tuple):
        return {"L": [stored(part, depth + 1) for part in content]}
    if kind == "NULL" and isinstance(content, bool):
        if not content:
            raise invalid(
                "One or more parameter values were invalid: Null attribute value types"
                " must have the value of true"
            )
        return {"NULL": True}
    if kind in _SETS and isinstance(content, list | tuple):
        return {kind: _stored_set(kind, content)}
    return malformed(f"Invalid type for parameter {kind}: {type(content).__name__}")


def _stored_set(kind: str, content: list[Any] | tuple[Any, ...]) -> list[Any]:
    if not content:
        raise invalid(
            "One or more parameter values were invalid: An"
            f" {_SETS[kind]} set  may not be empty"
        )
    members = [stored({kind[0]: member})[kind[0]] for member in content]
    if len(set(members)) != len(members):
        raise invalid(
            "One or more parameter values were invalid: Input collection"
            f" [{', '.join(map(str, members))}] contains duplicates."
        )
    return ordered_members(kind, members)


def ordered_members(kind: str, members: Any) -> list[Any]:  # noqa: ANN401 - any iterable
    """Return a set's members in the one order that equal sets share."""
    return sorted(members, key=number_of) if kind == "NS" else sorted(members)


def copied(item: Item) -> Item:
    """Return an item that its caller may change."""
    return {name: copied_value(value) for name, value in item.items()}


def copied_flat(item: Item) -> Item:
    """Return likewise an item that holds no lists, maps or sets."""
    return {name: value.copy() for name, value in item.items()}


def _copied_container(value: Wire) -> Wire:
    [(kind, content)] = value.items()
    if kind == "M":
        return {kind: copied(content)}
    if kind == "L":
        return {kind: [copied_value(part) for part in content]}
    return {kind: content.copy()}


def copied_value(value: Wire) -> Wire:
    """Return a value that its caller may change."""
    return value.copy() if next(iter(value)) in _FLAT else _copied_container(value)


def comparable(value: Wire) -> str | Number | bytes:
    """Return what a string, number or binary value sorts by.

    Python orders text by code point, which is the order of its UTF-8 bytes, as
    DynamoDB's (Developer Guide, "Query": strings are ordered by UTF-8 bytes).
    """
    for kind, content in value.items():
        return number_of(content) if kind == "N" else content
    raise AssertionError  # pragma: no cover - there is one


def measured(item: Item, names: Iterable[str]) -> tuple[int, bool]:
    """Return the bytes of some attributes, and whether none is a list, map or set.

    Source: Developer Guide, "Item sizes and formats".
    """
    size, is_flat = 0, True
    for name in names:
        value = item.get(name)
        if value is None:
            continue
        size += len(name) if name.isascii() else size_of_text(name)
        text = value.get("S")
        if text is not None and text.isascii():
            size += len(text)
        else:
            size += _size(value)
            is_flat = is_flat and next(iter(value)) in _FLAT
    return size, is_flat


def size_of(item: Item) -> int:
    """Return an item's size in bytes."""
    return measured(item, item)[0]


def size_of_text(text: str) -> int:
    """Return a text's bytes in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _size(value: Wire) -> int:
    [(kind, content)] = value.items()
    if kind == "S":
        return size_of_text(content)
    if kind == "N":
        return 1 + (len(content) + 1) // 2
    if kind == "B":
        return len(content)
    return _container_size(kind, content)


def _container_size(kind: str, content: Any) -> int:  # noqa: ANN401 - any type
    if kind == "M":
        return _CONTAINER_BYTES + len(content) + size_of(content)
    if kind == "L":
        return _CONTAINER_BYTES + len(content) + sum(map(_size, content))
    if kind in _SETS:
        return sum(_size({kind[0]: member}) for member in content)
    return 1
