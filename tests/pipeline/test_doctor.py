"""The doctor, with a deployment that is well and with broken ones."""

from __future__ import annotations

import json
from contextlib import contextmanager

import pytest
from click.testing import CliRunner

from headrace_client.cli.root import root

DEAD_LETTERS = "TaskEventDeadLetterQueue"


class Consultation:
    """What the doctor said: its exit code, and its findings by check."""

    def __init__(self, done):
        assert done.exception is None or isinstance(done.exception, SystemExit), (
            done.output
        )
        self.exit_code = done.exit_code
        document = json.loads(done.stdout)
        self.is_healthy = document["isHealthy"]
        self.findings = {each["check"]: each for each in document["findings"]}

    def wrong(self):
        return {
            check: each["said"]
            for check, each in self.findings.items()
            if each["verdict"] == "wrong"
        }

    def advice(self, check):
        return self.findings[check]["advice"]


@pytest.fixture
def consult(pipeline):
    def run(*arguments, **variables):
        return Consultation(
            CliRunner().invoke(
                root,
                ["doctor", "--json", *arguments],
                env={**pipeline.environment, "HEADRACE_STACK": None, **variables},
            )
        )

    return run


@pytest.fixture(scope="module")
def physical(pipeline):
    """Physical ids of the stack's resources, by logical ids."""
    pages = (
        pipeline.client("cloudformation")
        .get_paginator("list_stack_resources")
        .paginate(StackName="headrace")
    )
    return {
        each["LogicalResourceId"]: each["PhysicalResourceId"]
        for page in pages
        for each in page["StackResourceSummaries"]
    }


def test_a_pipeline_that_is_well_is_found_well_by_what_goes_through_it(
    consult, pipeline, physical
):
    # However busy this machine is, a round has been done.
    name = physical["ReconcileFunction"]
    pipeline.client("lambda").invoke(FunctionName=name, Payload=b"{}")

    told = consult("--deadline", "60")

    assert told.wrong() == {}
    assert told.is_healthy
    assert told.exit_code == 0
    assert {each["verdict"] for each in told.findings.values()} == {"well"}
    assert list(told.findings) == [
        "account",
        "stack",
        "request queue",
        "table",
        "definition",
        "cluster",
        "functions",
        "event sources",
        "schedule",
        "reconcile",
        "dead letters",
        "alarms",
        "canary",
        "timer canary",
    ]
    assert "accepted after" in told.findings["canary"]["said"]
    assert "ended after" in told.findings["canary"]["said"]


def test_the_stack_s_name_is_enough(consult, pipeline):
    nothing = {
        name: None for name in pipeline.environment if name.startswith("HEADRACE_")
    }
    told = consult("--stack", "headrace", "--no-canary", **nothing)

    assert (told.exit_code, told.wrong()) == (0, {})
    assert "canary" not in told.findings


def test_a_job_that_nobody_registered_is_told_before_anything_is_sent(consult):
    told = consult("--job", "helo")

    assert told.exit_code == 1
    assert told.wrong() == {
        "definition": "No job definition 'helo' is registered.",
    }
    assert told.findings["canary"]["verdict"] == "unknown"


def test_a_canary_that_dispatch_rejects_shows_why(consult):
    told = consult("-p", "nam=x", "--deadline", "60")

    assert told.exit_code == 1
    assert list(told.wrong()) == ["canary"]
    assert "INVALID_PARAMETERS: parameters.nam" in told.wrong()["canary"]


def test_a_canary_that_fails_shows_how_it_ended(consult):
    told = consult("--job", "broken", "--deadline", "60")

    assert told.exit_code == 1
    assert "ended as FAILED" in told.wrong()["canary"]
    assert told.findings["timer canary"]["verdict"] == "well"


def test_a_canary_that_runs_on_is_stuck_when_its_time_is_up(consult):
    told = consult("--job", "long", "--deadline", "15")

    assert told.exit_code == 1
    assert "is RUNNING after 15 s: its task still runs" in told.wrong()["canary"]


def test_names_of_two_deployments_are_told_and_those_of_nothing(
    consult, pipeline, physical
):
    others = physical["TaskEventQueue"]
    told = consult(HEADRACE_REQUEST_QUEUE_URL=others, HEADRACE_JOB_TABLE_NAME="none")

    assert told.exit_code == 1
    assert told.wrong().keys() == {"names", "table"}
    assert f"HEADRACE_REQUEST_QUEUE_URL is {others}, but" in told.wrong()["names"]
    assert pipeline.queue_url in told.wrong()["names"]
    assert told.findings["canary"]["verdict"] == "unknown"


def test_a_cluster_that_does_not_answer_is_told(consult):
    told = consult(AWS_ENDPOINT_URL_ECS="http://127.0.0.1:9")

    assert told.exit_code == 1
    assert "nothing answers at http://127.0.0.1:9" in told.wrong()["cluster"]


@contextmanager
def broken(pipeline, physical):
    """A queue that feeds nobody, a paused function, a dead letter, an alarm."""
    functions, queues = pipeline.client("lambda"), pipeline.client("sqs")
    alarms, record = pipeline.client("cloudwatch"), physical["RecordFunction"]
    mapping, dead = physical["RecordFunctionTaskEvent"], physical[DEAD_LETTERS]
    alarm = {"AlarmName": "headrace-jobs-lost", "StateReason": "a test"}
    functions.update_event_source_mapping(UUID=mapping, Enabled=False)
    functions.put_function_concurrency(
        FunctionName=record, ReservedConcurrentExecutions=0
    )
    queues.send_message(QueueUrl=dead, MessageBody="dead")
    alarms.set_alarm_state(StateValue="ALARM", **alarm)
    try:
        yield
    finally:
        alarms.set_alarm_state(StateValue="OK", **alarm)
        queues.purge_queue(QueueUrl=dead)
        functions.delete_function_concurrency(FunctionName=record)
        functions.update_event_source_mapping(UUID=mapping, Enabled=True)


def test_whatever_is_broken_is_told_with_something_to_try(consult, pipeline, physical):
    with broken(pipeline, physical):
        told = consult()

    assert told.exit_code == 1
    assert told.wrong() == {
        "functions": f"{physical['RecordFunction']} has a reserved concurrency of 0,"
        " which pauses it.",
        "event sources": "The event source mapping of"
        f" {physical['RecordFunction']} is Disabled, so that task events wait.",
        "dead letters": "TaskEventDeadLetterQueue holds 1.",
        "alarms": "On: headrace-jobs-lost.",
    }
    assert "delete-function-concurrency" in told.advice("functions")
    assert physical["RecordFunctionTaskEvent"] in told.advice("event sources")
    assert told.advice("dead letters") == (
        "headrace redrive shows them; see docs/runbook/task-event-dead-letters.md."
    )
    assert told.advice("alarms") == "See docs/runbook/jobs-lost.md."
    assert told.findings["canary"]["said"] == (
        "Not sent: first mend event sources, functions."
    )
