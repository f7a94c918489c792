"""What differs between two versions of a definition, field by field. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from headrace.identity import canonical_json
from headrace.requests.rejection import field_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headrace.definitions.definition import JobDefinition, RegisteredDefinition

REVISION = "resolved.taskDefinition"
"""The field that names the revision which a version was registered with."""


class ChangeKind(StrEnum):
    """What became of a field."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field that is not the same on both sides.

    Attributes:
        field: As in a definition file: ``memory``, ``parameters.required``.
        kind: ADDED fields have no `before`, REMOVED ones no `after`.
        before: A JSON value; None where there is none.
        after: Likewise.
    """

    field: str
    kind: ChangeKind
    before: Any = None
    after: Any = None


def version_changes(
    before: RegisteredDefinition, after: RegisteredDefinition
) -> list[FieldChange]:
    """Return what differs between two versions, the pinned revision included."""
    found = definition_changes(before.definition, after.definition)
    if before.resolved.arn != after.resolved.arn:
        found.append(
            FieldChange(
                field=REVISION,
                kind=ChangeKind.CHANGED,
                before=before.resolved.arn,
                after=after.resolved.arn,
            )
        )
    return found


def definition_changes(
    before: JobDefinition, after: JobDefinition
) -> list[FieldChange]:
    """Return what differs between two definitions, in the order of their fields.

    A default is the same written out or not.
    """
    return list(_changes(before.to_wire(), after.to_wire(), ()))


def _changes(
    before: Any,  # noqa: ANN401  # any JSON value
    after: Any,  # noqa: ANN401  # any JSON value
    path: tuple[str | int, ...],
) -> Iterator[FieldChange]:
    if canonical_json(before) == canonical_json(after):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys((*before, *after)):
            yield from _member_changes(before, after, (*path, name))
    elif _are_as_long(before, after):
        for index, pair in enumerate(zip(before, after, strict=True)):
            yield from _changes(*pair, (*path, index))
    else:
        yield FieldChange(
            field=field_path(path), kind=ChangeKind.CHANGED, before=before, after=after
        )


def _member_changes(
    before: Mapping[str, Any], after: Mapping[str, Any], path: tuple[str | int, ...]
) -> Iterator[FieldChange]:
    name = str(path[-1])
    if name not in before:
        yield FieldChange(
            field=field_path(path), kind=ChangeKind.ADDED, after=after[name]
        )
    elif name not in after:
        yield FieldChange(
            field=field_path(path), kind=ChangeKind.REMOVED, before=before[name]
        )
    else:
        yield from _changes(before[name], after[name], path)


def _are_as_long(before: object, after: object) -> bool:
    """Whether items of two lists may be compared one by one."""
    return (
        isinstance(before, list)
        and isinstance(after, list)
        and len(before) == len(after)
    )
