"""Projection expressions: which parts of an item a read gives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from headrace_local.memory_sdk.expression_tokens import Names, Path, Tokens, named
from headrace_local.memory_sdk.item_changes import check_apart
from headrace_local.memory_sdk.wire_items import copied, copied_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace_local.memory_sdk.wire_items import Item, Wire


@dataclass(frozen=True, slots=True)
class Projection:
    """The paths of a projection, and which placeholders it uses."""

    paths: tuple[Path, ...]
    names: frozenset[str]
    values: frozenset[str] = frozenset()

    def of(self, item: Item, names: Names) -> Item:
        """Return the parts of an item, as the caller may change them.

        Raises:
            Refused: Two paths overlap.
        """
        paths = [named(path, names) for path in self.paths]
        check_apart(paths)
        return parts_of(item, paths)


def parts_of(item: Item, paths: Sequence[Path]) -> Item:
    """Return what an item has at these paths, as the caller may change it."""
    kept = _kept({"M": item}, paths)
    return {} if kept is None else kept["M"]


@lru_cache(maxsize=1_024)
def projection_of(text: str) -> Projection:
    """Return the projection that an expression says, parsed at most once.

    Raises:
        Refused: It is none.
    """
    tokens = Tokens(text, "ProjectionExpression")
    paths = [tokens.path()]
    while tokens.took(","):
        paths.append(tokens.path())
    tokens.finish()
    return Projection(tuple(paths), frozenset(tokens.names))


def _kept(value: Wire, paths: Sequence[Path]) -> Wire | None:
    """Return a value's parts; list elements close up, as in DynamoDB."""
    if () in paths:
        return copied_value(value)
    [(kind, content)] = value.items()
    if kind not in {"M", "L"}:
        return None
    children: dict[Any, Any] = content if kind == "M" else dict(enumerate(content))
    found: dict[Any, Wire] = {}
    for first in dict.fromkeys(path[0] for path in paths):
        if first in children:
            rest = [path[1:] for path in paths if path[0] == first]
            part = _kept(children[first], rest)
            if part is not None:
                found[first] = part
    if not found:
        return None
    if kind == "M":
        return {"M": found}
    return {"L": [found[index] for index in sorted(found)]}


def projected(item: Item, projection: Projection | None, names: Names) -> Item:
    """Return what a read gives of an item, as the caller may change it."""
    return copied(item) if projection is None else projection.of(item, names)
