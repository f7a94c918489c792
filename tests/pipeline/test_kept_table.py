"""A stack that was deleted leaves its table, and a new one takes it in."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from headrace.identity import job_id
from headrace_local.build import Builder
from headrace_local.deploy import STACK_NAME, Deployer
from headrace_local.pipeline import Pipeline, PipelineOptions
from headrace_local.registration import register_jobs
from processes import wait_for

PROJECT = Path(__file__).parents[2]
SECONDS = 60


@pytest.fixture
def pipeline(tmp_path):
    """A pipeline of its own, as its stack is deleted."""
    options = PipelineOptions(
        project=PROJECT,
        state_folder=tmp_path,
        runner="subprocess",
        reload=False,
        stream=False,
    )
    with Pipeline(options) as running:
        yield running


def is_gone(cloudformation):
    stacks = cloudformation.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])
    return [each["StackName"] for each in stacks["StackSummaries"]] == [STACK_NAME]


def import_table(cloudformation, table_name):
    """Do what docs/deploy.md says."""
    table_alone = subprocess.run(  # noqa: S603 - our own tool
        [sys.executable, str(PROJECT / "tools" / "table_template.py")],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    names = {"StackName": STACK_NAME, "ChangeSetName": "adopt"}
    cloudformation.create_change_set(
        **names,
        ChangeSetType="IMPORT",
        TemplateBody=table_alone,
        ResourcesToImport=[
            {
                "ResourceType": "AWS::DynamoDB::Table",
                "LogicalResourceId": "JobTable",
                "ResourceIdentifier": {"TableName": table_name},
            }
        ],
    )
    wait = {"Delay": 1, "MaxAttempts": SECONDS}
    cloudformation.get_waiter("change_set_create_complete").wait(
        **names, WaiterConfig=wait
    )
    cloudformation.execute_change_set(**names)
    cloudformation.get_waiter("stack_import_complete").wait(
        StackName=STACK_NAME, WaiterConfig=wait
    )


def test_a_new_stack_takes_in_the_table_that_a_deleted_one_left(pipeline):
    cloudformation = pipeline.client("cloudformation")
    dynamodb = pipeline.client("dynamodb")
    table_name = pipeline.table_name
    cloudformation.delete_stack(StackName=STACK_NAME)
    assert wait_for(lambda: is_gone(cloudformation), seconds=SECONDS)
    assert dynamodb.list_tables()["TableNames"] == [table_name]

    import_table(cloudformation, table_name)
    builder = Builder(cache=PROJECT / ".headrace" / "build")
    access = pipeline.servers.access
    outputs = Deployer.at(access, project=PROJECT, builder=builder).deploy().outputs
    assert outputs["JobTableName"] == table_name

    # The example's task definition went with its stack, so its jobs have new versions.
    registered = register_jobs(
        PROJECT / "jobs",
        {**pipeline.environment, "HEADRACE_DEPLOYMENT_ID": outputs["DeploymentId"]},
    )
    assert "hello v2" in registered
    body = {
        "schemaVersion": "1",
        "jobName": "hello",
        "idempotencyKey": "afterwards",
        "parameters": {"name": "you"},
    }
    pipeline.client("sqs").send_message(
        QueueUrl=outputs["RequestQueueUrl"], MessageBody=json.dumps(body)
    )
    job = job_id(
        deployment_id=outputs["DeploymentId"],
        tenant="default",
        job_name="hello",
        idempotency_key="afterwards",
    )

    def status():
        key = {"pk": {"S": f"JOB#{job}"}, "sk": {"S": "META"}}
        answer = dynamodb.get_item(TableName=table_name, Key=key)
        return answer.get("Item", {}).get("status")

    assert wait_for(lambda: status() == {"S": "SUCCEEDED"}, seconds=SECONDS)
