"""The pages on `explain` and `logs`, followed as their reader would follow them."""

from __future__ import annotations

from pathlib import Path

import pytest

from headrace_client import Headrace, LogChoice
from headrace_client.explaining.causes import Cause
from transcripts import Reader

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("page", ["explain.md", "logs.md"])
def test_every_command_of_the_page_goes_as_printed(pipeline, tmp_path, page):
    variables = dict(pipeline.environment)
    Reader(tmp_path, variables).follow((DOCS / page).read_text())


def test_a_running_job_is_explained_and_its_first_line_followed(pipeline, monkeypatch):
    for name, value in pipeline.environment.items():
        monkeypatch.setenv(name, value)
    client = Headrace.connect()
    submission = client.submit("long")

    lines = client.follow_logs(submission, LogChoice(attempt=1), deadline_seconds=60)
    assert next(lines).text == "Cancel me"

    assert client.explain(submission).cause is Cause.TASK_RUNNING
    client.cancel(submission.job_id)
    assert list(lines) == []  # it ends with the job
    assert client.explain(submission).cause is Cause.CANCELLED
