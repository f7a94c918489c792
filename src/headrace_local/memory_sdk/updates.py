"""Update expressions as functions of an item.

Source: Amazon DynamoDB Developer Guide, "Using update expressions in DynamoDB". All
operands are read from the item as it was before.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from headrace_local.memory_sdk.expression_tokens import (
    Names,
    Operand,
    Path,
    Tokens,
    Values,
    named,
)
from headrace_local.memory_sdk.item_changes import placed, removed
from headrace_local.memory_sdk.update_operands import adding, deleting, sum_of

if TYPE_CHECKING:
    from headrace_local.memory_sdk.wire_items import Item

_CLAUSES = ("SET", "REMOVE", "ADD", "DELETE")


@dataclass(frozen=True, slots=True)
class Action:
    """One change: a path, and what shall stand there; None is nothing."""

    path: Path
    new: Operand


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
        news = [action.new(item, names, values) for action in self.actions]
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
            new = action.new(item, names, values)
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
        return Action(path, sum_of(tokens))
    if clause == "REMOVE":
        return Action(path, _nothing)
    placeholder = tokens.value()
    if placeholder is None:
        raise tokens.syntax()
    if clause == "ADD":
        return Action(path, adding(path, placeholder))
    return Action(path, deleting(path, placeholder))


def _nothing(_item: Item, _names: Names, _values: Values) -> None:
    return None
