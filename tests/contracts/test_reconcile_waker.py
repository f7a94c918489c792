"""The waker asks Lambda once, and a lost call is told to operators only."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ConnectTimeoutError

from builders import REGION, TASK_ARN
from headrace.aws.reconcile_waker import ReconcileWaker
from headrace.errors import TryLater
from headrace_local.memory import CollectedSignals

NAME = "headrace-reconcile"


@pytest.fixture
def client():
    return boto3.session.Session().client(
        "lambda",
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.fixture
def signals():
    return CollectedSignals()


def answer_with(client, status):
    """Let Lambda answer every call with a status; return the requests it got."""
    requests = []

    def answer(request, **_):
        requests.append(request)
        response = AWSResponse(request.url, status, {}, None)
        response._content = b"{}"
        return response

    client.meta.events.register_first("before-send.lambda.Invoke", answer)
    return requests


def test_reconcile_is_invoked_once_without_waiting_for_it(client, signals):
    requests = answer_with(client, 202)
    ReconcileWaker(client, NAME, signals).wake(stray_task_arns=[TASK_ARN])
    (request,) = requests
    assert request.url.endswith(f"/functions/{NAME}/invocations")
    assert request.headers["X-Amz-Invocation-Type"] == b"Event"
    assert json.loads(request.body) == {"strayTaskArns": [TASK_ARN]}
    assert signals.all() == []


def test_most_calls_name_no_tasks(client, signals):
    requests = answer_with(client, 202)
    ReconcileWaker(client, NAME, signals).wake()
    assert json.loads(requests[0].body) == {"strayTaskArns": []}


@pytest.mark.parametrize("status", [403, 429, 500])
def test_a_refused_call_is_a_signal_and_no_error(client, signals, status):
    answer_with(client, status)
    ReconcileWaker(client, NAME, signals).wake()
    (signal,) = signals.of("reconcile.wake_failed")
    assert str(status) in signal.fields["detail"]


@pytest.mark.parametrize("status", [403, 429, 500])
def test_a_refused_call_that_names_tasks_is_an_error_too(client, signals, status):
    answer_with(client, status)
    with pytest.raises(TryLater, match=str(status)):
        ReconcileWaker(client, NAME, signals).wake(stray_task_arns=[TASK_ARN])


def test_a_call_without_an_answer_is_a_signal_and_no_error(client, signals):
    def never(request, **_):
        raise ConnectTimeoutError(endpoint_url=request.url)

    client.meta.events.register_first("before-send.lambda.Invoke", never)
    ReconcileWaker(client, NAME, signals).wake()
    assert len(signals.of("reconcile.wake_failed")) == 1
