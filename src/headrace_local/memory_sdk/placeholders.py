"""The names and values that a call's expressions use, against those that it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from headrace_local.memory_sdk.service_errors import Refused, invalid
from headrace_local.memory_sdk.wire_items import Wire, stored_item

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES, _VALUES = "ExpressionAttributeNames", "ExpressionAttributeValues"
_UNDEFINED = {
    _NAMES: "An expression attribute name used in the document path is not defined;"
    " attribute name:",
    _VALUES: "An expression attribute value used in expression is not defined;"
    " attribute value:",
}
_NOTHING: dict[str, Any] = {}


class Parsed(Protocol):
    """An expression that was parsed."""

    @property
    def names(self) -> frozenset[str]:
        """The placeholders of names that it uses."""
        ...

    @property
    def values(self) -> frozenset[str]:
        """The placeholders of values that it uses."""
        ...


@dataclass(frozen=True, slots=True)
class Uses:
    """All placeholders that the expressions of one call use."""

    names: frozenset[str]
    values: frozenset[str]
    expressions: tuple[tuple[str, Parsed], ...]


def uses_of(**expressions: Parsed | None) -> Uses:
    """Return what a call's expressions use; None is one that was not given."""
    given = tuple((name, each) for name, each in expressions.items() if each)
    return Uses(
        names=frozenset().union(*(each.names for _, each in given)),
        values=frozenset().union(*(each.values for _, each in given)),
        expressions=given,
    )


def given_names(request: Mapping[str, Any], uses: Uses) -> Mapping[str, str]:
    """Return a call's names, which must be those that its expressions use.

    Raises:
        Refused: One is undefined or unused, or there are no expressions.
    """
    given: Mapping[str, str] | None = request.get(_NAMES)
    if given is None:
        given = _NOTHING
    elif not given or not uses.expressions:
        raise _pointless(_NAMES, given, uses)
    if given.keys() != uses.names:
        raise _mismatch(_NAMES, given, uses, "names")
    return given


def given_values(request: Mapping[str, Any], uses: Uses) -> Mapping[str, Wire]:
    """Return a call's values as they are stored, likewise.

    Raises:
        Refused: One is undefined, unused or no value, or there are no expressions.
    """
    given: Mapping[str, Wire] | None = request.get(_VALUES)
    if given is None:
        given = _NOTHING
    elif not given or not uses.expressions:
        raise _pointless(_VALUES, given, uses)
    if given.keys() != uses.values:
        raise _mismatch(_VALUES, given, uses, "values")
    return stored_item(given)


def _pointless(parameter: str, given: Mapping[str, Any], uses: Uses) -> Refused:
    if not uses.expressions:
        return invalid(f"{parameter} can only be specified when using expressions")
    _ = given
    return invalid(f"{parameter} must not be empty")


def _mismatch(
    parameter: str, given: Mapping[str, Any], uses: Uses, which: str
) -> Refused:
    start = "#" if parameter == _NAMES else ":"
    for name in given:
        if not name.startswith(start):
            return invalid(
                f'{parameter} contains invalid key: Syntax error; key: "{name}"'
            )
    for title, expression in uses.expressions:
        undefined = sorted(getattr(expression, which) - given.keys())
        if undefined:
            return invalid(f"Invalid {title}: {_UNDEFINED[parameter]} {undefined[0]}")
    unused = sorted(given.keys() - getattr(uses, which))
    return invalid(
        f"Value provided in {parameter} unused in expressions: keys:"
        f" {{{', '.join(unused)}}}"
    )
