"""Those who are told: what AWS answers, and what announce makes of it."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ConnectTimeoutError

from builders import NOW, REGION
from headrace.announcements.answers import TokenAnswer
from headrace.announcements.event import Announcement
from headrace.aws.event_bus import EventBridgeBus
from headrace.aws.letter_queue import LetterQueue
from headrace.aws.step_functions import StepFunctions
from headrace.errors import TryLater
from headrace.ports import Answered

URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/letters"
SUCCESS = TokenAnswer(about="job", token="token", output='{"status":"SUCCEEDED"}')
FAILURE = TokenAnswer(about="job", token="token", error="EXIT_CODE", cause="exited")


def a_client(service):
    return boto3.session.Session().client(
        service,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )


def answer_with(client, body, status=200):
    """Let AWS answer every call so; return the requests that it got."""
    requests = []

    def answer(request, **_):
        requests.append(request)
        response = AWSResponse(request.url, status, {}, None)
        response._content = body.encode()
        return response

    client.meta.events.register_first("before-send", answer)
    return requests


def never_answer(client):
    def never(request, **_):
        raise ConnectTimeoutError(endpoint_url=request.url)

    client.meta.events.register_first("before-send", never)


def announcements(number):
    return [Announcement(f"job-{n}", NOW, {"status": "RUNNING"}) for n in range(number)]


def test_an_event_names_its_bus_source_and_kind_and_when_it_happened():
    client = a_client("events")
    requests = answer_with(client, '{"FailedEntryCount": 0, "Entries": [{}]}')
    assert EventBridgeBus(client, "orders").put(announcements(1)) == [None]

    (entry,) = json.loads(requests[0].body)["Entries"]
    assert entry == {
        "EventBusName": "orders",
        "Source": "headrace",
        "DetailType": "Job State Change",
        "Detail": '{"status":"RUNNING"}',
        "Resources": [],
        "Time": NOW.timestamp(),
    }


def test_an_entry_that_is_not_taken_is_told_from_those_that_are():
    client = a_client("events")
    answer_with(
        client,
        '{"FailedEntryCount": 1, "Entries": [{"EventId": "1"},'
        ' {"ErrorCode": "InternalFailure", "ErrorMessage": "no"}]}',
    )
    troubles = EventBridgeBus(client, "orders").put(announcements(2))
    assert troubles == [None, "InternalFailure: no"]


@pytest.mark.parametrize("status", [400, 500])
def test_a_call_that_fails_took_nothing(status):
    client = a_client("events")
    answer_with(client, '{"__type": "ThrottlingException"}', status)
    troubles = EventBridgeBus(client, "orders").put(announcements(2))
    assert len(troubles) == 2
    assert all("PutEvents" in each for each in troubles)


def test_a_call_without_an_answer_took_nothing():
    client = a_client("events")
    never_answer(client)
    assert None not in EventBridgeBus(client, "orders").put(announcements(1))


@pytest.mark.parametrize("answer", [SUCCESS, FAILURE], ids=["success", "failure"])
def test_an_answer_is_taken(answer):
    client = a_client("stepfunctions")
    answer_with(client, "{}")
    assert StepFunctions(client).answer(answer) is Answered.TAKEN


@pytest.mark.parametrize("code", ["InvalidToken", "TaskDoesNotExist", "TaskTimedOut"])
def test_where_nobody_waits_any_more_the_answer_is_over(code):
    client = a_client("stepfunctions")
    answer_with(client, f'{{"__type": "{code}"}}', 400)
    assert StepFunctions(client).answer(SUCCESS) is Answered.CLOSED


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ThrottlingException", 400),
        ("KmsThrottlingException", 400),
        ("AccessDeniedException", 400),
        ("InternalServerError", 500),
    ],
)
def test_whatever_else_is_said_may_be_otherwise_another_time(code, status):
    client = a_client("stepfunctions")
    answer_with(client, f'{{"__type": "{code}"}}', status)
    with pytest.raises(TryLater, match=code):
        StepFunctions(client).answer(FAILURE)


def test_no_answer_at_all_may_be_otherwise_too():
    client = a_client("stepfunctions")
    never_answer(client)
    with pytest.raises(TryLater):
        StepFunctions(client).answer(FAILURE)


def test_a_letter_that_is_not_kept_is_told():
    client = a_client("sqs")
    never_answer(client)
    with pytest.raises(TryLater, match="dead letter"):
        LetterQueue(client, URL).keep("{}")
