"""Key conditions: one partition, and a range of its sort key.

Source: Amazon DynamoDB Developer Guide, "Key condition expressions for the Query
operation".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from operator import eq, ge, gt, le, lt
from typing import TYPE_CHECKING, Any

from headrace_local.memory_sdk.conditions import wrong_bounds
from headrace_local.memory_sdk.expression_tokens import Names, Tokens, Values
from headrace_local.memory_sdk.service_errors import invalid
from headrace_local.memory_sdk.table_index import EVERYWHERE, Span
from headrace_local.memory_sdk.wire_items import comparable

if TYPE_CHECKING:
    from collections.abc import Callable

    from headrace_local.memory_sdk.table_schema import KeySchema, Part

_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "=": eq,
    "<=": le,
    ">=": ge,
    "<": lt,
    ">": gt,
}
_TERMS_MAX = 2
_NOT_SUPPORTED = "Query key condition not supported"


@dataclass(frozen=True, slots=True)
class _Term:
    """One comparison: an attribute as written, a sign, and its values."""

    attribute: str
    sign: str
    operands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeyCondition:
    """A key condition, and which placeholders it uses."""

    terms: tuple[_Term, ...]
    names: frozenset[str]
    values: frozenset[str]

    def bound(
        self, schema: KeySchema, names: Names, values: Values
    ) -> tuple[Part, Span]:
        """Return the partition, and which places in it fit.

        Raises:
            Refused: It does not fit the key, or its values have other types.
        """
        by_name = {names.get(t.attribute, t.attribute): t for t in self.terms}
        if len(by_name) != len(self.terms):
            raise invalid(
                "KeyConditionExpressions must only contain one condition per key"
            )
        partition = by_name.pop(schema.hash_name, None)
        if partition is None:
            raise _missed(schema.hash_name)
        if partition.sign != "=":
            raise invalid(_NOT_SUPPORTED)
        [hashed] = _contents(partition, schema.kinds[0], schema.hash_name, values)
        if not by_name:
            return hashed, EVERYWHERE
        if schema.range_name is None or schema.range_name not in by_name:
            raise _missed(schema.range_name or schema.hash_name)
        term = by_name[schema.range_name]
        contents = _contents(term, schema.kinds[1], schema.range_name, values)
        return hashed, _fitting(term, contents, values)


def _fitting(term: _Term, contents: list[Any], values: Values) -> Span:
    first = contents[0]
    if term.sign == "begins_with":
        if not isinstance(first, str | bytes):
            raise invalid(
                "Invalid KeyConditionExpression: Incorrect operand type for operator or"
                " function; operator or function: begins_with, operand type: N"
            )
        return Span(first, None, lambda place: place[0].startswith(first))  # type: ignore[union-attr,arg-type] # of its type
    if term.sign == "BETWEEN":
        low, high = contents
        if low > high:
            shown = [values[operand] for operand in term.operands]
            raise wrong_bounds("KeyConditionExpression", *shown)
        return Span(low, high)
    order = _SIGNS[term.sign]
    return Span(
        first if term.sign in {"=", ">", ">="} else None,
        first if term.sign in {"=", "<", "<="} else None,
        lambda place: order(place[0], first),
    )


def _contents(term: _Term, kind: str, name: str, values: Values) -> list[Any]:
    contents = []
    for operand in term.operands:
        value = values[operand]
        if kind not in value:
            raise invalid(
                "One or more parameter values were invalid: Condition parameter type"
                " does not match schema type"
            )
        content = comparable(value)
        if content in {"", b""}:
            raise invalid(
                "One or more parameter values are not valid. The AttributeValue for a"
                f" key attribute cannot contain an empty string value. Key: {name}"
            )
        contents.append(content)
    return contents


def _missed(name: str) -> Exception:
    return invalid(f"Query condition missed key schema element: {name}")


@lru_cache(maxsize=1_024)
def key_condition_of(text: str) -> KeyCondition:
    """Return the key condition that an expression says, parsed at most once.

    Raises:
        Refused: It is none.
    """
    tokens = Tokens(text, "KeyConditionExpression")
    terms = _terms(tokens)
    tokens.finish()
    if len(terms) > _TERMS_MAX:
        raise invalid("Conditions can be of length 1 or 2 only")
    return KeyCondition(tuple(terms), frozenset(tokens.names), frozenset(tokens.values))


def _terms(tokens: Tokens) -> list[_Term]:
    terms = _group(tokens)
    while tokens.took("AND"):
        terms += _group(tokens)
    if tokens.next_is("OR", "NOT", "IN", "<>"):
        raise tokens.refused("Invalid operator used in KeyConditionExpression")
    return terms


def _group(tokens: Tokens) -> list[_Term]:
    if tokens.took("("):
        terms = _terms(tokens)
        tokens.take(")")
        return terms
    if tokens.took_function("begins_with"):
        attribute = _attribute(tokens)
        tokens.take(",")
        term = _Term(attribute, "begins_with", (_value(tokens),))
        tokens.take(")")
        return [term]
    attribute = _attribute(tokens)
    if tokens.took("BETWEEN"):
        low = _value(tokens)
        tokens.take("AND")
        return [_Term(attribute, "BETWEEN", (low, _value(tokens)))]
    if tokens.next_is("<>", "IN"):
        raise tokens.refused("Invalid operator used in KeyConditionExpression")
    return [_Term(attribute, tokens.sign(tuple(_SIGNS)), (_value(tokens),))]


def _attribute(tokens: Tokens) -> str:
    path = tokens.path()
    if len(path) > 1:
        raise tokens.refused(
            "KeyConditionExpressions cannot have conditions on nested attributes"
        )
    return str(path[0])


def _value(tokens: Tokens) -> str:
    placeholder = tokens.value()
    if placeholder is None:
        raise tokens.syntax()
    return placeholder
