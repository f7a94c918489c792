"""Parameters of any size reach the container as they were sent, or are refused by name.

The container is a process that reads them with `headrace_job`, and tells what it got by
the length and the checksum of their compact JSON.
"""

from __future__ import annotations

import sys
from hashlib import sha256

import pytest

from headrace.aws.job_item import from_item, key_of
from headrace.identity import canonical_json
from headrace.launches.launch import LaunchOrder
from headrace_client import Headrace
from headrace_client.errors import NoLogsError
from headrace_local.registration import register_jobs
from processes import wait_for

SECONDS = 60
PROGRAM = """
import hashlib, json, os, headrace_job
found = headrace_job.parameters()
text = json.dumps(found, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
digest = hashlib.sha256(text.encode()).hexdigest()
is_inline = "JOB_PARAMETERS" in os.environ
print("got", len(text), digest, "inline" if is_inline else "from S3", flush=True)
"""
DEFINITION = """\
name: {name}
owner: tests
taskDefinition: headrace-job-{name}
container: main
parameters: {{ type: object }}
timeoutSeconds: 60
"""


@pytest.fixture(scope="module")
def client(pipeline, tmp_path_factory):
    """A client of a deployment that has two jobs: one with a task role, one without."""
    folder = tmp_path_factory.mktemp("large")
    path = pipeline.deployment.outputs["JobRolePath"]
    for name in ("large", "roleless"):
        role = f"arn:aws:iam::000000000000:role{path}{name}"
        pipeline.client("ecs").register_task_definition(
            family=f"headrace-job-{name}",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            **({"taskRoleArn": role} if name == "large" else {}),
            containerDefinitions=[
                {
                    "name": "main",
                    "image": "python",
                    "essential": True,
                    "command": [sys.executable, "-c", PROGRAM],
                    "logConfiguration": {
                        "logDriver": "awslogs",
                        "options": {
                            "awslogs-group": log_group(pipeline),
                            "awslogs-region": "us-east-1",
                            "awslogs-stream-prefix": name,
                        },
                    },
                }
            ],
        )
        (folder / f"{name}.yaml").write_text(DEFINITION.format(name=name))
    register_jobs(folder, pipeline.environment)
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in pipeline.environment.items():
            patch.setenv(variable, value)
        yield Headrace.connect()


def log_group(pipeline):
    """The example job's own."""
    answer = pipeline.client("ecs").describe_task_definition(
        taskDefinition="headrace-job-example"
    )
    (container,) = answer["taskDefinition"]["containerDefinitions"]
    return container["logConfiguration"]["options"]["awslogs-group"]


def order_of(pipeline, job):
    """The RunTask request that was frozen for a job's last launch."""
    answer = pipeline.client("dynamodb").get_item(
        TableName=pipeline.table_name, Key=key_of(job)
    )
    return LaunchOrder.from_json(from_item(answer["Item"]).order_json)


def printed_by(client, job):
    """The lines that came through so far: they may come after the end."""
    try:
        return [line.text for line in client.logs(job)]
    except NoLogsError:
        return []


def run(client, name, parameters, key):
    """Run a job to its end; return its id and what it printed."""
    job = client.submit(name, parameters=parameters, idempotency_key=key).job_id
    ended = client.wait(job, deadline_seconds=SECONDS)
    (line,) = wait_for(lambda: printed_by(client, job), seconds=SECONDS)
    assert ended.status == "SUCCEEDED", line
    return job, line


def got(parameters, where):
    """What the job prints of these parameters."""
    text = canonical_json(parameters)
    return f"got {len(text)} {sha256(text.encode()).hexdigest()} {where}"


def quoted(characters, used):
    """A text that takes so many more characters of overrides, and few of its own."""
    marks, rest = divmod(characters - used, 4)
    return {"t": '"' * marks + "x" * rest}


@pytest.fixture(scope="module")
def used(client, pipeline):
    """How many characters of overrides each job takes with an empty text.

    Attempts may come to have two digits, and that is counted from the first one on.
    """
    found = {}
    for name in ("large", "roleless"):
        job, printed = run(client, name, {"t": ""}, f"used-{name}")
        assert printed == got({"t": ""}, "inline")
        found[name] = order_of(pipeline, job).overrides_characters + 1
    return found


def test_900_kilobytes_reach_the_container_intact(client):
    row = {"name": "Zoë", "note": 'a "quoted" line\nand \\ more'}
    rows = [row | {"n": n} for n in range(2_000)]
    parameters = {"rows": rows, "text": "xyz " * 200_000}
    assert len(canonical_json(parameters).encode()) > 900_000

    _, printed = run(client, "large", parameters, "900-KB")

    assert printed == got(parameters, "from S3")


@pytest.mark.parametrize(
    ("characters", "where"), [(8191, "inline"), (8192, "inline"), (8193, "from S3")]
)
def test_at_ecs_limit_parameters_change_their_way(
    client, pipeline, used, characters, where
):
    parameters = quoted(characters, used["large"])

    job, printed = run(client, "large", parameters, f"large-{characters}")

    assert printed == got(parameters, where)
    if where == "inline":
        assert order_of(pipeline, job).overrides_characters == characters - 1


@pytest.mark.parametrize("characters", [8191, 8192])
def test_without_a_role_parameters_may_fill_ecs_limit(client, used, characters):
    parameters = quoted(characters, used["roleless"])

    _, printed = run(client, "roleless", parameters, f"roleless-{characters}")

    assert printed == got(parameters, "inline")


def test_without_a_role_one_character_more_is_refused_by_name(client, used):
    parameters = quoted(8193, used["roleless"])

    sent = client.submit("roleless", parameters=parameters, idempotency_key="too-large")

    rejected = client.wait(sent, deadline_seconds=SECONDS).rejection
    assert (rejected.reason, rejected.field) == ("OVERRIDES_TOO_LARGE", "parameters")
    assert rejected.value == "8193 characters"
    assert "headrace-job-roleless has no task role" in rejected.message
