"""Our SQS in memory answers as the emulators do, but where AWS does otherwise."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from agreement import Difference, Disagreed, answer_of, every
from agreement_exceptions import SQS
from agreement_queues import CALLS, QueueCalls
from builders import REGION
from headrace_local.memory import VirtualClock
from headrace_local.memory_sdk import MemorySqs

SEQUENCES_OF = {"moto": 120, "ministack": 60}
CALLS_MIN = {"moto": 1_000, "ministack": 400}
"""Of these at least the answers must have been compared."""

RECEIVES_MAX = 3


def an_sqs_client(endpoint_url=None):
    return boto3.session.Session().client(
        "sqs",
        region_name=REGION,
        endpoint_url=endpoint_url,
        aws_access_key_id="123456789012",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )


def policy(arn: str) -> str:
    return json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": RECEIVES_MAX})


@pytest.fixture(scope="module", params=["moto", "ministack"])
def who(request):
    return request.param


@pytest.fixture(scope="module")
def other(who, request):
    if who == "ministack":
        yield an_sqs_client(request.getfixturevalue("ministack_url"))
    else:
        with mock_aws():
            yield an_sqs_client()


def both(other: Any, name: str) -> tuple[QueueCalls, QueueCalls]:
    numbers = count()
    ours = MemorySqs(VirtualClock(), new_id=lambda: f"message-{next(numbers)}")
    return QueueCalls(ours, name, policy), QueueCalls(other, name, policy)


def done(queue: QueueCalls, call: Any) -> Any:
    return answer_of(queue, ("do", {"kind": call[0], "arguments": call[1]}))


def test_generated_sequences_of_calls_are_answered_alike(who, other):
    known = [each for each in SQS if who in each.who]
    numbers, compared = count(), []

    def check(sequence):
        ours, others = both(other, f"{who}-{next(numbers)}")
        for call in sequence:
            mine, its = done(ours, call), done(others, call)
            compared.append(call)
            if mine == its:
                continue
            if any(each.explains(call, mine, its) for each in known):
                return
            raise Disagreed(f"{call}\n ours: {mine}\nother: {its}")

    every(CALLS, check, count=SEQUENCES_OF[who])
    assert len(compared) >= CALLS_MIN[who]


@pytest.mark.parametrize("difference", SQS, ids=lambda each: each.aws[:40])
def test_a_documented_difference_still_exists(difference: Difference, who, other):
    ours, others = both(other, f"{who}-difference-{SQS.index(difference)}")
    *before, shown = difference.calls
    for call in before:
        assert done(ours, call) == done(others, call)
    differs = done(ours, shown) != done(others, shown)
    assert differs == (who in difference.who)
