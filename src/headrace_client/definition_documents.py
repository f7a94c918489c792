"""Definitions, and what differs between them, as JSON objects: what `--json` prints.

Names are camelCase and stable once released; absent values are absent fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace_client.definition_changes import ChangeKind
from headrace_client.documents import time_text

if TYPE_CHECKING:
    from headrace.definitions.definition import RegisteredDefinition
    from headrace_client.definition_changes import FieldChange


def summary_document(
    registered: RegisteredDefinition, *, is_active: bool
) -> dict[str, Any]:
    """Return what a version is, without what it says."""
    document: dict[str, Any] = {
        "name": registered.definition.name,
        "version": registered.version,
        "isActive": is_active,
        "owner": registered.definition.owner,
        "registeredAt": time_text(registered.registered_at),
        "taskDefinitionArn": registered.resolved.arn,
        "description": registered.definition.description,
    }
    return {name: value for name, value in document.items() if value is not None}


def version_document(
    registered: RegisteredDefinition, *, is_active: bool
) -> dict[str, Any]:
    """Return what a version is and says, defaults written out."""
    return summary_document(registered, is_active=is_active) | {
        "definition": registered.definition.to_wire()
    }


def change_document(change: FieldChange) -> dict[str, Any]:
    """Return one difference; an added field has no `before`, a removed no `after`."""
    document: dict[str, Any] = {"field": change.field, "change": change.kind.value}
    if change.kind is not ChangeKind.ADDED:
        document["before"] = change.before
    if change.kind is not ChangeKind.REMOVED:
        document["after"] = change.after
    return document
