"""What registration learns from ECS, wherever ECS is."""

from __future__ import annotations

from contextlib import nullcontext
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws

from builders import REGION
from headrace.definitions.resolved import ResolvedContainer
from headrace_client.task_definitions import EcsTaskDefinitions, resolved_from


@pytest.fixture(params=["moto", "ministack"])
def ecs(request):
    url = None
    if request.param == "ministack":
        url = request.getfixturevalue("ministack_url")
    with mock_aws() if url is None else nullcontext():
        yield boto3.session.Session().client(
            "ecs",
            region_name=REGION,
            endpoint_url=url,
            aws_access_key_id="123456789012",
            aws_secret_access_key="test",
        )


@pytest.fixture
def family(ecs):
    """A family with one revision."""
    name = f"headrace-job-{uuid4().hex}"
    register(ecs, name)
    return name


def register(ecs, family):
    ecs.register_task_definition(
        family=family,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        executionRoleArn="arn:aws:iam::123456789012:role/headrace/jobs/start",
        containerDefinitions=[
            {"name": "main", "image": "python", "memory": 256},
            {"name": "side", "image": "proxy", "memory": 256, "essential": False},
        ],
    )


def test_a_family_means_its_newest_revision(ecs, family):
    register(ecs, family)
    resolved = EcsTaskDefinitions(ecs=ecs).resolve(family)
    assert resolved.arn.endswith(f":task-definition/{family}:2")
    assert resolved.family == family


def test_a_revision_is_resolved_as_named(ecs, family):
    register(ecs, family)
    resolved = EcsTaskDefinitions(ecs=ecs).resolve(f"{family}:1")
    assert resolved.arn.endswith(f":task-definition/{family}:1")


def test_what_a_launch_needs_is_told(ecs, family):
    resolved = EcsTaskDefinitions(ecs=ecs).resolve(family)
    assert (resolved.cpu, resolved.memory) == (256, 512)
    assert resolved.requires_compatibilities == ("FARGATE",)
    assert resolved.network_mode == "awsvpc"
    assert resolved.task_role_arn is None
    assert resolved.execution_role_arn.endswith(":role/headrace/jobs/start")
    assert resolved.container_names == ("main", "side")
    assert resolved.essential_names == {"main"}


def test_what_a_revision_leaves_open_is_told(ecs, family):
    definitions = EcsTaskDefinitions(ecs=ecs)
    told = "\n".join(definitions.exposures(definitions.resolve(family).arn))
    assert "container 'main': readonlyRootFilesystem: must be true" in told
    assert "container 'side': user: must be the number of a user" in told
    assert "taskRoleArn" not in told


def test_a_revision_that_leaves_nothing_open_is_told_so(ecs):
    family = f"untrusted-job-{uuid4().hex}"
    ecs.register_task_definition(
        family=family,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[
            {
                "name": "main",
                "image": "python",
                "memory": 256,
                "user": "1000",
                "readonlyRootFilesystem": True,
                "linuxParameters": {"capabilities": {"drop": ["ALL"]}},
            }
        ],
    )
    definitions = EcsTaskDefinitions(ecs=ecs)
    assert definitions.exposures(definitions.resolve(family).arn) == []


def test_what_does_not_exist_is_none(ecs):
    definitions = EcsTaskDefinitions(ecs=ecs)
    assert definitions.resolve("headrace-job-nothing") is None


def test_an_inactive_revision_is_none(ecs, family):
    ecs.deregister_task_definition(taskDefinition=f"{family}:1")
    assert EcsTaskDefinitions(ecs=ecs).resolve(f"{family}:1") is None


def test_a_container_that_does_not_say_so_is_essential():
    """ECS leaves the field out only where it was left out; the emulators fill it in."""
    found = {
        "taskDefinitionArn": "arn:aws:ecs:eu-west-1:1:task-definition/report:1",
        "family": "report",
        "containerDefinitions": [{"name": "main"}],
    }
    resolved = resolved_from(found)
    assert resolved.containers == (ResolvedContainer(name="main", essential=True),)
    assert (resolved.cpu, resolved.memory, resolved.network_mode) == (None, None, None)
