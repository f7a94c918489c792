"""The pipeline as people use it: started, used from another process, killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import boto3
import psutil
import pytest

from headrace_local.pipeline import Pipeline, PipelineOptions
from headrace_local.problems import (
    BrokenTemplateError,
    BuildFailedError,
    PortTakenError,
    RegistrationFailedError,
)
from processes import descendants_of, still_running, wait_for

PROJECT = Path(__file__).parents[2]
START_SECONDS = 60
# What anybody may write: boto3, and the variables that `headrace local up` printed.
ANYBODY = textwrap.dedent(
    """
    import boto3, json, os, sys, time

    boto3.client("sqs").send_message(
        QueueUrl=os.environ["HEADRACE_REQUEST_QUEUE_URL"],
        MessageBody=json.dumps({
            "schemaVersion": "1", "jobName": "hello",
            "idempotencyKey": "from-outside", "parameters": {"name": "you"},
        }),
    )
    table = boto3.resource("dynamodb").Table(os.environ["HEADRACE_JOB_TABLE_NAME"])
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for item in table.scan()["Items"]:
            if item.get("idempotencyKey") == "from-outside":
                status = item["status"]
                if status not in ("PENDING", "RUNNABLE", "STARTING", "RUNNING"):
                    print(status)
                    sys.exit()
        time.sleep(0.1)
    sys.exit("no outcome")
    """
)


def read_exports(path: Path) -> dict[str, str]:
    """Read export lines as a shell would."""
    result = subprocess.run(  # noqa: S603 - our own file
        ["/bin/sh", "-c", f". {path}; env"],
        check=True,
        capture_output=True,
        text=True,
        env={},
    )
    pairs = (line.partition("=") for line in result.stdout.splitlines())
    return {name: value for name, _, value in pairs}


@pytest.fixture
def up(tmp_path):
    """`headrace local up`, started in a process of its own; exports are written."""
    started = []

    def start(*options, project=PROJECT):
        exports = tmp_path / "exports"
        log = (tmp_path / "output").open("wb")
        process = subprocess.Popen(  # noqa: S603 - our own program
            [
                str(Path(sys.executable).parent / "headrace"),
                "local",
                "up",
                "--project",
                str(project),
                "--state-dir",
                str(tmp_path / "state"),
                "--runner",
                "subprocess",
                "--exports",
                str(exports),
                *options,
            ],
            stdout=log,
            stderr=log,
        )
        log.close()
        started.append(process)
        wait_for(
            lambda: exports.exists() or process.poll() is not None,
            seconds=START_SECONDS,
        )
        output = (tmp_path / "output").read_text()
        assert process.poll() is None, output
        assert exports.exists(), output
        return process, read_exports(exports)

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.wait(20)


@pytest.fixture
def copied_project(tmp_path):
    """A copy of what is deployed, to be edited."""
    project = tmp_path / "project"
    for folder in ("functions", "layers", "jobs"):
        shutil.copytree(
            PROJECT / folder,
            project / folder,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    shutil.copy(PROJECT / "template.yaml", project)
    # What is built already need not be built again.
    cache = PROJECT / ".headrace" / "build"
    if cache.is_dir():
        shutil.copytree(cache, project / ".headrace" / "build")
    return project


def test_anybody_with_boto3_and_the_exports_gets_an_outcome_and_sigkill_leaves_nothing(
    up,
):
    process, exports = up()
    result = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", ANYBODY],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": os.defpath, **exports},
    )
    assert (result.stdout.strip(), result.stderr) == ("SUCCEEDED", "")

    # One task is under way when everything is killed.
    send = boto3.client("sqs", **credentials(exports)).send_message
    body = {"schemaVersion": "1", "jobName": "long", "idempotencyKey": "long"}
    send(QueueUrl=exports["HEADRACE_REQUEST_QUEUE_URL"], MessageBody=json.dumps(body))
    assert wait_for(lambda: sleeping_below(process.pid), seconds=20)
    everything = descendants_of(process.pid)
    assert len(everything) > 5

    process.kill()
    process.wait()

    assert wait_for(lambda: not still_running(everything), seconds=5)


def credentials(exports: dict[str, str]) -> dict[str, str]:
    return {
        "endpoint_url": exports["AWS_ENDPOINT_URL"],
        "region_name": exports["AWS_REGION"],
        "aws_access_key_id": exports["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": exports["AWS_SECRET_ACCESS_KEY"],
    }


def sleeping_below(pid: int) -> list[psutil.Process]:
    """Return the task of the job `long`, which sleeps."""
    return [each for each in descendants_of(pid) if each.name() == "sleep"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_cleanly(up, tmp_path, number):
    process, _ = up()
    everything = descendants_of(process.pid)

    process.send_signal(number)

    assert process.wait(20) == 0
    assert still_running(everything) == []
    assert "no process is left" in (tmp_path / "output").read_text()
    assert not (tmp_path / "exports").exists()


def test_a_second_one_in_the_same_place_is_refused(up, tmp_path):
    process, _ = up()

    second = subprocess.run(  # noqa: S603 - our own program
        [
            str(Path(sys.executable).parent / "headrace"),
            "local",
            "up",
            "--project",
            str(PROJECT),
            "--state-dir",
            str(tmp_path / "state"),
        ],
        check=False,
        capture_output=True,
        text=True,
    )

    assert second.returncode == 1
    assert f"Process {process.pid} holds" in second.stdout
    assert "--state-dir" in second.stdout
    assert process.poll() is None


def test_edits_go_live_within_five_seconds_and_broken_ones_do_not(
    copied_project, tmp_path
):
    told = []
    options = PipelineOptions(
        project=copied_project,
        state_folder=tmp_path / "state",
        runner="subprocess",
        register=False,
    )
    with Pipeline(options, told.append) as running:
        function = running.deployment.functions["ReconcileFunction"]
        invoke = running.client("lambda").invoke

        def answer():
            payload = invoke(FunctionName=function, Payload=b"{}")["Payload"].read()
            return json.loads(payload)

        assert "word" not in answer()

        library = copied_project / "layers" / "headrace" / "headrace"
        (library / "edited.py").write_text('WORD = "new"\n')
        app = copied_project / "functions" / "reconcile" / "app.py"
        original = app.read_text()
        app.write_text(
            original.replace(
                'return {"visited"', 'return {"word": edited.WORD, "visited"'
            ).replace("from headrace import", "from headrace import edited,")
        )
        assert wait_for(lambda: answer().get("word") == "new", seconds=5)

        (library / "edited.py").write_text('WORD = "newer"\n')
        assert wait_for(lambda: answer().get("word") == "newer", seconds=5)

        app.write_text("def handler(:\n")
        assert wait_for(lambda: lines(told, "refused"), seconds=5)
        assert "functions/reconcile/app.py, line 1" in lines(told, "refused")[-1]
        app.write_text("import no_such_module\n")
        assert wait_for(lambda: len(lines(told, "refused")) > 1, seconds=5)
        assert "no_such_module" in lines(told, "refused")[-1]
        assert answer()["word"] == "newer"

        app.write_text(original)
        assert wait_for(lambda: "word" not in answer(), seconds=5)
    assert lines(told, "reload")


def lines(told, kind):
    return [each.text for each in told if each.kind == kind]


def test_what_a_job_goes_through_is_told(pipeline, heard):
    body = {"schemaVersion": "1", "jobName": "broken", "idempotencyKey": "told"}
    pipeline.client("sqs").send_message(
        QueueUrl=pipeline.queue_url, MessageBody=json.dumps(body)
    )

    def told():
        return [each for each in heard.happenings if each.name == "broken"]

    assert wait_for(lambda: told() and "FAILED" in told()[-1].text, seconds=20)
    assert told()[-1].text == "FAILED EXIT_CODE exit code 1"


def test_state_is_kept_between_runs_when_asked(copied_project, tmp_path):
    shutil.rmtree(copied_project / "jobs")
    options = PipelineOptions(
        project=copied_project,
        state_folder=tmp_path / "state",
        runner="subprocess",
        keep=True,
        reload=False,
    )
    with Pipeline(options) as first:
        deployment_id = first.deployment.outputs["DeploymentId"]
        first.client("dynamodb").put_item(
            TableName=first.table_name,
            Item={"pk": {"S": "KEPT#1"}, "sk": {"S": "META"}},
        )
        queue_url = first.queue_url
    with Pipeline(options) as second:
        assert second.deployment.outputs["DeploymentId"] == deployment_id
        assert second.queue_url == queue_url
        found = second.client("dynamodb").get_item(
            TableName=second.table_name,
            Key={"pk": {"S": "KEPT#1"}, "sk": {"S": "META"}},
        )
        assert "Item" in found
        # The functions of the kept stack still run.
        answer = second.client("lambda").invoke(
            FunctionName=second.deployment.functions["ReconcileFunction"],
            Payload=b"{}",
        )
        assert "FunctionError" not in answer, answer["Payload"].read()


def test_a_broken_resource_is_named_with_its_reason(copied_project, tmp_path):
    template = copied_project / "template.yaml"
    template.write_text(
        template.read_text().replace(
            "Outputs:\n",
            "  Odd: { Type: AWS::No::Such }\n\nOutputs:\n",
            1,
        )
    )
    options = PipelineOptions(
        project=copied_project, state_folder=tmp_path / "state", runner="subprocess"
    )

    with pytest.raises(BrokenTemplateError, match=r"Odd|AWS::No::Such"):
        Pipeline(options).__enter__()


def test_code_that_does_not_compile_is_named(copied_project, tmp_path):
    (copied_project / "functions" / "record" / "app.py").write_text("def (\n")
    options = PipelineOptions(
        project=copied_project, state_folder=tmp_path / "state", runner="subprocess"
    )

    with pytest.raises(BuildFailedError, match=r"record/app\.py, line 1"):
        Pipeline(options).__enter__()


def test_a_wrong_job_definition_stops_the_start_and_is_named(copied_project, tmp_path):
    (copied_project / "jobs" / "wrong.yaml").write_text("name: wrong\nbogus: 1\n")
    options = PipelineOptions(
        project=copied_project, state_folder=tmp_path / "state", runner="subprocess"
    )

    with pytest.raises(RegistrationFailedError, match=r"wrong\.yaml"):
        Pipeline(options).__enter__()


def test_a_port_in_use_stops_the_start(pipeline, tmp_path):
    taken = int(pipeline.servers.access.ecs_endpoint.rpartition(":")[2])
    options = PipelineOptions(
        project=PROJECT, state_folder=tmp_path / "state", ecs_port=taken
    )

    with pytest.raises(PortTakenError, match=f"port {taken}"):
        Pipeline(options).__enter__()
