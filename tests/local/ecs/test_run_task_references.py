"""What a RunTask request refers to, and what becomes of it."""

from __future__ import annotations

import json

import pytest

from ecs_engine import CLUSTER, FAMILY, MAIN, run_request
from headrace_local.ecs import EcsError


def refusal(ecs, **changes):
    with pytest.raises(EcsError) as caught:
        ecs.run(**changes)
    assert ecs.events == []
    assert ecs.list() == []
    return caught.value


def test_an_unknown_cluster_is_not_found(ecs):
    assert refusal(ecs, cluster="nowhere").code == "ClusterNotFoundException"


def test_a_deleted_cluster_runs_nothing(ecs):
    ecs.catalogue.delete_cluster({"cluster": CLUSTER})
    with pytest.raises(EcsError, match="inactive") as caught:
        ecs.run()
    assert caught.value.code == "ClusterNotFoundException"


def test_an_unknown_definition_is_not_found(ecs):
    error = refusal(ecs, taskDefinition="nothing")
    assert (error.code, error.message) == (
        "ClientException",
        "TaskDefinition not found.",
    )


def test_an_inactive_revision_does_not_run_and_the_family_takes_the_newest_active(ecs):
    ecs.define()
    ecs.catalogue.deregister_task_definition({"taskDefinition": f"{FAMILY}:2"})
    error = refusal(ecs, taskDefinition=f"{FAMILY}:2")
    assert (error.code, error.message) == (
        "InvalidParameterException",
        "TaskDefinition is inactive",
    )
    (task,) = ecs.run(taskDefinition=FAMILY)["tasks"]
    assert task["taskDefinitionArn"].endswith(f"/{FAMILY}:1")


def test_an_override_of_an_unknown_container_is_refused(ecs):
    error = refusal(ecs, overrides={"containerOverrides": [{"name": "other"}]})
    assert error.message == (
        "Override for container named other is not a container in the TaskDefinition."
    )


def test_awsvpc_needs_a_network_configuration(ecs):
    error = refusal(ecs, networkConfiguration=None)
    assert "Network Configuration must be provided" in error.message


def test_only_fargate_gives_a_task_a_public_address(ecs):
    public = {"subnets": ["subnet-1"], "assignPublicIp": "ENABLED"}
    network = {"awsvpcConfiguration": public}
    error = refusal(ecs, launchType="EC2", networkConfiguration=network)
    assert (error.code, error.message) == (
        "InvalidParameterException",
        "Assign public IP is not supported for this launch type.",
    )
    assert len(ecs.run(networkConfiguration=network)["tasks"]) == 1


def test_other_network_modes_take_no_network_configuration(ecs):
    ecs.define(networkMode="bridge", requiresCompatibilities=["EC2"])
    assert "not valid" in refusal(ecs, launchType="EC2").message
    assert len(ecs.run(launchType="EC2", networkConfiguration=None)["tasks"]) == 1


def test_a_definition_for_ec2_only_does_not_run_on_fargate(ecs):
    ecs.define(requiresCompatibilities=["EC2"])
    assert "does not support launch_type FARGATE" in refusal(ecs).message


@pytest.mark.parametrize(
    ("cpu", "memory", "exists"),
    [
        ("256", "512", True),
        ("256", "2048", True),
        ("256", "3072", False),
        (".25 vCPU", "0.5 GB", True),
        ("512", "512", False),
        ("1024", "8192", True),
        ("1024", "9216", False),
        ("4096", "30720", True),
        ("8192", "61440", True),
        ("8192", "17408", False),
        ("16384", "122880", True),
        ("16384", "131072", False),
        ("300", "512", False),
        ("lots", "512", False),
    ],
)
def test_only_fargates_own_sizes_run_on_fargate(ecs, cpu, memory, exists):
    request = {"overrides": {"cpu": cpu, "memory": memory}}
    if exists:
        assert len(ecs.run(**request)["tasks"]) == 1
    else:
        assert refusal(ecs, **request).code == "ClientException"


def test_an_unknown_platform_version_is_refused(ecs):
    assert refusal(ecs, platformVersion="9.9.9").code == "PlatformUnknownException"
    (task,) = ecs.run(platformVersion="LATEST")["tasks"]
    assert task["platformVersion"] == "1.4.0"


def test_tags_of_the_definition_come_along_only_when_asked_for(ecs):
    definition = ecs.catalogue.task_definition(FAMILY)
    definition["tags"] = [{"key": "team", "value": "a"}, {"key": "kind", "value": "b"}]
    own = [{"key": "team", "value": "mine"}]
    (plain,) = ecs.run(tags=own)["tasks"]
    (both,) = ecs.run(tags=own, propagateTags="TASK_DEFINITION")["tasks"]
    assert {each["key"]: each["value"] for each in plain["tags"]} == {"team": "mine"}
    assert {each["key"]: each["value"] for each in both["tags"]} == {
        "team": "mine",
        "kind": "b",
    }


def test_the_group_is_the_family_unless_given(ecs):
    assert ecs.run()["tasks"][0]["group"] == f"family:{FAMILY}"
    assert ecs.run(group="nightly")["tasks"][0]["group"] == "nightly"


@pytest.mark.parametrize(
    "code",
    [
        "AccessDeniedException",
        "BlockedException",
        "ClientException",
        "ClusterNotFoundException",
        "ConflictException",
        "InvalidParameterException",
        "PlatformTaskDefinitionIncompatibilityException",
        "PlatformUnknownException",
        "ServerException",
        "UnsupportedFeatureException",
    ],
)
def test_every_exception_of_the_model_can_be_made_to_happen(ecs, code):
    ecs.engine.faults.fail_next(code)
    error = refusal(ecs)
    assert error.code == code
    assert error.status == (500 if code == "ServerException" else 400)
    assert len(ecs.run()["tasks"]) == 1


def test_an_override_changes_what_the_container_gets(ecs):
    environment = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    ecs.define(MAIN | {"environment": environment, "command": ["old"]})
    override = {
        "name": "main",
        "command": ["new"],
        "environment": [{"name": "B", "value": "3"}],
    }
    ecs.run(overrides={"containerOverrides": [override]})
    ecs.clock.advance()
    (spec,) = ecs.runner.specs.values()
    assert spec.command == ("new",)
    assert dict(spec.environment) == {"A": "1", "B": "3"}


def test_the_request_is_left_as_it_was(ecs):
    request = run_request(overrides={"containerOverrides": [{"name": "main"}]})
    before = json.dumps(request)
    answer = ecs.engine.run_task(request)
    answer["tasks"][0]["overrides"]["containerOverrides"].clear()
    assert json.dumps(request) == before
    assert ecs.task(answer["tasks"][0]["taskArn"])["overrides"][
        "containerOverrides"
    ] == [{"name": "main"}]
