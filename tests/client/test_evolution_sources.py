"""Where requests are found that a new version may refuse; all of it inside moto."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from builders import NOW, REGION, a_job
from headrace.aws.job_table import JobTable
from headrace.jobs.job import JobStatus
from headrace_client.evolution.findings import Kind, Unchecked
from headrace_client.evolution.large_parameters import LargeParameters
from headrace_client.evolution.rules import RuleTargets
from headrace_client.evolution.schedules import SchedulerTargets
from headrace_client.evolution.untaken_messages import UntakenMessages
from headrace_client.evolution.waiting_jobs import WaitingJobs
from tables import a_dynamodb_client, a_table

NAMES = frozenset({"report"})
SLOT = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
SCHEDULER_INPUT = (
    '{"schemaVersion": "1", "jobName": "report", "parameters": {"date": "x"},'
    ' "idempotencyKey": "<aws.scheduler.schedule-arn>@<aws.scheduler.scheduled-time>",'
    ' "scheduledAt": "<aws.scheduler.scheduled-time>", "startDeadlineSeconds": 60,'
    ' "correlationId": "<aws.scheduler.execution-id>"}'
)
RULE_INPUT = (
    '{"schemaVersion": "1", "jobName": "report", "scheduledAt": "<slot>",'
    ' "idempotencyKey": "<aws.events.rule-name>@<slot>", "correlationId": "<fire>"}'
)


@pytest.fixture(autouse=True)
def aws(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield


@pytest.fixture
def table():
    client = a_dynamodb_client()
    return client, a_table(client)


@pytest.fixture
def queue():
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="requests")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return sqs, url, arn["Attributes"]["QueueArn"]


def body(key, **fields):
    return json.dumps(
        {"schemaVersion": "1", "jobName": "report", "idempotencyKey": key} | fields
    )


def found_in(source):
    """What a source yields: kind and name of each request, or the problem."""
    return [
        each.problem if isinstance(each, Unchecked) else (each.kind, each.name)
        for each in source.candidates(NAMES, lambda _: None)
    ]


def accept(table, **changes):
    job = a_job(next_at=NOW, request_json=body(changes["job_id"]), **changes)
    JobTable(*table).accept(job)


def waiting(table, *, objects_max=9, **changes):
    large = LargeParameters(lambda: boto3.client("s3"), objects_max)
    return WaitingJobs(*table, large, **changes)


def test_jobs_that_wait_are_found_whatever_their_tenant_and_no_others(table):
    accept(table, job_id="a" * 26, status=JobStatus.RUNNABLE)
    accept(table, job_id="b" * 26, status=JobStatus.PENDING, tenant="other")
    accept(table, job_id="c" * 26, status=JobStatus.RUNNING)
    accept(table, job_id="d" * 26, status=JobStatus.RUNNABLE, job_name="export")
    assert sorted(found_in(waiting(table))) == [
        (Kind.JOB, "a" * 26),
        (Kind.JOB, "b" * 26),
    ]


def test_jobs_beyond_the_limit_are_told(table):
    for letter in "abc":
        accept(table, job_id=letter * 26, status=JobStatus.RUNNABLE)
    problem, *jobs = found_in(waiting(table, jobs_max=2))
    assert problem == "More than 2 jobs wait or run; that many were looked at."
    assert len(jobs) == 2


def test_more_jobs_than_one_read_takes_are_found(table):
    for number in range(120):
        accept(table, job_id=f"job{number:023}", status=JobStatus.RUNNABLE)
    assert len(found_in(waiting(table))) == 120


def test_a_job_that_a_later_release_wrote_is_told(table):
    accept(table, job_id="a" * 26, status=JobStatus.RUNNABLE)
    client, name = table
    client.update_item(
        TableName=name,
        Key={"pk": {"S": f"JOB#{'a' * 26}"}, "sk": {"S": "META"}},
        UpdateExpression="SET #schema = :new",
        ExpressionAttributeNames={"#schema": "schema"},
        ExpressionAttributeValues={":new": {"N": "99"}},
    )
    [problem] = found_in(waiting(table))
    assert problem.startswith(f"The record of the job {'a' * 26} cannot be read")


def spilled(content, **changes):
    """A request as it is stored whose parameters are in S3."""
    reference = {
        "uri": "s3://parameters/90-days/report/some.json",
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
    }
    return body("x", parametersInS3=reference | changes, parameters={})


@pytest.fixture
def bucket():
    s3 = boto3.client("s3")
    s3.create_bucket(
        Bucket="parameters",
        CreateBucketConfiguration={"LocationConstraint": REGION},
    )
    s3.put_object(
        Bucket="parameters", Key="90-days/report/some.json", Body=b'{"date":"large"}'
    )
    return s3


def accept_spilled(table, *letters, **changes):
    request = spilled(b'{"date":"large"}', **changes)
    for letter in letters:
        job = a_job(
            job_id=letter * 26,
            status=JobStatus.RUNNABLE,
            next_at=NOW,
            request_json=request,
        )
        JobTable(*table).accept(job)


@pytest.mark.usefixtures("bucket")
def test_parameters_that_are_in_s3_are_read_from_there(table):
    accept_spilled(table, "a")
    [candidate] = waiting(table).candidates(NAMES, lambda _: None)
    assert candidate.request.parameters == {"date": "large"}
    assert candidate.request.spilled is None


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize(
    ("changes", "objects_max", "why"),
    [
        ({"sha256": "0" * 64}, 9, "an object is not what was stored"),
        ({}, 0, "only 0 are read"),
        ({"uri": "s3://parameters/none"}, 9, "NoSuchKey"),
    ],
)
def test_parameters_that_are_not_read_are_told_once(table, changes, objects_max, why):
    accept_spilled(table, "a", "b", **changes)
    [problem] = found_in(waiting(table, objects_max=objects_max))
    assert problem.startswith("The parameters of 2 waiting jobs are in S3 and were not")
    assert why in problem


def untaken(queue, **changes):
    sqs, url, _ = queue
    return UntakenMessages(sqs=sqs, url=url, now=lambda: NOW, **changes)


def test_messages_that_nobody_took_are_found_and_given_back_received_once(queue):
    sqs, url, _ = queue
    sent = {
        sqs.send_message(QueueUrl=url, MessageBody=body(str(number)))["MessageId"]
        for number in range(12)
    }
    for other in ("no JSON", body("x", jobName="export"), body("y", jobVersion="z")):
        sqs.send_message(QueueUrl=url, MessageBody=other)
    found = found_in(untaken(queue))
    assert {name for _, name in found} == sent
    assert {kind for kind, _ in found} == {Kind.MESSAGE}
    messages = [
        message
        for _ in range(3)
        for message in sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"]
        ).get("Messages", [])
    ]
    counts = [each["Attributes"]["ApproximateReceiveCount"] for each in messages]
    assert counts == ["2"] * 15


def test_a_queue_that_is_empty_is_not_received_from(queue):
    sqs, _, _ = queue

    def refuse(**_):
        raise AssertionError("received from an empty queue")

    sqs.meta.events.register("before-call.sqs.ReceiveMessage", refuse)
    assert found_in(untaken(queue)) == []


def test_messages_that_are_not_looked_at_are_told(queue):
    sqs, url, _ = queue
    for number in range(25):
        sqs.send_message(QueueUrl=url, MessageBody=body(str(number)))
    sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=2)
    under_way, left, *found = found_in(untaken(queue, messages_max=10))
    assert under_way == "2 messages were taken by dispatch and not answered yet."
    assert left == "About 23 messages wait in the request queue; 10 were looked at."
    assert len(found) == 10


def a_schedule(scheduler, name, arn, text=SCHEDULER_INPUT, state="ENABLED"):
    scheduler.create_schedule(
        Name=name,
        GroupName="jobs",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        State=state,
        Target={"Arn": arn, "RoleArn": "arn:aws:iam::1:role/x", "Input": text},
    )


def test_schedules_of_the_queue_are_found_by_what_they_would_send_now(queue):
    sqs, url, arn = queue
    scheduler = boto3.client("scheduler")
    scheduler.create_schedule_group(Name="jobs")
    a_schedule(scheduler, "nightly", arn)
    a_schedule(scheduler, "paused", arn, state="DISABLED")
    a_schedule(scheduler, "another-queue", f"{arn}-2")
    a_schedule(scheduler, "another-job", arn, body("x", jobName="export"))
    source = SchedulerTargets(
        scheduler=scheduler, sqs=sqs, url=url, now=lambda: NOW + timedelta(seconds=0.5)
    )
    assert found_in(source) == [(Kind.SCHEDULE, "jobs/nightly")]
    [candidate] = source.candidates(NAMES, lambda _: None)
    assert candidate.request.scheduled_at == NOW
    assert candidate.request.idempotency_key.endswith("schedule/jobs/nightly@" + SLOT)


def test_a_schedule_that_may_not_be_looked_at_is_told(queue):
    sqs, url, arn = queue
    scheduler = boto3.client("scheduler")
    scheduler.create_schedule_group(Name="jobs")
    a_schedule(scheduler, "nightly", arn)

    def deny(**_):
        error = {"Code": "AccessDeniedException", "Message": "no"}
        raise ClientError({"Error": error}, "GetSchedule")

    scheduler.meta.events.register("before-call.scheduler.GetSchedule", deny)
    source = SchedulerTargets(scheduler=scheduler, sqs=sqs, url=url)
    [problem] = found_in(source)
    assert problem.startswith("You are not allowed to look at the schedule jobs/night")


def a_rule(events, name, arn, target):
    events.put_rule(Name=name, ScheduleExpression="rate(1 hour)")
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn} | target])


def test_rules_of_the_queue_are_found_by_what_they_would_send_now(queue):
    sqs, url, arn = queue
    events = boto3.client("events")
    paths = {"slot": "$.time", "fire": "$.id"}
    transformer = {"InputPathsMap": paths, "InputTemplate": RULE_INPUT}
    a_rule(events, "hourly", arn, {"InputTransformer": transformer})
    a_rule(events, "constant", arn, {"Input": body("always")})
    a_rule(events, "plain", arn, {})
    a_rule(events, "another-queue", f"{arn}-2", {"Input": body("x")})
    unknown = transformer | {"InputPathsMap": paths | {"x": "$.detail.x"}}
    a_rule(events, "by-event", arn, {"InputTransformer": unknown})
    source = RuleTargets(events=events, sqs=sqs, url=url, now=lambda: NOW)
    assert sorted(found_in(source), key=str) == [
        (Kind.RULE, "constant"),
        (Kind.RULE, "hourly"),
        "What the rule by-event sends depends on the event that it fires for.",
    ]
    hourly = next(
        each
        for each in source.candidates(NAMES, lambda _: None)
        if not isinstance(each, Unchecked) and each.name == "hourly"
    )
    assert hourly.request.idempotency_key == f"hourly@{SLOT}"
    assert hourly.request.correlation_id == "one-fire"
