"""Why the local ECS is our own: the emulator's makes a task at every RunTask."""

from __future__ import annotations

import boto3
import pytest
from moto import mock_aws

from builders import REGION

FAMILY = "headrace-job-report"
CLUSTER = "headrace"


@pytest.fixture
def ecs():
    with mock_aws():
        client = boto3.session.Session().client(
            "ecs",
            region_name=REGION,
            aws_access_key_id="123456789012",
            aws_secret_access_key="test",
        )
        client.create_cluster(clusterName=CLUSTER)
        client.register_task_definition(
            family=FAMILY,
            containerDefinitions=[{"name": "main", "image": "busybox", "memory": 128}],
        )
        yield client


def test_moto_still_ignores_the_client_token(ecs):
    """Amazon ECS API Reference, RunTask, `clientToken`: the same token, one task."""
    request = {
        "cluster": CLUSTER,
        "taskDefinition": FAMILY,
        "launchType": "FARGATE",
        "clientToken": "job-1-1",
        "startedBy": "job-1-1",
    }
    arns = [ecs.run_task(**request)["tasks"][0]["taskArn"] for _ in range(2)]
    assert len(set(arns)) == 2
