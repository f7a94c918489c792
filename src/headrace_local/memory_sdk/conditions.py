"""Conditions and filters as functions of an item.

Source: Amazon DynamoDB Developer Guide, "Condition and filter expressions, operators,
and functions". What compares values of different types, or a missing one, is false;
`<>`, which asks whether they are equal and says the contrary, is then true.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from operator import ge, gt, le, lt
from typing import TYPE_CHECKING, Any

from headrace_local.memory_sdk.condition_functions import (
    TESTS,
    function_of,
    in_order,
    size_of_path,
)
from headrace_local.memory_sdk.expression_tokens import (
    Names,
    Operand,
    Test,
    Tokens,
    Values,
    reader,
)
from headrace_local.memory_sdk.service_errors import Refused, invalid
from headrace_local.memory_sdk.wire_items import Item, Wire

if TYPE_CHECKING:
    from collections.abc import Callable

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
_COMPARATORS = ("=", "<>", "<=", ">=", "<", ">")
IN_MAX = 100


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition, and which placeholders and attributes it uses, as written."""

    holds: Test
    names: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()


ALWAYS = Condition(lambda _item, _names, _values: True)


@lru_cache(maxsize=4_096)
def condition_of(text: str, parameter: str = "ConditionExpression") -> Condition:
    """Return the condition that an expression says, parsed at most once.

    Raises:
        Refused: It is none.
    """
    tokens = Tokens(text, parameter)
    holds = _either(tokens)
    tokens.finish()
    return Condition(
        holds,
        frozenset(tokens.names),
        frozenset(tokens.values),
        frozenset(tokens.attributes),
    )


def _either(tokens: Tokens) -> Test:
    tests = [_both(tokens)]
    while tokens.took("OR"):
        tests.append(_both(tokens))
    if len(tests) == 1:
        return tests[0]
    return lambda item, names, values: any(t(item, names, values) for t in tests)


def _both(tokens: Tokens) -> Test:
    tests = [_negated(tokens)]
    while tokens.took("AND"):
        tests.append(_negated(tokens))
    if len(tests) == 1:
        return tests[0]

    def holds(item: Item, names: Names, values: Values) -> bool:
        for test in tests:  # noqa: SIM110 - twice as fast as all() here
            if not test(item, names, values):
                return False
        return True

    return holds


def _negated(tokens: Tokens) -> Test:
    if not tokens.took("NOT"):
        return _test(tokens)
    test = _negated(tokens)
    return lambda item, names, values: not test(item, names, values)


def _test(tokens: Tokens) -> Test:
    if tokens.took("("):
        started = tokens.begin_group()
        test = _either(tokens)
        tokens.end_group(started)
        return test
    function = tokens.took_function(*TESTS, "size")
    if function is not None and function != "size":
        return function_of(function, tokens, operand_of)
    return _comparison(size_of_path(tokens) if function else operand_of(tokens), tokens)


def operand_of(tokens: Tokens) -> Operand:
    """Read a value, a path or a size."""
    if tokens.took_function("size"):
        return size_of_path(tokens)
    placeholder = tokens.value()
    if placeholder is not None:
        return lambda _item, _names, values: values[placeholder]
    return reader(tokens.path())


def _comparison(left: Operand, tokens: Tokens) -> Test:
    if tokens.took("BETWEEN"):
        lowest = operand_of(tokens)
        tokens.take("AND")
        return _between(tokens, left, lowest, operand_of(tokens))
    if tokens.took("IN"):
        return _one_of(left, tokens)
    sign = tokens.sign(_COMPARATORS)
    right = operand_of(tokens)
    if sign == "=":
        return _equal(left, right)
    if sign == "<>":
        equal = _equal(left, right)
        return lambda item, names, values: not equal(item, names, values)
    return _ordered(_ORDERS[sign], left, right)


def _equal(left: Operand, right: Operand) -> Test:
    def holds(item: Item, names: Names, values: Values) -> bool:
        value = left(item, names, values)
        return value is not None and value == right(item, names, values)

    return holds


def _ordered(order: Callable[[Any, Any], bool], left: Operand, right: Operand) -> Test:
    def holds(item: Item, names: Names, values: Values) -> bool:
        pair = in_order(left(item, names, values), right(item, names, values))
        return pair is not None and order(*pair)

    return holds


def _between(
    tokens: Tokens, middle: Operand, lowest: Operand, highest: Operand
) -> Test:
    def holds(item: Item, names: Names, values: Values) -> bool:
        low, high = lowest(item, names, values), highest(item, names, values)
        bounds = in_order(low, high)
        if bounds is not None and bounds[0] > bounds[1]:
            raise wrong_bounds(tokens.parameter, low, high)
        value = middle(item, names, values)
        above, below = in_order(low, value), in_order(value, high)
        return (
            above is not None
            and below is not None
            and above[0] <= above[1]
            and below[0] <= below[1]
        )

    return holds


def wrong_bounds(parameter: str, low: Wire | None, high: Wire | None) -> Refused:
    """Return the refusal of a range whose ends are the wrong way round."""
    return invalid(
        f"Invalid {parameter}: The BETWEEN operator requires upper bound to be"
        " greater than or equal to lower bound; lower bound operand:"
        f" AttributeValue: {low}, upper bound operand: AttributeValue: {high}"
    )


def _one_of(left: Operand, tokens: Tokens) -> Test:
    tokens.take("(")
    choices = [operand_of(tokens)]
    while tokens.took(","):
        choices.append(operand_of(tokens))
    tokens.take(")")
    if len(choices) > IN_MAX:
        raise tokens.refused(
            "The IN operator is provided with too many operands; number of operands:"
            f" {len(choices)}"
        )

    def holds(item: Item, names: Names, values: Values) -> bool:
        value = left(item, names, values)
        if value is None:
            return False
        for choice in choices:  # noqa: SIM110 - twice as fast as any() here
            if value == choice(item, names, values):
                return True
        return False

    return holds
