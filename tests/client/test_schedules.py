"""Schedules are checked, made, listed and removed; Scheduler is inside moto."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from builders import NOW, REGION
from definition_builders import a_registered
from headrace.requests.parsing import parse_request
from headrace_client.errors import (
    NotConfiguredError,
    NotFoundError,
    RefusedError,
    ScheduleRefusedError,
    UnreachableError,
)
from headrace_client.judging import Judge
from headrace_client.schedule_bodies import filled_in
from headrace_client.schedule_expressions import expression_problem
from headrace_client.schedule_names import ScheduleNames
from headrace_client.schedules import Schedules
from headrace_local.memory.catalogue import MemoryDefinitions
from headrace_local.memory.faults import Moment

HERE = "eu-west-1:123456789012"
NAMES = ScheduleNames(
    group="headrace",
    role_arn="arn:aws:iam::123456789012:role/headrace-SchedulerRole",
    queue_arn=f"arn:aws:sqs:{HERE}:headrace-requests",
    dead_letters_arn=f"arn:aws:sqs:{HERE}:headrace-dead",
)
DATE = {"date": "2026-11-22"}


@pytest.fixture
def scheduler(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        client = boto3.client("scheduler")
        client.create_schedule_group(Name="headrace")
        yield client


@pytest.fixture
def catalogue():
    kept = MemoryDefinitions()
    kept.register(a_registered())
    kept.register(replace(a_registered(timeoutSeconds=60), version=2))
    return kept


@pytest.fixture
def schedules(scheduler, catalogue):
    return Schedules(
        scheduler=scheduler,
        names=NAMES,
        judge=Judge(catalogue, now=lambda: NOW),
        now=lambda: NOW,
    )


def made(scheduler, name="nightly"):
    return scheduler.get_schedule(GroupName="headrace", Name=name)


def test_a_schedule_sends_a_request_whose_key_is_made_of_schedule_and_slot(
    schedules, scheduler
):
    done = schedules.add(
        "nightly",
        "report",
        "cron(0 2 * * ? *)",
        timezone="Europe/Berlin",
        parameters={"format": "pdf"},
        slot="date",
        start_deadline_seconds=21_600,
    )
    target = made(scheduler)["Target"]
    slot = datetime(2026, 11, 22, 2, tzinfo=UTC)
    sent = filled_in(target["Input"], schedule_arn=done.arn, at=slot)
    assert json.loads(sent) == {
        "schemaVersion": "1",
        "jobName": "report",
        "idempotencyKey": f"{done.arn}@2026-11-22T02:00:00Z",
        "scheduledAt": "2026-11-22T02:00:00Z",
        "startDeadlineSeconds": 21_600,
        "parameters": {"format": "pdf", "date": "2026-11-22T02:00:00Z"},
        "correlationId": "d32c5kddcf5bb8c3",
    }
    assert done.arn == f"arn:aws:scheduler:{HERE}:schedule/headrace/nightly"
    assert (target["Arn"], target["RoleArn"]) == (NAMES.queue_arn, NAMES.role_arn)
    assert target["DeadLetterConfig"] == {"Arn": NAMES.dead_letters_arn}
    assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 21_600
    assert made(scheduler)["ScheduleExpressionTimezone"] == "Europe/Berlin"
    assert schedules.list() == [done]


def test_two_fires_of_a_slot_ask_for_the_same(schedules):
    body = schedules.add("nightly", "report", "rate(1 day)", parameters=DATE).body
    one = filled_in(body, schedule_arn="arn:aws:scheduler:x", at=NOW)
    other = one.replace("d32c5kddcf5bb8c3", "e41d6leedg6cc9d4")
    fires = [parse_request(each, pinned_tenant=None, now=NOW) for each in (one, other)]
    assert one != other
    assert len({each.fingerprint for each in fires}) == 1


@pytest.mark.parametrize(("given", "age"), [(5, 60), (90_000, 86_400), (None, 86_400)])
def test_a_slot_is_tried_to_be_sent_as_long_as_it_may_start_within_scheduler_s_limits(
    schedules, scheduler, given, age
):
    schedules.add(
        "nightly",
        "report",
        "rate(1 day)",
        parameters=DATE,
        start_deadline_seconds=given,
    )
    policy = made(scheduler)["Target"]["RetryPolicy"]
    assert policy["MaximumEventAgeInSeconds"] == age


def test_a_schedule_for_a_single_time_removes_itself(schedules, scheduler):
    later = f"at({NOW + timedelta(hours=1):%Y-%m-%dT%H:%M:%S})"
    schedules.add("once", "report", later, parameters=DATE)
    schedules.add("always", "report", "rate(1 day)", parameters=DATE)
    assert made(scheduler, "once")["ActionAfterCompletion"] == "DELETE"
    assert made(scheduler, "always")["ActionAfterCompletion"] == "NONE"


def test_a_tenant_and_a_version_are_sent_along(schedules):
    of_theirs = replace(schedules, tenant="theirs")
    body = of_theirs.add(
        "nightly", "report", "rate(1 day)", parameters=DATE, job_version=1
    ).body
    assert (json.loads(body)["tenant"], json.loads(body)["jobVersion"]) == ("theirs", 1)


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"name": "a/b"}, ScheduleRefusedError, "name: must be 1 to 64 letters"),
        ({"name": "a" * 65}, ScheduleRefusedError, "name: must be 1 to 64 letters"),
        ({"expression": "daily"}, ScheduleRefusedError, "expression: must be cron("),
        ({"timezone": "Mars"}, ScheduleRefusedError, "timezone: must be an IANA"),
        ({"job_name": "unknown"}, RefusedError, "UNKNOWN_JOB"),
        ({"job_version": 3}, RefusedError, "UNKNOWN_JOB_VERSION"),
        ({"parameters": {}}, RefusedError, "parameters.date: is required"),
        ({"slot": "when"}, RefusedError, "parameters.when"),
        ({"start_deadline_seconds": 0}, RefusedError, "startDeadlineSeconds"),
        (
            {"parameters": DATE | {"format": "<aws.scheduler.execution-id>"}},
            ScheduleRefusedError,
            "parameters: must not hold <aws.scheduler.execution-id>",
        ),
        (
            {"parameters": {"date": "x" * 300_000}},
            ScheduleRefusedError,
            "small enough for 262144 bytes",
        ),
    ],
)
def test_what_is_wrong_is_refused_before_anything_is_made(
    schedules, changes, error, text
):
    right = {
        "name": "nightly",
        "job_name": "report",
        "expression": "rate(1 day)",
        "parameters": DATE,
    }
    with pytest.raises(error) as caught:
        schedules.add(**(right | changes))
    assert text in caught.value.problem
    assert caught.value.advice
    assert schedules.list() == []


def test_nothing_is_made_where_the_definition_cannot_be_read(schedules, catalogue):
    catalogue.faults.plan("active", Moment.BEFORE)
    with pytest.raises(UnreachableError):
        schedules.add("nightly", "report", "rate(1 day)", parameters=DATE)
    assert schedules.list() == []


def test_a_name_that_is_taken_is_told(schedules):
    schedules.add("nightly", "report", "rate(1 day)", parameters=DATE)
    with pytest.raises(ScheduleRefusedError, match="'nightly' already") as caught:
        schedules.add("nightly", "report", "rate(2 days)", parameters=DATE)
    assert "headrace schedule remove nightly" in caught.value.advice
    assert schedules.get("nightly").expression == "rate(1 day)"


def test_what_scheduler_itself_refuses_is_told_in_its_words(schedules, scheduler):
    def refuse(**_):
        error = {"Code": "ValidationException", "Message": "Invalid Schedule."}
        raise ClientError({"Error": error}, "CreateSchedule")

    scheduler.meta.events.register("before-call.scheduler.CreateSchedule", refuse)
    with pytest.raises(ScheduleRefusedError, match="Invalid Schedule"):
        schedules.add("nightly", "report", "cron(99 2 * * ? *)", parameters=DATE)


def test_a_schedule_is_removed_and_another_of_its_name_may_follow(schedules):
    schedules.add("nightly", "report", "rate(1 day)", parameters=DATE)
    schedules.add("weekly", "report", "rate(7 days)", parameters=DATE)
    assert schedules.remove("nightly").expression == "rate(1 day)"
    assert [each.name for each in schedules.list()] == ["weekly"]
    with pytest.raises(NotFoundError, match="'nightly' in the group 'headrace'"):
        schedules.remove("nightly")
    schedules.add("nightly", "report", "rate(2 days)", parameters=DATE)


def test_schedules_of_others_are_not_listed_and_strange_ones_of_ours_are(
    schedules, scheduler
):
    other = {
        "ScheduleExpression": "rate(1 day)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": NAMES.queue_arn, "RoleArn": NAMES.role_arn, "Input": "text"},
    }
    scheduler.create_schedule(Name="theirs", **other)
    scheduler.create_schedule(
        Name="paused", GroupName="headrace", State="DISABLED", **other
    )
    [found] = schedules.list()
    assert (found.name, found.job_name, found.is_enabled) == ("paused", None, False)


def test_a_deployment_that_does_not_tell_its_names_is_told():
    class Here:
        stack_name = None

        class clients:  # noqa: N801  # stands in for an attribute
            variables = {"HEADRACE_REQUEST_QUEUE_ARN": "arn"}  # noqa: RUF012  # ditto

    with pytest.raises(NotConfiguredError, match="HEADRACE_SCHEDULE_GROUP_NAME"):
        ScheduleNames.of(Here)


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minute)",
        "rate(15 minutes)",
        "cron(0 2 * * ? *)",
        "cron(15 10 ? * 6L 2022-2030)",
        "at(2026-11-22T11:00:00)",
    ],
)
def test_right_expressions_are_fine(expression):
    assert expression_problem(expression, "UTC", now=NOW) is None


@pytest.mark.parametrize(
    ("expression", "timezone", "text"),
    [
        ("0 2 * * ? *", "UTC", "must be cron("),
        ("rate(0 minutes)", "UTC", "must be cron("),
        ("rate(5 seconds)", "UTC", "must be cron("),
        ("cron(0 2 * * ?)", "UTC", "six fields (minutes, hours"),
        ("cron(0 2 * * * *)", "UTC", "? as day of month or as day of week"),
        ("cron(0 2 ? * ? *)", "UTC", "? as day of month or as day of week"),
        ("at(2026-11-22T10:00:00)", "UTC", "must be a time to come"),
        ("at(2026-11-22T10:30:00)", "Europe/Berlin", "was 2026-11-22 09:30:00 UTC"),
        ("at(2026-02-30T10:00:00)", "UTC", "is no time"),
        ("at(2026-11-22T12:00:00Z)", "UTC", "must be cron("),
        ("cron(" + "1," * 200 + "1 2 * * ? *)", "UTC", "at most 256 characters"),
        ("rate(1 day)", "", "timezone: must be"),
        ("rate(1 day)", "../etc/passwd", "timezone: must be"),
        ("rate(1 day)", "Europe/Berln", "timezone: must be"),
    ],
)
def test_wrong_expressions_are_told_with_an_example(expression, timezone, text):
    problem = expression_problem(expression, timezone, now=NOW)
    assert problem is not None
    assert text in problem
