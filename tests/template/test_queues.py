"""Queues, what feeds them, and where what fails ends up."""

from __future__ import annotations

import pytest

from expanded_template import NO_VALUE, of_type, source, statements, target
from headrace.operations import EVENTS
from headrace_client.redrive import QUEUES

RULE_QUEUES = ("TaskEventQueue", "TaskEventRuleDeadLetterQueue")
# A dead-letter queue and the queue whose messages it holds.
REDRIVES = {
    "RequestQueue": "RequestDeadLetterQueue",
    "TaskEventQueue": "TaskEventDeadLetterQueue",
}
MAPPINGS = {"DispatchFunction": "RequestQueue", "RecordFunction": "TaskEventQueue"}
EVENT_AGE_SECONDS_MAX = 86_400  # EventBridge tries for a day at most


def queue(logical_id):
    return of_type("AWS::SQS::Queue")[logical_id]


def mapping_of(function_id):
    (mapping,) = (
        mapping
        for mapping in of_type("AWS::Lambda::EventSourceMapping").values()
        if target(mapping["FunctionName"]) == function_id
    )
    return mapping


@pytest.mark.parametrize(("function_id", "queue_id"), MAPPINGS.items())
def test_a_function_takes_ten_messages_at_once_from_its_queue(function_id, queue_id):
    mapping = mapping_of(function_id)
    assert target(mapping["EventSourceArn"]) == queue_id
    assert mapping["BatchSize"] == 10


@pytest.mark.parametrize("function_id", MAPPINGS)
def test_a_flood_of_messages_does_not_take_every_function_the_account_has(function_id):
    scaling = mapping_of(function_id)["ScalingConfig"]
    chosen = {"Ref": "Concurrency"}
    assert scaling == {
        "MaximumConcurrency": {"Fn::FindInMap": ["Concurrency", chosen, "Batches"]}
    }
    sizes = source()["Mappings"]["Concurrency"]
    assert sorted(sizes) == sorted(
        source()["Parameters"]["Concurrency"]["AllowedValues"]
    )
    assert {2 <= size["Batches"] <= 1000 for size in sizes.values()} == {True}


@pytest.mark.parametrize(("queue_id", "dead_letters_id"), REDRIVES.items())
def test_dead_letters_come_from_one_queue_only(queue_id, dead_letters_id):
    redrive = queue(queue_id)["RedrivePolicy"]
    assert target(redrive["deadLetterTargetArn"]) == dead_letters_id
    allow = queue(dead_letters_id)["RedriveAllowPolicy"]
    assert allow["redrivePermission"] == "byQueue"
    (source_arn,) = allow["sourceQueueArns"]
    source_name = queue(queue_id)["QueueName"]["Fn::Sub"]
    assert source_arn["Fn::Sub"].endswith(":${AWS::AccountId}:" + source_name)


def test_nothing_is_redriven_into_the_other_dead_letter_queues():
    others = {
        logical_id: properties["RedriveAllowPolicy"]
        for logical_id, properties in of_type("AWS::SQS::Queue").items()
        if logical_id not in {*REDRIVES, *REDRIVES.values()}
    }
    assert others == {
        "TaskEventRuleDeadLetterQueue": {"redrivePermission": "denyAll"},
        "ScheduleDeadLetterQueue": {"redrivePermission": "denyAll"},
        "AnnounceDeadLetterQueue": {"redrivePermission": "denyAll"},
    }


def test_the_request_queue_takes_the_largest_message_there_is():
    assert queue("RequestQueue")["MaximumMessageSize"] == 1024 * 1024
    assert queue("RequestDeadLetterQueue")["MaximumMessageSize"] == 1024 * 1024


@pytest.mark.parametrize("queue_id", of_type("AWS::SQS::Queue"))
def test_every_queue_is_encrypted_and_keeps_messages_for_two_weeks(queue_id):
    managed, own = queue(queue_id)["SqsManagedSseEnabled"], queue(queue_id)
    assert managed == {"Fn::If": ["HasKey", NO_VALUE, True]}
    assert own["KmsMasterKeyId"] == {
        "Fn::If": ["HasKey", {"Ref": "KmsKeyArn"}, NO_VALUE]
    }
    assert queue(queue_id)["MessageRetentionPeriod"] == 14 * 24 * 3600


@pytest.mark.parametrize("queue_id", RULE_QUEUES)
def test_only_our_rule_in_our_account_sends_task_events(queue_id):
    policy = of_type("AWS::SQS::QueuePolicy")[f"{queue_id}Policy"]
    (allow,) = (each for each in statements(policy["PolicyDocument"]) if each.allows)
    assert allow.principal == {"Service": "events.amazonaws.com"}
    assert allow.actions == ("sqs:SendMessage",)
    assert target(allow.resources[0]) == queue_id
    assert target(allow.condition["ArnEquals"]["aws:SourceArn"]) == "TaskEventRule"
    assert allow.condition["StringEquals"] == {
        "aws:SourceAccount": {"Ref": "AWS::AccountId"}
    }


def test_the_rule_takes_our_tasks_on_our_cluster_when_they_run_and_stop():
    (rule,) = of_type("AWS::Events::Rule").values()
    pattern = rule["EventPattern"]
    assert pattern["source"] == ["aws.ecs"]
    assert pattern["detail-type"] == ["ECS Task State Change"]
    assert pattern["detail"].keys() == {"clusterArn", "group", "lastStatus"}
    assert pattern["detail"]["lastStatus"] == ["RUNNING", "STOPPED"]
    cluster, untrusted = pattern["detail"]["clusterArn"]
    assert cluster["Fn::If"][0] == "CreateCluster"
    assert untrusted["Fn::If"][0] == "CreateUntrusted"
    (group,) = pattern["detail"]["group"]
    text, names = group["Fn::Sub"]
    assert text == "headrace:${DeploymentId}"
    assert names == {
        "DeploymentId": {
            "Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]
        }
    }


def test_task_events_are_queued_and_kept_when_they_cannot_be():
    (rule,) = of_type("AWS::Events::Rule").values()
    (task_events,) = rule["Targets"]
    assert target(task_events["Arn"]) == "TaskEventQueue"
    dead_letters = target(task_events["DeadLetterConfig"]["Arn"])
    assert dead_letters == "TaskEventRuleDeadLetterQueue"
    retry = task_events["RetryPolicy"]
    assert retry["MaximumEventAgeInSeconds"] == EVENT_AGE_SECONDS_MAX
    assert retry["MaximumRetryAttempts"] > 0


def test_reconcile_ticks_every_minute_and_missed_ticks_are_kept():
    (schedule,) = of_type("AWS::Scheduler::Schedule").values()
    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    tick = schedule["Target"]
    assert target(tick["Arn"]) == "ReconcileFunction"
    assert target(tick["DeadLetterConfig"]["Arn"]) == "ScheduleDeadLetterQueue"
    assert "RetryPolicy" in tick


def test_two_deployments_do_not_share_the_name_of_a_schedule():
    (schedule,) = of_type("AWS::Scheduler::Schedule").values()
    assert "Name" not in schedule


def test_the_schedule_may_invoke_reconcile_and_keep_missed_ticks():
    (schedule,) = of_type("AWS::Scheduler::Schedule").values()
    role = of_type("AWS::IAM::Role")[target(schedule["Target"]["RoleArn"])]
    (policy,) = role["Policies"]
    may = {
        each.actions: [target(resource) for resource in each.resources]
        for each in statements(policy["PolicyDocument"])
    }
    assert may == {
        ("lambda:InvokeFunction",): ["ReconcileFunction"],
        ("sqs:SendMessage",): ["ScheduleDeadLetterQueue"],
        ("kms:GenerateDataKey", "kms:Decrypt"): ["KmsKeyArn"],
    }


def test_a_failed_wake_is_repeated_because_no_tick_knows_the_strays_that_it_names():
    (config,) = of_type("AWS::Lambda::EventInvokeConfig").values()
    assert target(config["FunctionName"]) == "ReconcileFunction"
    assert config["MaximumRetryAttempts"] == 2  # the most that Lambda has
    assert config["MaximumEventAgeInSeconds"] > 3 * 60  # it waits one minute, then two


def test_redrive_knows_every_dead_letter_queue_by_its_output():
    dead = {
        logical_id
        for logical_id, properties in of_type("AWS::SQS::Queue").items()
        if "RedriveAllowPolicy" in properties
    }
    assert {queue.logical_id for queue in QUEUES} == dead
    outputs = source()["Outputs"]
    for queue in QUEUES:
        assert target(outputs[queue.output]["Value"]) == queue.logical_id


@pytest.mark.parametrize(
    ("name", "logical_id"),
    [
        ("TaskEventQueueUrl", "TaskEventQueue"),
        ("DispatchLogGroupName", "DispatchLogGroup"),
        ("RecordLogGroupName", "RecordLogGroup"),
    ],
)
def test_redrive_is_told_everything_else_by_outputs(name, logical_id):
    assert target(source()["Outputs"][name]["Value"]) == logical_id


@pytest.mark.parametrize("queue", QUEUES, ids=lambda queue: queue.name)
def test_the_events_that_redrive_looks_for_are_logged(queue):
    assert set(queue.events) <= EVENTS.keys()
