"""What a sender of requests promises, wherever the queue is."""

from __future__ import annotations

import json
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from builders import REGION, a_request_body
from headrace_client.errors import NotFoundError, UnreachableError
from headrace_client.request_queue import SqsRequestQueue
from headrace_local.ports import choose_port

BODY_BYTES = 200_000  # far above a usual request, below every emulator's limit


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


@pytest.fixture(params=["moto", "ministack"])
def sqs(request):
    if request.param == "ministack":
        yield an_sqs_client(request.getfixturevalue("ministack_url"))
    else:
        with mock_aws():
            yield an_sqs_client()


@pytest.fixture
def queue(sqs):
    url = sqs.create_queue(QueueName=f"requests-{uuid4().hex}")["QueueUrl"]
    return SqsRequestQueue(sqs=sqs, url=url)


def received(queue):
    answer = queue.sqs.receive_message(
        QueueUrl=queue.url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
    )
    return answer.get("Messages", [])


def test_what_was_sent_arrives_as_it_was_under_the_id_that_was_returned(queue):
    body = a_request_body(parameters={"name": "Ünïcödé \U0001f682"})
    message_id = queue.send(body, tenant="default")
    [message] = received(queue)
    assert (message["MessageId"], message["Body"]) == (message_id, body)


def test_the_tenant_is_the_message_group(queue):
    queue.send(a_request_body(), tenant="acme")
    [message] = received(queue)
    assert message["Attributes"]["MessageGroupId"] == "acme"


def test_requests_of_one_tenant_do_not_wait_for_each_other(queue):
    """A message group orders a FIFO queue; on a standard queue it must not block."""
    for number in range(2):
        queue.send(a_request_body(idempotencyKey=f"r-{number}"), tenant="acme")
    keys = {
        json.loads(message["Body"])["idempotencyKey"]
        for _ in range(2)
        for message in received(queue)
    }
    assert keys == {"r-0", "r-1"}


def test_a_large_body_arrives_whole(queue):
    body = a_request_body(parameters={"text": "x" * BODY_BYTES})
    queue.send(body, tenant="default")
    [message] = received(queue)
    assert message["Body"] == body


def test_a_queue_that_does_not_exist_is_told(queue):
    missing = SqsRequestQueue(sqs=queue.sqs, url=queue.url + "-missing")
    with pytest.raises(NotFoundError, match="no such queue"):
        missing.send(a_request_body(), tenant="default")


def test_a_queue_that_does_not_answer_is_told():
    port = choose_port(None, purpose="nothing", option="none")
    endpoint = f"http://127.0.0.1:{port}"
    queue = SqsRequestQueue(
        sqs=an_sqs_client(endpoint), url=f"{endpoint}/1/requests", endpoint=endpoint
    )
    with pytest.raises(UnreachableError, match=f"nothing answers at {endpoint}"):
        queue.send(a_request_body(), tenant="default")
