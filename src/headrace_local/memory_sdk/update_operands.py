"""What updates set, add and delete: each a function of the item as it was before.

Source: Amazon DynamoDB Developer Guide, "Update expressions".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace_local.memory_sdk.decimal_text import remainder, total
from headrace_local.memory_sdk.expression_tokens import (
    Names,
    Operand,
    Path,
    Tokens,
    Values,
    reader,
)
from headrace_local.memory_sdk.service_errors import Refused, invalid
from headrace_local.memory_sdk.wire_items import ordered_members

if TYPE_CHECKING:
    from headrace_local.memory_sdk.wire_items import Item, Wire

_SETS = frozenset({"SS", "NS", "BS"})
_TYPE_NAMES = {
    "S": "STRING",
    "N": "NUMBER",
    "B": "BINARY",
    "BOOL": "BOOLEAN",
    "NULL": "NULL",
    "M": "MAP",
    "L": "LIST",
    "SS": "STRING_SET",
    "NS": "NUMBER_SET",
    "BS": "BINARY_SET",
}


def sum_of(tokens: Tokens) -> Operand:
    """Read what SET sets: an operand, or a sum or difference of two."""
    left = _term(tokens)
    if not tokens.next_is("+", "-"):
        return left
    operation = total if tokens.sign(("+", "-")) == "+" else remainder
    right = _term(tokens)

    def value(item: Item, names: Names, values: Values) -> Wire:
        one, other = left(item, names, values), right(item, names, values)
        if one is None or other is None or "N" not in one or "N" not in other:
            raise wrong_operand()
        return {"N": operation(one["N"], other["N"])}

    return value


def _term(tokens: Tokens) -> Operand:
    function = tokens.took_function("if_not_exists", "list_append")
    if function is None:
        placeholder = tokens.value()
        if placeholder is not None:
            return lambda _item, _names, values: values[placeholder]
        return _present(reader(tokens.path()))
    if function == "if_not_exists":
        present = reader(tokens.path())
        tokens.take(",")
        other = _term(tokens)
        tokens.take(")")
        return lambda item, names, values: (
            present(item, names, values) or other(item, names, values)
        )
    left = _term(tokens)
    tokens.take(",")
    right = _term(tokens)
    tokens.take(")")
    return _appended(left, right)


def _present(read: Operand) -> Operand:
    def value(item: Item, names: Names, values: Values) -> Wire:
        found = read(item, names, values)
        if found is None:
            raise invalid(
                "The provided expression refers to an attribute that does not exist in"
                " the item"
            )
        return found

    return value


def _appended(left: Operand, right: Operand) -> Operand:
    def value(item: Item, names: Names, values: Values) -> Wire:
        one, other = left(item, names, values), right(item, names, values)
        if one is None or other is None or "L" not in one or "L" not in other:
            raise wrong_operand()
        return {"L": [*one["L"], *other["L"]]}

    return value


def adding(path: Path, placeholder: str) -> Operand:
    """Return what adds a number, or members, to what stands at a path."""
    read = reader(path)

    def new(item: Item, names: Names, values: Values) -> Wire:
        standing = read(item, names, values)
        [(kind, content)] = values[placeholder].items()
        if kind != "N" and kind not in _SETS:
            raise _wrong_type("ADD", kind)
        if standing is None:
            return values[placeholder]
        if kind not in standing:
            raise wrong_operand()
        if kind == "N":
            return {"N": total(standing["N"], content)}
        return {kind: ordered_members(kind, {*standing[kind], *content})}

    return new


def deleting(path: Path, placeholder: str) -> Operand:
    """Return what takes members from what stands at a path."""
    read = reader(path)

    def new(item: Item, names: Names, values: Values) -> Wire | None:
        standing = read(item, names, values)
        [(kind, content)] = values[placeholder].items()
        if kind not in _SETS:
            raise _wrong_type("DELETE", kind)
        if standing is None:
            return None
        if kind not in standing:
            raise wrong_operand()
        left: Any = [each for each in standing[kind] if each not in content]
        return {kind: left} if left else None

    return new


def wrong_operand() -> Refused:
    """Return the refusal of an operand of the wrong type, met in the item."""
    return invalid("An operand in the update expression has an incorrect data type")


def _wrong_type(operator: str, kind: str) -> Refused:
    return invalid(
        "Invalid UpdateExpression: Incorrect operand type for operator or function;"
        f" operator: {operator}, operand type: {_TYPE_NAMES[kind]}"
    )
