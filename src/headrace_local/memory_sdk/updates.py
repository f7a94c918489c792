"""Update expressions as functions of an item.

Source: Amazon DynamoDB Developer Guide, "Using update expressions in DynamoDB". All
operands are read from the item as it was before.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from headrace_local.memory_sdk.decimal_text import remainder, total
from headrace_local.memory_sdk.expression_tokens import (
    Names,
    Operand,
    Path,
    Tokens,
    Values,
    named,
    reader,
)
from headrace_local.memory_sdk.item_changes import placed, removed
from headrace_local.memory_sdk.service_errors import Refused, invalid
from headrace_local.memory_sdk.wire_items import Item, Wire, ordered_members

if TYPE_CHECKING:
    from collections.abc import Callable

_CLAUSES = ("SET", "REMOVE", "ADD", "DELETE")
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

type NewValue = Callable[[Wire | None, Item, Names, Values], Wire | None]
"""Of what stands at the path, and the item: what shall stand; None is nothing."""


@dataclass(frozen=True, slots=True)
class Action:
    """One change at one path. `needs_value` tells REMOVE from the rest."""

    path: Path
    read: Operand
    new: NewValue


@dataclass(frozen=True, slots=True)
class UpdatePlan:
    """An update expression's actions, and which placeholders it uses.

    Attributes:
        flat: The attributes as written, where every path is a whole one; that is the
            usual and the fast case.
    """

    actions: tuple[Action, ...]
    names: frozenset[str]
    values: frozenset[str]
    flat: tuple[str, ...] | None

    def paths(self, names: Names) -> list[Path]:
        """Return the paths that are written, in the expression's order."""
        return [named(action.path, names) for action in self.actions]

    def applied(
        self, item: Item, paths: list[Path], names: Names, values: Values
    ) -> Item:
        """Return the item as it is afterwards; it shares what did not change.

        Raises:
            Refused: An operand is missing or of a wrong type, or a path's parent is.
        """
        news = [
            action.new(action.read(item, names, values), item, names, values)
            for action in self.actions
        ]
        after = dict(item)
        gone = []
        for path, new in zip(paths, news, strict=True):
            if new is None:
                gone.append(path)
            elif len(path) == 1:
                after[path[0]] = new  # type: ignore[index] # a name
            else:
                after = placed(after, path, new)
        # From a list's end, so that no removal moves what another one names.
        for path in sorted(gone, key=_positions, reverse=True):
            after = removed(after, path)
        return after

    def applied_flat(
        self, item: Item, attributes: list[str], names: Names, values: Values
    ) -> Item:
        """Return the same where every path is a whole attribute.

        Raises:
            Refused: An operand is missing or of a wrong type.
        """
        after = item.copy()
        for attribute, action in zip(attributes, self.actions, strict=True):
            new = action.new(action.read(item, names, values), item, names, values)
            if new is not None:
                after[attribute] = new
            elif attribute in after:
                del after[attribute]
        return after


NO_UPDATE = UpdatePlan((), frozenset(), frozenset(), ())


def _positions(path: Path) -> list[int]:
    return [each for each in path if isinstance(each, int)]


@lru_cache(maxsize=4_096)
def update_of(text: str) -> UpdatePlan:
    """Return the update that an expression says, parsed at most once.

    Raises:
        Refused: It is none.
    """
    tokens = Tokens(text, "UpdateExpression")
    actions: list[Action] = []
    seen: set[str] = set()
    while not tokens.is_at_end:
        clause = tokens.sign(_CLAUSES)
        if clause in seen:
            raise tokens.refused(
                f'The "{clause}" section can only be used once in an update expression;'
            )
        seen.add(clause)
        actions.append(_action(clause, tokens))
        while tokens.took(","):
            actions.append(_action(clause, tokens))
    return UpdatePlan(
        tuple(actions),
        frozenset(tokens.names),
        frozenset(tokens.values),
        _flat(actions),
    )


def _flat(actions: list[Action]) -> tuple[str, ...] | None:
    if any(len(action.path) > 1 for action in actions):
        return None
    return tuple(str(action.path[0]) for action in actions)


def _action(clause: str, tokens: Tokens) -> Action:
    path = tokens.path()
    if clause == "SET":
        tokens.take("=")
        operand = _sum(tokens)
        return Action(path, _unread, lambda _, *around: operand(*around))
    if clause == "REMOVE":
        return Action(path, _unread, lambda *_: None)
    placeholder = tokens.value()
    if placeholder is None:
        raise tokens.syntax()
    if clause == "ADD":
        return Action(path, reader(path), _adding(placeholder))
    return Action(path, reader(path), _deleting(placeholder))


def _unread(_item: Item, _names: Names, _values: Values) -> None:
    return None


def _sum(tokens: Tokens) -> Operand:
    left = _term(tokens)
    if not tokens.next_is("+", "-"):
        return left
    operation = total if tokens.sign(("+", "-")) == "+" else remainder
    right = _term(tokens)

    def value(item: Item, names: Names, values: Values) -> Wire:
        terms = left(item, names, values), right(item, names, values)
        if any(term is None or "N" not in term for term in terms):
            raise wrong_operand()
        return {"N": operation(*(term["N"] for term in terms if term))}

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
        parts = left(item, names, values), right(item, names, values)
        if any(part is None or "L" not in part for part in parts):
            raise wrong_operand()
        return {"L": [each for part in parts if part for each in part["L"]]}

    return value


def _adding(placeholder: str) -> NewValue:
    def new(standing: Wire | None, _item: Item, _names: Names, values: Values) -> Wire:
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


def _deleting(placeholder: str) -> NewValue:
    def new(
        standing: Wire | None, _item: Item, _names: Names, values: Values
    ) -> Wire | None:
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
