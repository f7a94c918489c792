"""How long calls of DynamoDB in memory take, and of moto; run it as a program.

Processor time, the best of several rounds: other programs' work does not count.
"""

from __future__ import annotations

from itertools import count
from time import process_time
from typing import TYPE_CHECKING, Any

import boto3
from moto import mock_aws

from headrace_local.memory import VirtualClock
from headrace_local.memory_sdk import MemoryDynamoDb

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 7
ATTRIBUTES = 30
KEY = {"pk": {"S": "JOB#abcdefghijklmnopqrstuvwxyz"}, "sk": {"S": "META"}}
ITEM = KEY | {f"attribute{number}": {"S": "x" * 20} for number in range(ATTRIBUTES)}
CHANGED = tuple(f"attribute{number}" for number in range(9))


def _table(client: Any) -> None:  # noqa: ANN401 - either client
    client.create_table(
        TableName="jobs",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in KEY
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    client.put_item(TableName="jobs", Item=ITEM | {"version": {"N": "0"}})


def _update(client: Any) -> Callable[[], object]:  # noqa: ANN401 - either client
    """Return an update of nine attributes under six conditions."""
    conditions = [f"#attribute{number} <> :no" for number in range(3)]
    conditions += ["attribute_exists(#sk)", "(#version < :v OR #version = :no)"]
    conditions += ["#attribute9 IN (:no, :same)"]
    names = (*CHANGED, "attribute9", "sk", "version")
    versions = count(1)

    def call() -> object:
        values = {f":{name}": {"S": "x" * 20} for name in CHANGED}
        values |= {":no": {"S": "no"}, ":same": {"S": "x" * 20}}
        values |= {":v": {"N": str(next(versions))}}
        settings = ", ".join(f"#{name} = :{name}" for name in CHANGED)
        return client.update_item(
            TableName="jobs",
            Key=KEY,
            UpdateExpression=f"SET #version = :v, {settings}",
            ConditionExpression=" AND ".join(conditions),
            ExpressionAttributeNames={f"#{name}": name for name in names},
            ExpressionAttributeValues=values,
        )

    return call


def _microseconds(call: Callable[[], object], times: int) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        began = process_time()
        for _ in range(times):
            call()
        best = min(best, process_time() - began)
    return best / times * 1_000_000


def _measure(name: str, client: Any, times: int) -> None:  # noqa: ANN401 - either client
    _table(client)
    calls: dict[str, Callable[[], object]] = {
        "get_item": lambda: client.get_item(TableName="jobs", Key=KEY),
        "put_item": lambda: client.put_item(TableName="jobs", Item=ITEM),
    }
    calls = {"update_item": _update(client)} | calls
    for method, call in calls.items():
        print(f"{name:8} {method:12} {_microseconds(call, times):9.1f} us")


def main() -> None:
    """Print the figures."""
    _measure("memory", MemoryDynamoDb(VirtualClock()), 2_000)
    with mock_aws():
        client = boto3.session.Session().client(
            "dynamodb",
            region_name="us-east-1",
            aws_access_key_id="123456789012",
            aws_secret_access_key="test",  # noqa: S106 - moto asks for some
        )
        _measure("moto", client, 50)


if __name__ == "__main__":
    main()
