"""The published schema of events names what events say: all of it, and nothing else."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from builders import NOW, TASK_ARN, a_job, a_launch_entry, a_rejection, a_request
from headrace.announcements.event import change_of, rejection_announced, replayed
from headrace.jobs.job import JobStatus
from headrace.jobs.transitions import Transition
from headrace.parameters.schema_checks import validator_type
from headrace_client.event_schema import event_schema
from headrace_client.schemas import DIALECT

SCHEMA = event_schema(DIALECT)
VALID = validator_type()(SCHEMA)
PAGE = (Path(__file__).parents[2] / "docs" / "events.md").read_text()
OTHER_ID = "a" * 26


def changes():
    """Events of jobs that say as much as they can, and of jobs that say little."""
    labelled = json.dumps(a_request(labels={"team": "reports"}))
    for status in JobStatus:
        bare = a_job(status=status, sequence=2)
        said = replace(
            bare,
            request_json=labelled,
            correlation_id="order-7",
            requested_by="ada",
            rerun_of=OTHER_ID,
            transitions=(
                Transition(1, JobStatus.RUNNABLE, NOW, "dispatch", "LAUNCH_BUDGET"),
                Transition(2, status, NOW, "record"),
            ),
        )
        yield change_of(None, bare)
        yield change_of(a_job(status=JobStatus.STARTING), said)
        yield from replayed(said)
    failed = {"exit_code": 1, "stop_code": "TaskFailedToStart", "task_arn": TASK_ARN}
    again = a_job(sequence=4, history=(a_launch_entry(**failed),))
    yield change_of(a_job(status=JobStatus.RUNNING, sequence=3), again)


def rejections():
    yield rejection_announced("message-1", NOW, a_rejection(job_id=OTHER_ID))
    fields = ("field", "limit", "value", "tenant", "job_name", "idempotency_key")
    nothing_known = a_rejection(**dict.fromkeys(fields))
    yield rejection_announced("message-2", NOW, nothing_known)


@pytest.mark.parametrize(
    ("kind", "events"), [("change", changes), ("rejection", rejections)]
)
def test_every_event_is_valid_and_every_field_of_it_named(kind, events):
    details = [json.loads(event.detail_json) for event in events()]

    for detail in details:
        assert VALID.is_valid(detail), detail
    part = SCHEMA["$defs"][kind]
    assert {name for detail in details for name in detail} == set(part["properties"])
    everywhere = set.intersection(*map(set, details))
    assert everywhere == set(part["required"])


def test_every_field_of_an_ended_launch_is_named():
    [said] = [e.detail["endedLaunch"] for e in changes() if "endedLaunch" in e.detail]
    part = SCHEMA["$defs"]["change"]["properties"]["endedLaunch"]
    assert said.keys() == part["properties"].keys()


@pytest.mark.parametrize(
    "change",
    [{"status": "DONE"}, {"sequence": 0}, {"jobId": "short"}, {"isReplay": False}],
    ids=str,
)
def test_what_no_event_says_is_refused(change):
    detail = dict(next(changes()).detail)
    assert not VALID.is_valid(detail | change)


def test_a_field_of_a_later_release_is_passed_over():
    assert VALID.is_valid(dict(next(changes()).detail) | {"later": [1]})


def test_the_pages_example_is_valid():
    example = re.search(r"`detail` is:\n\n```json\n(.*?)```", PAGE, re.DOTALL)[1]
    assert VALID.is_valid(json.loads(example))
