"""`LaunchBudget` on DynamoDB: one item that all invocations share.

It is hot, so every call is one small write at most, and none waits for another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from headrace.aws.table_errors import busy_told, write_if
from headrace.aws.update_expression import Update
from headrace.aws.wire_values import (
    Item,
    number,
    read_number,
    read_text,
    text,
    text_set,
)
from headrace.instants import from_text, to_text
from headrace.launches.budget import MICROSECONDS, LaunchRate, Reservation
from headrace.ports import Backlog, Grant

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

KEY: Final[Item] = {"pk": text("LAUNCH_BUDGET"), "sk": text("STATE")}

TRIES_MAX = 8
"""Of every round of competing writers one wins, so eight rounds serve eight."""

_FULL_AT = "fullAtMicroseconds"


class LaunchBudgetTable:
    """The launch budget in one table. Threads may share it."""

    def __init__(
        self, client: DynamoDBClient, table_name: str, rate: LaunchRate
    ) -> None:
        self._client = client
        self._table_name = table_name
        self._rate = rate

    def reserve(self, wanted: int, *, now: datetime) -> Grant:
        """See `LaunchBudget`.

        Where too many others reserve at the same moment, nothing is granted; their
        jobs and ours wait for the next call.
        """
        now_us = int(now.timestamp() * MICROSECONDS)
        item = self._read()
        for _ in range(TRIES_MAX):
            full_at_us = _full_at_us(item)
            reserved = self._rate.reserve(wanted, now_us=now_us, full_at_us=full_at_us)
            if reserved.full_at_us == full_at_us:
                return Grant(reserved.launches, backlog_of(item))
            standing = self._take(reserved, full_at_us)
            if standing is None:
                return Grant(reserved.launches, backlog_of(item))
            item = standing
        return Grant(0, backlog_of(item))

    def hold(self, until_at: datetime) -> None:
        """See `LaunchBudget`."""
        update = Update(put={"backlogUntil": text(to_text(until_at))})
        with busy_told("hold the backlog"):
            self._client.update_item(**update.request(self._table_name, KEY))

    def enlist(self, tenants: frozenset[str], *, now: datetime) -> None:
        """See `LaunchBudget`."""
        if not tenants:
            return
        request = {
            "TableName": self._table_name,
            "Key": KEY,
            "UpdateExpression": "SET enlistedAt = :now"
            " ADD tenants :tenants, tenantsRevision :one",
            "ExpressionAttributeValues": {
                ":tenants": text_set(tenants),
                ":one": number(1),
                ":now": text(to_text(now)),
            },
        }
        with busy_told("enlist tenants"):
            self._client.update_item(**request)  # type: ignore[arg-type] # wire values

    def dismiss(self, tenant: str, *, seen: Backlog) -> None:
        """See `LaunchBudget`."""
        request = {
            "TableName": self._table_name,
            "Key": KEY,
            "UpdateExpression": "DELETE tenants :tenants",
            "ConditionExpression": "tenantsRevision = :seen",
            "ExpressionAttributeValues": {
                ":tenants": text_set([tenant]),
                ":seen": number(seen.revision),
            },
        }
        write_if(self._client.update_item, "dismiss a tenant", request)

    def _read(self) -> Item:
        with busy_told("read the launch budget"):
            answer: Any = self._client.get_item(
                TableName=self._table_name, Key=KEY, ConsistentRead=True
            )
        item: Item = answer.get("Item", {})
        return item

    def _take(self, reserved: Reservation, full_at_us: int | None) -> Item | None:
        """Store a reservation; return the item where another one came first.

        Where only the answer was lost, that is our own: it is paid twice then, which
        is the safe side.
        """
        if reserved.full_at_us is None:
            return None
        condition, given = f"attribute_not_exists(#{_FULL_AT})", {}
        if full_at_us is not None:
            condition, given = f"#{_FULL_AT} = :read", {"read": number(full_at_us)}
        update = Update(
            put={_FULL_AT: number(reserved.full_at_us)},
            conditions=(condition,),
            given=given,
        )
        request = update.request(self._table_name, KEY)
        obstacle = write_if(self._client.update_item, "reserve launches", request)
        return None if obstacle is None else (obstacle.item or {})


def backlog_of(item: Item) -> Backlog:
    """Return what the item says of waiting work."""
    return Backlog(
        until_at=_time(item, "backlogUntil"),
        tenants=frozenset(item.get("tenants", {}).get("SS", [])),
        revision=read_number(item.get("tenantsRevision", number(0))),
        enlisted_at=_time(item, "enlistedAt"),
    )


def _time(item: Item, name: str) -> datetime | None:
    return from_text(read_text(item[name])) if name in item else None


def _full_at_us(item: Item) -> int | None:
    return read_number(item[_FULL_AT]) if _FULL_AT in item else None
