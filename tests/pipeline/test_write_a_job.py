"""The page on writing a job, followed as printed, and its job in three languages."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from headrace_client import Headrace
from headrace_client.errors import NoLogsError
from headrace_local.registration import register_jobs
from processes import wait_for
from transcripts import Reader

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "write-a-job.md").read_text()
CONTRACT = (PROJECT / "docs" / "container-contract.md").read_text()
EXAMPLE = PROJECT / "examples" / "totals"
SECONDS = 60
STACK_NAME = "totals"
SMALL = {"rows": [1, 2, 3]}
LARGE = {"rows": list(range(50_000))}
COMMANDS = {
    "python": (sys.executable, EXAMPLE / "totals.py"),
    "shell": ("sh", EXAMPLE / "totals.sh"),
    "javascript": ("node", EXAMPLE / "totals.mjs"),
}
NEEDS = {
    "shell": lambda: shutil.which("curl") and signs(),
    "javascript": lambda: (
        shutil.which("node") and (EXAMPLE / "node_modules" / ".installed").exists()
    ),
}


def signs():
    """Whether this machine's curl can sign for AWS."""
    told = subprocess.run(["curl", "--help", "all"], capture_output=True, check=False)  # noqa: S607 - the job's own
    return b"--aws-sigv4" in told.stdout


@pytest.fixture
def client(pipeline, monkeypatch):
    for variable, value in pipeline.environment.items():
        monkeypatch.setenv(variable, value)
    return Headrace.connect()


def deploy(pipeline, command):
    """Make the example's stack, or change it, as `aws cloudformation deploy` does."""
    client = pipeline.client("cloudformation")
    outputs = pipeline.deployment.outputs
    given = {
        "Image": "totals",
        "JobParametersPolicyArn": outputs["JobParametersPolicyArn"],
        "JobRolePath": outputs["JobRolePath"],
        "Command": ",".join(map(str, command)),
    }
    names = {each["StackName"] for each in client.describe_stacks()["Stacks"]}
    is_new = STACK_NAME not in names
    (client.create_stack if is_new else client.update_stack)(
        StackName=STACK_NAME,
        TemplateBody=(EXAMPLE / "template.yaml").read_text(),
        Parameters=[
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in given.items()
        ],
        Capabilities=["CAPABILITY_IAM"],
    )
    kind = "create" if is_new else "update"
    client.get_waiter(f"stack_{kind}_complete").wait(
        StackName=STACK_NAME, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )


def total_of(client, job):
    """The line that counts, once it came through: that may be after the end."""
    try:
        lines = [line.text for line in client.logs(job)]
    except NoLogsError:
        return None
    return next((line for line in lines if line.startswith("total ")), None)


@pytest.mark.parametrize("language", COMMANDS)
def test_in_each_language_the_job_gets_small_and_large_parameters(
    pipeline, client, language
):
    if not NEEDS.get(language, lambda: True)():
        pytest.skip(f"{language}: what it needs is not on this machine")
    deploy(pipeline, COMMANDS[language])
    register_jobs(EXAMPLE / "jobs", pipeline.environment)

    for name, parameters in (("small", SMALL), ("large", LARGE)):
        sent = client.submit(
            "totals", parameters=parameters, idempotency_key=f"{language}-{name}"
        )
        ended = client.wait(sent, deadline_seconds=SECONDS)
        total = wait_for(partial(total_of, client, sent.job_id), seconds=SECONDS)
        assert ended.status == "SUCCEEDED"
        assert total == f"total {sum(parameters['rows'])}"


def test_the_page_goes_as_printed(pipeline, tmp_path):
    page = PAGE.replace("headrace-job-totals", "headrace-job-tallies")
    page = page.replace("name: totals", "name: tallies").replace(
        "submit totals", "submit tallies"
    )
    page = page.replace("totals version 1", "tallies version 1")

    Reader(tmp_path, dict(pipeline.environment)).follow(page)


@pytest.mark.parametrize(
    ("page", "language", "name"),
    [
        (PAGE, "python", "totals.py"),
        (PAGE, "yaml", "jobs/totals.yaml"),
        (PAGE, "dockerfile", "Dockerfile"),
        (CONTRACT, "sh", "totals.sh"),
        (CONTRACT, "js", "totals.mjs"),
    ],
)
def test_a_page_shows_the_example_as_it_is(page, language, name):
    block = re.search(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert block[1] == (EXAMPLE / name).read_text()
