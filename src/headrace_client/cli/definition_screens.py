"""Definitions as tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from headrace.identity import canonical_json
from headrace_client.cli.plain_text import add_plain_row
from headrace_client.cli.screens import COLUMNS_WIDE, plain_table
from headrace_client.definition_changes import ChangeKind, version_changes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from rich.table import Table

    from headrace.definitions.definition import RegisteredDefinition
    from headrace_client.definition_changes import FieldChange

_SIGNS = {
    ChangeKind.ADDED: Text("+", style="green"),
    ChangeKind.REMOVED: Text("-", style="red"),
    ChangeKind.CHANGED: Text("~", style="yellow"),
}


def definition_list(entries: Sequence[RegisteredDefinition], *, columns: int) -> Table:
    """Return a line for each active version; descriptions only where there is room."""
    is_wide = columns >= COLUMNS_WIDE
    headers = ["NAME", "VERSION", "OWNER", "REGISTERED", "TASK DEFINITION"]
    table = plain_table(*headers, *(["DESCRIPTION"] if is_wide else []))
    for entry in entries:
        cells = [
            entry.definition.name,
            str(entry.version),
            entry.definition.owner,
            _minute(entry.registered_at),
            _revision(entry),
        ]
        add_plain_row(
            table, *cells, *([entry.definition.description or ""] if is_wide else [])
        )
    return table


def version_list(
    versions: Sequence[RegisteredDefinition], *, active: RegisteredDefinition
) -> Table:
    """Return a line for each version, the newest first, and what it changed."""
    table = plain_table("VERSION", "", "REGISTERED", "TASK DEFINITION", "CHANGED")
    earlier = [None, *versions]
    for version, before in reversed(list(zip(versions, earlier, strict=False))):
        is_active = version.version == active.version
        add_plain_row(
            table,
            str(version.version),
            Text("active", style="green") if is_active else "",
            _minute(version.registered_at),
            _revision(version),
            _changed(before, version),
        )
    return table


def change_list(changes: Sequence[FieldChange], before: str, after: str) -> Table:
    """Return a line for each field: what it was, what it is."""
    table = plain_table("", "FIELD", before, after)
    for change in changes:
        is_added = change.kind is ChangeKind.ADDED
        is_removed = change.kind is ChangeKind.REMOVED
        add_plain_row(
            table,
            _SIGNS[change.kind],
            change.field,
            "" if is_added else _value(change.before),
            "" if is_removed else _value(change.after),
        )
    return table


def _value(value: object) -> str:
    return value if isinstance(value, str) else canonical_json(value)


def _changed(before: RegisteredDefinition | None, after: RegisteredDefinition) -> str:
    if before is None:
        return ""
    return ", ".join(change.field for change in version_changes(before, after))


def _minute(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M}"


def _revision(registered: RegisteredDefinition) -> str:
    return registered.resolved.arn.rpartition("/")[2]
