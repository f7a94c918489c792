"""One write, prepared from its parameters and then tried on what stands.

Preparing finds what is wrong with the request whatever stands; trying evaluates the
condition and makes the new item. Nothing is stored here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from headrace_local.memory_sdk.conditions import ALWAYS, Condition, condition_of
from headrace_local.memory_sdk.item_changes import check_apart
from headrace_local.memory_sdk.memory_table import (
    ITEM_BYTES_MAX,
    NO_ROW,
    MemoryTable,
    Row,
)
from headrace_local.memory_sdk.placeholders import (
    Uses,
    given_names,
    given_values,
    uses_of,
)
from headrace_local.memory_sdk.service_errors import Refused, invalid
from headrace_local.memory_sdk.updates import NO_UPDATE, UpdatePlan, update_of
from headrace_local.memory_sdk.wire_items import (
    Wire,
    measured,
    size_of,
    stored_item,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace_local.memory_sdk.expression_tokens import Path
    from headrace_local.memory_sdk.table_schema import RowKey

CONDITION_FAILED = "ConditionalCheckFailedException"
_TOLD = frozenset({"NONE", "ALL_OLD"})


@dataclass(frozen=True, slots=True)
class Guard:
    """A write's condition, with the names and values of all its expressions.

    Attributes:
        tells_standing: A condition that fails is answered with what stands.
    """

    condition: Condition
    names: Mapping[str, str]
    values: Mapping[str, Wire]
    tells_standing: bool


@dataclass(slots=True)
class Write:
    """A write to one row.

    Attributes:
        touched: The only attributes that it may change; None is all.
    """

    table: MemoryTable
    key: RowKey
    guard: Guard
    touched: frozenset[str] | None = None

    def tried(self) -> tuple[Row | None, Row | None]:
        """Return the row before and after; nothing is stored yet.

        Raises:
            Refused: The condition fails, or the new item cannot be.
        """
        before = self.table.row(self.key)
        item = (before or NO_ROW).item
        guard = self.guard
        if not guard.condition.holds(item, guard.names, guard.values):
            refused = Refused(CONDITION_FAILED, "The conditional request failed")
            if before is not None and guard.tells_standing:
                refused.fields["Item"] = before.copied()
            raise refused
        return before, self.changed(before)

    def changed(self, before: Row | None) -> Row | None:
        """Return the row that shall stand; a mere check leaves it as it is."""
        return before


class Removal(Write):
    """A DeleteItem."""

    def changed(self, before: Row | None) -> Row | None:
        """See `Write`."""
        _ = before
        return None


@dataclass(slots=True)
class Replacement(Write):
    """A PutItem."""

    row: Row = NO_ROW

    def changed(self, before: Row | None) -> Row | None:
        """See `Write`."""
        _ = before
        return self.row


@dataclass(slots=True)
class Change(Write):
    """An UpdateItem."""

    plan: UpdatePlan = NO_UPDATE
    attributes: list[str] | None = None
    key_item: Mapping[str, Wire] | None = None

    @property
    def paths(self) -> list[Path]:
        """The paths that it writes."""
        return self.plan.paths(self.guard.names)

    def changed(self, before: Row | None) -> Row | None:
        """See `Write`."""
        if before is None:
            item = stored_item(self.key_item or {})
            before = Row(item, size_of(item))
        touched, guard = self.touched or frozenset(), self.guard
        if self.attributes is not None:
            after = self.plan.applied_flat(
                before.item, self.attributes, guard.names, guard.values
            )
        else:
            after = self.plan.applied(
                before.item, self.paths, guard.names, guard.values
            )
        # What the old values took is not subtracted: `Row.size_max` need not be exact.
        size, is_flat = measured(after, touched)
        row = Row(after, before.size_max + size, before.is_flat and is_flat)
        self.table.check(row, touched, is_update=True)
        if row.size_max > ITEM_BYTES_MAX:
            return row._replace(size_max=size_of(after))
        return row


@lru_cache(maxsize=4_096)
def _parsed(
    update: str | None, condition: str | None
) -> tuple[UpdatePlan, Condition, Uses]:
    plan = None if update is None else update_of(update)
    test = None if condition is None else condition_of(condition)
    uses = uses_of(UpdateExpression=plan, ConditionExpression=test)
    return plan or NO_UPDATE, test or ALWAYS, uses


def check_told(request: Mapping[str, Any]) -> bool:
    """Return whether a failed condition is answered with what stands."""
    wanted = request.get("ReturnValuesOnConditionCheckFailure", "NONE")
    if wanted not in _TOLD:
        raise invalid(
            f"1 validation error detected: Value '{wanted}' at"
            " 'returnValuesOnConditionCheckFailure' failed to satisfy constraint:"
            " Member must satisfy enum value set: [ALL_OLD, NONE]"
        )
    return bool(wanted == "ALL_OLD")


def _around(request: Mapping[str, Any]) -> tuple[UpdatePlan, Guard]:
    plan, condition, uses = _parsed(
        request.get("UpdateExpression"), request.get("ConditionExpression")
    )
    names, values = given_names(request, uses), given_values(request, uses)
    return plan, Guard(condition, names, values, check_told(request))


def a_replacement(table: MemoryTable, request: Mapping[str, Any]) -> Replacement:
    """Prepare a PutItem.

    Raises:
        Refused: The request is wrong, whatever stands.
    """
    item = stored_item(request["Item"])
    key = table.schema.keys.of_item(item)
    _, guard = _around(request)
    row = Row(item, *measured(item, item))
    table.check(row, item, is_update=False)
    return Replacement(table, key, guard, row=row)


def a_removal(table: MemoryTable, request: Mapping[str, Any]) -> Removal:
    """Prepare a DeleteItem.

    Raises:
        Refused: The request is wrong, whatever stands.
    """
    key = table.schema.keys.of_key(request["Key"])
    _, guard = _around(request)
    return Removal(table, key, guard)


def a_check(table: MemoryTable, request: Mapping[str, Any]) -> Write:
    """Prepare a ConditionCheck of a transaction.

    Raises:
        Refused: The request is wrong, whatever stands.
    """
    key = table.schema.keys.of_key(request["Key"])
    _, guard = _around(request)
    return Write(table, key, guard)


def a_change(table: MemoryTable, request: Mapping[str, Any]) -> Change:
    """Prepare an UpdateItem.

    Raises:
        Refused: The request is wrong, whatever stands.
    """
    key = table.schema.keys.of_key(request["Key"])
    plan, guard = _around(request)
    names = guard.names
    attributes = None
    if plan.flat is not None:
        attributes = [names.get(each, each) for each in plan.flat]
        touched = frozenset(attributes)
    else:
        touched = frozenset(str(path[0]) for path in plan.paths(names))
    if len(touched) != len(plan.actions):
        check_apart(plan.paths(names))
    for name in table.schema.keys.names:
        if name in touched:
            raise invalid(
                "One or more parameter values were invalid: Cannot update attribute"
                f" {name}. This attribute is part of the key"
            )
    return Change(table, key, guard, touched, plan, attributes, request["Key"])
