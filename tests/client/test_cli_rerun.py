"""`headrace rerun`: what it prints, and how it ends."""

from __future__ import annotations

import json

import pytest
from moto import mock_aws

from builders import a_job
from cli_shell import Shell, a_failed_job
from definition_builders import a_resolved
from headrace.jobs.job import JobStatus
from headrace_client.cli.exit_codes import ExitCode


@pytest.fixture
def shell(monkeypatch):
    with mock_aws():
        monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
        shell = Shell()
        found = shell.ecs.register_task_definition(
            family="headrace-job-report",
            containerDefinitions=[{"name": "main", "image": "public:1", "memory": 64}],
        )["taskDefinition"]
        shell.know("report", resolved=a_resolved(arn=found["taskDefinitionArn"]))
        yield shell


@pytest.fixture
def job(shell):
    job = a_failed_job()
    shell.jobs.accept(job)
    return job


def test_latest_sends_a_rerun_and_prints_the_new_jobs_id(shell, job):
    done = shell.run("rerun", job.job_id, "--latest", "--key", "again")
    assert done.exit_code == ExitCode.OK, done.output
    [request] = shell.requests()
    assert (request["type"], request["jobId"], request["version"]) == (
        "rerun",
        job.job_id,
        "latest",
    )
    assert done.stdout.strip() == a_job(idempotency_key="again").job_id


def test_programs_are_told_which_job_is_run_again(shell, job):
    done = shell.run("rerun", job.job_id, "--latest", "--key", "again", "--json")
    document = json.loads(done.stdout)
    assert document.pop("messageId")
    assert document == {
        "jobId": a_job(idempotency_key="again").job_id,
        "rerunOf": job.job_id,
        "idempotencyKey": "again",
    }


@pytest.mark.parametrize("arguments", [[], ["--exact"]])
def test_exact_is_refused_where_nobody_knows_the_image_and_says_what_to_try(
    shell, job, arguments
):
    done = shell.run("rerun", job.job_id, *arguments)
    assert done.exit_code == ExitCode.NO
    assert "cannot be run again exactly: nobody recorded which image" in done.stderr
    assert f"headrace rerun {job.job_id} --latest" in done.stderr
    assert shell.requests() == []


def test_exact_can_be_forced_with_a_warning(shell, job):
    done = shell.run("rerun", job.job_id, "--exact", "--force")
    assert done.exit_code == ExitCode.OK, done.output
    assert done.stderr.startswith("Forced. The job ")
    assert shell.requests()[0]["version"] == "exact"


def test_a_job_that_has_not_ended_is_not_run_again(shell):
    job = a_job(status=JobStatus.RUNNING)
    shell.jobs.accept(job)
    done = shell.run("rerun", job.job_id, "--latest")
    assert done.exit_code == ExitCode.NO
    assert "is RUNNING" in done.stderr
    assert shell.requests() == []


def test_an_unknown_job_and_what_is_no_id_are_told_apart(shell):
    assert shell.run("rerun", "a" * 26).exit_code == ExitCode.NO
    assert shell.run("rerun", "report").exit_code == ExitCode.USAGE
