"""docs/table.md names every attribute that is written."""

from __future__ import annotations

import re

import pytest

from builders import NOW, a_job, a_launch, a_launch_entry, a_rejection
from definition_builders import a_registered
from expanded_template import ROOT, source
from headrace.aws import table_keys
from headrace.aws.definition_item import active_key, definition_to_item
from headrace.aws.job_item import to_item
from headrace.aws.rejection_item import rejection_to_item
from headrace.jobs.job import JobStatus, StopCause, WaitReason
from headrace.jobs.transitions import Transition
from headrace.ports import StoredRejection
from headrace_client.redrive.dropping import Dropped, note_to_item

DOCUMENT = (ROOT / "docs" / "table.md").read_text()
NAMED = set(re.findall(r"`([A-Za-z0-9]+)`", DOCUMENT))


def full_job_item():
    launch = a_launch(
        is_refused=True,
        task_arn="arn",
        last_version=1,
        started_at=NOW,
        image_digest=f"sha256:{'a' * 64}",
        was_spot_warned=True,
        stop_requested_at=NOW,
        stop_cause=StopCause.CANCEL,
        missing_count=1,
        missing_at=NOW,
    )
    full = a_job(
        status=JobStatus.FAILED,
        launch=launch,
        wait_reason=WaitReason.BACKOFF,
        infrastructure_used=1,
        not_before_at=NOW,
        next_at=NOW,
        is_ready=True,
        start_deadline_at=NOW,
        memory_rung=1,
        capacity_rung=1,
        history=(a_launch_entry(task_arn="arn", exit_code=1, stop_code="code"),),
        strays=("stray",),
        transitions=(Transition(1, JobStatus.FAILED, NOW, "record"),),
        cancel_requested_at=NOW,
        cancel_requested_by="me",
        correlation_id="id",
        requested_by="me",
        traceparent="trace",
    )
    return to_item(full)


def full_note_item():
    note = Dropped(
        queue_name="requests",
        message_id="m-1",
        dropped_at=NOW,
        dropped_by="arn",
        why="a test",
        body_sha256="0",
        body_bytes=1,
        sent_at=NOW,
        job_id="id",
        job_name="report",
        idempotency_key="key",
        tenant="default",
        task_arn="arn",
        last_error="error",
    )
    return note_to_item(note, parts=1, expires_at=NOW)


@pytest.mark.parametrize(
    "item",
    [
        full_job_item(),
        full_job_item()["history"]["L"][0]["M"],
        rejection_to_item(
            StoredRejection("m-1", NOW, a_rejection(job_id="id")), expires_at=NOW
        ),
        definition_to_item(a_registered(), active_key("report")),
        full_note_item(),
    ],
    ids=["job", "history", "rejection", "definition", "dropped"],
)
def test_every_attribute_is_explained(item):
    assert item.keys() - NAMED == set()


def test_every_index_is_explained():
    indexes = source()["Resources"]["JobTable"]["Properties"]["GlobalSecondaryIndexes"]
    for index in indexes:
        names = {key["AttributeName"] for key in index["KeySchema"]}
        assert {index["IndexName"], *names} <= NAMED


@pytest.mark.parametrize(
    ("partition", "shards"),
    [
        ("DUE#", table_keys.DUE_SHARDS),
        ("<tenant>#", table_keys.READY_SHARDS),
        ("<tenant>#<jobName>#", table_keys.LIST_SHARDS),
        ("<tenant>#<status>#", table_keys.LIST_SHARDS),
        ("<tenant>#<correlationId>#", table_keys.LIST_SHARDS),
    ],
)
def test_the_shards_are_those_that_are_asked(partition, shards):
    assert f"`{partition}<0…{shards - 1}>`" in DOCUMENT
