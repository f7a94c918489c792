"""Changes inside an item: each makes a new item and shares what did not change."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from headrace_local.memory_sdk.expression_tokens import Path
from headrace_local.memory_sdk.service_errors import Refused, invalid
from headrace_local.memory_sdk.wire_items import Item, Wire


def placed(item: Item, path: Path, value: Wire) -> Item:
    """Return an item with a value at a path; a list grows at its end.

    Raises:
        Refused: The path leads through something that is not there.
    """
    changed: Item = _placed({"M": item}, path, value)["M"]
    return changed


def _placed(parent: Wire, path: Path, value: Wire) -> Wire:
    element, rest = path[0], path[1:]
    if isinstance(element, str):
        if "M" not in parent:
            raise wrong_path()
        children: dict[str, Any] = parent["M"]
        new = value if not rest else _placed(_child(children.get(element)), rest, value)
        return {"M": {**children, element: new}}
    if "L" not in parent:
        raise wrong_path()
    parts = list(parent["L"])
    if element >= len(parts):
        if rest:
            raise wrong_path()
        return {"L": [*parts, value]}
    parts[element] = value if not rest else _placed(parts[element], rest, value)
    return {"L": parts}


def removed(item: Item, path: Path) -> Item:
    """Return an item without what is at a path; nothing there is no harm.

    Raises:
        Refused: The path leads through something that is not there.
    """
    changed: Item = _removed({"M": item}, path)["M"]
    return changed


def _removed(parent: Wire, path: Path) -> Wire:
    element, rest = path[0], path[1:]
    if isinstance(element, str):
        if "M" not in parent:
            raise wrong_path()
        children = dict(parent["M"])
        if rest:
            children[element] = _removed(_child(children.get(element)), rest)
        else:
            children.pop(element, None)
        return {"M": children}
    if "L" not in parent:
        raise wrong_path()
    parts = list(parent["L"])
    if rest and element < len(parts):
        parts[element] = _removed(parts[element], rest)
    elif rest:
        raise wrong_path()
    else:
        del parts[element : element + 1]
    return {"L": parts}


def _child(value: Wire | None) -> Wire:
    if value is None:
        raise wrong_path()
    return value


def wrong_path() -> Refused:
    """Return the refusal of a path whose parent is missing or holds no such child."""
    return invalid(
        "The document path provided in the update expression is invalid for update"
    )


def check_apart(paths: list[Path]) -> None:
    """Refuse paths of which one contains another.

    Raises:
        Refused: Two of them overlap, or use one element as map and as list.
    """
    for one, other in combinations(paths, 2):
        shared = min(len(one), len(other))
        if one[:shared] == other[:shared]:
            raise invalid(
                "Invalid UpdateExpression: Two document paths overlap with each other;"
                " must remove or rewrite one of these paths; path one:"
                f" {_shown(one)}, path two: {_shown(other)}"
            )


def _shown(path: Path) -> str:
    return "[" + ", ".join(f"[{e}]" if isinstance(e, int) else e for e in path) + "]"
