"""What the functions may do in AWS, and that it is no more than they need."""

from __future__ import annotations

import json

import pytest

from expanded_template import (
    Statement,
    of_type,
    permissions,
    role_of,
    statements,
    target,
)

FUNCTIONS = (
    "DispatchFunction",
    "RecordFunction",
    "ReconcileFunction",
    "AnnounceFunction",
)
LAUNCHING = ("DispatchFunction", "ReconcileFunction")
# The statements of each class of jobs, by what their parameters are called.
CLASSES = ("", "Untrusted")


def allowed(function_id: str, prefix: str = "") -> set[str]:
    return {
        action
        for statement in permissions(role_of(function_id))
        if statement.allows
        for action in statement.actions
        if action.startswith(prefix)
    }


def allowing(function_id: str, action: str) -> list[Statement]:
    return [
        statement
        for statement in permissions(role_of(function_id))
        if statement.allows and action in statement.actions
    ]


def test_functions_do_these_things_and_no_others():
    logs = {"logs:CreateLogStream", "logs:PutLogEvents"}
    consume = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
    unlock = {"kms:Decrypt"}
    move = {"dynamodb:GetItem", "dynamodb:UpdateItem"}
    accept = {"dynamodb:PutItem", "dynamodb:BatchGetItem"}
    find = {"dynamodb:Query"}
    keep = {"s3:PutObject", "s3:GetObject", "s3:ListBucket", "kms:GenerateDataKey"}
    launch = {"ecs:RunTask", "iam:PassRole"}
    wake = {"lambda:InvokeFunction"}
    tasks = {"ecs:DescribeTasks", "ecs:StopTask", "ecs:ListTasks"}
    follow = {
        "dynamodb:DescribeStream",
        "dynamodb:GetItem",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
    }
    tell = {
        "events:PutEvents",
        "kms:GenerateDataKey",
        "sqs:SendMessage",
        "states:SendTaskFailure",
        "states:SendTaskSuccess",
    }
    assert {function_id: allowed(function_id) for function_id in FUNCTIONS} == {
        "DispatchFunction": (
            logs | unlock | consume | accept | keep | move | launch | wake
        ),
        "RecordFunction": logs | unlock | consume | move | wake,
        "ReconcileFunction": logs | unlock | find | move | launch | tasks,
        "AnnounceFunction": logs | unlock | follow | tell,
    }


@pytest.mark.parametrize("function_id", LAUNCHING)
def test_tasks_start_only_from_our_families_on_our_cluster(function_id):
    runs = allowing(function_id, "ecs:RunTask")
    for run, kind in zip(runs, CLASSES, strict=True):
        (family,) = run.resources
        prefix = f"${{{kind}JobFamilyPrefix}}"
        assert family["Fn::Sub"].endswith(f":task-definition/{prefix}*:*")
        assert list(run.condition) == ["ArnEquals"]
        assert list(run.condition["ArnEquals"]) == ["ecs:cluster"]


@pytest.mark.parametrize("function_id", LAUNCHING)
def test_only_job_roles_are_passed_and_only_to_tasks(function_id):
    both = allowing(function_id, "iam:PassRole")
    for passing, kind in zip(both, CLASSES, strict=True):
        (roles,) = passing.resources
        assert roles["Fn::Sub"].endswith(f":role${{{kind}JobRolePath}}*")
        assert passing.condition == {
            "StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
        }


def test_tasks_are_looked_at_and_stopped_on_our_cluster_only():
    (stop,) = allowing("ReconcileFunction", "ecs:StopTask")
    (listing,) = allowing("ReconcileFunction", "ecs:ListTasks")
    assert "ecs:cluster" in stop.condition["ArnEquals"]
    assert ":task/${Name}/*" in json.dumps(stop.resources)
    assert "ecs:cluster" in listing.condition["ArnEquals"]


def test_reconcile_queries_the_two_indexes_it_works_from():
    (query,) = allowing("ReconcileFunction", "dynamodb:Query")
    assert query.resources == (
        {"Fn::Sub": "${JobTable.Arn}/index/due"},
        {"Fn::Sub": "${JobTable.Arn}/index/ready"},
    )


@pytest.mark.parametrize("function_id", ["DispatchFunction", "RecordFunction"])
def test_reconcile_is_all_that_may_be_invoked(function_id):
    (wake,) = allowing(function_id, "lambda:InvokeFunction")
    assert [target(resource) for resource in wake.resources] == ["ReconcileFunction"]


@pytest.mark.parametrize("function_id", FUNCTIONS)
def test_each_function_writes_to_its_own_log_only(function_id):
    function = of_type("AWS::Lambda::Function")[function_id]
    (write,) = allowing(function_id, "logs:PutLogEvents")
    assert [target(resource) for resource in write.resources] == [
        target(function["LoggingConfig"]["LogGroup"])
    ]


def test_a_registrar_writes_definitions_only_and_reads_jobs_only_besides():
    policy = of_type("AWS::IAM::ManagedPolicy")["RegistrarPolicy"]
    of_table = {
        statement.sid: statement
        for statement in statements(policy["PolicyDocument"])
        if any(action.startswith("dynamodb:") for action in statement.actions)
    }
    assert [*of_table] == ["KeepDefinitions", "FindWaitingJobs", "LookAtWaitingJobs"]
    for sid, keys in (
        ("KeepDefinitions", "DEFINITION#*"),
        ("LookAtWaitingJobs", "JOB#*"),
    ):
        assert of_table[sid].condition == {
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": [keys]},
            "Null": {"dynamodb:LeadingKeys": "false"},
        }
    assert of_table["FindWaitingJobs"].actions == ("dynamodb:Query",)
    assert of_table["LookAtWaitingJobs"].actions == ("dynamodb:BatchGetItem",)


def test_the_roles_of_the_example_job_are_ones_that_may_be_passed():
    task = of_type("AWS::ECS::TaskDefinition")["ExampleTaskDefinition"]
    for role in (task["TaskRoleArn"], task["ExecutionRoleArn"]):
        properties = of_type("AWS::IAM::Role")[target(role)]
        assert properties["Path"] == {"Ref": "JobRolePath"}
        (trust,) = statements(properties["AssumeRolePolicyDocument"])
        assert trust.principal == {"Service": "ecs-tasks.amazonaws.com"}
        assert "aws:SourceAccount" in trust.condition["StringEquals"]


def test_the_code_of_the_example_job_may_read_parameters_and_nothing_else():
    task = of_type("AWS::ECS::TaskDefinition")["ExampleTaskDefinition"]
    read, decrypt = permissions(target(task["TaskRoleArn"]))
    assert read.actions == ("s3:GetObject",)
    assert read.resources == ({"Fn::Sub": "${ParameterBucket.Arn}/*"},)
    assert decrypt.actions == ("kms:Decrypt",)
