"""What dead-letter queues promise to those who look, wherever the queues are."""

from __future__ import annotations

from itertools import count
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from builders import REGION, a_request_body
from headrace_client.errors import NotConfiguredError
from headrace_client.redrive import Depth, Hold
from headrace_client.redrive.sqs import SqsDeadLetters, SqsLiveQueue
from headrace_local.memory import VirtualClock
from headrace_local.memory_sdk import MemorySqs

HOUR = 3600


def an_sqs_client(endpoint_url=None):
    return boto3.session.Session().client(
        "sqs",
        region_name=REGION,
        endpoint_url=endpoint_url,
        aws_access_key_id="123456789012",
        aws_secret_access_key="test",
        config=Config(
            connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 1}
        ),
    )


@pytest.fixture(params=["memory", "moto", "ministack"])
def sqs(request):
    if request.param == "memory":
        numbers = count(1)
        yield MemorySqs(VirtualClock(), new_id=lambda: f"message-{next(numbers)}")
    elif request.param == "ministack":
        yield an_sqs_client(request.getfixturevalue("ministack_url"))
    else:
        with mock_aws():
            yield an_sqs_client()


class Queue:
    """A dead-letter queue with messages that somebody else puts there."""

    def __init__(self, sqs, name="requests"):
        self.sqs = sqs
        self.url = sqs.create_queue(QueueName=f"dead-{uuid4().hex}")["QueueUrl"]
        self.letters = SqsDeadLetters(sqs=sqs, name=name, url=self.url, wait_seconds=0)

    def put(self, body, **more):
        answer = self.sqs.send_message(QueueUrl=self.url, MessageBody=body, **more)
        return answer["MessageId"]

    def seen_by_others(self):
        """What somebody else would receive now; it stays visible."""
        answer = self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, VisibilityTimeout=0
        )
        return {message["MessageId"] for message in answer.get("Messages", ())}


@pytest.fixture
def queue(sqs):
    return Queue(sqs)


def test_a_message_is_received_as_it_was_sent(queue):
    body = a_request_body(parameters={"name": "Ünïcödé \U0001f682"})
    message_id = queue.put(
        body,
        MessageGroupId="acme",
        MessageAttributes={
            "ERROR_CODE": {"DataType": "String", "StringValue": "NO_PERMISSIONS"},
            "BLOB": {"DataType": "Binary", "BinaryValue": b"\x00"},
        },
    )
    [letter] = queue.letters.receive(limit=5, hidden_seconds=HOUR)
    assert (letter.message_id, letter.body, letter.group) == (message_id, body, "acme")
    assert dict(letter.attributes) == {"ERROR_CODE": "NO_PERMISSIONS"}
    assert letter.receives == 1


def test_more_than_a_batch_is_received_and_none_twice(queue):
    sent = {queue.put(str(number)) for number in range(23)}
    letters = queue.letters.receive(limit=100, hidden_seconds=HOUR)
    assert sorted(letter.message_id for letter in letters) == sorted(sent)


def test_no_more_are_received_than_asked_for(queue):
    for number in range(5):
        queue.put(str(number))
    assert len(queue.letters.receive(limit=3, hidden_seconds=HOUR)) == 3
    assert len(queue.letters.receive(limit=3, hidden_seconds=HOUR)) == 2


def test_what_is_held_is_counted_apart(queue):
    for number in range(3):
        queue.put(str(number))
    queue.letters.receive(limit=1, hidden_seconds=HOUR)
    assert queue.letters.depth() == Depth(waiting=2, held=1)


def test_a_deleted_message_is_gone(queue):
    queue.put("x")
    [letter] = queue.letters.receive(limit=1, hidden_seconds=HOUR)
    queue.letters.delete(letter)
    assert queue.letters.depth() == Depth(waiting=0, held=0)


def test_what_a_hold_did_not_settle_is_visible_to_others_when_it_ends(queue):
    sent = {queue.put(str(number)) for number in range(12)}
    with Hold({"requests": queue.letters}, limit=100, beats=False) as hold:
        assert queue.seen_by_others() == set()
        settled = next(iter(hold))
        hold.settle(settled)
        assert len(hold) == 11
    seen = set().union(*(queue.seen_by_others() for _ in range(10)))
    assert seen <= sent - {settled.message_id}
    assert queue.letters.depth() == Depth(waiting=11, held=0)


def test_an_interrupted_hold_gives_back_too(queue):
    message_id = queue.put("x")
    with (
        pytest.raises(KeyboardInterrupt),
        Hold({"requests": queue.letters}, limit=1, beats=False),
    ):
        raise KeyboardInterrupt
    assert queue.seen_by_others() == {message_id}


def test_giving_back_passes_over_what_somebody_else_deleted(queue):
    gone_id, kept_id = queue.put("gone"), queue.put("kept")
    with Hold({"requests": queue.letters}, limit=2, beats=False) as hold:
        [gone] = [letter for letter in hold if letter.message_id == gone_id]
        queue.letters.delete(gone)
        hold.beat()
    assert queue.seen_by_others() == {kept_id}


def test_a_queue_that_cannot_be_read_gives_back_what_the_others_gave(queue):
    message_id = queue.put("x")
    missing = SqsDeadLetters(sqs=queue.sqs, name="schedules", url=queue.url + "-none")
    hold = Hold({"requests": queue.letters, "schedules": missing}, limit=1, beats=False)
    with pytest.raises(NotConfiguredError, match="receive schedules"), hold:
        pass
    assert queue.seen_by_others() == {message_id}


def test_a_message_sent_to_a_live_queue_keeps_its_group(queue):
    live = SqsLiveQueue(sqs=queue.sqs, url=queue.url)
    message_id = live.send("body", group="acme")
    live.send("other", group=None)
    letters = queue.letters.receive(limit=10, hidden_seconds=HOUR)
    groups = {letter.body: (letter.message_id, letter.group) for letter in letters}
    assert groups["body"] == (message_id, "acme")
    assert groups["other"][1] is None


def test_a_beat_holds_for_another_minute():
    """On a clock of our own: no emulator lets an hour pass."""
    clock = VirtualClock()
    numbers = count(1)
    sqs = MemorySqs(clock, new_id=lambda: f"message-{next(numbers)}")
    queue = Queue(sqs)
    message_id = queue.put("x")
    with Hold({"requests": queue.letters}, limit=1, beats=False) as hold:
        for _ in range(10):
            clock.pause(50)
            hold.beat()
        assert queue.seen_by_others() == set()
        clock.pause(70)
        assert queue.seen_by_others() == {message_id}
