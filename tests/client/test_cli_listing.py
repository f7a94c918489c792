"""`headrace list`: what is asked for, part by part, and how to go on."""

from __future__ import annotations

import json
import re

import pytest
from moto import mock_aws

from builders import a_job
from cli_shell import Shell, a_failed_job
from headrace_client.cli.exit_codes import ExitCode


@pytest.fixture
def shell(monkeypatch):
    with mock_aws():
        monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
        yield Shell()


def ids(done):
    assert done.exit_code == 0, done.output
    return [each["jobId"] for each in json.loads(done.stdout)]


def test_a_list_says_how_to_go_on_and_goes_on_there(shell):
    jobs = [a_job(idempotency_key=f"key-{number}") for number in range(5)]
    shell.accept_recent(*jobs)

    first = shell.run("list", "--limit", "3", "--json")
    cursor = re.search(r"the same command with --cursor (\S+)", first.stderr)[1]
    second = shell.run("list", "--limit", "3", "--json", "--cursor", cursor)

    assert len(ids(first)) == 3
    assert sorted(ids(first) + ids(second)) == sorted(job.job_id for job in jobs)
    assert second.stderr == ""


def test_a_list_can_be_of_a_correlation_id_and_of_a_time(shell):
    mine, other = a_job(correlation_id="order-7"), a_failed_job(idempotency_key="b")
    shell.accept_recent(mine, other)

    assert ids(shell.run("list", "--correlation-id", "order-7", "--json")) == [
        mine.job_id
    ]
    assert len(ids(shell.run("list", "--since", "1h", "--until", "0s", "--json"))) == 2
    assert ids(shell.run("list", "--until", "1h", "--json")) == []


def test_nothing_is_an_empty_array(shell):
    done = shell.run("list", "--status", "LOST", "--json")
    assert json.loads(done.stdout) == []


def test_a_cursor_of_nobody_is_a_usage_error_and_prints_nothing(shell):
    done = shell.run("list", "--cursor", "?", "--json")
    assert done.exit_code == ExitCode.USAGE
    assert "--cursor" in done.stderr
    assert done.stdout == ""


def test_an_end_that_cannot_be_read_names_its_option(shell):
    done = shell.run("list", "--until", "tomorrow")
    assert done.exit_code == ExitCode.USAGE
    assert "Invalid value for --until: 'tomorrow'" in done.stderr
