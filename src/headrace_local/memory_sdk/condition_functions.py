"""The functions of conditions, and the order of values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace_local.memory_sdk.decimal_text import number_of
from headrace_local.memory_sdk.expression_tokens import (
    Names,
    Operand,
    Test,
    Tokens,
    Values,
    reader,
)
from headrace_local.memory_sdk.service_errors import invalid
from headrace_local.memory_sdk.wire_items import size_of_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from headrace_local.memory_sdk.wire_items import Item, Wire

    type Reader = Callable[[Tokens], Operand]

_TYPES = frozenset({"S", "SS", "N", "NS", "B", "BS", "BOOL", "NULL", "L", "M"})
_SETS = frozenset({"SS", "NS", "BS"})
TESTS = (
    "attribute_exists",
    "attribute_not_exists",
    "attribute_type",
    "begins_with",
    "contains",
)


def in_order(left: Wire | None, right: Wire | None) -> tuple[Any, Any] | None:
    """Return two values' contents to compare; None where they have no order."""
    if left is None or right is None:
        return None
    [(kind, content)] = left.items()
    if kind not in right:
        return None
    if kind == "N":
        return number_of(content), number_of(right["N"])
    return (content, right[kind]) if kind in {"S", "B"} else None


def function_of(name: str, tokens: Tokens, operand_of: Reader) -> Test:
    """Read the rest of a function that is true or false."""
    if name in {"attribute_exists", "attribute_not_exists"}:
        read = reader(tokens.path())
        tokens.take(")")
        if name == "attribute_exists":
            return lambda item, names, values: read(item, names, values) is not None
        return lambda item, names, values: read(item, names, values) is None
    left = operand_of(tokens)
    tokens.take(",")
    right = operand_of(tokens)
    tokens.take(")")
    decide = {
        "attribute_type": _has_type,
        "begins_with": _begins_with,
        "contains": _contains,
    }[name]
    return lambda item, names, values: decide(
        left(item, names, values), right(item, names, values)
    )


def _has_type(value: Wire | None, kind: Wire | None) -> bool:
    wanted = (kind or {}).get("S")
    if wanted not in _TYPES:
        raise invalid(
            "Invalid ConditionExpression: Invalid attribute type name found; type:"
            f" {wanted}, valid types: {{{','.join(sorted(_TYPES))}}}"
        )
    return value is not None and wanted in value


def _begins_with(value: Wire | None, start: Wire | None) -> bool:
    pair = in_order(value, start)
    return pair is not None and not isinstance(pair[0], int) and _starts(*pair)


def _starts(content: Any, start: Any) -> bool:  # noqa: ANN401 - text or bytes
    return isinstance(content, str | bytes) and content.startswith(start)


def _contains(value: Wire | None, part: Wire | None) -> bool:
    if value is None or part is None:
        return False
    [(kind, content)] = value.items()
    if kind in {"S", "B"}:
        return kind in part and part[kind] in content
    if kind == "L":
        return part in content
    return kind in {"SS", "NS", "BS"} and part.get(kind[0]) in content


def size_of_path(tokens: Tokens) -> Operand:
    """Read the rest of `size`, which is a number."""
    read = reader(tokens.path())
    tokens.take(")")

    def size(item: Item, names: Names, values: Values) -> Wire | None:
        value = read(item, names, values)
        if value is None:
            return None
        [(kind, content)] = value.items()
        if kind == "S":
            return {"N": str(size_of_text(content))}
        return {"N": str(len(content))} if kind in {"B", "L", "M"} | _SETS else None

    return size
