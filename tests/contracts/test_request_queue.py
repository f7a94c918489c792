"""What a request queue promises, wherever it is: to its senders and to its reader."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import count
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from builders import REGION, a_request_body
from headrace_client.errors import (
    FateUnknownError,
    NotConfiguredError,
    NotSentError,
    UnreachableError,
)
from headrace_client.request_queue import Outgoing, SqsRequestQueue
from headrace_local.memory import VirtualClock
from headrace_local.memory_sdk import MemorySqs
from headrace_local.ports import choose_port

BODY_BYTES = 200_000  # far above a usual request, below every emulator's limit
RECEIVES_MAX = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message as it was received."""

    message_id: str
    body: str
    tenant: str
    receipt: str
    receives: int


class OnSqs:
    """A queue as the template makes it, but its messages are not hidden."""

    def __init__(self, sqs) -> None:
        self.sqs = sqs
        self.dead = sqs.create_queue(QueueName=f"dead-{uuid4().hex}")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=self.dead, AttributeNames=["QueueArn"])
        policy = {
            "deadLetterTargetArn": arn["Attributes"]["QueueArn"],
            "maxReceiveCount": RECEIVES_MAX,
        }
        url = sqs.create_queue(
            QueueName=f"requests-{uuid4().hex}",
            Attributes={
                "VisibilityTimeout": "0",
                "RedrivePolicy": json.dumps(policy),
            },
        )["QueueUrl"]
        self.queue = SqsRequestQueue(sqs=sqs, url=url)

    def receive(self):
        return self._received(self.queue.url)

    def delete(self, receipt):
        self.sqs.delete_message(QueueUrl=self.queue.url, ReceiptHandle=receipt)

    def dead_letters(self):
        return [message.body for message in self._received(self.dead)]

    def _received(self, url):
        answer = self.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
        )
        return [
            Received(
                message_id=message["MessageId"],
                body=message["Body"],
                tenant=message["Attributes"]["MessageGroupId"],
                receipt=message["ReceiptHandle"],
                receives=int(message["Attributes"]["ApproximateReceiveCount"]),
            )
            for message in answer.get("Messages", [])
        ]


def a_memory_sqs(clock):
    numbers = count(1)
    return MemorySqs(clock, new_id=lambda: f"message-{next(numbers)}")


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
        yield a_memory_sqs(VirtualClock())
    elif request.param == "ministack":
        yield an_sqs_client(request.getfixturevalue("ministack_url"))
    else:
        with mock_aws():
            yield an_sqs_client()


@pytest.fixture
def place(sqs):
    return OnSqs(sqs)


def test_what_was_sent_arrives_as_it_was_under_the_id_that_was_returned(place):
    body = a_request_body(parameters={"name": "Ünïcödé \U0001f682"})
    message_id = place.queue.send(body, tenant="default")
    [message] = place.receive()
    assert (message.message_id, message.body) == (message_id, body)


def test_the_tenant_is_the_message_group(place):
    place.queue.send(a_request_body(), tenant="acme")
    [message] = place.receive()
    assert message.tenant == "acme"


def test_requests_of_one_tenant_do_not_wait_for_each_other(place):
    """A message group orders a FIFO queue; on a standard queue it must not block."""
    for number in range(2):
        place.queue.send(a_request_body(idempotencyKey=f"r-{number}"), tenant="acme")
    keys = {
        json.loads(message.body)["idempotencyKey"]
        for _ in range(2)
        for message in place.receive()
    }
    assert keys == {"r-0", "r-1"}


def outgoing(number, **changes):
    key = f"r-{number}"
    fields = {
        "body": a_request_body(idempotencyKey=key),
        "tenant": "default",
        "job_id": "a" * 26,
        "idempotency_key": key,
        "fingerprint": "f",
    }
    return Outgoing(**(fields | changes))


def test_a_batch_arrives_each_message_under_its_id_and_in_its_group(place):
    requests = [outgoing(0), outgoing(1, tenant="acme")]
    ids = place.queue.send_batch(requests)
    received = {
        m.message_id: (m.body, m.tenant) for _ in range(2) for m in place.receive()
    }
    assert received == {
        message_id: (request.body, request.tenant)
        for message_id, request in zip(ids, requests, strict=True)
    }


def test_a_batch_above_the_limit_is_not_sent(place):
    text = "x" * 900_000
    requests = [
        outgoing(n, body=a_request_body(parameters={"text": text})) for n in range(2)
    ]
    with pytest.raises(NotSentError) as caught:
        place.queue.send_batch(requests)
    assert not caught.value.is_final
    assert place.receive() == []


def test_a_large_body_arrives_whole(place):
    body = a_request_body(parameters={"text": "x" * BODY_BYTES})
    place.queue.send(body, tenant="default")
    [message] = place.receive()
    assert message.body == body


def test_a_body_that_sqs_does_not_take_is_told(place):
    body = a_request_body(parameters={"text": "x" * 1_048_576})
    with pytest.raises(UnreachableError):
        place.queue.send(body, tenant="default")


def test_a_message_that_was_not_deleted_comes_back_and_is_counted(place):
    message_id = place.queue.send(a_request_body(), tenant="default")
    received = [place.receive() for _ in range(2)]
    assert [(m.message_id, m.receives) for [m] in received] == [
        (message_id, 1),
        (message_id, 2),
    ]


def test_a_deleted_message_does_not_come_back(place):
    place.queue.send(a_request_body(), tenant="default")
    [message] = place.receive()
    place.delete(message.receipt)
    assert place.receive() == []


def test_a_message_that_was_received_too_often_is_a_dead_letter(place):
    body = a_request_body()
    place.queue.send(body, tenant="default")
    for _ in range(RECEIVES_MAX):
        assert len(place.receive()) == 1
    assert place.receive() == []
    assert place.dead_letters() == [body]


def test_a_queue_that_does_not_exist_is_told(sqs):
    url = sqs.create_queue(QueueName=f"requests-{uuid4().hex}")["QueueUrl"]
    missing = SqsRequestQueue(sqs=sqs, url=url + "-missing")
    with pytest.raises(NotConfiguredError, match="no such queue"):
        missing.send(a_request_body(), tenant="default")
    with pytest.raises(NotSentError, match="no such queue") as caught:
        missing.send_batch([outgoing(1)])
    assert caught.value.is_final


def test_a_queue_that_does_not_answer_is_told():
    port = choose_port(None, purpose="nothing", option="none")
    endpoint = f"http://127.0.0.1:{port}"
    queue = SqsRequestQueue(
        sqs=an_sqs_client(endpoint), url=f"{endpoint}/1/requests", endpoint=endpoint
    )
    with pytest.raises(UnreachableError, match=f"nothing answers at {endpoint}"):
        queue.send(a_request_body(), tenant="default")
    with pytest.raises(FateUnknownError, match="nothing answers"):
        queue.send_batch([outgoing(1)])
