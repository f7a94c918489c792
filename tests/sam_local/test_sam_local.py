"""`sam local invoke`, in containers, against the pipeline on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from built_artifact import ROOT
from containers_engine import NoEngineError, podman_service
from headrace.identity import job_id
from headrace_local.ecs.runners.choose import find_engine
from headrace_local.pipeline import Pipeline, PipelineOptions
from lambda_image import lambda_image
from processes import wait_for
from tables import stored_item

pytestmark = pytest.mark.sam_local
OUTCOME_WITHIN_SECONDS = 60


@dataclass(frozen=True)
class SamLocal:
    """The SAM CLI, an engine with the base image, and a pipeline."""

    engine: str
    pipeline: Pipeline

    def invoke(self, function, event):
        """Invoke a function with an example event; return what it answered."""
        command = [sys.executable, "-m", "headrace_local.sam_local", function]
        command += ["--event", f"events/{event}.json", "--skip-pull-image"]
        done = subprocess.run(  # noqa: S603 - our own command line
            command,
            cwd=ROOT,
            env=os.environ | self.pipeline.environment | {"DOCKER_HOST": self.engine},
            check=False,
            capture_output=True,
            text=True,
        )
        sys.stdout.write(f"{done.stderr}{done.stdout}\n")
        assert not done.returncode, done.stderr
        return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def sam_local(tmp_path_factory):
    with ExitStack() as stack:
        try:
            engine = find_engine() or stack.enter_context(podman_service())
            stack.enter_context(lambda_image(engine))
        except NoEngineError as error:
            pytest.skip(str(error))
        options = PipelineOptions(
            project=ROOT,
            state_folder=tmp_path_factory.mktemp("pipeline"),
            runner="subprocess",
            reload=False,
        )
        yield SamLocal(engine, stack.enter_context(Pipeline(options)))


def test_dispatch_takes_a_request_which_the_pipeline_brings_to_its_end(sam_local):
    answer = sam_local.invoke("DispatchFunction", "dispatch/one_request")
    assert answer == {"batchItemFailures": []}

    pipeline = sam_local.pipeline
    event = json.loads((ROOT / "events" / "dispatch" / "one_request.json").read_text())
    request = json.loads(event["Records"][0]["body"])
    made = job_id(
        deployment_id=pipeline.environment["HEADRACE_DEPLOYMENT_ID"],
        tenant="default",
        job_name=request["jobName"],
        idempotency_key=request["idempotencyKey"],
    )
    table = pipeline.environment["HEADRACE_JOB_TABLE_NAME"]
    dynamodb = pipeline.client("dynamodb")

    def has_succeeded():
        return stored_item(dynamodb, table, f"JOB#{made}")["status"]["S"] == "SUCCEEDED"

    assert wait_for(has_succeeded, seconds=OUTCOME_WITHIN_SECONDS)


def test_record_leaves_tasks_of_others_alone(sam_local):
    answer = sam_local.invoke("RecordFunction", "record/task_of_someone_else")
    assert answer == {"batchItemFailures": []}


def test_reconcile_tells_what_it_did(sam_local):
    answer = sam_local.invoke("ReconcileFunction", "reconcile/tick")
    assert set(answer) == {"visited", "drained"}
