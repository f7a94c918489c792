"""Which of an event's values an EventBridge pattern looks at. It matches nothing.

Two events that agree on these values get the same verdict, so one TestEventPattern call
answers for both.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

type Path = tuple[str, ...]


def paths_of(pattern: Mapping[str, Any], above: Path = ()) -> frozenset[Path]:
    """Return the paths of the fields that a pattern mentions."""
    found: set[Path] = set()
    for key, value in pattern.items():
        if key == "$or" and isinstance(value, list):
            for each in value:
                found |= paths_of(each, above)
        elif isinstance(value, dict):
            found |= paths_of(value, (*above, key))
        else:
            found.add((*above, *key.split(".")))
    return frozenset(found)


def values_at(event: Mapping[str, Any], paths: frozenset[Path]) -> str:
    """Return what an event has at these paths, as one comparable string."""
    found = [(path, _value(event, path)) for path in sorted(paths)]
    return json.dumps(found, sort_keys=True, default=str)


def _value(value: Any, path: Path) -> Any:  # noqa: ANN401 - wire data
    if not path:
        return {"found": value}
    if isinstance(value, list):
        return [_value(each, path) for each in value]
    if isinstance(value, dict) and path[0] in value:
        return _value(value[path[0]], path[1:])
    return None
