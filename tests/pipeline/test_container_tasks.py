"""The same pipeline with tasks as real containers."""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path

import docker
import pytest
from boto3.dynamodb.types import TypeDeserializer
from docker.errors import DockerException, ImageNotFound

from containers_engine import IMAGE, OF_TOTALS, NoEngineError, container_engine
from headrace_client import Headrace
from headrace_local.pipeline import Pipeline, PipelineOptions
from headrace_local.registration import register_jobs
from processes import wait_for

pytestmark = pytest.mark.containers

PROJECT = Path(__file__).parents[2]
EXAMPLE = PROJECT / "examples" / "totals"
EXAMPLE_IMAGE = "public.ecr.aws/docker/library/python:3.13-slim"  # template.yaml


@pytest.fixture(scope="module")
def containers(tmp_path_factory):
    """A pipeline on a container engine that needs no registry for the example image."""
    with contextlib.ExitStack() as stack:
        try:
            url = stack.enter_context(container_engine())
        except NoEngineError as error:
            pytest.skip(str(error))
        stack.enter_context(stand_in_image(url))
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("DOCKER_HOST", url)
        options = PipelineOptions(
            project=PROJECT,
            state_folder=tmp_path_factory.mktemp("containers"),
            runner="containers",
            reload=False,
        )
        yield stack.enter_context(Pipeline(options))


@contextlib.contextmanager
def stand_in_image(url):
    """Name the test image as the example's, unless the engine has the real one."""
    with contextlib.closing(docker.DockerClient(base_url=url)) as engine:
        try:
            engine.images.get(EXAMPLE_IMAGE)
        except ImageNotFound:
            repository, _, tag = EXAMPLE_IMAGE.rpartition(":")
            engine.api.tag(IMAGE, repository, tag)
            yield
            with contextlib.suppress(DockerException):
                engine.api.remove_image(EXAMPLE_IMAGE, noprune=True)
        else:
            yield


def test_a_container_reads_large_parameters_from_s3(containers, monkeypatch):
    if not all(map(shutil.which, OF_TOTALS)):
        pytest.skip(f"the job needs {', '.join(OF_TOTALS)}")
    containers.client("ecs").register_task_definition(
        family="headrace-job-totals",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        taskRoleArn="arn:aws:iam::123456789012:role/headrace/jobs/totals",
        containerDefinitions=[
            {
                "name": "main",
                "image": IMAGE,
                "command": ["sh", "-c", (EXAMPLE / "totals.sh").read_text()],
            }
        ],
    )
    register_jobs(EXAMPLE / "jobs", containers.environment)
    for variable, value in containers.environment.items():
        monkeypatch.setenv(variable, value)
    client = Headrace.connect()

    sent = client.submit("totals", parameters={"rows": list(range(50_000))})

    assert client.wait(sent, deadline_seconds=60).status == "SUCCEEDED"


def outcomes(pipeline, *names):
    """Submit a job of each name, and return their records once all have ended."""
    for name in names:
        body = {"schemaVersion": "1", "jobName": name, "idempotencyKey": "contained"}
        if name == "hello":
            body["parameters"] = {"name": "container"}
        pipeline.client("sqs").send_message(
            QueueUrl=pipeline.queue_url, MessageBody=json.dumps(body)
        )
    dynamodb = pipeline.client("dynamodb")

    def ended():
        items = dynamodb.scan(TableName=pipeline.table_name)["Items"]
        records = [
            {each: TypeDeserializer().deserialize(item[each]) for each in item}
            for item in items
        ]
        found = {
            record["jobName"]: record
            for record in records
            if record.get("idempotencyKey") == "contained" and "finishedAt" in record
        }
        return found if len(found) == len(names) else None

    found = wait_for(ended, seconds=60)
    assert found, dynamodb.scan(TableName=pipeline.table_name)["Items"]
    return found


def test_a_container_runs_and_one_that_eats_its_memory_is_stopped_alone(containers):
    found = outcomes(containers, "hello", "hungry", "neighbour", "broken")

    assert found["hello"]["status"] == "SUCCEEDED"
    assert found["neighbour"]["status"] == "SUCCEEDED"
    assert found["broken"]["reasonCode"] == "EXIT_CODE"
    assert found["hungry"]["status"] == "FAILED"
    assert found["hungry"]["reasonCode"] == "OUT_OF_MEMORY"
