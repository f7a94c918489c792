"""`headrace explain` as a command, and `Headrace.explain` as its library has it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from moto import mock_aws

from builders import DEPLOYMENT_ID, NOW, REGION, a_job, a_rejection, an_outcome
from cli_shell import Shell, a_failed_job
from client_world import KeptRequests
from definition_builders import a_registered
from headrace.aws.definition_table import DefinitionTable
from headrace.jobs.job import JobStatus, ReasonCode
from headrace.launches.budget import LaunchRate
from headrace.ports import StoredRejection
from headrace.requests.rejection import Reason
from headrace_client import Headrace, Submission
from headrace_client.aws_clients import AwsClients
from headrace_client.cli.exit_codes import ExitCode
from headrace_client.explaining.answers import ADVICE
from headrace_client.explaining.causes import Cause
from headrace_client.inspection import Inspector
from headrace_client.job_logs.reading import LogReader
from headrace_client.job_logs.streams import CloudWatchStreams
from headrace_client.task_definitions import EcsTaskDefinitions
from headrace_local.ecs import Fate
from headrace_local.memory.faults import Moment
from situations import a_world, an_explainer, explain

MESSAGE_ID = "0f0e0d0c-0b0a-4908-8706-050403020100"


@pytest.fixture
def shell(monkeypatch):
    with mock_aws():
        monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
        shell = Shell()
        DefinitionTable(shell.dynamodb, shell.table_name).register(a_registered())
        yield shell


def test_a_person_reads_why_a_job_failed_and_what_to_try(shell):
    job = a_failed_job()
    shell.jobs.accept(job)
    done = shell.run("explain", job.job_id)
    assert done.exit_code == 0, done.output
    told = " ".join(done.stdout.split())
    assert "FAILED NO_RULE" in told
    assert "Its definition has no retry rule, and no match means fail." in told
    assert job.outcome.advice in told


def test_a_program_reads_a_waiting_jobs_place_and_the_deployments_rate(shell):
    first = a_job()
    second = a_job(idempotency_key="other", accepted_at=NOW + timedelta(seconds=1))
    for job in (first, second):
        shell.jobs.accept(job)
    variables = {"HEADRACE_LAUNCHES_PER_SECOND": "18"}
    done = shell.run("explain", second.job_id, "--json", variables=variables)
    document = json.loads(done.stdout)
    assert document["cause"] == "BACKLOG"
    assert document["facts"]["position"] == 2
    assert document["facts"]["launchesPerSecond"] == 18


def test_a_rejection_is_explained_by_its_message_id(shell):
    now = datetime.now(UTC)
    stored = StoredRejection(MESSAGE_ID, now, a_rejection())
    shell.jobs.reject(stored, expires_at=now + timedelta(days=1))
    done = shell.run("explain", MESSAGE_ID)
    assert done.exit_code == 0, done.output
    for text in ("LIMIT_EXCEEDED", "overrides.cpu", "at least 256"):
        assert text in done.stdout


def test_the_id_of_a_job_that_was_never_accepted_leads_to_its_rejection(shell):
    now = datetime.now(UTC)
    stored = StoredRejection(MESSAGE_ID, now, a_rejection())
    shell.jobs.reject(stored, expires_at=now + timedelta(days=1))
    done = shell.run("explain", a_job().job_id, "--json")
    assert json.loads(done.stdout)["id"] == MESSAGE_ID


def test_an_id_that_nobody_knows_is_said_to_be_that(shell):
    done = shell.run("explain", "a" * 26)
    assert done.exit_code == ExitCode.NO
    assert "may still wait in the queue" in " ".join(done.stdout.split())


def test_another_tenants_job_is_not_explained(shell):
    job = a_failed_job()
    shell.jobs.accept(job)
    done = shell.run("explain", job.job_id, "--tenant", "other")
    assert done.exit_code == ExitCode.NO
    assert "EXIT_CODE" not in done.stdout


def test_without_its_definition_a_job_is_explained_from_its_record(shell):
    job = replace(a_failed_job(), job_name="gone")
    shell.jobs.accept(job)
    document = json.loads(shell.run("explain", job.job_id, "--json").stdout)
    assert document["cause"] == "ENDED"
    assert document["summary"] == job.outcome.summary


def test_a_job_that_may_run_nowhere_is_said_to_be_one(shell):
    outcome = an_outcome(
        JobStatus.FAILED,
        reason_code=ReasonCode.LAUNCH_REJECTED,
        exit_code=None,
        stop_code=None,
    )
    job = a_job(status=JobStatus.FAILED, outcome=outcome, launch=None)
    shell.jobs.accept(job)
    document = json.loads(shell.run("explain", job.job_id, "--json").stdout)
    assert document["cause"] == "NOWHERE_TO_RUN"


def test_a_backlog_that_may_not_be_read_does_not_hide_the_rest():
    world = a_world(rate=LaunchRate(per_second=0.01, burst=1))
    world.submit(idempotencyKey="first")
    job = world.submit()
    world.jobs.faults.plan("ready", Moment.BEFORE)
    explanation = explain(world, job.job_id)
    assert explanation.cause is Cause.LAUNCH_BUDGET
    assert "Its place in the backlog could not be read." in explanation.summary


def test_a_job_that_reconcile_left_alone_is_told_from_one_that_waits():
    world = a_world(Fate(run_seconds=None))
    world.engine.faults.refuse_next(None)
    job = world.submit()
    world.pass_time(3600)
    late = explain(world, job.job_id)
    assert late.cause is Cause.CAPACITY
    assert late.fact("lateSeconds") > 3000
    assert late.advice.startswith("Reconcile should have looked at it already")


def test_a_submission_that_was_rejected_is_explained_by_its_message():
    world = a_world()
    message = world.message(parameters={"date": 1})
    world.dispatch(message)
    submission = Submission(
        job_id="a" * 26,
        message_id=message.message_id,
        idempotency_key="k",
        fingerprint="f",
    )
    clients = AwsClients({"AWS_REGION": REGION})
    client = Headrace(
        deployment_id=DEPLOYMENT_ID,
        jobs=world.jobs,
        requests=KeptRequests(),
        now=world.clock.now,
        inspector=Inspector(
            explainer=an_explainer(world),
            log_reader=LogReader(
                catalogue=world.definitions,
                task_definitions=EcsTaskDefinitions(ecs=clients.ecs),
                streams=CloudWatchStreams(client_in=clients.logs_in),
            ),
        ),
    )

    assert client.explain(submission).cause is Cause.REJECTED


def test_every_reason_to_reject_has_something_to_try():
    assert set(ADVICE) == set(Reason)
