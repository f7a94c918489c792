"""`headrace validate` as a publisher's CI calls it; no socket can be opened here."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from builders import a_request
from definition_builders import a_registered
from headrace_client.cli.root import root
from headrace_client.errors import NotConfiguredError
from headrace_client.snapshot_file import write_snapshot
from snapshots import a_snapshot

REPORT = """\
name: report
taskDefinition: headrace-job-report
container: main
owner: team-reports
timeoutSeconds: 60
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        return CliRunner().invoke(root, ["validate", *arguments])

    return run


@pytest.fixture
def snapshot(run, tmp_path):
    write_snapshot(a_snapshot(), tmp_path / "headrace.snapshot.json")


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        text = content if isinstance(content, str) else json.dumps(content, indent=2)
        (tmp_path / name).write_text(text, encoding="utf-8")
        return name

    return write


def test_files_that_would_be_taken_are_well(run, write, snapshot):
    lines = "\n".join(json.dumps(a_request(idempotencyKey=key)) for key in "abc")
    files = (
        write("one.json", a_request()),
        write("many.jsonl", f"\n{lines}\n\n"),
        write("report.yaml", REPORT),
    )
    done = run(*files)

    assert done.exit_code == 0, done.output
    assert done.stdout == ""
    assert done.stderr == "5 entries checked, all well.\n"


@pytest.mark.parametrize(
    ("request_text", "line", "said"),
    [
        (json.dumps(a_request(timeoutSeconds=9999), indent=2), 9, "LIMIT_EXCEEDED"),
        (json.dumps(a_request(parameters={"date": 7}), indent=2), 6, "parameters.date"),
        (json.dumps(a_request() | {"x": 1}, indent=1), 9, "UNKNOWN_FIELD: x"),
        (json.dumps(a_request(jobName="other"), indent=2), 3, "UNKNOWN_JOB: jobName"),
        ('{\n "a": 1,\n "b" 2\n}', 3, "MALFORMED_JSON"),
        ("[]", 1, "NOT_AN_OBJECT"),
        ('{\n\t"schemaVersion": "2"\n}', 1, "UNSUPPORTED_SCHEMA_VERSION"),
        ("{" + '"a":{' * 5000, 1, "MALFORMED_JSON"),
    ],
)
def test_a_request_that_would_be_rejected_is_told_with_its_line(
    request_text, line, said, run, write, snapshot
):
    done = run(write("bad.json", request_text))

    assert done.exit_code == 1
    assert done.stdout.startswith(f"bad.json:{line}: ")
    assert said in done.stdout
    assert "1 entry checked, 1 with problems." in done.stderr


def test_each_line_of_a_file_of_lines_is_told_by_its_number(run, write, snapshot):
    good, bad = json.dumps(a_request()), json.dumps(a_request(jobVersion=9))
    done = run(write("many.jsonl", f"{good}\n{bad}\n\n{good}\n{{"))

    assert done.exit_code == 1
    places = [line.split(": ")[0] for line in done.stdout.splitlines()]
    assert places == ["many.jsonl:2", "many.jsonl:5"]


def test_a_definition_needs_no_snapshot_and_all_its_problems_are_told(run, write):
    wrong = REPORT.replace("60", "0") + "memory: [2048, 1024]\nsurprise: 1\n"
    done = run(write("report.yaml", wrong), write("well.yml", REPORT))

    assert done.exit_code == 1
    places = {line.split(": ")[0] for line in done.stdout.splitlines()}
    assert {"report.yaml:5", "report.yaml:7"} <= places
    assert "2 entries checked, 1 with problems." in done.stderr


def test_a_definition_that_is_no_yaml_is_told_with_its_line(run, write):
    done = run(write("report.yaml", "name: report\nname: other\n"))
    assert done.exit_code == 1
    assert done.stdout.startswith("report.yaml:2: the key 'name'")


def test_a_program_gets_the_fields_of_what_would_be_stored(run, write, snapshot):
    files = (
        write("bad.json", a_request(parameters={"date": 7})),
        write("report.yaml", REPORT),
    )
    done = run("--json", *files)

    assert done.exit_code == 1
    bad, well = json.loads(done.stdout)
    assert (bad["kind"], bad["jobName"], bad["line"]) == ("request", "report", 1)
    (problem,) = bad["problems"]
    assert problem["line"] == 6
    assert problem["reasonCode"] == "INVALID_PARAMETERS"
    assert (problem["field"], problem["value"]) == ("parameters.date", "7")
    assert well == {
        "file": "report.yaml",
        "line": 1,
        "kind": "definition",
        "jobName": "report",
        "problems": [],
    }


def test_a_request_that_could_run_nowhere_is_a_problem(run, write, tmp_path):
    registered = a_registered(isolation="untrusted")
    resolved = registered.resolved.model_copy(update={"family": "untrusted-job-report"})
    snapshot = a_snapshot(replace(registered, resolved=resolved))
    write_snapshot(snapshot, tmp_path / "headrace.snapshot.json")

    done = run(write("one.json", a_request()))

    assert done.exit_code == 1
    assert "no cluster for untrusted jobs" in done.stdout


def test_a_request_about_another_job_passes_where_its_form_is_right(
    run, write, snapshot
):
    cancel = {
        "schemaVersion": "1",
        "type": "cancel",
        "jobId": "a" * 26,
        "idempotencyKey": "cancel-1",
    }
    assert run(write("cancel.json", cancel)).exit_code == 0
    assert run(write("cancel.json", cancel | {"jobId": "A"})).exit_code == 1


@pytest.mark.parametrize(
    ("name", "exit_code", "said"),
    [
        ("notes.txt", 2, "cannot be told from its name"),
        ("nowhere.json", 2, "No such file"),
        ("latin.json", 2, "not UTF-8 at byte 1"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(
    name, exit_code, said, run, tmp_path, snapshot
):
    (tmp_path / "latin.json").write_bytes(b'"\xff"')
    done = run(name)
    assert done.exit_code == exit_code
    assert said in done.stderr


def test_without_a_snapshot_requests_are_not_judged(run, write):
    done = run(write("one.json", a_request()))
    assert done.exit_code == 3
    assert "headrace definitions export" in done.stderr


def test_a_jobs_schema_can_be_taken_from_a_snapshot(snapshot):
    done = CliRunner().invoke(
        root,
        ["definitions", "schema", "report", "--snapshot", "headrace.snapshot.json"],
    )
    assert done.exit_code == 0, done.output
    schema = json.loads(done.stdout)
    assert schema["$id"] == "urn:headrace:jobs:report:1:parameters"
    assert schema["required"] == ["date"]


def test_a_snapshot_is_looked_through_as_a_deployment_is():
    two = replace(a_registered(), version=2)
    catalogue = a_snapshot(
        two, a_registered(name="other"), active={"report": 2}
    ).catalogue()
    assert catalogue.names() == ["report"]
    assert [each.version for each in catalogue.versions("report")] == [2]
    with pytest.raises(NotConfiguredError, match="enlist"):
        catalogue.enlist("report")
