"""What stands in for a task role reaches the tasks that have one, and no others."""

from __future__ import annotations

import pytest

from ecs_engine import MAIN, make_engine
from headrace_local.ecs import EngineSettings

GIVEN = {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566", "AWS_REGION": "us-east-1"}
ROLE = "arn:aws:iam::123456789012:role/report"


@pytest.fixture
def ecs():
    return make_engine(EngineSettings(role_environment=GIVEN))


def environment_of(ecs, **request):
    ecs.run_one(**request)
    ecs.clock.advance(1)
    (spec,) = ecs.runner.specs.values()
    return dict(spec.environment)


def test_a_task_whose_definition_has_a_role_gets_it(ecs):
    ecs.define(taskRoleArn=ROLE)

    assert environment_of(ecs) == GIVEN


def test_a_task_that_is_launched_with_a_role_gets_it(ecs):
    assert environment_of(ecs, overrides={"taskRoleArn": ROLE}) == GIVEN


def test_a_task_without_a_role_gets_nothing(ecs):
    ecs.define(executionRoleArn=ROLE)

    assert environment_of(ecs) == {}


def test_the_containers_own_environment_comes_first(ecs):
    own = {"name": "AWS_REGION", "value": "eu-west-1"}
    ecs.define(MAIN | {"environment": [own]}, taskRoleArn=ROLE)

    assert environment_of(ecs) == GIVEN | {"AWS_REGION": "eu-west-1"}
