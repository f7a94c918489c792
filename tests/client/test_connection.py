from __future__ import annotations

import json

import boto3
import pytest

from client_world import a_deployment
from headrace_client.connection import connect
from headrace_client.deployment import Deployment
from headrace_client.errors import NotConfiguredError
from headrace_local.emulator import (
    EmulatorOptions,
    start_emulator,
    wait_until_emulator_ready,
)
from headrace_local.ports import choose_port

VARIABLES = {
    "HEADRACE_REQUEST_QUEUE_URL": "https://sqs/requests",
    "HEADRACE_JOB_TABLE_NAME": "jobs",
    "HEADRACE_DEPLOYMENT_ID": "deployment",
}
OUTPUTS = {
    "RequestQueueUrl": "https://sqs/requests",
    "JobTableName": "jobs",
    "DeploymentId": "deployment",
    "JobFamilyPrefix": "team-",
    "JobRolePath": "/team/",
}


@pytest.fixture(scope="module")
def aws(tmp_path_factory):
    """The variables of an emulated AWS."""
    folder = tmp_path_factory.mktemp("aws")
    port = choose_port(None, purpose="the emulator", option="none")
    process = start_emulator(
        EmulatorOptions(
            port=port,
            ecs_endpoint="http://127.0.0.1:9",
            scratch=folder,
            log=folder / "emulator.log",
            kept=None,
        )
    )
    try:
        wait_until_emulator_ready(process, port)
        yield {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_REGION": "us-east-1",
        }
    finally:
        process.stop()


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


def test_variables_name_a_deployment_with_the_templates_defaults():
    found = connect(variables=VARIABLES).deployment
    assert found == Deployment(
        request_queue_url="https://sqs/requests",
        job_table_name="jobs",
        deployment_id="deployment",
        job_family_prefix="headrace-job-",
        job_role_path="/headrace/jobs/",
    )


@pytest.mark.parametrize("name", VARIABLES)
def test_a_missing_variable_is_named(name):
    with pytest.raises(NotConfiguredError, match=f"{name} is not set"):
        connect(variables=VARIABLES | {name: ""})


def test_a_stacks_outputs_name_a_deployment(aws):
    boto3.client(
        "cloudformation",
        endpoint_url=aws["AWS_ENDPOINT_URL"],
        region_name=aws["AWS_REGION"],
    ).create_stack(
        StackName="of-a-team",
        TemplateBody=json.dumps(
            {
                "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
                "Outputs": {name: {"Value": value} for name, value in OUTPUTS.items()},
            }
        ),
    )
    by_option = connect(stack="of-a-team", variables=aws)
    by_variable = connect(variables=aws | {"HEADRACE_STACK": "of-a-team"})
    assert by_option.deployment == by_variable.deployment
    assert by_option.deployment.job_family_prefix == "team-"
    assert by_option.deployment.job_role_path == "/team/"


def test_a_stack_that_does_not_exist_is_told(aws):
    with pytest.raises(NotConfiguredError, match="no stack 'nothing'"):
        connect(stack="nothing", variables=aws)


def test_a_stack_of_something_else_is_told():
    with pytest.raises(NotConfiguredError, match="RequestQueueUrl and JobTableName"):
        Deployment.from_outputs("other", {"DeploymentId": "deployment"})


def test_the_option_wins_over_every_endpoint_variable():
    variables = VARIABLES | {
        "AWS_ENDPOINT_URL": "http://general",
        "AWS_ENDPOINT_URL_ECS": "http://ecs",
    }
    by_variables = connect(variables=variables).clients
    by_option = connect(variables=variables, endpoint_url="http://option").clients
    assert by_variables.endpoint("sqs") == "http://general"
    assert by_variables.endpoint("ecs") == "http://ecs"
    assert by_option.endpoint("ecs") == "http://option"
    assert connect(variables=VARIABLES).clients.endpoint("ecs") is None


def test_a_profile_that_does_not_exist_is_told():
    variables = VARIABLES | {"AWS_PROFILE": "nobody", "AWS_REGION": "eu-west-1"}
    with pytest.raises(NotConfiguredError, match="nobody"):
        _ = connect(variables=variables).clients.sqs


def test_a_missing_region_is_told():
    with pytest.raises(NotConfiguredError, match="No AWS region"):
        _ = connect(variables=VARIABLES).clients.sqs


def test_the_builders_deployment_is_the_default_one():
    assert a_deployment().job_family_prefix == "headrace-job-"
