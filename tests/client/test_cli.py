from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import boto3
import click
import pytest
from click.testing import CliRunner
from moto import mock_aws

from builders import DEPLOYMENT_ID, REGION, a_job, an_outcome
from headrace.aws.job_table import JobTable
from headrace.job import JobStatus
from headrace.ports import StoredRejection
from headrace_client.cli.exit_codes import MEANINGS, ExitCode
from headrace_client.cli.root import root
from rejecting import parsed, rejected
from tables import a_dynamodb_client, a_table

REPORT = """\
name: report
taskDefinition: headrace-job-report
container: main
owner: team-reports
timeoutSeconds: 60
"""
COMMANDS = ["register", "submit", "status", "list", "watch", "cancel"]
UNKNOWN_JOB_ID = "a" * 26
MESSAGE_ID = "0f0e0d0c-0b0a-4908-8706-050403020100"


class Shell:
    """A shell whose commands meet a deployment inside moto."""

    def __init__(self):
        self.dynamodb = a_dynamodb_client()
        self.sqs = boto3.client("sqs", region_name=REGION)
        self.ecs = boto3.client("ecs", region_name=REGION)
        self.queue_url = self.sqs.create_queue(QueueName="requests")["QueueUrl"]
        self.table_name = a_table(self.dynamodb)
        self.jobs = JobTable(self.dynamodb, self.table_name)
        self.variables = {
            "AWS_REGION": REGION,
            "HEADRACE_REQUEST_QUEUE_URL": self.queue_url,
            "HEADRACE_JOB_TABLE_NAME": self.table_name,
            "HEADRACE_DEPLOYMENT_ID": DEPLOYMENT_ID,
        }

    def run(self, *arguments, **changes):
        return CliRunner().invoke(
            root,
            list(arguments),
            env=self.variables | {"COLUMNS": "80"} | changes.pop("variables", {}),
            **changes,
        )

    def requests(self):
        answer = self.sqs.receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=10
        )
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


@pytest.fixture
def shell(monkeypatch):
    with mock_aws():
        monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
        yield Shell()


def a_failed_job(**changes):
    outcome = an_outcome(
        JobStatus.FAILED,
        summary="Container 'main' exited with 1.",
        advice="Look at the task's log.",
    )
    return a_job(status=JobStatus.FAILED, outcome=outcome, **changes)


def test_every_command_explains_itself_with_an_example():
    for name in [*COMMANDS, "local"]:
        command = root.commands[name]
        assert command.help, name
        assert "headrace " in (command.epilog or ""), name


def test_the_help_tells_every_exit_code():
    shown = CliRunner().invoke(root, ["--help"]).output
    for code, meaning in MEANINGS.items():
        assert str(int(code)) in shown
        assert meaning in shown


def test_every_option_has_help():
    for name in COMMANDS:
        for parameter in root.commands[name].params:
            if isinstance(parameter, click.Option):
                assert parameter.help, (name, parameter.name)


def test_submit_sends_the_request_and_prints_the_job_id(shell):
    done = shell.run(
        "submit", "report", "-p", "date=2026-11-22", "-p", "pages:=3", "--key", "r-1"
    )
    assert done.exit_code == 0, done.output
    [request] = shell.requests()
    assert request["parameters"] == {"date": "2026-11-22", "pages": 3}
    assert request["idempotencyKey"] == "r-1"
    job_id = a_job(idempotency_key="r-1").job_id
    assert done.stdout == f"{job_id}\n"


def test_submit_prints_json_for_programs(shell):
    done = shell.run("submit", "report", "--key", "r-1", "--json")
    document = json.loads(done.stdout)
    assert document["jobId"] == a_job(idempotency_key="r-1").job_id
    assert document["idempotencyKey"] == "r-1"
    assert document["messageId"]


def test_submit_takes_parameters_from_a_file_and_from_standard_input(shell, tmp_path):
    file = tmp_path / "parameters.json"
    file.write_text('{"a": 1, "b": "old"}')
    shell.run("submit", "report", "--parameters", f"@{file}", "-p", "b=new")
    shell.run("submit", "report", "--parameters", "-", input='{"c": [1]}')
    first, second = shell.requests()
    assert first["parameters"] == {"a": 1, "b": "new"}
    assert second["parameters"] == {"c": [1]}


@pytest.mark.parametrize(
    "arguments",
    [
        ["-p", "date"],
        ["-p", "=3"],
        ["-p", "pages:=three"],
        ["--parameters", "[1]"],
        ["--parameters", "{"],
        ["--parameters", "@/nowhere.json"],
    ],
)
def test_parameters_that_cannot_be_read_are_a_usage_error(shell, arguments):
    done = shell.run("submit", "report", *arguments)
    assert done.exit_code == ExitCode.USAGE
    assert shell.requests() == []


def test_a_request_that_would_be_rejected_is_refused_with_its_reason(shell):
    done = shell.run("submit", "report", "--timeout", "0")
    assert done.exit_code == ExitCode.NO
    assert "INVALID_FIELD: timeoutSeconds: must be at least 1, but is 0" in done.stderr
    assert "Try: " in done.stderr
    assert shell.requests() == []


def test_submit_with_watch_ends_as_the_job_ends(shell):
    shell.run("submit", "report", "--key", "r-1")
    [request] = shell.requests()
    for status, code in ((JobStatus.SUCCEEDED, ExitCode.OK), (None, ExitCode.NO)):
        key = f"key-{status}"
        done_job = a_job(status=JobStatus.SUCCEEDED) if status else a_failed_job()
        accept_as_submitted(shell, request | {"idempotencyKey": key}, done_job)
        done = shell.run("submit", "report", "--key", key, "--watch")
        assert done.exit_code == code, done.output
        assert done_job.status in done.stdout


def accept_as_submitted(shell, request, job):
    """Store a job as dispatch would for this request."""
    key = request["idempotencyKey"]
    shell.jobs.accept(
        replace(
            job,
            job_id=a_job(idempotency_key=key).job_id,
            idempotency_key=key,
            fingerprint=parsed(json.dumps(request)).fingerprint,
        )
    )


def test_watching_beyond_the_deadline_has_an_exit_code_of_its_own(shell):
    done = shell.run("submit", "report", "--watch", "--deadline", "0")
    assert done.exit_code == ExitCode.DEADLINE
    assert "has no record yet" in done.stderr


def test_status_shows_how_and_why_a_job_ended_and_what_to_try(shell):
    job = a_failed_job()
    shell.jobs.accept(job)
    done = shell.run("status", job.job_id)
    assert done.exit_code == 0, done.output
    for text in ("FAILED", "EXIT_CODE 1", job.outcome.summary, job.outcome.advice):
        assert text in done.stdout


def test_status_prints_json_for_programs(shell):
    job = a_failed_job()
    shell.jobs.accept(job)
    document = json.loads(shell.run("status", job.job_id, "--json").stdout)
    assert document["status"] == "FAILED"
    assert document["reasonCode"] == "EXIT_CODE"
    assert document["exitCode"] == 1
    assert document["finishedAt"] == "2026-11-22T10:00:00.000Z"
    assert "leaseOwner" not in document


def test_status_of_a_message_shows_its_rejection(shell):
    now = datetime.now(UTC)
    shell.jobs.reject(
        StoredRejection(MESSAGE_ID, now, rejected("{")),
        expires_at=now + timedelta(days=1),
    )
    done = shell.run("status", MESSAGE_ID)
    assert done.exit_code == 0, done.output
    assert "MALFORMED_JSON" in done.stdout
    document = json.loads(shell.run("status", MESSAGE_ID, "--json").stdout)
    assert document["status"] == "REJECTED"
    assert document["reasonCode"] == "MALFORMED_JSON"


def test_a_job_that_is_not_there_is_no_success(shell):
    for command in ("status", "watch", "cancel"):
        done = shell.run(command, UNKNOWN_JOB_ID)
        assert done.exit_code == ExitCode.NO, command
        assert f"has no job '{UNKNOWN_JOB_ID}'" in done.stderr
        assert "Try: " in done.stderr


def test_what_cannot_be_a_job_id_is_a_usage_error(shell):
    done = shell.run("status", "report")
    assert done.exit_code == ExitCode.USAGE
    assert "'report' is no job id" in done.stderr


def accept_recent(shell, *jobs):
    for job in jobs:
        shell.jobs.accept(replace(job, accepted_at=datetime.now(UTC)))


def test_list_fits_80_columns_with_whole_ids(shell):
    job = a_failed_job(idempotency_key="k" * 256)
    waiting = a_job(idempotency_key="other")
    accept_recent(shell, job, waiting)
    done = shell.run("list")
    assert done.exit_code == 0, done.output
    assert job.job_id in done.stdout
    assert waiting.job_id in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "\x1b" not in done.stdout


def test_list_can_be_of_one_status_and_of_a_time(shell):
    failed, waiting = a_failed_job(), a_job(idempotency_key="other")
    accept_recent(shell, failed, waiting)
    listed = json.loads(shell.run("list", "--status", "failed", "--json").stdout)
    assert [document["jobId"] for document in listed] == [failed.job_id]
    assert len(json.loads(shell.run("list", "--since", "1h", "--json").stdout)) == 2
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert json.loads(shell.run("list", "--since", later, "--json").stdout) == []


@pytest.mark.parametrize("since", ["yesterday", "2026-11-22T10:00:00", "3w"])
def test_a_time_that_cannot_be_read_is_a_usage_error(shell, since):
    assert shell.run("list", "--since", since).exit_code == ExitCode.USAGE


def test_an_empty_list_says_what_to_do(shell):
    assert "headrace submit" in shell.run("list").stdout


def test_watch_prints_each_change_as_a_line_of_json(shell):
    job = a_failed_job()
    shell.jobs.accept(job)
    done = shell.run("watch", job.job_id, "--json")
    assert done.exit_code == ExitCode.NO
    [document] = map(json.loads, done.stdout.splitlines())
    assert document["jobId"] == job.job_id


def test_watch_without_an_id_shows_the_newest_jobs(shell):
    accept_recent(shell, a_failed_job())
    done = shell.run("watch", "--deadline", "0")
    assert done.exit_code == 0, done.output
    assert "report FAILED attempt 1 EXIT_CODE 1" in done.stdout


def test_cancel_sends_a_request(shell):
    job = a_job(status=JobStatus.RUNNING)
    shell.jobs.accept(job)
    done = shell.run("cancel", job.job_id)
    assert done.exit_code == 0, done.output
    [request] = shell.requests()
    assert (request["type"], request["jobId"]) == ("cancel", job.job_id)


@pytest.mark.parametrize(
    ("status", "code"),
    [(JobStatus.SUCCEEDED, ExitCode.NO), (JobStatus.CANCELLED, ExitCode.OK)],
)
def test_cancelling_what_has_ended_sends_nothing(shell, status, code):
    job = a_job(status=status)
    shell.jobs.accept(job)
    done = shell.run("cancel", job.job_id, "--json")
    assert done.exit_code == code
    assert json.loads(done.stdout) == {"jobId": job.job_id, "status": status}
    assert shell.requests() == []


def register_task_definition(shell, **changes):
    fields = {
        "family": "headrace-job-report",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [{"name": "main", "image": "python", "memory": 512}],
    }
    shell.ecs.register_task_definition(**(fields | changes))


def test_register_stores_a_version_once(shell, tmp_path):
    register_task_definition(shell)
    file = tmp_path / "report.yaml"
    file.write_text(REPORT)
    done = shell.run("register", str(file))
    assert done.exit_code == 0, done.output
    assert done.stdout == "report version 1 registered (headrace-job-report:1)\n"
    again = shell.run("register", str(file), "--json")
    [document] = json.loads(again.stdout)
    assert (document["version"], document["isNew"]) == (1, False)


def test_register_refuses_what_ecs_does_not_know(shell, tmp_path):
    file = tmp_path / "report.yaml"
    file.write_text(REPORT)
    done = shell.run("register", str(file))
    assert done.exit_code == ExitCode.NO
    assert f"{file}:2: taskDefinition: " in done.stderr
    assert "Try: " in done.stderr


def test_without_a_deployment_every_name_that_is_missing_is_told(shell):
    done = shell.run("list", variables={"HEADRACE_JOB_TABLE_NAME": ""})
    assert done.exit_code == ExitCode.UNREACHABLE
    assert "HEADRACE_JOB_TABLE_NAME is not set" in done.stderr
    assert "headrace local up" in done.stderr


def test_a_table_that_does_not_exist_is_told_with_something_to_try(shell):
    done = shell.run("list", variables={"HEADRACE_JOB_TABLE_NAME": "nothing"})
    assert done.exit_code == ExitCode.NO
    assert "There is no such queue or table" in done.stderr
    assert "Try: Check the HEADRACE_* variables" in done.stderr


@pytest.mark.parametrize(("columns", "is_whole"), [("80", False), ("100", True)])
def test_a_wide_list_has_whole_message_ids(shell, columns, is_whole):
    now = datetime.now(UTC)
    shell.jobs.reject(
        StoredRejection(MESSAGE_ID, now, rejected("{")),
        expires_at=now + timedelta(days=1),
    )
    done = shell.run("list", variables={"COLUMNS": columns})
    assert (MESSAGE_ID in done.stdout) is is_whole
    assert MESSAGE_ID[:24] in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= int(columns)
