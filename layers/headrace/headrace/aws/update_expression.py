"""One conditional UpdateItem, said as data. Pure; builds requests, sends none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from headrace.aws.wire_values import Item, listed, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace.aws.wire_values import WireValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What one write changes, and when.

    Conditions name attributes as `#name` and values as `:name`.

    Attributes:
        put: Attributes to set.
        appended: Lists whose values are put behind those of the attribute, if any.
        removed: Attributes to remove; those that are not there do no harm.
        raised: Numbers to raise by one.
        conditions: All must hold.
        given: Values that only the conditions name.
        tested: Attributes that only the conditions name.
    """

    put: Item
    appended: Mapping[str, WireValue] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()
    raised: frozenset[str] = frozenset()
    conditions: tuple[str, ...] = ()
    given: Mapping[str, WireValue] = field(default_factory=dict)
    tested: frozenset[str] = frozenset()

    def request(self, table_name: str, key: Item) -> dict[str, Any]:
        """Return the parameters of UpdateItem."""
        given = {**self.put, **self.appended, **self.given}
        values = {f":{name}": value for name, value in given.items()}
        settings = [f"#{name} = :{name}" for name in self.put]
        if self.raised:
            values[":one"] = number(1)
            settings += [f"#{name} = #{name} + :one" for name in sorted(self.raised)]
        if self.appended:
            values[":none"] = listed(())
            settings += [
                f"#{name} = list_append(if_not_exists(#{name}, :none), :{name})"
                for name in self.appended
            ]
        clauses = []
        if settings:
            clauses.append("SET " + ", ".join(settings))
        if self.removed:
            names = (f"#{name}" for name in sorted(self.removed))
            clauses.append("REMOVE " + ", ".join(names))
        # Every name goes by a placeholder: DynamoDB reserves hundreds of words.
        named = {*self.put, *self.appended, *self.raised, *self.removed, *self.tested}
        request: dict[str, Any] = {
            "TableName": table_name,
            "Key": key,
            "UpdateExpression": " ".join(clauses),
            "ExpressionAttributeNames": {f"#{name}": name for name in named},
        }
        if values:
            request["ExpressionAttributeValues"] = values
        if self.conditions:
            request["ConditionExpression"] = " AND ".join(self.conditions)
        return request


def difference(before: Item, after: Item) -> tuple[Item, frozenset[str]]:
    """Return the attributes that `after` sets anew, and those that it lacks."""
    put = {name: value for name, value in after.items() if before.get(name) != value}
    return put, frozenset(before.keys() - after.keys())
