"""Every call that is made is allowed, everything else is refused, and nothing is spare.

When one of these fails after a change of the template or of the code:

- "lacking": the call has no permission. Give it to the role of the function.
- "excessive": a policy allows what it must not. Narrow it.
- "unneeded": the answers stay the same without that part. Take it out of the template;
  or, if code needs it, let a scenario of the simulation do what needs it; or, if AWS
  needs it, say so in access/services.py; or, if it limits something, say in
  access/refused.py which call it is to refuse.
"""

from __future__ import annotations

import re

import pytest

from access import functions, refused
from access.call import Call
from access.deployed import Stack
from access.engine import Question, allowed, is_installed
from access.policies import identities
from access.review import STACKS, made, review
from expanded_template import expanded, source
from headrace_local.simulation import deployment
from template_choices import is_so

pytestmark = [
    pytest.mark.skipif(
        not is_installed(),
        reason="needs Node: `make test` installs the rest where npm is found",
    ),
    pytest.mark.xdist_group("permissions"),  # so that the engine is asked once
]

HERE = f"{deployment.REGION}:{deployment.ACCOUNT_ID}"
# Where policies stand, and whether the review reads them.
POLICY_PROPERTIES = {
    ("AWS::IAM::Role", "AssumeRolePolicyDocument"),
    ("AWS::IAM::Role", "Policies"),
    ("AWS::IAM::ManagedPolicy", "PolicyDocument"),
    ("AWS::S3::BucketPolicy", "PolicyDocument"),
    ("AWS::SQS::QueuePolicy", "PolicyDocument"),
    # Not read: it only limits, and tests/template/test_untrusted.py holds it to that.
    ("AWS::EC2::VPCEndpoint", "PolicyDocument"),
}
# AWS's own policies, which are not ours to narrow, and why they are used.
FROM_AWS = {
    "AmazonEC2ContainerServiceforEC2Role": "what the ECS agent of an instance needs",
}


UNTRUSTED_VARIABLES = {"ENABLED": ("HEADRACE_UNTRUSTED_CLUSTER_ARN",), "DISABLED": ()}


def listed(findings):
    return "\n" + "\n".join(findings)


def test_every_call_that_is_made_is_allowed():
    assert review().lacking == [], listed(review().lacking)


def test_every_call_that_must_not_be_made_is_refused():
    assert review().excessive == [], listed(review().excessive)


def test_nothing_of_a_policy_can_be_taken_away_unnoticed():
    assert review().unneeded == [], listed(review().unneeded)


@pytest.mark.parametrize(
    ("action", "resource", "problem"),
    [
        ("dynamodb:GetItems", f"arn:aws:dynamodb:{HERE}:table/some", "invalid.action"),
        ("dynamodb:GetItem", f"arn:aws:sqs:{HERE}:some", "no.resource.types"),
    ],
)
def test_a_question_that_makes_no_sense_gets_no_answer(action, resource, problem):
    call = Call(principal="somebody", action=action, resource=resource)
    arn = f"arn:aws:iam::{deployment.ACCOUNT_ID}:role/somebody"
    question = Question(call=call, principal_arn=arn, identities=(), on_resource=None)
    with pytest.raises(AssertionError, match=problem):
        allowed([question])


@pytest.mark.parametrize(
    ("function_id", "actions"),
    [
        (
            "DispatchFunction",
            {
                "dynamodb:PutItem",
                "ecs:RunTask",
                "iam:PassRole",
                "lambda:InvokeFunction",
                "s3:GetObject",
                "s3:PutObject",
            },
        ),
        ("RecordFunction", {"dynamodb:UpdateItem", "lambda:InvokeFunction"}),
        ("ReconcileFunction", {"dynamodb:Query", "ecs:StopTask", "ecs:ListTasks"}),
        (
            "AnnounceFunction",
            {
                "dynamodb:GetItem",
                "events:PutEvents",
                "sqs:SendMessage",
                "states:SendTaskFailure",
                "states:SendTaskSuccess",
            },
        ),
    ],
)
def test_the_scenarios_bring_the_functions_to_make_their_calls(function_id, actions):
    calls = functions.recorded()[function_id]
    assert actions <= {call.action for call in calls}


def test_a_launch_passes_the_task_role_and_the_execution_role():
    for function_id in ("DispatchFunction", "ReconcileFunction"):
        calls = functions.recorded()[function_id]
        passed = {call.resource for call in calls if call.action == "iam:PassRole"}
        assert f"{deployment.ROLES_ARN}twice" in passed
        assert f"{deployment.ROLES_ARN}start" in passed
        assert f"{deployment.UNTRUSTED_ROLES_ARN}start" in passed


def test_launches_of_both_classes_are_made_and_crossed():
    for function_id in ("DispatchFunction", "ReconcileFunction"):
        calls = functions.recorded()[function_id]
        launches = [call for call in calls if call.action == "ecs:RunTask"]
        assert {call.context["ecs:cluster"] for call in launches} == {
            deployment.CLUSTER_ARN,
            deployment.UNTRUSTED_CLUSTER_ARN,
        }


def test_the_functions_are_told_the_names_that_their_recorded_calls_use():
    for name, stack in STACKS.items():
        for function in stack.of_type("AWS::Lambda::Function").values():
            variables = function["Environment"]["Variables"]
            for variable in (
                "HEADRACE_JOB_TABLE_NAME",
                "HEADRACE_CLUSTER_ARN",
                *UNTRUSTED_VARIABLES[stack.given["UntrustedClass"]],
                "HEADRACE_RECONCILE_FUNCTION_NAME",
                "HEADRACE_DEPLOYMENT_ID",
                "HEADRACE_PARAMETER_BUCKET_NAME",
            ):
                told = variables.get(variable, deployment.SETTINGS[variable])
                assert told == deployment.SETTINGS[variable], (name, variable)


def test_every_policy_of_the_template_is_looked_at():
    written = {
        (resource["Type"], name)
        for resource in expanded()["Resources"].values()
        for name in resource.get("Properties", {})
        if "PolicyDocument" in name or name == "Policies"
    }
    assert written == POLICY_PROPERTIES


def test_policies_of_aws_are_used_only_where_a_reason_is_written():
    used = {
        arn.rpartition("/")[2]
        for stack in STACKS.values()
        for role in stack.of_type("AWS::IAM::Role").values()
        for arn in role.get("ManagedPolicyArns", ())
        if ":iam::aws:" in arn
    }
    assert used == FROM_AWS.keys()


def conditions_in(node):
    """The conditions that a value depends on."""
    if isinstance(node, dict):
        if "Fn::If" in node:
            yield node["Fn::If"][0]
        for value in node.values():
            yield from conditions_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from conditions_in(value)


def test_each_condition_that_policies_depend_on_is_seen_both_ways():
    resources = [
        each
        for each in expanded()["Resources"].values()
        for name in each.get("Properties", {})
        if (each["Type"], name) in POLICY_PROPERTIES
    ]
    named = {each["Condition"] for each in resources if "Condition" in each}
    named |= {name for each in resources for name in conditions_in(each["Properties"])}
    for name in named:
        seen = {is_so(name, stack.given) for stack in STACKS.values()}
        assert seen == {True, False}, f"add a deployment to access/review.py for {name}"


@pytest.mark.parametrize(
    ("action", "difference"),
    [
        ("sqs:SendMessage", "without TLS"),
        ("sqs:SendMessage", "for another resource"),
        ("sqs:SendMessage", "with another aws:SourceAccount"),
        ("sqs:SendMessage", "from another account"),
        ("sqs:SendMessage", "by another service"),
        ("sqs:SendMessage", "by nobody in particular"),
        ("sqs:SendMessage", "named, and another account's"),
        ("sqs:ReceiveMessage", "without TLS"),
        ("ecs:RunTask", "with another ecs:cluster"),
        ("ecs:RunTask", "with another ecs:enable-execute-command"),
        ("ecs:RunTask", "of somebody else's"),
        ("ecs:RunTask", "by RecordRole"),
        ("ecs:StopTask", "with another ecs:cluster"),
        ("iam:PassRole", "of somebody else's"),
        ("iam:PassRole", "with another iam:PassedToService"),
        ("dynamodb:GetItem", "with a job's key among its own"),
        ("dynamodb:GetItem", "without a key"),
        ("dynamodb:PutItem", "with a job's key among notes"),
        ("sqs:ReceiveMessage", "never with this queue"),
        ("dynamodb:PutItem", "by look"),
        ("kms:Decrypt", "not through a service"),
        ("kms:GenerateDataKey", "with another kms:EncryptionContext:aws:sqs:arn"),
        ("s3:PutObject", "without TLS"),
        ("s3:PutObject", "of somebody else's"),
        ("s3:GetObject", "without TLS"),
        ("s3:GetObject", "by RecordRole"),
        ("s3:ListBucket", "by ExampleTaskRole"),
        ("s3:DeleteObject", "never"),
        ("sts:AssumeRole", "by another service"),
        ("dynamodb:Scan", "never"),
        ("dynamodb:DeleteItem", "never"),
        ("ecs:ExecuteCommand", "never"),
    ],
)
def test_among_the_calls_that_must_be_refused_is_this_one(action, difference):
    stack = STACKS["with all that can be added"]
    calls = refused.calls(stack, made(stack), identities(stack))
    assert any(call.action == action and difference in call.why for call in calls)


def test_a_stack_has_nothing_unresolved_in_a_policy():
    for name, stack in STACKS.items():
        for call in made(stack):
            assert "Fn::" not in call.resource, name
            assert "${" not in call.resource, name


def test_queues_take_a_key_of_ones_own_instead_of_that_of_sqs():
    key = {"KmsKeyArn": STACKS["with all that can be added"].given["KmsKeyArn"]}
    for queue in Stack(parameters=key).of_type("AWS::SQS::Queue").values():
        assert queue["KmsMasterKeyId"] == key["KmsKeyArn"]
        assert "SqsManagedSseEnabled" not in queue
    for queue in Stack().of_type("AWS::SQS::Queue").values():
        assert queue["SqsManagedSseEnabled"] is True
        assert "KmsMasterKeyId" not in queue


def test_the_bucket_takes_a_key_of_ones_own_and_asks_kms_seldom():
    stack = STACKS["with all that can be added"]
    (bucket,) = stack.of_type("AWS::S3::Bucket").values()
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"] == [
        {
            "ServerSideEncryptionByDefault": {
                "SSEAlgorithm": "aws:kms",
                "KMSMasterKeyID": stack.given["KmsKeyArn"],
            },
            "BucketKeyEnabled": True,
        }
    ]


def test_the_table_and_every_log_take_a_key_of_ones_own():
    stack = STACKS["with all that can be added"]
    key = stack.given["KmsKeyArn"]
    (table,) = stack.of_type("AWS::DynamoDB::Table").values()
    assert table["SSESpecification"]["KMSMasterKeyId"] == key
    for group in stack.of_type("AWS::Logs::LogGroup").values():
        assert group["KmsKeyId"] == key


@pytest.mark.parametrize(
    ("name", "value", "is_taken"),
    [
        ("PublisherSourceArns", f"arn:aws:events:{HERE}:rule/nightly", True),
        ("PublisherSourceArns", f"arn:aws:sns:{HERE}:a,arn:aws:sns:{HERE}:b", True),
        ("PublisherSourceArns", f"arn:aws:sns:{HERE}:a,", False),
        ("PublisherSourceArns", f"arn:aws:sns:{HERE}:*", False),
        ("PublisherSourceArns", "*", False),
        ("PublisherSourceArns", "arn:aws:s3:::bucket", False),
        ("KmsKeyArn", f"arn:aws:kms:{HERE}:key/0f1e-2d3c", True),
        ("KmsKeyArn", f"arn:aws:kms:{HERE}:key/mrk-0f1e", True),
        ("KmsKeyArn", f"arn:aws:kms:{HERE}:alias/mine", False),
        ("KmsKeyArn", "alias/aws/sqs", False),
    ],
)
def test_sources_and_keys_are_named_in_full(name, value, is_taken):
    pattern = source()["Parameters"][name]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, value)) is is_taken
