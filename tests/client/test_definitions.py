"""Definitions are listed, shown, compared and switched."""

from __future__ import annotations

from dataclasses import replace

import pytest

from client_world import KnownTaskDefinitions, a_deployment
from definition_builders import a_registered, a_resolved
from headrace_client.definition_changes import (
    REVISION,
    definition_changes,
    version_changes,
)
from headrace_client.definition_files import read_definition_file
from headrace_client.definition_text import definition_text
from headrace_client.definitions import Definitions
from headrace_client.errors import NotFoundError
from headrace_client.registration import Registrar
from headrace_local.memory.catalogue import MemoryDefinitions

# Texts that YAML 1.1, YAML 1.2 or JSON would take for something else.
TRICKY = (
    *("1e3", "1.5", "-1", "0x1F", "0o7", "1_000", "010", ".5", "1:30", "true", "null"),
    *("no", "on", "~", "", " x", "a\nb", "- x", "#c", "a: b", "=", "<<", "é", "\u2028"),
    *("2026-11-22", "*a", "&a", "!a", "%a", "@a", "`a", "'", '"', "{", "[", "x" * 300),
)


@pytest.fixture
def catalogue():
    return MemoryDefinitions()


@pytest.fixture
def definitions(catalogue):
    return Definitions(catalogue=catalogue)


def version(number, **changes):
    return replace(a_registered(**changes), version=number)


def found(changes):
    return [(each.field, each.kind, each.before, each.after) for each in changes]


def test_the_active_versions_are_listed(catalogue, definitions):
    assert definitions.list() == []
    for number in (1, 2):
        catalogue.register(version(number))
    catalogue.register(version(1, name="export"))
    definitions.activate("report", 1)
    assert definitions.list() == [version(1, name="export"), version(1)]


def test_what_an_earlier_release_registered_is_listed_once_it_is_registered_again(
    catalogue, definitions, tmp_path
):
    catalogue.register(version(1))
    catalogue._names.clear()
    assert definitions.list() == []
    registrar = Registrar(
        catalogue=catalogue,
        task_definitions=KnownTaskDefinitions(headrace_job_report=a_resolved()),
        deployment=a_deployment(),
    )
    path = tmp_path / "report.yaml"
    path.write_text(definition_text(version(1)))
    [done] = registrar.register([path])
    assert not done.is_new
    assert definitions.list() == [version(1)]


@pytest.mark.parametrize(
    "ask",
    [
        lambda definitions: definitions.active("unknown"),
        lambda definitions: definitions.versions("unknown"),
        lambda definitions: definitions.get("unknown", 1),
        lambda definitions: definitions.get("report", 2),
        lambda definitions: definitions.activate("unknown", 1),
        lambda definitions: definitions.activate("report", 2),
        lambda definitions: definitions.before(version(1)),
    ],
)
def test_what_is_not_there_is_told_with_where_to_look(catalogue, definitions, ask):
    catalogue.register(version(1))
    with pytest.raises(NotFoundError) as caught:
        ask(definitions)
    assert "headrace definitions" in caught.value.advice
    assert definitions.active("report") == version(1)


def test_a_switch_says_what_it_changed(catalogue, definitions):
    catalogue.register(version(1))
    catalogue.register(version(2, timeoutSeconds=60))
    done = definitions.activate("report", 1)
    assert (done.before.version, done.after.version) == (2, 1)
    assert found(done.changes) == [("timeoutSeconds", "changed", 60, 3600)]
    assert definitions.active("report") == version(1)
    assert found(definitions.activate("report", 1).changes) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"timeoutSeconds": 60}, [("timeoutSeconds", "changed", 3600, 60)]),
        ({"memory": [512]}, [("memory", "changed", [], [512])]),
        ({"cpu": 256}, [("cpu", "added", None, 256)]),
        (
            {"command": ["report", "--day", "Ref::date"]},
            [("command[1]", "changed", "--date", "--day")],
        ),
        (
            {"command": None},
            [("command", "removed", ["report", "--date", "Ref::date"], None)],
        ),
        ({"capacity": ["FARGATE"], "onUnknown": "lost"}, []),
        (
            {"retryStrategy": {"attempts": 2}},
            [("retryStrategy.attempts", "changed", 1, 2)],
        ),
        (
            {"overridesAllowed": {"cpu": {"min": 256, "max": 512}}},
            [("overridesAllowed.cpu", "added", None, {"min": 256, "max": 512})],
        ),
    ],
)
def test_each_field_that_differs_is_named_with_both_values(changes, expected):
    before, after = version(1).definition, version(2, **changes).definition
    assert found(definition_changes(before, after)) == expected


def test_true_instead_of_1_differs():
    schema = {"type": "object", "properties": {"x": {"default": 1}}}
    other = {"type": "object", "properties": {"x": {"default": True}}}
    changes = version_changes(
        version(1, parameters=schema, command=None),
        version(2, parameters=other, command=None),
    )
    assert found(changes) == [("parameters.properties.x.default", "changed", 1, True)]


def test_a_new_revision_of_the_task_definition_differs():
    newer = a_resolved(arn="arn:aws:ecs:eu-west-1:1:task-definition/x:8")
    changes = version_changes(version(1), version(2, resolved=newer))
    assert found(changes) == [
        (REVISION, "changed", a_resolved().arn, newer.arn),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"owner": "no: yes", "description": "1e3"},
        {"parameters": {"type": "object", "x-texts": [*TRICKY]}, "command": None},
        {
            "parameters": {"type": "object", "x-numbers": [1e20, 1.5, -0.1, 10**30]},
            "command": None,
        },
        {"command": [text for text in TRICKY if text]},
        {
            "capacity": ["FARGATE_SPOT", "FARGATE"],
            "retryStrategy": {
                "attempts": 3,
                "rules": [{"onExitCode": "1|137", "action": "RETRY"}],
                "backoff": {"initialSeconds": 1},
            },
            "exitCodes": {"reject": [], "tryLater": [75]},
            "isolation": "untrusted",
        },
    ],
)
def test_what_is_shown_can_be_registered_again_and_is_the_same(tmp_path, changes):
    path = tmp_path / "report.yaml"
    path.write_text(definition_text(version(4, **changes)), encoding="utf-8")
    assert read_definition_file(path).definition == version(4, **changes).definition
    assert "version 4" in path.read_text(encoding="utf-8").partition("\n")[0]
