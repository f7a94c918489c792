"""DynamoDB's wire values, as the botocore client takes and gives them.

Only the types that our items have. boto3's serializer is left out on purpose: it
turns numbers into Decimal, and its import costs every cold start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

type WireValue = dict[str, Any]
type Item = dict[str, WireValue]
"""One item, or one map inside an item: attribute name to wire value."""


def text(value: str) -> WireValue:
    """Return a string attribute."""
    return {"S": value}


def number(value: int) -> WireValue:
    """Return a number attribute; ours are all integers."""
    return {"N": str(int(value))}


def flag(value: bool) -> WireValue:  # noqa: FBT001 - a codec's one argument
    """Return a boolean attribute."""
    return {"BOOL": value}


def binary(value: bytes) -> WireValue:
    """Return a binary attribute."""
    return {"B": value}


def listed(values: Iterable[WireValue]) -> WireValue:
    """Return a list attribute."""
    return {"L": list(values)}


def mapped(item: Item) -> WireValue:
    """Return a map attribute."""
    return {"M": item}


def text_set(values: Iterable[str]) -> WireValue:
    """Return a string-set attribute; DynamoDB refuses an empty one."""
    return {"SS": sorted(values)}


def read_text(value: Mapping[str, Any]) -> str:
    """Return a string attribute's value.

    Raises:
        KeyError: The attribute has another type.
    """
    return str(value["S"])


def read_number(value: Mapping[str, Any]) -> int:
    """Return an integer attribute's value.

    Raises:
        KeyError: The attribute has another type.
    """
    return int(value["N"])


def read_flag(value: Mapping[str, Any]) -> bool:
    """Return a boolean attribute's value.

    Raises:
        KeyError: The attribute has another type.
    """
    return bool(value["BOOL"])
