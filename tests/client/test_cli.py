from __future__ import annotations

import getpass
import json
from dataclasses import replace

import click
import pytest
from click.testing import CliRunner
from moto import mock_aws

from builders import a_job
from cli_shell import Shell, a_failed_job
from headrace.jobs.job import JobStatus
from headrace_client.cli.exit_codes import MEANINGS, ExitCode
from headrace_client.cli.root import root
from rejecting import parsed

REPORT = """\
name: report
taskDefinition: headrace-job-report
container: main
owner: team-reports
timeoutSeconds: 60
"""
COMMANDS = [
    name
    for name, command in root.commands.items()
    if not isinstance(command, click.Group)
]


@pytest.fixture
def shell(monkeypatch):
    with mock_aws():
        monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
        yield Shell()


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
    shell.know("report")
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
    shell.know("report")
    done = shell.run("submit", "report", "--key", "r-1", "--json")
    document = json.loads(done.stdout)
    assert document["jobId"] == a_job(idempotency_key="r-1").job_id
    assert document["idempotencyKey"] == "r-1"
    assert document["messageId"]


def test_submit_takes_parameters_from_a_file_and_from_standard_input(shell, tmp_path):
    shell.know("report")
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
        ["--parameters", '{"date": "a", "date": "b"}'],
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
    shell.know("report")
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
    shell.know("report")
    done = shell.run("submit", "report", "--watch", "--deadline", "0")
    assert done.exit_code == ExitCode.DEADLINE
    assert "has no record yet" in done.stderr


def test_cancel_sends_a_request(shell):
    job = a_job(status=JobStatus.RUNNING)
    shell.jobs.accept(job)
    done = shell.run("cancel", job.job_id)
    assert done.exit_code == 0, done.output
    [request] = shell.requests()
    assert (request["type"], request["jobId"]) == ("cancel", job.job_id)
    assert request["requestedBy"] == getpass.getuser()


def test_cancel_says_who_asks(shell):
    job = a_job(status=JobStatus.RUNNING)
    shell.jobs.accept(job)
    shell.run("cancel", job.job_id, "--requested-by", "night shift")
    [request] = shell.requests()
    assert request["requestedBy"] == "night shift"


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
    assert done.exit_code == ExitCode.UNREACHABLE
    assert "There is no such queue or table" in done.stderr
    assert "Try: Check the HEADRACE_* variables" in done.stderr
