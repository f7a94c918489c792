from __future__ import annotations

import pytest
from botocore import exceptions as aws

from headrace.errors import JobMoved, RecordUnreadable, StoreBusy
from headrace_client.aws_problems import speaking_to_aws
from headrace_client.errors import (
    NotConfiguredError,
    UnreachableError,
)

ENDPOINT = "http://127.0.0.1:4566"


def refused(code):
    return aws.ClientError({"Error": {"Code": code, "Message": "no"}}, "GetItem")


def because(error, cause):
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind", "told"),
    [
        (refused("AccessDeniedException"), UnreachableError, "not allowed to list"),
        (refused("ExpiredTokenException"), NotConfiguredError, "ExpiredToken"),
        (
            refused("ResourceNotFoundException"),
            NotConfiguredError,
            "no such queue or table",
        ),
        (refused("ThrottlingException"), UnreachableError, "limits the call rate"),
        (refused("SomethingNew"), UnreachableError, "SomethingNew"),
        (
            because(StoreBusy("busy"), refused("ThrottlingException")),
            UnreachableError,
            "limits the call rate",
        ),
        (
            because(StoreBusy("busy"), aws.ReadTimeoutError(endpoint_url=ENDPOINT)),
            UnreachableError,
            f"nothing answers at {ENDPOINT}",
        ),
        (
            aws.EndpointConnectionError(endpoint_url=ENDPOINT),
            UnreachableError,
            f"nothing answers at {ENDPOINT}",
        ),
        (StoreBusy("busy"), UnreachableError, "just now: busy"),
        (aws.NoCredentialsError(), NotConfiguredError, "no AWS credentials"),
        (RecordUnreadable("record: schema 2"), UnreachableError, "schema 2"),
    ],
)
def test_each_failure_says_what_it_means_and_what_to_try(error, kind, told):
    with (
        pytest.raises(kind, match=r"\.$") as caught,
        speaking_to_aws("list jobs", endpoint=ENDPOINT),
    ):
        raise error
    assert told in caught.value.problem
    assert caught.value.advice
    assert caught.value.__cause__ is error


def test_without_an_endpoint_it_was_aws_that_did_not_answer():
    with (
        pytest.raises(UnreachableError, match="AWS did not answer"),
        speaking_to_aws("list jobs"),
    ):
        raise aws.EndpointConnectionError(endpoint_url="https://sqs.amazonaws.com")


def test_what_is_not_awss_doing_passes():
    error = JobMoved("a" * 26, None)
    with pytest.raises(JobMoved), speaking_to_aws("list jobs"):
        raise error
