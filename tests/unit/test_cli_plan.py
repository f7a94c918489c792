"""`headrace plan` as people call it; no socket can be opened here."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from builders import a_request, a_request_body
from definition_builders import a_registered, a_resolved
from headrace_client.cli.root import root
from headrace_client.snapshot_file import write_snapshot
from snapshots import a_snapshot

ROLE = "arn:aws:iam::123456789012:role/headrace/jobs"


@pytest.fixture
def run(tmp_path):
    resolved = a_resolved(task_role_arn=f"{ROLE}/reads", execution_role_arn=f"{ROLE}/x")
    rules = [{"onExitCode": "1", "action": "RETRY"}]
    definition = a_registered(
        resolved=resolved,
        timeoutSeconds=3600,
        memory=[512, 1024],
        retryStrategy={"attempts": 2, "infrastructureRetries": 1, "rules": rules},
    )
    snapshot = tmp_path / "deployment.json"
    write_snapshot(a_snapshot(definition), snapshot)

    def run(*arguments, **changes):
        variables = {"HEADRACE_SNAPSHOT": str(snapshot), "COLUMNS": "80"}
        return CliRunner().invoke(
            root,
            ["plan", *map(str, arguments)],
            env=variables | changes.pop("variables", {}),
            **changes,
        )

    return run


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "request.json"
    path.write_text(a_request_body(), encoding="utf-8")
    return path


def test_a_person_sees_what_is_sent_what_holds_it_and_what_it_costs(run, file):
    done = run(file)

    assert done.exit_code == 0, done.output
    for text in (
        "accepted",
        "headrace-job-report:7",
        f"{ROLE}/reads",
        "of the 8,192",
        "2.5 a second for all jobs, 20 at once",
        "2 attempts, 1 infrastructure retry",
        "RunTask is called with this",
        '"clientToken"',
        "TIMED_OUT",
    ):
        assert text in done.stdout
    tables = done.stdout.partition("RunTask is called")[0]
    assert max(map(len, tables.splitlines())) <= 80


def test_the_cost_is_of_every_launch_at_its_limits_and_largest_size(run, file):
    cost = json.loads(run(file, "--json").stdout)["cost"]

    # An hour of 0.25 vCPU and half a gigabyte, by the prices of us-east-1.
    assert cost["oneAttempt"] == pytest.approx(
        0.25 * 0.04048 + 0.5 * 0.004445, abs=1e-6
    )
    # 2 attempts and 1 retry, each 15 minutes starting and an hour running, with 1 GB.
    assert cost["atWorst"] == pytest.approx(
        3 * 1.25 * (0.25 * 0.04048 + 1 * 0.004445), abs=1e-6
    )
    assert cost["pricesOf"] == "us-east-1"


def test_a_program_gets_the_exact_bytes_and_the_same_as_an_object(run, file):
    result = json.loads(run(file, "--json").stdout)

    assert result["decision"] == "ACCEPTED"
    assert json.loads(result["order"]) == result["runTask"]
    assert result["runTask"]["clientToken"] == f"{result['jobId']}-1-1"
    overrides = json.dumps(
        result["runTask"]["overrides"], separators=(",", ":"), ensure_ascii=False
    )
    assert result["overrides"]["characters"] == len(overrides)
    assert result["overrides"]["limit"] == 8192


def test_a_request_may_come_from_standard_input_or_be_made_up(run):
    key = a_request()["idempotencyKey"]
    piped = run("-", "--json", input=a_request_body(tenant="default"))
    made_up = run(
        *("--job", "report", "--key", key, "--json"),
        *("-p", "date=2026-11-22", "-p", "format=pdf"),
    )

    assert made_up.exit_code == 0, made_up.output
    assert json.loads(piped.stdout)["order"] == json.loads(made_up.stdout)["order"]


def test_a_rejection_ends_with_1_and_says_what_would_be_stored(run):
    arguments = ("--job", "report", "-p", "date:=7")
    for_people, for_programs = run(*arguments), run(*arguments, "--json")

    assert for_people.exit_code == for_programs.exit_code == 1
    assert "INVALID_PARAMETERS" in for_people.stdout
    result = json.loads(for_programs.stdout)
    assert result["decision"] == "REJECTED"
    assert (result["field"], result["value"]) == ("parameters.date", "7")


def test_a_job_that_the_snapshot_lacks_is_answered_with_what_it_has(run):
    done = run("--job", "other")
    assert done.exit_code == 1
    assert "The snapshot holds report 1." in done.stdout


def test_what_cannot_be_told_is_said(run):
    body = a_request() | {"type": "cancel", "jobId": "a" * 26}
    del body["jobName"], body["parameters"]
    done = run("-", input=json.dumps(body))
    assert done.exit_code == 0
    assert "headrace status aaaa" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "Name a FILE"),
        (("x.json", "--job", "report"), "Name a FILE"),
        (("-", "--key", "k"), "are for --job"),
        (("nowhere.json",), "cannot be read"),
        (("-", "--at", "noon"), "RFC 3339"),
    ],
)
def test_a_wrong_command_line_is_told(run, arguments, problem):
    done = run(*arguments, input=a_request_body())
    assert done.exit_code == 2
    assert problem in done.stderr


def test_without_a_snapshot_the_error_says_how_to_get_one(run, file, tmp_path):
    missing = {"HEADRACE_SNAPSHOT": str(tmp_path / "none.json")}
    done = run(file, variables=missing)
    assert done.exit_code == 3
    assert "headrace definitions export" in done.stderr


@pytest.mark.parametrize(
    ("capacity", "said"),
    [
        (["builders"], "builders: not known"),
        (["FARGATE_SPOT"], "FARGATE_SPOT at the full price"),
    ],
)
def test_what_the_price_leaves_out_is_said(capacity, said, run, file, tmp_path):
    resolved = a_resolved(requires_compatibilities=("EC2", "FARGATE"))
    definition = a_registered(resolved=resolved, capacity=capacity)
    write_snapshot(a_snapshot(definition), tmp_path / "other.json")

    done = run(file, "--snapshot", tmp_path / "other.json")

    assert done.exit_code == 0, done.output
    assert said in done.stdout


def test_a_time_to_plan_for_is_the_time_of_the_timeline(run, file):
    done = run(file, "--json", "--at", "2027-01-02T03:04:05Z")
    assert json.loads(done.stdout)["timeline"][0]["at"] == "2027-01-02T03:04:05.000Z"


def test_parameters_that_go_by_way_of_s3_are_told(run, file, tmp_path):
    resolved = a_resolved(task_role_arn=f"{ROLE}/reads")
    anything = {"type": "object"}
    definition = a_registered(resolved=resolved, parameters=anything, command=None)
    write_snapshot(a_snapshot(definition), tmp_path / "large.json")
    file.write_text(a_request_body(parameters={"rows": "x" * 9000}))
    snapshot = ("--snapshot", tmp_path / "large.json")

    wide = run(file, *snapshot, variables={"COLUMNS": "200"})
    assert "9,011 bytes in S3, s3://headrace-parameters/" in wide.stdout
    found = json.loads(run(file, "--json", *snapshot).stdout)["parameters"]
    assert (found["in"], found["bytes"]) == ("JOB_PARAMETERS_S3_URI", 9011)


def test_a_pinned_queue_is_told(run, file, tmp_path):
    limits = replace(a_snapshot().limits, pinned_tenant="default")
    write_snapshot(a_snapshot(limits=limits), tmp_path / "pinned.json")
    done = run(file, "--snapshot", tmp_path / "pinned.json")
    assert "only tenant default" in done.stdout
