from __future__ import annotations

import json
from dataclasses import replace

import pytest

from builders import CLUSTER_ARN, DEPLOYMENT_ID
from definition_builders import a_registered
from headrace.errors import HeadraceError
from headrace_client.errors import NotConfiguredError, NotFoundError
from headrace_client.exporting import export_snapshot
from headrace_client.snapshot_file import (
    read_snapshot,
    snapshot_text,
    write_snapshot,
)
from headrace_local.memory.catalogue import MemoryDefinitions
from snapshots import AskedDeployment, a_snapshot

UNTRUSTED = {
    "HEADRACE_UNTRUSTED_CLUSTER_ARN": f"{CLUSTER_ARN}-untrusted",
    "HEADRACE_UNTRUSTED_SUBNET_IDS": "subnet-0c,subnet-0d",
}


@pytest.fixture
def catalogue():
    known = MemoryDefinitions()
    known.register(a_registered())
    known.register(replace(a_registered(timeoutSeconds=60), version=2))
    known.register(a_registered(name="other"))
    return known


def problem_of(text, tmp_path) -> str:
    path = tmp_path / "snapshot.json"
    path.write_text(text)
    with pytest.raises(NotConfiguredError) as caught:
        read_snapshot(path)
    assert "headrace definitions export" in caught.value.advice
    assert str(path) in caught.value.problem
    return caught.value.problem


def test_a_snapshot_is_read_as_it_was_written(catalogue, tmp_path):
    exported = export_snapshot(
        AskedDeployment(catalogue, **UNTRUSTED), ["report"], older=[("report", 1)]
    )
    write_snapshot(exported, tmp_path / "snapshot.json")

    assert read_snapshot(tmp_path / "snapshot.json") == exported
    assert exported.deployment.deployment_id == DEPLOYMENT_ID
    assert exported.untrusted_placement.subnet_ids == ("subnet-0c", "subnet-0d")
    assert exported.region == "eu-west-1"


def test_it_is_the_same_text_in_whatever_order_it_was_asked_for(catalogue):
    asked = AskedDeployment(catalogue)
    older = [("report", 1), ("other", 1)]
    one = export_snapshot(asked, ["report", "other"], older=older)
    two = export_snapshot(asked, ["other", "report"], older=older[::-1])

    assert snapshot_text(one) == snapshot_text(two)


def test_its_catalogue_has_what_the_file_has_and_nothing_else(catalogue):
    snapshot = export_snapshot(AskedDeployment(catalogue), ["report"])
    taken_along = snapshot.catalogue()

    assert taken_along.active(["report", "other"]) == catalogue.active(["report"])
    assert taken_along.version("report", 2) == catalogue.version("report", 2)
    assert taken_along.version("report", 1) is None


def test_without_a_name_it_has_all_definitions(catalogue):
    snapshot = export_snapshot(AskedDeployment(catalogue))
    assert snapshot.active == {"report": 2, "other": 1}


def test_an_older_version_is_there_and_not_the_active_one(catalogue):
    snapshot = export_snapshot(
        AskedDeployment(catalogue), ["report"], older=[("report", 1)]
    )
    taken_along = snapshot.catalogue()

    assert taken_along.version("report", 1).definition.timeout_seconds == 3600
    assert taken_along.active(["report"])["report"].version == 2


def test_a_snapshot_takes_no_definitions_in():
    catalogue = a_snapshot().catalogue()
    with pytest.raises(NotConfiguredError, match="register report"):
        catalogue.register(a_registered())
    with pytest.raises(NotConfiguredError, match="activate version 1"):
        catalogue.activate("report", 1)


@pytest.mark.parametrize(
    ("names", "older", "problem"),
    [
        (["report", "nothing"], [], "'nothing'"),
        (["report"], [("report", 3)], "'report' has no version 3"),
    ],
)
def test_what_is_not_registered_is_not_exported(catalogue, names, older, problem):
    with pytest.raises(NotFoundError, match=problem):
        export_snapshot(AskedDeployment(catalogue), names, older=older)


def test_without_a_function_to_ask_the_error_says_what_to_set(catalogue):
    asked = AskedDeployment(catalogue)
    asked.deployment = replace(asked.deployment, dispatch_function_name="")
    with pytest.raises(NotConfiguredError, match="--stack NAME"):
        export_snapshot(asked, ["report"])


def test_settings_of_another_release_are_named(catalogue):
    asked = AskedDeployment(catalogue, HEADRACE_LAUNCH_BURST="plenty")
    with pytest.raises(HeadraceError, match="HEADRACE_LAUNCH_BURST"):
        export_snapshot(asked, ["report"])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"format": "headrace-snapshot/9"}, "headrace-snapshot/9"),
        ({"limits": {}}, "limits.launchesPerSecond"),
        ({"definitions": [{"isActive": True}]}, "definitions[0].version"),
        ({"more": 1}, "more"),
    ],
)
def test_a_file_that_is_no_snapshot_is_refused_by_field(change, problem, tmp_path):
    document = json.loads(snapshot_text(a_snapshot())) | change
    assert problem in problem_of(json.dumps(document), tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"text"'])
def test_a_file_that_is_something_else_is_refused(text, tmp_path):
    assert "is no snapshot" in problem_of(text, tmp_path)


def test_a_definition_that_cannot_be_read_is_told(tmp_path):
    document = json.loads(snapshot_text(a_snapshot()))
    del document["definitions"][0]["definition"]["owner"]
    assert "definitions[0].owner" in problem_of(json.dumps(document), tmp_path)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(NotConfiguredError, match="No such file") as caught:
        read_snapshot(tmp_path / "none.json")
    assert "--snapshot" in caught.value.advice
