"""Answers that no local ECS gives, and what the adapter makes of them."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from builders import CLUSTER_ARN, TASK_ARN, a_placement
from headrace.aws.ecs_runner import EcsRunner
from headrace.errors import TryLater
from headrace.launches.launch import (
    Clashed,
    LaunchOrder,
    RefusalKind,
    Refused,
    Started,
    Unanswered,
)

TOKEN = "a" * 26 + "-1-1"
ORDER = LaunchOrder(token=TOKEN, request={"clientToken": TOKEN, "startedBy": TOKEN})
ONCE = {"HTTPStatusCode": 200, "RetryAttempts": 0}


class Answering:
    """An ECS client that gives one answer to every call, and keeps the requests."""

    def __init__(self, answer):
        self.answer = answer
        self.requests = []

    def __getattr__(self, name):
        def call(**request):
            self.requests.append((name, request))
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer

        return call


def answer_to(answer):
    return EcsRunner(Answering(answer), Answering({}), a_placement()).run(ORDER)


def an_error(code, status=400, **metadata):
    response = {
        "Error": {"Code": code, "Message": "why"},
        "ResponseMetadata": {"HTTPStatusCode": status, "RetryAttempts": 0} | metadata,
    }
    return ClientError(response, "RunTask")


def test_exactly_the_frozen_request_is_sent():
    client = Answering({"tasks": [{"taskArn": TASK_ARN, "startedBy": TOKEN}]})
    EcsRunner(client, Answering({}), a_placement()).run(ORDER)
    assert client.requests == [("run_task", ORDER.request)]


def test_a_task_wins_over_failures():
    answer = {
        "tasks": [{"taskArn": TASK_ARN, "startedBy": TOKEN}],
        "failures": [{"reason": "RESOURCE:CPU"}],
        "ResponseMetadata": ONCE,
    }
    assert answer_to(answer) == Started(TASK_ARN)


def test_a_replayed_stopped_task_may_come_without_its_started_by():
    answer = {"tasks": [{"taskArn": TASK_ARN}], "ResponseMetadata": ONCE}
    assert answer_to(answer) == Started(TASK_ARN)


def test_a_task_that_another_launch_started_is_a_clash():
    answer = {"tasks": [{"taskArn": TASK_ARN, "startedBy": "somebody"}]}
    clash = answer_to(answer)
    assert isinstance(clash, Clashed)
    assert clash.task_arns == (TASK_ARN,)


@pytest.mark.parametrize("answer", [{}, {"tasks": []}, {"tasks": [], "failures": []}])
def test_an_answer_with_neither_tasks_nor_failures_says_nothing(answer):
    assert isinstance(answer_to(answer), Unanswered)


@pytest.mark.parametrize(
    "metadata", [{}, {"RetryAttempts": 1}, {"RetryAttempts": None}]
)
def test_a_refusal_is_certain_only_if_the_sdk_counted_no_retry(metadata):
    failed = {"failures": [{"reason": "AGENT"}], "ResponseMetadata": metadata}
    assert not answer_to(failed).is_certain


def test_an_error_after_a_retry_is_not_certain():
    assert answer_to(an_error("ThrottlingException")).is_certain
    assert not answer_to(an_error("ThrottlingException", RetryAttempts=1)).is_certain


def test_a_conflict_without_resources_clashes_with_no_task():
    assert answer_to(an_error("ConflictException")) == Clashed((), "why")


@pytest.mark.parametrize(
    "error",
    [
        ReadTimeoutError(endpoint_url="x"),
        ConnectTimeoutError(endpoint_url="x"),
        EndpointConnectionError(endpoint_url="x"),
        NoCredentialsError(),
        ResponseParserError("no JSON"),
        an_error("ServerException", 500),
        an_error("ThrottlingException", 503),
        an_error("503", 503),
        an_error("NewIn2027Exception"),
    ],
)
def test_whatever_leaves_the_effect_open_is_no_answer(error):
    assert isinstance(answer_to(error), Unanswered)


def test_a_request_that_botocore_refuses_was_never_sent():
    answer = answer_to(ParamValidationError(report="Unknown parameter"))
    assert isinstance(answer, Refused)
    assert (answer.kind, answer.is_certain) == (RefusalKind.PERMANENT, True)


def describe(answer):
    runner = EcsRunner(Answering({}), Answering(answer), a_placement())
    return runner.describe([TASK_ARN])


NOTHING_SAID = [
    {"tasks": [], "failures": []},
    {"tasks": [], "failures": [{"arn": TASK_ARN, "reason": "SOMETHING"}]},
    {"tasks": [{"taskArn": TASK_ARN}], "failures": []},
]


@pytest.mark.parametrize("answer", NOTHING_SAID)
def test_a_task_of_which_ecs_says_nothing_is_neither_known_nor_missing(answer):
    described = describe(answer)

    assert (list(described.reports), described.missing) == ([], frozenset())
    assert described.untold == {TASK_ARN}


@pytest.mark.parametrize("answer", NOTHING_SAID)
def test_a_search_that_lists_such_a_task_is_not_complete(answer):
    listing = Answering({"taskArns": [TASK_ARN], **answer})
    runner = EcsRunner(Answering({}), listing, a_placement())

    with pytest.raises(TryLater, match="not visible yet"):
        runner.find_running("any", cluster_arn=CLUSTER_ARN)
    with pytest.raises(TryLater, match="said nothing of"):
        runner.stopped_page("any", cluster_arn=CLUSTER_ARN, cursor=None)


@pytest.mark.parametrize(
    "error", [ReadTimeoutError(endpoint_url="x"), an_error("ServerException", 500)]
)
def test_a_description_without_an_answer_is_to_be_repeated(error):
    with pytest.raises(TryLater, match="DescribeTasks"):
        describe(error)


@pytest.mark.parametrize("code", ["InvalidParameterException", "ClientException"])
def test_a_stop_of_a_task_that_was_forgotten_is_no_error(code):
    error = an_error(code)
    error.response["Error"]["Message"] = "The referenced task was not found."
    EcsRunner(Answering({}), Answering(error), a_placement()).stop(
        TASK_ARN, reason="cancelled"
    )
