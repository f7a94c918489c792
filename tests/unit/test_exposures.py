"""What a task definition leaves open to hostile code, named by its field."""

from __future__ import annotations

import pytest

from headrace_client.exposures import exposures_of

MAIN = {
    "name": "main",
    "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/stranger",
    "user": "1000:1000",
    "readonlyRootFilesystem": True,
    "linuxParameters": {"capabilities": {"drop": ["ALL"]}},
}


def exposures(container=None, **changes):
    """Return what is said of a closed task definition with these changes."""
    found = {
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "taskRoleArn": "",
        "volumes": [{"name": "scratch", "host": {}}],
        "containerDefinitions": [MAIN | (container or {})],
    }
    return list(exposures_of(found | changes))


def test_a_closed_task_definition_leaves_nothing_open():
    assert exposures() == []
    assert exposures({"user": "1"}) == []


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("taskRoleArn", {"taskRoleArn": "arn:aws:iam::123456789012:role/any"}),
        ("requiresCompatibilities", {"requiresCompatibilities": ["EC2", "FARGATE"]}),
        ("requiresCompatibilities", {"requiresCompatibilities": []}),
        ("networkMode", {"networkMode": "host"}),
        ("pidMode", {"pidMode": "task"}),
        ("ipcMode", {"ipcMode": "host"}),
        ("proxyConfiguration", {"proxyConfiguration": {"containerName": "proxy"}}),
        ("enableFaultInjection", {"enableFaultInjection": True}),
        ("volume 'a'", {"volumes": [{"name": "a", "host": {"sourcePath": "/etc"}}]}),
        (
            "volume 'a'",
            {
                "volumes": [
                    {"name": "a", "efsVolumeConfiguration": {"fileSystemId": "f"}}
                ]
            },
        ),
        ("volume 'a'", {"volumes": [{"name": "a", "configuredAtLaunch": True}]}),
        ("volume 'a'", {"volumes": [{"name": "a", "somethingNew": {"x": 1}}]}),
    ],
)
def test_what_a_task_leaves_open_is_named(field, changes):
    (sentence,) = exposures(**changes)
    assert sentence.startswith(f"{field}: must be ")


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("readonlyRootFilesystem", {"readonlyRootFilesystem": False}),
        ("readonlyRootFilesystem", {"readonlyRootFilesystem": None}),
        ("privileged", {"privileged": True}),
        ("linuxParameters.capabilities.drop", {"linuxParameters": None}),
        (
            "linuxParameters.capabilities.drop",
            {"linuxParameters": {"capabilities": {"drop": ["NET_RAW"]}}},
        ),
        (
            "linuxParameters.capabilities.add",
            {
                "linuxParameters": {
                    "capabilities": {"drop": ["ALL"], "add": ["SYS_PTRACE"]}
                }
            },
        ),
        (
            "linuxParameters.devices",
            {
                "linuxParameters": {
                    "capabilities": {"drop": ["ALL"]},
                    "devices": [{"hostPath": "/dev/kvm"}],
                }
            },
        ),
        ("secrets", {"secrets": [{"name": "KEY", "valueFrom": "arn"}]}),
        ("environmentFiles", {"environmentFiles": [{"value": "arn", "type": "s3"}]}),
        ("volumesFrom", {"volumesFrom": [{"sourceContainer": "side"}]}),
    ],
)
def test_what_a_container_leaves_open_is_named(field, changes):
    (sentence,) = exposures(changes)
    assert sentence.startswith(f"container 'main': {field}: must be ")


@pytest.mark.parametrize(
    "user",
    [None, "", "root", "0", "00", "0:1000", "worker", "-1", "1_0", "\uff11", "+0"],
)
def test_a_user_that_may_be_root_is_named(user):
    (sentence,) = exposures({"user": user})
    assert sentence.startswith("container 'main': user: must be the number of a user")


def test_every_container_is_held_to_it_and_all_is_told_at_once():
    side = {"name": "side", "image": "proxy"}
    told = exposures(networkMode="bridge", containerDefinitions=[MAIN, side])
    assert [each.split(": must")[0] for each in told] == [
        "networkMode",
        "container 'side': readonlyRootFilesystem",
        "container 'side': user",
        "container 'side': linuxParameters.capabilities.drop",
    ]
