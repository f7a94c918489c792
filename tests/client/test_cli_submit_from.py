"""`headrace submit --from`: a request for each line, and what to do about the rest."""

from __future__ import annotations

import json

import pytest
from moto import mock_aws

from cli_shell import Shell
from headrace_client.cli.exit_codes import ExitCode

NEEDS_DATE = {
    "type": "object",
    "properties": {"date": {"type": "string"}},
    "required": ["date"],
}


@pytest.fixture
def shell(monkeypatch):
    with mock_aws():
        monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
        shell = Shell()
        shell.know("report", parameters=NEEDS_DATE)
        yield shell


@pytest.fixture
def file(tmp_path):
    return tmp_path / "days.jsonl"


def lines(*documents):
    return "".join(json.dumps(each) + "\n" for each in documents)


def test_a_line_is_the_parameters_of_the_job_that_is_named(shell, file):
    file.write_text(lines({"date": "1"}, {"date": "2"}))
    done = shell.run("submit", "report", "--from", str(file), "--key", "nov")
    assert (done.exit_code, done.stdout) == (ExitCode.OK, "2 of 2 sent.\n")
    sent = {
        each["idempotencyKey"]: (each["jobName"], each["parameters"])
        for each in shell.requests()
    }
    assert sent == {
        "nov-1": ("report", {"date": "1"}),
        "nov-2": ("report", {"date": "2"}),
    }


def test_without_a_job_a_line_is_a_request_and_may_be_piped(shell):
    requests = [
        {"jobName": "report", "parameters": {"date": "1"}, "idempotencyKey": "own"},
        {"jobName": "report", "parameters": {"date": "2"}, "timeoutSeconds": 30},
    ]
    done = shell.run("submit", "--from", "-", "--timeout", "60", input=lines(*requests))
    assert done.exit_code == ExitCode.OK, done.output
    first, second = sorted(shell.requests(), key=lambda r: r["parameters"]["date"])
    assert (first["idempotencyKey"], first["timeoutSeconds"]) == ("own", 60)
    assert second["timeoutSeconds"] == 30
    assert second["idempotencyKey"]


def test_lines_that_were_refused_are_told_by_number_and_kept_to_be_sent_again(
    shell, file
):
    file.write_text(f'{lines({"date": "1"}, {"date": 2})}\n{{"date"\n')
    done = shell.run("submit", "report", "--from", str(file), "--key", "nov")
    assert done.exit_code == ExitCode.NO
    assert done.stdout == "1 of 3 sent, 2 refused.\n"
    assert "line 2: INVALID_PARAMETERS: parameters.date" in done.stderr
    assert "line 4: MALFORMED_JSON" in done.stderr
    failed = file.with_name("days.failed.jsonl")
    assert f"headrace submit --from {failed}" in done.stderr.replace("\n", "")

    first, second = failed.read_text().splitlines()
    assert second == '{"date"'
    corrected = file.with_name("corrected.jsonl")
    corrected.write_text(first.replace("2}", '"2"}') + "\n")
    assert shell.requests() != []
    assert shell.run("submit", "--from", str(corrected)).exit_code == ExitCode.OK
    [request] = shell.requests()
    assert (request["idempotencyKey"], request["parameters"]) == (
        "nov-2",
        {"date": "2"},
    )


def test_lines_that_the_queue_did_not_take_have_an_exit_code_of_their_own(shell, file):
    file.write_text(lines({"date": "1"}, {"date": "2"}))
    missing = {"HEADRACE_REQUEST_QUEUE_URL": shell.queue_url + "-missing"}
    kept = file.with_name("kept.jsonl")
    done = shell.run(
        "submit", "report", "--from", str(file), "--failed", str(kept),
        variables=missing,
    )  # fmt: skip
    assert done.exit_code == ExitCode.UNREACHABLE
    assert done.stdout == "0 of 2 sent, 2 not sent.\n"

    keys = [
        json.loads(line)["idempotencyKey"] for line in kept.read_text().splitlines()
    ]
    assert shell.run("submit", "--from", str(kept)).exit_code == ExitCode.OK
    assert {each["idempotencyKey"] for each in shell.requests()} == set(keys)


def test_programs_get_a_line_of_json_for_each_line(shell, file):
    file.write_text(lines({"date": "1"}, {"date": 2}))
    done = shell.run("submit", "report", "--from", str(file), "--json")
    sent, refused = map(json.loads, done.stdout.splitlines())
    assert (sent["line"], len(sent["jobId"])) == (1, 26)
    assert sent["messageId"]
    assert refused["line"] == 2
    assert (refused["error"], refused["reasonCode"], refused["field"]) == (
        "RefusedError",
        "INVALID_PARAMETERS",
        "parameters.date",
    )


def test_the_check_can_be_left_out(shell, file):
    file.write_text(lines({"date": 2}))
    done = shell.run("submit", "report", "--from", str(file), "--no-check")
    assert done.exit_code == ExitCode.OK
    assert len(shell.requests()) == 1
    done = shell.run("submit", "report", "-p", "date:=2", "--no-check")
    assert done.exit_code == ExitCode.OK


def test_who_may_not_read_definitions_is_told_once_and_sends(shell, file):
    file.write_text(lines({"date": 2}, {"date": 3}))
    missing = {"HEADRACE_JOB_TABLE_NAME": "absent"}
    done = shell.run("submit", "report", "--from", str(file), variables=missing)
    assert done.exit_code == ExitCode.OK, done.output
    assert done.stderr.count("Not checked before sending: ") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["report", "--from", "-", "-p", "date=1"],
        ["report", "--from", "-", "--watch"],
        ["report", "--from", "/nowhere.jsonl"],
    ],
)
def test_a_command_line_that_says_too_little_or_too_much_is_a_usage_error(
    shell, arguments
):
    assert shell.run("submit", *arguments).exit_code == ExitCode.USAGE
