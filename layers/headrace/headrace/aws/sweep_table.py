"""`SweepStore` on DynamoDB: an item for each family, written only when needed.

A complete sweep is marked so and left to the time to live: no function may delete.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from headrace.aws.table_errors import busy_told
from headrace.aws.table_keys import META
from headrace.aws.update_expression import Update
from headrace.aws.wire_values import (
    Item,
    flag,
    number,
    read_flag,
    read_text,
    text,
    text_set,
)
from headrace.instants import from_text, to_text
from headrace.launches.sweep import Sweep

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SWEEP_PREFIX = "SWEEP#"
KEPT = timedelta(days=1)
"""An unfinished sweep is of no use after the quiet window; a day is ample."""


class SweepTable:
    """Unfinished sweeps in the job table. Threads may share it."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def load(self, family: str) -> Sweep | None:
        """See `SweepStore`."""
        with busy_told("read a sweep"):
            answer = self._client.get_item(
                TableName=self._table_name, Key=_key(family), ConsistentRead=True
            )
        item: Mapping[str, Any] = answer.get("Item", {})
        if not item or read_flag(item["isComplete"]):
            return None
        return Sweep(
            family=family,
            began_at=from_text(read_text(item["beganAt"])),
            sought=frozenset(item["sought"]["SS"]),
            found=frozenset(item.get("found", {}).get("SS", ())),
            cursor=read_text(item["cursor"]) if "cursor" in item else None,
        )

    def save(self, sweep: Sweep) -> None:
        """See `SweepStore`."""
        put: Item = {
            "beganAt": text(to_text(sweep.began_at)),
            "sought": text_set(sweep.sought),
            "isComplete": flag(sweep.is_complete),
            "expiresAt": number(int((sweep.began_at + KEPT).timestamp())),
        }
        if sweep.found:  # DynamoDB has no empty sets
            put["found"] = text_set(sweep.found)
        if sweep.cursor is not None:
            put["cursor"] = text(sweep.cursor)
        removed = frozenset({"found", "cursor"} - put.keys())
        request = Update(put=put, removed=removed).request(
            self._table_name, _key(sweep.family)
        )
        with busy_told("keep a sweep"):
            self._client.update_item(**request)


def _key(family: str) -> Item:
    return {"pk": text(SWEEP_PREFIX + family), "sk": text(META)}
