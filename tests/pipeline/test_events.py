"""Every change of a job reaches a listener, and every workflow that waits an answer."""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from faulty_bus import faulty_bus
from headrace_client import Headrace, connect
from headrace_client.cli.root import root
from headrace_client.redrive import redrive_of
from processes import wait_for

JOBS = int(os.environ.get("EVENT_JOBS", "40"))
SECONDS = 90
TOLD_SECONDS = 240  # letters are sent back one by one
PAGE = Path(__file__).parents[2] / "docs" / "step-functions.md"
NAMES = ("hello", "hello", "broken", "flaky")


@pytest.fixture(scope="module")
def headrace(pipeline):
    for name, value in pipeline.environment.items():
        os.environ[name] = value
    try:
        yield Headrace.connect()
    finally:
        for name in pipeline.environment:
            del os.environ[name]


class Listener:
    """A rule on the bus, and the queue that it fills.

    Attributes:
        events: Everything that came, as often as it came.
    """

    def __init__(self, pipeline):
        self._sqs, self._events = pipeline.client("sqs"), pipeline.client("events")
        self._url = self._sqs.create_queue(QueueName="test-events")["QueueUrl"]
        arn = self._sqs.get_queue_attributes(
            QueueUrl=self._url, AttributeNames=["QueueArn"]
        )["Attributes"]["QueueArn"]
        bus = pipeline.deployment.outputs["EventBusName"]
        pattern = {"source": ["headrace"], "detail-type": ["Job State Change"]}
        self._events.put_rule(
            Name="test-events", EventBusName=bus, EventPattern=json.dumps(pattern)
        )
        self._events.put_targets(
            Rule="test-events", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}]
        )
        self.events = []

    def hear(self):
        """Take what has come; return all events by job, then by sequence."""
        while True:
            answer = self._sqs.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=10
            )
            messages = answer.get("Messages", [])
            if not messages:
                break
            for each in messages:
                self.events.append(json.loads(each["Body"])["detail"])
                self._sqs.delete_message(
                    QueueUrl=self._url, ReceiptHandle=each["ReceiptHandle"]
                )
        told = defaultdict(dict)
        for detail in self.events:
            about = detail.get("jobId") or detail["messageId"]
            told[about][detail["sequence"]] = detail
        return told


@pytest.fixture(scope="module")
def listener(pipeline):
    return Listener(pipeline)


@contextmanager
def through(pipeline, endpoint):
    """Let announce reach EventBridge at another address."""
    functions = pipeline.client("lambda")
    name = pipeline.deployment.outputs["AnnounceFunctionName"]
    before = functions.get_function_configuration(FunctionName=name)["Environment"]
    changed = before["Variables"] | {"AWS_ENDPOINT_URL_EVENTBRIDGE": endpoint}
    functions.update_function_configuration(
        FunctionName=name, Environment={"Variables": changed}
    )
    try:
        yield
    finally:
        functions.update_function_configuration(FunctionName=name, Environment=before)


def submitted(headrace, number, *, tag):
    requests = (
        {
            "jobName": NAMES[n % len(NAMES)],
            "idempotencyKey": f"{tag}-{n}",
            **({"parameters": {"name": "x"}} if n % len(NAMES) < 2 else {}),
        }
        for n in range(number)
    )
    return [each.submission.job_id for each in headrace.submit_many(requests)]


def ended(headrace, job_ids):
    jobs = [headrace.wait(each, deadline_seconds=SECONDS) for each in job_ids]
    assert all(job.status.is_terminal for job in jobs)
    return jobs


def expected(job):
    """The statuses that a job had, by sequence, as its record has them."""
    return {each.sequence: str(each.status) for each in job.transitions}


def statuses(told):
    return {sequence: detail["status"] for sequence, detail in told.items()}


def test_every_change_of_many_jobs_arrives_whatever_the_bus_does(
    pipeline, headrace, listener, record_property
):
    healthy = pipeline.environment["AWS_ENDPOINT_URL"]
    with faulty_bus(healthy) as (bus, endpoint), through(pipeline, endpoint):
        job_ids = submitted(headrace, JOBS, tag="events")
        bus.is_out = True
        ended(headrace, job_ids[: JOBS // 4])
        bus.is_out = False
        jobs = ended(headrace, job_ids)
        redrive = redrive_of(connect())

        def untold():
            """Send back what is dead; return the jobs whose changes are not told."""
            with redrive.hold("announcements") as hold:
                for letter in hold:
                    redrive.send_back(hold, letter)
            told = listener.hear()
            wanted = {job.job_id: expected(job) for job in jobs}
            heard = {job_id: statuses(told[job_id]) for job_id in wanted}
            return {job: heard[job] for job in wanted if heard[job] != wanted[job]}

        assert wait_for(lambda: not untold(), seconds=TOLD_SECONDS), untold()
    told = listener.hear()
    record_property("jobs", len(jobs))
    record_property("faults", bus.faults)
    record_property("events", sum(len(told[job.job_id]) for job in jobs))
    record_property("events with duplicates", len(listener.events))
    for job in jobs:
        assert sorted(told[job.job_id]) == list(range(1, job.sequence + 1))
    assert bus.faults > 0


def test_a_replay_publishes_the_same_events_once_more(pipeline, headrace, listener):
    submission = headrace.submit("hello", parameters={"name": "x"})
    (job,) = ended(headrace, [submission.job_id])
    first = wait_for(
        lambda: len(listener.hear()[job.job_id]) == job.sequence, seconds=SECONDS
    )
    assert first
    before = len(listener.events)
    done = CliRunner().invoke(
        root, ["replay", job.job_id, "--json"], env=dict(pipeline.environment)
    )

    assert (done.exit_code, json.loads(done.stdout)) == (
        0,
        {"published": job.sequence, "missing": []},
    )
    listener.hear()
    again = [each for each in listener.events[before:] if each["jobId"] == job.job_id]
    assert {each["sequence"]: each["status"] for each in again} == expected(job)
    assert all(each["isReplay"] for each in again)


def test_a_replay_of_a_job_that_is_not_there_says_so(pipeline):
    done = CliRunner().invoke(
        root, ["replay", "a" * 26], env=dict(pipeline.environment)
    )

    assert done.exit_code == 1
    assert f"There is no job {'a' * 26}." in done.output


# --- workflows --------------------------------------------------------------------


class Workflow:
    """The state machine of docs/step-functions.md, for a job of one's choice."""

    def __init__(self, pipeline):
        self._machines = pipeline.client("stepfunctions")
        self._queue_url = pipeline.queue_url

    def run(self, job_name, parameters):
        """Run it to its end; return its execution."""
        (text,) = re.findall(r"```json\n(.+?)```", PAGE.read_text(), re.DOTALL)
        text = text.replace("REQUEST_QUEUE_URL", self._queue_url)
        text = text.replace('"jobName": "hello"', f'"jobName": "{job_name}"')
        machine = self._machines.create_state_machine(
            name=f"run-{job_name}",
            definition=text,
            roleArn="arn:aws:iam::000000000000:role/workflow",
        )["stateMachineArn"]
        execution = self._machines.start_execution(
            stateMachineArn=machine, input=json.dumps({"parameters": parameters})
        )["executionArn"]

        def done():
            found = self._machines.describe_execution(executionArn=execution)
            return found if found["status"] != "RUNNING" else None

        return wait_for(done, seconds=SECONDS)


@pytest.fixture(scope="module")
def workflow(pipeline):
    return Workflow(pipeline)


def answers_about(pipeline, about):
    """What announce logged of answers about a job or a message."""
    group = pipeline.deployment.log_groups["AnnounceLogGroup"]
    pages = pipeline.client("logs").get_paginator("filter_log_events")
    lines = [
        json.loads(event["message"])
        for page in pages.paginate(logGroupName=group)
        for event in page["events"]
        if event["message"].startswith("{") and '"token.' in event["message"]
    ]
    return [each["event"] for each in lines if each["about"] == about]


def test_a_workflow_goes_on_with_the_outcome_and_is_answered_once(pipeline, workflow):
    execution = workflow.run("hello", {"name": "Ada"})

    assert execution["status"] == "SUCCEEDED"
    output = json.loads(execution["output"])
    assert (output["status"], output["exitCode"]) == ("SUCCEEDED", 0)
    told = wait_for(lambda: answers_about(pipeline, output["jobId"]), seconds=SECONDS)
    assert told == ["token.answered"]


def test_a_workflow_hears_why_its_job_failed(workflow):
    execution = workflow.run("broken", {})

    assert execution["status"] == "SUCCEEDED"  # by its Catch
    assert json.loads(execution["output"])["Error"] == "EXIT_CODE"


def test_a_workflow_whose_request_is_rejected_does_not_wait(workflow):
    execution = workflow.run("nobody", {})

    assert execution["status"] == "FAILED"
    assert execution["error"] == "UNKNOWN_JOB"
