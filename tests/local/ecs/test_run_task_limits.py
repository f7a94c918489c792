"""What RunTask accepts and what it refuses, at each limit and one beyond."""

from __future__ import annotations

import json

import pytest

from ecs_engine import CLUSTER, FAMILY, MAIN, NETWORK, run_request
from headrace_local.ecs import EcsError
from headrace_local.ecs.limits import overrides_length


def refusal(ecs, **changes):
    with pytest.raises(EcsError) as caught:
        ecs.run(**changes)
    assert ecs.events == []
    assert ecs.list() == []
    return caught.value


def provider(number, **more):
    return {"capacityProvider": "FARGATE", **more} if number else {}


def overrides_of(characters):
    empty = {"containerOverrides": [{"name": "main", "command": [""]}]}
    fill = "x" * (characters - overrides_length(empty))
    return {"containerOverrides": [{"name": "main", "command": [fill]}]}


def tags(number):
    return [{"key": f"k{each}", "value": "v"} for each in range(number)]


@pytest.mark.parametrize(
    ("parameter", "most", "too_much"),
    [
        ("count", 10, 11),
        ("count", 1, 0),
        ("startedBy", "a" * 128, "a" * 129),
        ("startedBy", "Az09_/-", "a b"),
        ("startedBy", "a", "a.b"),
        ("clientToken", "t" * 64, "t" * 65),
        ("clientToken", "!~", " "),
        ("clientToken", "~", "\x7f"),
        ("clientToken", "t", "é"),
        ("clientToken", "t", ""),
        ("overrides", overrides_of(8192), overrides_of(8193)),
        ("tags", tags(50), tags(51)),
        ("tags", [{"key": "k" * 128}], [{"key": "k" * 129}]),
        (
            "tags",
            [{"key": "k", "value": "v" * 256}],
            [{"key": "k", "value": "v" * 257}],
        ),
        ("tags", [{"key": "xaws:"}], [{"key": "aws:x"}]),
        ("tags", [{"key": "a"}, {"key": "A"}], [{"key": "a"}, {"key": "a"}]),
        (
            "placementConstraints",
            [{"type": "distinctInstance"}] * 10,
            [{"type": "distinctInstance"}] * 11,
        ),
        ("placementStrategy", [{"type": "random"}] * 5, [{"type": "random"}] * 6),
        (
            "networkConfiguration",
            {"awsvpcConfiguration": {"subnets": ["s"] * 16}},
            {"awsvpcConfiguration": {"subnets": ["s"] * 17}},
        ),
        (
            "networkConfiguration",
            NETWORK,
            {"awsvpcConfiguration": {"subnets": []}},
        ),
        (
            "networkConfiguration",
            {"awsvpcConfiguration": {"subnets": ["s"], "securityGroups": ["g"] * 5}},
            {"awsvpcConfiguration": {"subnets": ["s"], "securityGroups": ["g"] * 6}},
        ),
        ("propagateTags", "NONE", "SERVICE"),
        ("propagateTags", "TASK_DEFINITION", "ALL"),
    ],
)
def test_a_parameter_at_its_limit_runs_and_one_beyond_is_refused(
    ecs, parameter, most, too_much
):
    error = refusal(ecs, **{parameter: too_much})
    assert (error.code, error.status) == ("InvalidParameterException", 400)
    assert len(ecs.run(**{parameter: most})["tasks"]) >= 1


def test_overrides_are_counted_as_compact_json_with_every_bracket():
    words = {"containerOverrides": [{"name": "main", "command": ["é"]}]}
    compact = json.dumps(words, separators=(",", ":"), ensure_ascii=False)
    assert overrides_length(words) == len(compact)


@pytest.mark.parametrize(
    ("strategy", "is_accepted"),
    [
        ([{"capacityProvider": "FARGATE", "weight": 1}] * 20, True),
        ([{"capacityProvider": "FARGATE", "weight": 1}] * 21, False),
        ([{"capacityProvider": "FARGATE", "weight": 1000}], True),
        ([{"capacityProvider": "FARGATE", "weight": 1001}], False),
        ([{"capacityProvider": "FARGATE", "base": 100_000}], True),
        ([{"capacityProvider": "FARGATE", "base": 100_001}], False),
        ([{"capacityProvider": "unknown"}], False),
        ([{"capacityProvider": ""}], False),
    ],
)
def test_a_capacity_provider_strategy_has_limits_of_its_own(ecs, strategy, is_accepted):
    request = {"launchType": None, "capacityProviderStrategy": strategy}
    if is_accepted:
        assert ecs.run(**request)["failures"] == []
    else:
        assert refusal(ecs, **request).code == "InvalidParameterException"


def test_launch_type_and_strategy_exclude_each_other(ecs):
    strategy = [{"capacityProvider": "FARGATE"}]
    error = refusal(ecs, capacityProviderStrategy=strategy)
    assert "both a launch type and capacity provider strategy" in error.message


def test_a_strategy_shares_tasks_by_base_and_weight(ecs):
    strategy = [
        {"capacityProvider": "FARGATE", "base": 1, "weight": 1},
        {"capacityProvider": "FARGATE_SPOT", "weight": 2},
    ]
    answer = ecs.run(launchType=None, capacityProviderStrategy=strategy, count=10)
    names = [each["capacityProviderName"] for each in answer["tasks"]]
    assert (names.count("FARGATE"), names.count("FARGATE_SPOT")) == (4, 6)
    assert {each["launchType"] for each in answer["tasks"]} == {"FARGATE"}


def test_without_launch_type_the_clusters_default_strategy_counts(ecs):
    ecs.catalogue.create_cluster(
        {
            "clusterName": "spot",
            "capacityProviders": ["FARGATE_SPOT"],
            "defaultCapacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT"}],
        }
    )
    (task,) = ecs.run(cluster="spot", launchType=None)["tasks"]
    assert task["capacityProviderName"] == "FARGATE_SPOT"


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
