"""Publishing a job's events again: what the client asks of the announce function."""

from __future__ import annotations

import io
import json

import pytest

from builders import a_job
from headrace.jobs.job import JobStatus
from headrace_client import Headrace
from headrace_client.announcing import JOBS_AT_ONCE, Announcer
from headrace_client.errors import NotConfiguredError, UnreachableError
from headrace_local.memory import MemoryJobStore


class Functions:
    """Lambda with an announce function that publishes three events for each job."""

    def __init__(self):
        self.events = []
        self.error = None
        self.failed = []

    def invoke(self, *, FunctionName, Payload):  # noqa: N803 - boto3's names
        assert FunctionName == "announce"
        event = json.loads(Payload)
        self.events.append(event)
        if self.error:
            body = json.dumps({"errorMessage": self.error}).encode()
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(body)}
        published = 3 * len(event.get("replay", []))
        answer = {"published": published, "missing": [], "failed": self.failed}
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


@pytest.fixture
def functions():
    return Functions()


@pytest.fixture
def announcer(functions):
    return Announcer(functions=functions, name="announce")


@pytest.fixture
def headrace(announcer):
    jobs = MemoryJobStore()
    for number in range(60):
        tenant = "other" if number == 0 else "default"
        jobs.accept(
            a_job(job_id=f"{number:026}", tenant=tenant, status=JobStatus.RUNNING)
        )
    return Headrace(deployment_id="d", jobs=jobs, requests=None, announcer=announcer)


def test_a_replay_says_how_many_events_were_published(headrace):
    assert headrace.replay(f"{1:026}", f"{2:026}").published == 6


def test_another_tenant_s_job_is_not_there(headrace, functions):
    replayed = headrace.replay(f"{0:026}", f"{1:026}")

    assert replayed.missing == (f"{0:026}",)
    assert functions.events == [{"replay": [f"{1:026}"]}]


def test_many_jobs_are_asked_for_some_at_a_time(headrace, functions):
    assert headrace.replay(*(f"{n:026}" for n in range(1, 60))).published == 177
    asked = [len(event["replay"]) for event in functions.events]
    assert asked == [JOBS_AT_ONCE, JOBS_AT_ONCE, 59 - 2 * JOBS_AT_ONCE]


def test_a_function_that_fails_is_told_with_what_it_said(headrace, functions):
    functions.error = "Task timed out"
    with pytest.raises(UnreachableError, match="Task timed out"):
        headrace.replay(f"{1:026}")


def test_where_nobody_said_which_function_it_is_the_error_says_how(functions):
    with pytest.raises(NotConfiguredError, match="not known which function") as error:
        Announcer(functions=functions, name="").replay(["a"])
    assert "HEADRACE_ANNOUNCE_FUNCTION_NAME" in error.value.advice


def test_a_letter_that_is_neither_announced_nor_kept_is_not_taken(announcer, functions):
    functions.failed = [{"itemIdentifier": "letter-0"}]
    with pytest.raises(UnreachableError, match="neither"):
        announcer.send('{"kind": "event"}', group=None)
