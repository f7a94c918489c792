"""Schedules of `headrace schedule`: made, judged and fired; and the pages' commands."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from headrace_client import Headrace, Schedules, connect
from processes import wait_for
from transcripts import Reader

DOCS = Path(__file__).parents[2] / "docs"
SECONDS = 60


@pytest.fixture
def connection(pipeline, monkeypatch):
    for name, value in pipeline.environment.items():
        monkeypatch.setenv(name, value)
    return connect()


def test_a_schedule_that_fires_makes_a_job_of_its_slot_and_removes_itself(connection):
    schedules, headrace = Schedules.over(connection), Headrace.over(connection)
    slot = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=3)
    made = schedules.add("soon", "hello", f"at({slot:%Y-%m-%dT%H:%M:%S})", slot="name")
    key = f"{made.arn}@{slot:%Y-%m-%dT%H:%M:%SZ}"

    def job_of_slot():
        found = headrace.list(job_name="hello", since_at=slot - timedelta(seconds=9))
        return next((each for each in found if each.idempotency_key == key), None)

    job = wait_for(job_of_slot, seconds=SECONDS)
    assert headrace.wait(job.job_id, deadline_seconds=SECONDS).status == "SUCCEEDED"
    assert f'"name":"{slot:%Y-%m-%dT%H:%M:%SZ}"' in job.request_json
    assert re.fullmatch(r"[0-9a-f]{16}", job.correlation_id)
    assert "soon" not in [each.name for each in schedules.list()]


def test_the_page_s_commands_do_what_it_says(pipeline, tmp_path):
    page, _, _ = (DOCS / "schedules.md").read_text().partition("## On a laptop")
    Reader(tmp_path, dict(pipeline.environment)).follow(page)


def test_the_page_s_program_makes_and_removes_a_schedule(connection, capsys):
    del connection
    page = (DOCS / "schedules.md").read_text()
    [program] = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    exec(program)  # noqa: S102  # our own page
    assert capsys.readouterr().out.splitlines()[-1] == "cron(0 2 * * ? *)"
