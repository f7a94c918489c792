"""From noted exchanges, images of items and log lines to counts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from headrace_local.bill.item_sizes import Item, item_bytes, read_units, write_units
from headrace_local.bill.proxy import Exchange

WRITES = {"dynamodb.PutItem", "dynamodb.UpdateItem"}
KNOWN = WRITES | {
    "dynamodb.GetItem",
    "dynamodb.BatchGetItem",
    "dynamodb.Query",
    "ecs.RunTask",
    "ecs.DescribeTasks",
    "ecs.ListTasks",
    "ecs.StopTask",
    "lambda.Invoke",
}
REFUSED = "ConditionalCheckFailedException"
LOG_EVENT_BYTES = 26  # which CloudWatch Logs adds to each (PutLogEvents, API Reference)


class UnknownCallError(Exception):
    """A call that the bill has no line for: its price must be looked up first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a number of jobs took, or a number of ticks.

    Attributes:
        of: How many jobs, or ticks.
        calls: By stage and operation, refused ones too.
        item_writes: Of the table, refused ones too.
        write_units: With those of the indexes.
        read_units: Half ones too.
        invocations: By stage.
        log_bytes: As CloudWatch Logs counts them.
        stored_bytes: Of what is kept in table and indexes afterwards.
        sends: Requests of the publisher to SQS.
        events: Task events that EventBridge put on the queue.
    """

    of: int
    calls: Counter[tuple[str, str]]
    item_writes: int
    write_units: int
    read_units: float
    invocations: Counter[str]
    log_bytes: int
    stored_bytes: int
    sends: int
    events: int

    def per_one(self, operation: str) -> float:
        """Return how often an operation was called for each."""
        return sum(n for (_, each), n in self.calls.items() if each == operation) / (
            self.of
        )


def without_ticks(counts: Counts, tick: Counts) -> Counts:
    """Return the counts without reconcile's idle ticks of that time.

    Here it ticks every second and on AWS every minute, so they are a cost of time and
    not of jobs. What reconcile did for jobs stays.
    """
    number = counts.invocations["reconcile"]
    calls = Counter(counts.calls)
    calls.subtract({key: n * number // tick.of for key, n in tick.calls.items()})
    invocations = Counter(counts.invocations)
    del invocations["reconcile"]
    return replace(
        counts,
        calls=+calls,
        read_units=counts.read_units - tick.read_units * number / tick.of,
        invocations=invocations,
        log_bytes=counts.log_bytes - tick.log_bytes * number // tick.of,
    )


def calls_of(exchanges: Iterable[Exchange]) -> Counter[tuple[str, str]]:
    """Count calls by stage and operation.

    Raises:
        UnknownCallError: One is not known here.
    """
    calls = Counter((each.stage, each.operation) for each in exchanges)
    unknown = {operation for _, operation in calls} - KNOWN
    if unknown:
        raise UnknownCallError(", ".join(sorted(unknown)))
    return calls


def reads_of(exchanges: Iterable[Exchange]) -> float:
    """Return the read units of all exchanges."""
    return sum(
        _read(each.operation, json.loads(each.request), json.loads(each.response))
        for each in exchanges
        if each.operation in {"dynamodb.GetItem", "dynamodb.BatchGetItem"}
        or each.operation == "dynamodb.Query"
    )


def _read(
    operation: str, request: Mapping[str, Any], answer: Mapping[str, Any]
) -> float:
    is_consistent = bool(request.get("ConsistentRead"))
    match operation:
        case "dynamodb.GetItem":
            size = item_bytes(answer.get("Item", {}))
            return read_units(size, is_consistent=is_consistent)
        case "dynamodb.BatchGetItem":
            ((table, keys),) = request["RequestItems"].items()
            is_consistent = bool(keys.get("ConsistentRead"))
            found = [item_bytes(item) for item in answer["Responses"][table]]
            missing = [0] * (len(keys["Keys"]) - len(found))
            return sum(
                read_units(size, is_consistent=is_consistent)
                for size in found + missing
            )
    size = sum(item_bytes(item) for item in answer["Items"])
    return read_units(size, is_consistent=is_consistent)


def writes_of(
    exchanges: Iterable[Exchange],
    changes: Sequence[tuple[Item | None, Item | None]],
    index_keys: Sequence[Sequence[str]],
) -> tuple[int, int]:
    """Return how many item writes there were, and their units.

    Writes that were refused by their condition are charged as well, for the item that
    stood there; those that changed nothing are not in the table's stream.

    Args:
        exchanges: All of the time.
        changes: What stood and stands in the table, for every change of the time.
        index_keys: See `write_units`.
    """
    writes = [each for each in exchanges if each.operation in WRITES]
    refused = [each for each in writes if each.status != HTTPStatus.OK]
    units = sum(write_units(*pair, index_keys=index_keys) for pair in changes)
    for each in refused:
        answer = json.loads(each.response)
        if answer["__type"].endswith(REFUSED):
            standing = answer.get("Item", {})
            units += write_units(None, standing, index_keys=())
    unchanged = len(writes) - len(refused) - len(changes)
    return len(writes), units + max(0, unchanged)


def log_bytes_of(messages: Iterable[str]) -> int:
    """Return what CloudWatch Logs counts for log lines."""
    return sum(len(each.encode()) + LOG_EVENT_BYTES for each in messages)
