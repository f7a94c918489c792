"""`headrace definitions`, against a table inside moto."""

from __future__ import annotations

import json
from dataclasses import replace

import click
import pytest
from moto import mock_aws

from cli_shell import Shell
from definition_builders import a_registered
from headrace.aws.definition_table import DefinitionTable
from headrace_client.cli.definitions import definitions

PAGES = {"type": "object", "properties": {"pages": {"type": "integer"}}}


@pytest.fixture
def shell(monkeypatch):
    with mock_aws():
        monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
        shell = Shell()
        catalogue = DefinitionTable(shell.dynamodb, shell.table_name)
        catalogue.register(a_registered(description="Renders the report."))
        catalogue.register(replace(a_registered(timeoutSeconds=60), version=2))
        catalogue.register(a_registered(name="export", parameters=PAGES, command=None))
        yield shell


def said(shell, *arguments, **variables):
    """What a command that succeeds prints, at 80 columns if nothing else is said."""
    done = shell.run("definitions", *arguments, variables=variables)
    assert done.exit_code == 0, done.output
    return done.stdout


def printed(shell, *arguments):
    return json.loads(said(shell, *arguments, "--json"))


def test_every_command_explains_itself_with_an_example():
    for name, command in definitions.commands.items():
        assert command.help, name
        assert f"headrace definitions {name}" in (command.epilog or "")
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, (name, parameter.name)


def test_list_shows_the_active_versions_and_descriptions_where_there_is_room(shell):
    header, _, _, line = said(shell, "list").strip().splitlines()
    assert header.split()[0] == "NAME"
    assert "DESCRIPTION" not in header
    assert line.split() == [
        *("report", "2", "team-reports", "2026-11-22", "10:00"),
        "headrace-job-report:7",
    ]
    said(shell, "activate", "report", "1")
    assert "Renders the report." in said(shell, "list", COLUMNS="140")
    assert [(each["name"], each["version"]) for each in printed(shell, "list")] == [
        ("export", 1),
        ("report", 1),
    ]


def test_list_of_nothing_says_what_to_try(shell):
    shell.dynamodb.delete_item(
        TableName=shell.table_name,
        Key={"pk": {"S": "DEFINITION##NAMES"}, "sk": {"S": "export"}},
    )
    shell.dynamodb.delete_item(
        TableName=shell.table_name,
        Key={"pk": {"S": "DEFINITION##NAMES"}, "sk": {"S": "report"}},
    )
    assert "headrace register" in said(shell, "list")
    assert printed(shell, "list") == []


def test_versions_are_shown_newest_first_with_what_each_changed(shell):
    shown = said(shell, "versions", "report", COLUMNS="140")
    _, _, second, first = shown.strip().splitlines()
    assert second.split()[:2] == ["2", "active"]
    assert second.split()[-2:] == ["timeoutSeconds,", "description"]
    assert first.split()[0] == "1"
    said(shell, "activate", "report", "1")
    assert [
        (each["version"], each["isActive"])
        for each in printed(shell, "versions", "report")
    ] == [(2, False), (1, True)]


def test_show_prints_a_file_that_says_the_same(shell, tmp_path):
    path = tmp_path / "report.yaml"
    path.write_text(said(shell, "show", "report", "--version", "1"))
    assert "Nothing differs." not in said(shell, "diff", "report", str(path))
    said(shell, "activate", "report", "1")
    assert said(shell, "diff", "report", str(path)) == "Nothing differs.\n"
    shown = printed(shell, "show", "report", "--version", "2")
    assert (shown["isActive"], shown["definition"]["timeoutSeconds"]) == (False, 60)


@pytest.mark.parametrize(
    ("arguments", "seconds"),
    [([], (3600, 60)), (["1"], (3600, 60)), (["2", "1"], (60, 3600))],
)
def test_diff_names_each_field_with_both_values(shell, arguments, seconds):
    changes = printed(shell, "diff", "report", *arguments)
    before, after = seconds
    assert changes[0] == {
        "field": "timeoutSeconds",
        "change": "changed",
        "before": before,
        "after": after,
    }
    assert [each["field"] for each in changes] == ["timeoutSeconds", "description"]
    shown = said(shell, "diff", "report", *arguments)
    assert [line.split() for line in shown.splitlines() if "timeout" in line] == [
        ["~", "timeoutSeconds", str(before), str(after)]
    ]


def test_activate_says_what_changes_for_requests_to_come(shell):
    shown = said(shell, "activate", "report", "1")
    assert shown.startswith("report version 1 is active now; it was version 2.\n")
    assert "timeoutSeconds" in shown
    assert said(shell, "activate", "report", "1") == (
        "report version 1 is active already.\n"
    )
    done = printed(shell, "activate", "report", "2")
    assert (done["before"], done["after"]) == (1, 2)


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["show", "unknown"], 1, "No job definition 'unknown' is registered."),
        (["activate", "report", "9"], 1, "'report' has no version 9."),
        (["diff", "export"], 1, "'export' has no version before 1."),
        (["diff", "report", "none.yaml"], 1, "none.yaml: No such file or directory"),
        (["diff", "report", "none.yaml", "2"], 2, "a file, or with a version"),
        (["activate", "report", "0"], 2, "0 is not in the range x>=1"),
    ],
)
def test_what_cannot_be_done_is_told_with_something_to_try(
    shell, arguments, code, text
):
    done = shell.run("definitions", *arguments)
    assert (done.exit_code, text in done.stderr) == (code, True), done.stderr
    assert code != 1 or "Try: " in done.stderr


def test_a_file_of_another_name_is_not_compared(shell, tmp_path):
    path = tmp_path / "export.yaml"
    path.write_text(said(shell, "show", "export"))
    done = shell.run("definitions", "diff", "report", str(path))
    assert done.exit_code == 1
    assert "export.yaml:3: name: must be 'report', but is 'export'" in done.stderr
