"""The example schedules as files: what they send, to whom, and what they may do."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from samtranslator.yaml_helper import yaml_parse

from expanded_template import ROOT, source, statements, target
from headrace.requests.parsing import parse_request
from headrace.requests.request import SubmitRequest
from schedule_fires import EXAMPLE, RULE_NAME, filled_in, transformed

TEMPLATE = yaml_parse((EXAMPLE / "template.yaml").read_text())
RESOURCES = {
    name: resource["Properties"] for name, resource in TEMPLATE["Resources"].items()
}
PAGE = (ROOT / "docs" / "schedules.md").read_text()
SLOT = "2026-11-22T02:00:00Z"
NOW = datetime(2026, 11, 22, 2, 0, 1, tzinfo=UTC)
ARN = "arn:aws:scheduler:eu-west-1:123456789012:schedule/example/example-nightly"
# As long as AWS lets them be: 64 characters each for region, group and schedule.
LONGEST_ARN = (
    "arn:aws-iso-b:scheduler:"
    f"ap-southeast-12:123456789012:schedule/{'g' * 64}/{'s' * 64}"
)
TARGETS = {
    "schedule": RESOURCES["NightlySchedule"]["Target"],
    "rule": RESOURCES["HourlyRule"]["Targets"][0],
}


def sent(kind, *, slot=SLOT, fire="d32c5kddcf5bb8c3", arn=ARN, rule_name=RULE_NAME):
    """The body that a fire sends."""
    if kind == "rule":
        transformer = TARGETS[kind]["InputTransformer"]
        return transformed(transformer, slot, fire, rule_name=rule_name)
    return filled_in(TARGETS[kind]["Input"], arn=arn, slot=slot, fire=fire)


def parsed(body):
    request = parse_request(body, pinned_tenant=None, now=NOW)
    assert isinstance(request, SubmitRequest)
    return request


@pytest.mark.parametrize("kind", TARGETS)
def test_another_fire_of_the_slot_asks_for_the_same_and_another_slot_does_not(kind):
    first, again = parsed(sent(kind)), parsed(sent(kind, fire="e41d6leedg6cc9d4"))
    later = parsed(sent(kind, slot="2026-11-23T02:00:00Z"))
    assert first.idempotency_key == again.idempotency_key
    assert first.fingerprint == again.fingerprint
    assert later.idempotency_key != first.idempotency_key


@pytest.mark.parametrize("kind", TARGETS)
def test_the_key_is_made_of_who_and_when_and_not_of_the_fire(kind):
    body = json.loads(sent(kind, fire="d32c5kddcf5bb8c3"))
    who = {"schedule": ARN, "rule": RULE_NAME}[kind]
    assert body["idempotencyKey"] == f"{who}@{SLOT}"
    assert body.pop("correlationId") == "d32c5kddcf5bb8c3"
    assert "d32c5kddcf5bb8c3" not in json.dumps(body)
    assert "<" not in json.dumps(body)


@pytest.mark.parametrize("kind", TARGETS)
def test_the_key_is_one_even_where_names_are_as_long_as_they_may_be(kind):
    parsed(sent(kind, arn=LONGEST_ARN, rule_name="r" * 64))
    parsed(sent(kind, arn=ARN.replace("nightly", "a.b_c-D9"), rule_name="a.b_c-D9"))


@pytest.mark.parametrize("kind", TARGETS)
def test_a_slot_may_start_as_long_as_it_may_be_sent(kind):
    request = parsed(sent(kind))
    assert request.scheduled_at == NOW - timedelta(seconds=1)
    sent_within = TARGETS[kind]["RetryPolicy"]["MaximumEventAgeInSeconds"]
    assert request.start_deadline_seconds == sent_within


@pytest.mark.parametrize("kind", TARGETS)
def test_both_go_through_the_request_queue_and_keep_what_they_could_not_send(kind):
    assert TARGETS[kind]["Arn"] == {"Ref": "RequestQueueArn"}
    dead_letters = target(TARGETS[kind]["DeadLetterConfig"]["Arn"])
    assert dead_letters == f"{kind.title()}DeadLetterQueue"
    queue = RESOURCES[dead_letters]
    assert queue["SqsManagedSseEnabled"] is True
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
    alarm = RESOURCES[f"{kind.title()}DeadLetterAlarm"]
    assert target(alarm["Dimensions"][0]["Value"]) == dead_letters


def test_scheduler_may_send_to_two_queues_and_only_for_this_group_and_account():
    role = RESOURCES["ScheduleRole"]
    (trust,) = statements(role["AssumeRolePolicyDocument"])
    assert trust.principal == {"Service": "scheduler.amazonaws.com"}
    assert trust.condition["StringEquals"] == {
        "aws:SourceAccount": {"Ref": "AWS::AccountId"}
    }
    group = trust.condition["ArnEquals"]["aws:SourceArn"]
    assert target(group) == "ScheduleGroup"
    (policy,) = role["Policies"]
    allowed = statements(policy["PolicyDocument"])
    assert {each.actions for each in allowed} == {("sqs:SendMessage",)}
    resources = [target(resource) for each in allowed for resource in each.resources]
    assert resources == ["RequestQueueArn", "ScheduleDeadLetterQueue"]


def test_only_the_rule_of_this_account_keeps_its_missed_slots():
    policy = RESOURCES["RuleDeadLetterQueuePolicy"]["PolicyDocument"]
    (allow,) = (each for each in statements(policy) if each.allows)
    assert allow.principal == {"Service": "events.amazonaws.com"}
    assert allow.actions == ("sqs:SendMessage",)
    assert target(allow.condition["ArnEquals"]["aws:SourceArn"]) == "HourlyRule"
    assert allow.condition["StringEquals"] == {
        "aws:SourceAccount": {"Ref": "AWS::AccountId"}
    }


def test_a_deployment_can_let_the_rule_in_by_the_arn_that_the_page_says():
    (arn,) = re.findall(r"`(arn:aws:events:[^`]+)`", PAGE)
    assert arn.endswith(f":rule/{TEMPLATE['Parameters']['RuleName']['Default']}")
    pattern = source()["Parameters"]["PublisherSourceArns"]["AllowedPattern"]
    arn = arn.replace("REGION", "eu-west-1").replace("ACCOUNT", "123456789012")
    assert re.match(pattern, arn)


@pytest.mark.parametrize("kind", TARGETS)
def test_the_page_shows_the_body_as_it_is_sent(kind):
    shown = [
        json.loads(each) for each in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    ]
    assert json.loads(sent(kind)) in shown
