"""A version that would refuse what is on its way is refused, unless it is forced."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from headrace_client import Definitions, Headrace, connect
from headrace_client.cli.root import root
from processes import wait_for
from transcripts import Reader

PAGE = Path(__file__).parents[2] / "docs" / "change-a-definition.md"

SECONDS = 30
DEFINITION = """\
name: evolving
taskDefinition: headrace-job-example
container: main
command: [echo, Ref::format]
parameters:
  type: object
  required: [format]
  additionalProperties: false
  properties:
    format: {{enum: [{formats}]}}
timeoutSeconds: 60
owner: tests
"""
FORMAT_LINE = 10


@pytest.fixture
def connection(pipeline, monkeypatch):
    for name, value in pipeline.environment.items():
        monkeypatch.setenv(name, value)
    return connect()


@pytest.fixture
def headrace(connection):
    return Headrace.over(connection)


@pytest.fixture
def register(pipeline, tmp_path):
    """Register the definition with these formats, as a person does."""
    path = tmp_path / "evolving.yaml"

    def run(formats, *options):
        path.write_text(DEFINITION.format(formats=formats), encoding="utf-8")
        return CliRunner().invoke(
            root, ["register", str(path), *options], env=dict(pipeline.environment)
        )

    run.path = path
    return run


@pytest.fixture
def schedule(pipeline):
    """A schedule of somebody's own that asks for the format every day."""
    scheduler, sqs = pipeline.client("scheduler"), pipeline.client("sqs")
    queue = sqs.get_queue_attributes(
        QueueUrl=pipeline.queue_url, AttributeNames=["QueueArn"]
    )["Attributes"]["QueueArn"]
    body = {
        "schemaVersion": "1",
        "jobName": "evolving",
        "idempotencyKey": "<aws.scheduler.schedule-arn>@<aws.scheduler.scheduled-time>",
        "parameters": {"format": "csv"},
    }
    scheduler.create_schedule(
        Name="evolving",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": queue,
            "RoleArn": "arn:aws:iam::123456789012:role/any",
            "Input": json.dumps(body),
        },
    )
    yield
    scheduler.delete_schedule(Name="evolving")


def send(headrace, text):
    later = datetime.now(UTC) + timedelta(hours=1)
    return headrace.submit("evolving", parameters={"format": text}, scheduled_at=later)


def versions_of(headrace, sent):
    """The versions of jobs, once all of them have a record."""
    found = {each.job_id: each for each in headrace.list(job_name="evolving")}
    if not all(each.job_id in found for each in sent):
        return None
    return [found[each.job_id].job_version for each in sent]


@pytest.mark.usefixtures("schedule")
def test_a_version_that_would_refuse_queued_messages_is_refused_unless_it_is_forced(
    headrace, connection, register
):
    assert register("pdf, csv").exit_code == 0
    sent = [send(headrace, text) for text in ("csv", "csv", "csv", "pdf")]
    assert wait_for(lambda: versions_of(headrace, sent), seconds=SECONDS) == [1] * 4

    refused = register("pdf")
    assert refused.exit_code == 1, refused.output
    assert refused.stderr.startswith(
        f"Error: {register.path}:{FORMAT_LINE}: parameters.properties.format: would"
        " refuse 4 requests that version 1 accepts (INVALID_PARAMETERS:"
        " parameters.format: does not meet the job definition's enum"
    )
    assert "3 waiting jobs (" in refused.stderr
    assert "1 schedule (default/evolving)" in refused.stderr
    assert "--force" in refused.stderr
    for each in sent[:3]:
        assert each.job_id in refused.stderr
    definitions = Definitions.over(connection)
    assert [each.version for each in definitions.versions("evolving")] == [1]

    forced = register("pdf", "--force")
    assert forced.exit_code == 0, forced.output
    assert "evolving version 2 registered" in forced.stdout
    assert "Forced: evolving refuses 4 requests from now on" in forced.stderr
    assert versions_of(headrace, sent) == [1] * 4
    late = headrace.wait(send(headrace, "csv"), deadline_seconds=SECONDS)
    assert late.rejection.field == "parameters.format"
    for each in sent:
        headrace.cancel(each.job_id)


def test_the_page_s_commands_do_what_it_says(pipeline, tmp_path):
    Reader(tmp_path, dict(pipeline.environment)).follow(PAGE.read_text())
