"""Our DynamoDB in memory answers as the emulators do, but where AWS does otherwise."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from moto import mock_aws

from agreement import (
    Difference,
    Explained,
    Pair,
    answer_of,
    every,
    prefixed,
)
from agreement_exceptions import DYNAMODB
from agreement_requests import SEQUENCES, TABLE
from headrace_local.memory import VirtualClock
from headrace_local.memory_sdk import MemoryDynamoDb
from tables import a_dynamodb_client, a_table

SEQUENCES_OF = {"moto": 160, "ministack": 60}
CALLS_MIN = {"moto": 900, "ministack": 400}
"""Of these at least the answers must have been compared: a table of exceptions that
explains everything would show nothing."""


class OneTable:
    """A client whose tables are all the one table that it has."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._table_name = a_table(client)

    def __getattr__(self, method: str) -> Any:
        def called(**arguments: Any) -> Any:
            real = renamed(arguments, TABLE, self._table_name)
            return renamed(
                getattr(self._client, method)(**real), self._table_name, TABLE
            )

        return called


def renamed(value: Any, old: str, new: str) -> Any:
    """Return arguments or an answer with another table's name."""
    if isinstance(value, dict):
        return {
            renamed(name, old, new): renamed(part, old, new)
            for name, part in value.items()
        }
    if isinstance(value, list):
        return [renamed(part, old, new) for part in value]
    return new if value == old else value


@pytest.fixture(scope="module", params=["moto", "ministack"])
def who(request):
    return request.param


@pytest.fixture(scope="module")
def other(who, request):
    if who == "ministack":
        yield OneTable(a_dynamodb_client(request.getfixturevalue("ministack_url")))
    else:
        with mock_aws():
            yield OneTable(a_dynamodb_client())


@pytest.fixture
def ours():
    return OneTable(MemoryDynamoDb(VirtualClock()))


def test_generated_sequences_of_requests_are_answered_alike(who, other, ours):
    pair = Pair(ours, other, who, DYNAMODB)
    numbers = count()

    def check(sequence):
        prefix = f"{who}-{next(numbers)}-"
        try:
            for call in sequence:
                pair.agree(tuple(prefixed(call, prefix)))
        except Explained:
            return

    every(SEQUENCES, check, count=SEQUENCES_OF[who])
    assert pair.calls >= CALLS_MIN[who]


@pytest.mark.parametrize("difference", DYNAMODB, ids=lambda each: each.aws[:40])
def test_a_documented_difference_still_exists(difference: Difference, who, other, ours):
    prefix = f"difference-{DYNAMODB.index(difference)}-"
    *before, shown = (tuple(prefixed(call, prefix)) for call in difference.calls)
    for call in before:
        assert answer_of(ours, call) == answer_of(other, call)
    differs = answer_of(ours, shown) != answer_of(other, shown)
    assert differs == (who in difference.who)
