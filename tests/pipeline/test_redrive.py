"""The pages on dead letters and on failures go as printed, against the pipeline."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from dead_letter_scene import DeadLetterScene, an_invoice
from headrace_client.cli.root import root
from processes import wait_for
from transcripts import Reader

DOCS = Path(__file__).parents[2] / "docs"
REQUESTS = (
    an_invoice("ada-2026-11", customer="Ada", month="2026-11"),
    an_invoice("bob-2026-13", customer="Bob", month="2026-13"),
    an_invoice("eve-2026-11", customer="Eve", month="2026-11"),
)


@pytest.fixture
def headrace(pipeline):
    """The command line; returns what it printed as JSON."""

    def run(*arguments):
        done = CliRunner().invoke(
            root, [*arguments, "--json"], env=dict(pipeline.environment)
        )
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    return run


def test_the_page_on_dead_letters_goes_as_printed_and_jobs_come_of_it(
    pipeline, headrace, tmp_path
):
    scene = DeadLetterScene(pipeline, tmp_path)
    scene.bury(*REQUESTS)
    scene.put_tick()
    page = (DOCS / "redrive.md").read_text()

    Reader(tmp_path, dict(pipeline.environment)).follow(page)

    assert wait_for(
        lambda: (
            {each["status"] for each in headrace("list", "--name", "invoice")}
            == {"SUCCEEDED"}
        ),
        seconds=60,
    )
    keys = {each["idempotencyKey"] for each in headrace("list", "--name", "invoice")}
    assert keys == {"ada-2026-11", "bob-2026-12"}
    assert headrace("redrive")["deadLetters"] == []


def test_a_request_sent_back_whose_job_stands_is_a_duplicate(pipeline, headrace):
    """As after a crash between the sending and the deleting."""
    body = json.dumps(
        {
            "schemaVersion": "1",
            "jobName": "hello",
            "idempotencyKey": "sent-back-twice",
            "parameters": {"name": "Ada"},
        }
    )
    sqs = pipeline.client("sqs")
    dead = pipeline.environment["HEADRACE_REQUEST_DEAD_LETTER_QUEUE_URL"]
    for _ in range(2):
        sqs.send_message(QueueUrl=dead, MessageBody=body, MessageGroupId="default")
    assert headrace("redrive", "--all", "--send-back") == {"settled": 2, "failures": []}

    def of_the_key():
        jobs = headrace("list", "--name", "hello", "--limit", "200")
        return [job for job in jobs if job["idempotencyKey"] == "sent-back-twice"]

    assert wait_for(
        lambda: [job["status"] for job in of_the_key()] == ["SUCCEEDED"], seconds=60
    )


def test_the_page_on_failures_goes_as_printed(pipeline, tmp_path):
    page = (DOCS / "debug-a-failure.md").read_text()
    Reader(tmp_path, dict(pipeline.environment)).follow(page)
