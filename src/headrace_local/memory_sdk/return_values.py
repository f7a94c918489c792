"""What a write answers of the item that it met and of the one that it left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace_local.memory_sdk.projections import parts_of
from headrace_local.memory_sdk.service_errors import answer, invalid
from headrace_local.memory_sdk.writes import Change

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace_local.memory_sdk.memory_table import Row
    from headrace_local.memory_sdk.writes import Write


def check_wanted(request: Mapping[str, Any], *allowed: str) -> None:
    """Refuse a `ReturnValues` that this kind of write does not know.

    Raises:
        Refused: That.
    """
    if request.get("ReturnValues", "NONE") not in allowed:
        raise invalid("Return values set to invalid value")


def returned(
    request: Mapping[str, Any], write: Write, before: Row | None, after: Row | None
) -> dict[str, Any]:
    """Return a write's answer."""
    wanted = request.get("ReturnValues", "NONE")
    if wanted == "NONE":
        return answer()
    row = before if wanted.endswith("_OLD") else after
    if row is None:
        return answer()
    if wanted.startswith("ALL_"):
        return answer(Attributes=row.copied())
    parts = parts_of(row.item, write.paths if isinstance(write, Change) else ())
    return answer(Attributes=parts) if parts else answer()
