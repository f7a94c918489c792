from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from moto import mock_aws

from builders import NOW, a_job
from cli_shell import Shell, a_failed_job
from headrace.jobs.job import JobStatus
from headrace.jobs.transitions import Transition
from headrace.ports import StoredRejection
from headrace_client.cli.exit_codes import ExitCode
from rejecting import rejected

UNKNOWN_JOB_ID = "a" * 26
MESSAGE_ID = "0f0e0d0c-0b0a-4908-8706-050403020100"


@pytest.fixture
def shell(monkeypatch):
    with mock_aws():
        monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
        yield Shell()


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


CANCELLED = a_job(
    status=JobStatus.CANCELLED,
    sequence=9,
    cancel_requested_at=NOW + timedelta(seconds=30),
    cancel_requested_by="night shift",
    transitions=(
        Transition(1, JobStatus.RUNNABLE, NOW, "dispatch", "LAUNCH_BUDGET"),
        Transition(8, JobStatus.RUNNING, NOW + timedelta(seconds=9), "record"),
        Transition(
            9,
            JobStatus.CANCELLED,
            NOW + timedelta(seconds=61),
            "night shift",
            "CANCELLED_BY_USER",
        ),
    ),
)


def test_status_shows_every_change_of_status_and_who_asked_to_cancel(shell):
    shell.jobs.accept(CANCELLED)

    shown = shell.run("status", CANCELLED.job_id).stdout

    lines = [
        line.split()
        for line in shown.partition("SINCE")[2].splitlines()
        if " 10:" in line
    ]
    assert [line[1:] for line in lines] == [
        ["10:00:00", "RUNNABLE", "1", "LAUNCH_BUDGET", "dispatch"],
        ["10:00:09", "RUNNING", "8", "-", "record"],
        ["10:00:30", "(cancel", "asked)", "-", "night", "shift"],
        ["10:01:01", "CANCELLED", "9", "CANCELLED_BY_USER", "night", "shift"],
    ]
    assert "… 6 left out" in shown


def test_status_has_the_changes_as_json(shell):
    shell.jobs.accept(CANCELLED)

    document = json.loads(shell.run("status", CANCELLED.job_id, "--json").stdout)

    assert document["transitions"][1:] == [
        {
            "sequence": 8,
            "status": "RUNNING",
            "at": "2026-11-22T10:00:09.000Z",
            "by": "record",
        },
        {
            "sequence": 9,
            "status": "CANCELLED",
            "at": "2026-11-22T10:01:01.000Z",
            "by": "night shift",
            "why": "CANCELLED_BY_USER",
        },
    ]
    assert document["cancelRequestedBy"] == "night shift"
    assert document["cancelRequestedAt"] == "2026-11-22T10:00:30.000Z"


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


def test_list_fits_80_columns_with_whole_ids(shell):
    job = a_failed_job(idempotency_key="k" * 256)
    waiting = a_job(idempotency_key="other")
    shell.accept_recent(job, waiting)
    done = shell.run("list")
    assert done.exit_code == 0, done.output
    assert job.job_id in done.stdout
    assert waiting.job_id in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "\x1b" not in done.stdout


def test_list_can_be_of_one_status_and_of_a_time(shell):
    failed, waiting = a_failed_job(), a_job(idempotency_key="other")
    shell.accept_recent(failed, waiting)
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


def test_a_list_without_a_match_does_not_say_that_there_are_no_jobs(shell):
    shell.accept_recent(a_failed_job())
    told = shell.run("list", "--status", "LOST").stdout
    assert told == "No job of tenant 'default' is such.\n"


def test_a_time_that_cannot_be_read_names_its_option(shell):
    done = shell.run("list", "--since", "yesterday")
    assert done.exit_code == ExitCode.USAGE
    assert "Invalid value for --since: 'yesterday'" in done.stderr


def test_watch_prints_each_change_as_a_line_of_json(shell):
    job = a_failed_job()
    shell.jobs.accept(job)
    done = shell.run("watch", job.job_id, "--json")
    assert done.exit_code == ExitCode.NO
    [document] = map(json.loads, done.stdout.splitlines())
    assert document["jobId"] == job.job_id


def test_watch_without_an_id_shows_the_newest_jobs(shell):
    shell.accept_recent(a_failed_job())
    done = shell.run("watch", "--deadline", "0")
    assert done.exit_code == 0, done.output
    assert "report FAILED attempt 1 EXIT_CODE 1" in done.stdout


@pytest.mark.parametrize(("columns", "lines"), [("80", 2), ("100", 1)])
def test_a_message_id_is_shown_whole_on_as_many_lines_as_it_takes(
    shell, columns, lines
):
    now = datetime.now(UTC)
    shell.jobs.reject(
        StoredRejection(MESSAGE_ID, now, rejected("{")),
        expires_at=now + timedelta(days=1),
    )
    done = shell.run("list", variables={"COLUMNS": columns})
    found = [line.split()[0] for line in done.stdout.splitlines()[3 : 3 + lines]]
    assert "".join(found) == MESSAGE_ID
    assert max(map(len, done.stdout.splitlines())) <= int(columns)
