"""A plan made without a network is the RunTask call that is made later."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from headrace_client import Headrace, connect, export_snapshot, write_snapshot
from transcripts import Reader

PAGE = Path(__file__).parents[2] / "docs" / "check-before-you-send.md"
SECONDS = 60
# Whoever makes a socket, or asks for an address, fails.
WITHOUT_NETWORK = """\
import sys
def refuse(event, arguments):
    if event.startswith("socket."):
        raise AssertionError(f"the network was used: {event}")
sys.addaudithook(refuse)
from headrace_client.cli.root import run
run()
"""


@pytest.fixture(scope="module")
def connection(pipeline):
    """A person's own, with what `headrace local up` prints."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in pipeline.environment.items():
            patch.setenv(name, value)
        yield connect()


@pytest.fixture(scope="module")
def snapshot(connection, tmp_path_factory):
    path = tmp_path_factory.mktemp("plan") / "snapshot.json"
    write_snapshot(export_snapshot(connection, ["hello", "stranger"]), path)
    return path


@pytest.fixture
def plan(snapshot):
    """Run `headrace plan` where there is no network, no region and no credential."""

    def plan(*arguments):
        done = subprocess.run(  # noqa: S603  # our own interpreter and command
            [sys.executable, "-c", WITHOUT_NETWORK, "plan", *arguments, "--json"],
            check=True,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            env={"PATH": os.environ["PATH"], "HEADRACE_SNAPSHOT": str(snapshot)},
        )
        return json.loads(done.stdout)

    return plan


@pytest.mark.parametrize(
    ("job_name", "parameters"), [("hello", {"name": "Ada"}), ("stranger", {})]
)
def test_the_planned_call_is_the_one_that_is_stored_and_sent(
    job_name, parameters, plan, connection, pipeline
):
    key = f"planned-{uuid4()}"
    pairs = [f"-p{name}={text}" for name, text in parameters.items()]
    planned = plan("--job", job_name, "--key", key, *pairs)

    client = Headrace.over(connection)
    submission = client.submit(job_name, parameters=parameters, idempotency_key=key)
    end = client.wait(submission, deadline_seconds=SECONDS)

    assert end.status == "SUCCEEDED"
    assert planned["jobId"] == end.job_id
    assert planned["order"] == end.order_json
    # The local ECS has been sent these very parameters under the launch's token: it
    # answers them with the task there is, and any others with a refusal.
    ecs = pipeline.client("ecs")
    again = ecs.run_task(**planned["runTask"])
    assert [task["taskArn"] for task in again["tasks"]] == [end.launch.task_arn]
    with pytest.raises(ClientError):
        ecs.run_task(**planned["runTask"] | {"group": "other"})


def test_the_pages_commands_go_as_printed_and_its_program_needs_no_aws(
    pipeline, tmp_path
):
    page = PAGE.read_text()
    Reader(tmp_path, dict(pipeline.environment)).follow(page)

    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    done = subprocess.run(  # noqa: S603  # our own interpreter and page
        [sys.executable, "-W", "error", "-c", "\n".join(blocks)],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={"PATH": os.environ["PATH"]},
    )
    version, job = done.stdout.splitlines()
    assert version == "1 60"
    assert re.fullmatch(r"[a-z2-7]{26} 0\.\d+", job)
