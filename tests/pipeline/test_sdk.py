"""The client against the whole pipeline: its page's program, and many jobs at once."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from headrace_client import Headrace, NewJob

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs" / "sdk.md"
JOBS = 30
SECONDS = 60


@pytest.fixture
def client(pipeline, monkeypatch):
    """A client as a program has it that was given the exports."""
    for name, value in pipeline.environment.items():
        monkeypatch.setenv(name, value)
    return Headrace.connect()


def program() -> str:
    blocks = re.findall(
        r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL
    )
    return "\n".join(blocks)


def test_the_pages_program_runs_and_prints_what_the_page_says(pipeline):
    done = subprocess.run(  # noqa: S603  # our own interpreter and page
        [sys.executable, "-W", "error", "-c", program()],
        check=False,
        capture_output=True,
        text=True,
        timeout=180,
        env={"PATH": os.environ["PATH"], "HOME": os.devnull, **pipeline.environment},
    )
    assert done.returncode == 0, done.stderr
    submitted, refused, ended, got, *rest = done.stdout.splitlines()
    job_id = submitted.split()[0]
    assert refused.startswith("INVALID_PARAMETERS parameters.name ")
    assert ended == "SUCCEEDED OK 0"
    assert got.startswith("1 ")
    listed = rest[: -len(END)]
    assert job_id in {line.split()[0] for line in listed}
    for line, pattern in zip(rest[-len(END) :], END, strict=True):
        assert re.match(pattern, line), line


END = (
    "25 sent",
    "True",
    "Tenant 'default' has no job",
    "SUCCEEDED True",
    "IMAGE_UNKNOWN Run it as the latest version: headrace rerun ",
    "SUCCEEDED Container 'main' exited with 0",
    "Hello, Ada. I am attempt 1",
)
"""What the last blocks of the page print."""


def test_many_jobs_are_sent_at_once_and_every_one_of_them_ends_and_is_listed(client):
    jobs = [NewJob("hello", {"name": str(n)}, f"sdk-{n}") for n in range(JOBS)]

    results = list(client.submit_many(jobs))

    assert [each.error for each in results] == [None] * JOBS
    assert client.unchecked_because is None
    sent = [each.submission for each in results]
    ends = [client.wait(each, deadline_seconds=SECONDS) for each in sent]
    assert Counter(str(end.status) for end in ends) == {"SUCCEEDED": JOBS}
    listed = client.list(job_name="hello", limit=10_000)
    assert {each.job_id for each in sent} <= {entry.job_id for entry in listed}


def test_a_line_of_a_file_is_a_job_and_a_rerun_of_it_another(pipeline, tmp_path):
    headrace = Path(sys.executable).with_name("headrace")
    environment = {
        "PATH": os.environ["PATH"], "HOME": os.devnull, **pipeline.environment,
    }  # fmt: skip

    def run(*arguments):
        return subprocess.run(  # noqa: S603  # our own command
            [headrace, *arguments],
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
            env=environment,
        )

    file = tmp_path / "names.jsonl"
    file.write_text('{"name": "Ada"}\n{"name": 7}\n')
    sent = run("submit", "hello", "--from", str(file), "--key", "names", "--json")
    assert sent.returncode == 1, sent.stderr
    first, refused = map(json.loads, sent.stdout.splitlines())
    assert refused["field"] == "parameters.name"
    assert run("watch", first["jobId"]).returncode == 0

    exact = run("rerun", first["jobId"])
    assert exact.returncode == 1
    assert "cannot be run again exactly" in exact.stderr
    forced = run("rerun", first["jobId"], "--force", "--watch", "--json")
    assert forced.returncode == 0, forced.stderr
    assert "Forced." in forced.stderr
    last = json.loads(forced.stdout.splitlines()[-1])
    assert (last["status"], last["rerunOf"]) == ("SUCCEEDED", first["jobId"])
