"""Every answer of RunTask that AWS documents has one meaning; no other has any."""

from __future__ import annotations

import botocore.session
import pytest

from headrace.aws.error_codes import (
    CONFLICT,
    REFUSAL_CODES,
    UNANSWERED_CODES,
    refusal_of_error,
    refusal_of_reason,
    refusal_of_reasons,
)
from headrace.launches.launch import RefusalKind

SUBNET_THROTTLE = (
    "Error retrieving subnet information for [subnet-0a, subnet-0b]: Rate exceeded"
    " (ErrorCode: Throttling)"
)
GROUP_THROTTLE = (
    "Error retrieving security group information for [sg-0a]: Request limit exceeded."
    " (ErrorCode: RequestLimitExceeded)"
)


def test_every_error_of_run_task_in_the_model_has_a_meaning():
    model = botocore.session.get_session().get_service_model("ecs")
    codes = {shape.name for shape in model.operation_model("RunTask").error_shapes}
    assert len(codes) >= 10
    assert codes <= set(REFUSAL_CODES) | UNANSWERED_CODES | {CONFLICT}


def test_no_code_has_two_meanings():
    assert not set(REFUSAL_CODES) & (UNANSWERED_CODES | {CONFLICT})


@pytest.mark.parametrize("code", ["InvalidParameterException", "ClientException"])
@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (SUBNET_THROTTLE, RefusalKind.THROTTLED),
        (GROUP_THROTTLE, RefusalKind.THROTTLED),
        ("Rate exceeded", RefusalKind.THROTTLED),
        ("Tasks provisioning capacity limit exceeded.", RefusalKind.CAPACITY),
        (
            "You've reached the limit on the number of tasks you can run concurrently",
            RefusalKind.CAPACITY,
        ),
        ("TaskDefinition is inactive", RefusalKind.PERMANENT),
        ("TaskDefinition not found.", RefusalKind.PERMANENT),
        ("No Fargate configuration exists for given values.", RefusalKind.PERMANENT),
        ("Override for container named throttling is not valid", RefusalKind.PERMANENT),
        ("", RefusalKind.PERMANENT),
    ],
)
def test_a_throttle_or_a_quota_hides_in_a_sentence(code, message, kind):
    assert refusal_of_error(code, message, 400) is kind


def test_other_codes_are_not_read_by_their_sentence():
    refusal = refusal_of_error("AccessDeniedException", SUBNET_THROTTLE, 400)
    assert refusal is RefusalKind.DENIED


@pytest.mark.parametrize("code", ["ThrottlingException", "ClientException", "Nobody"])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_no_code_with_a_server_status_is_a_refusal(code, status):
    assert refusal_of_error(code, "Rate exceeded", status) is None


@pytest.mark.parametrize("code", ["", "NewIn2027Exception", *sorted(UNANSWERED_CODES)])
def test_a_code_that_says_nothing_of_the_effect_is_no_refusal(code):
    assert refusal_of_error(code, "Rate exceeded", 400) is None


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("RESOURCE:CPU", RefusalKind.CAPACITY),
        ("RESOURCE:MEMORY", RefusalKind.CAPACITY),
        ("RESOURCE:ENI", RefusalKind.CAPACITY),
        ("RESOURCE:GPU", RefusalKind.CAPACITY),
        ("RESOURCE:PORTS", RefusalKind.CAPACITY),
        (
            (
                "Capacity is unavailable at this time. Please try again later or in a"
                " different availability zone"
            ),
            RefusalKind.CAPACITY,
        ),
        (
            "You've reached the limit on the number of vCPUs you can run concurrently",
            RefusalKind.CAPACITY,
        ),
        ("AGENT", RefusalKind.TRANSIENT),
        ("LOCATION", RefusalKind.PERMANENT),
        ("ATTRIBUTE", RefusalKind.PERMANENT),
        ("MISSING", RefusalKind.PERMANENT),
        ("INACTIVE", RefusalKind.PERMANENT),
        ("SOMETHING ELSE", None),
        ("", None),
    ],
)
def test_a_failure_reason_has_the_meaning_that_aws_documents(reason, kind):
    assert refusal_of_reason(reason) is kind


def test_several_reasons_mean_the_most_hopeful_one():
    assert refusal_of_reasons(["ATTRIBUTE", "RESOURCE:CPU"]) is RefusalKind.CAPACITY
    assert refusal_of_reasons(["ATTRIBUTE", "AGENT"]) is RefusalKind.TRANSIENT
    assert refusal_of_reasons(["NEW", "ATTRIBUTE"]) is RefusalKind.TRANSIENT
    assert refusal_of_reasons(["ATTRIBUTE", "MISSING"]) is RefusalKind.PERMANENT
