"""What RunTask accepts and what it refuses, at each limit and one beyond."""

from __future__ import annotations

import json

import pytest

from ecs_engine import NETWORK
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
