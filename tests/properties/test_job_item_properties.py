"""Whatever a job is, its item tells all of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import a_job, a_launch
from headrace.aws.job_item import from_item, to_item
from headrace.errors import RecordUnreadable
from headrace.identity import canonical_json
from headrace.jobs.job import (
    DesiredStatus,
    Job,
    JobStatus,
    Launch,
    LaunchEntry,
    Outcome,
    ReasonCode,
    StopCause,
    WaitReason,
)
from headrace.jobs.stored_form import as_stored
from headrace.jobs.transitions import Transition

FIRST_AT = datetime(2000, 1, 1, tzinfo=UTC)
times = st.timedeltas(timedelta(0), timedelta(days=36500)).map(FIRST_AT.__add__)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
numbers = st.integers(0, 10**9)
documents = st.dictionaries(texts, st.none() | st.booleans() | numbers | texts).map(
    canonical_json
)


def maybe(strategy):
    return st.none() | strategy


def a_digest(content):
    return f"sha256:{content.hex()}"


launches = st.builds(
    Launch,
    intended_at=times,
    last_sent_at=times,
    sends=numbers,
    lease_owner=maybe(texts),
    lease_until_at=maybe(times),
    is_refused=st.booleans(),
    task_arn=maybe(texts),
    last_version=maybe(numbers),
    started_at=maybe(times),
    image_digest=maybe(st.binary(min_size=32, max_size=32).map(a_digest)),
    was_spot_warned=st.booleans(),
    stop_requested_at=maybe(times),
    stop_cause=maybe(st.sampled_from(StopCause)),
    missing_count=numbers,
    missing_at=maybe(times),
)
entries = st.builds(
    LaunchEntry,
    attempt=numbers,
    launch=numbers,
    intended_at=times,
    ended_at=times,
    reason_code=st.sampled_from(ReasonCode),
    detail=texts,
    task_arn=maybe(texts),
    exit_code=maybe(numbers),
    stop_code=maybe(texts),
)


@st.composite
def trails(draw, *, sequence):
    """Draw the lines of a job that made so many changes; some are left out."""
    lines = []
    for _ in range(draw(st.integers(0, 4))):
        line = st.builds(
            Transition,
            sequence=st.just(sequence),
            status=st.sampled_from(JobStatus),
            at=times,
            by=texts,
            why=maybe(st.sampled_from([*WaitReason, *ReasonCode]).map(str)),
        )
        lines.insert(0, draw(line))
        sequence -= draw(st.integers(1, 50))
    return tuple(lines)


@st.composite
def jobs(draw):
    sequence = draw(st.integers(200, 10**9))
    status = draw(st.sampled_from(JobStatus))
    outcomes = st.builds(
        Outcome,
        status=st.just(status),
        reason_code=st.sampled_from(ReasonCode),
        summary=texts,
        advice=texts,
        finished_at=times,
        exit_code=maybe(numbers),
        stop_code=maybe(texts),
        stopped_reason=maybe(texts),
    )
    everything = st.builds(
        Job,
        job_id=texts,
        tenant=texts,
        job_name=texts,
        job_version=numbers,
        idempotency_key=texts,
        fingerprint=texts,
        status=st.just(status),
        revision=numbers,
        operation_id=texts,
        accepted_at=times,
        status_at=times,
        request_json=documents,
        desired_status=st.sampled_from(DesiredStatus),
        wait_reason=maybe(st.sampled_from(WaitReason)),
        sequence=st.just(sequence),
        attempt=numbers,
        launch_number=numbers,
        infrastructure_used=numbers,
        not_before_at=maybe(times),
        next_at=maybe(times),
        is_ready=st.booleans(),
        start_deadline_at=maybe(times),
        timeout_seconds=numbers,
        start_timeout_seconds=numbers,
        order_json=maybe(documents),
        sole_container=maybe(texts),
        memory_rung=numbers,
        capacity_rung=numbers,
        launch=maybe(launches),
        outcome=maybe(outcomes),
        history=st.lists(entries, max_size=3).map(tuple),
        strays=st.lists(texts, max_size=3).map(tuple),
        transitions=trails(sequence=sequence),
        cancel_requested_at=maybe(times),
        cancel_requested_by=maybe(texts),
        correlation_id=maybe(texts),
        requested_by=maybe(texts),
        traceparent=maybe(texts),
        expires_at=maybe(times),
        rerun_of=maybe(texts),
    )
    return draw(everything)


@given(jobs())
def test_a_job_comes_back_from_its_item(job):
    assert from_item(to_item(job)) == as_stored(job)


@given(jobs())
def test_the_stored_form_is_stored_as_it_is(job):
    stored = as_stored(job)
    assert as_stored(stored) == stored
    assert to_item(stored) == to_item(job)


@given(jobs())
def test_a_job_is_in_an_index_exactly_while_it_waits_there(job):
    item = to_item(job)
    assert ("duePk" in item) == ("nextAt" in item) == (job.next_at is not None)
    assert ("readyPk" in item) == ("readySk" in item) == job.is_ready
    assert {"tenantBucket", "nameBucket", "listedAt"} <= item.keys()


@given(jobs(), jobs())
def test_the_lists_never_move_a_job(before, after):
    identity = ("job_id", "tenant", "job_name", "accepted_at")
    after = replace(after, **{name: getattr(before, name) for name in identity})
    for key in ("tenantBucket", "nameBucket", "listedAt"):
        assert to_item(before)[key] == to_item(after)[key]


@given(jobs(), st.dictionaries(texts.map("new-{}".format), st.just({"S": "new"})))
def test_attributes_of_newer_code_are_passed_over(job, newer):
    assert from_item(newer | to_item(job)) == as_stored(job)


@pytest.mark.parametrize(
    "name",
    ["schema", "jobId", "status", "revision", "payload", "timeoutSeconds"],
)
def test_what_every_item_has_is_missed(name):
    item = to_item(a_job(status=JobStatus.STARTING))
    del item[name]
    with pytest.raises(RecordUnreadable, match=f"{name}.* is missing"):
        from_item(item)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("status", {"S": "PAUSED"}, "status: 'PAUSED' is not a valid JobStatus"),
        ("schema", {"N": "2"}, "schema 2 is above 1"),
        ("attempt", {"S": "1"}, "attempt: is not of type 'N'"),
        ("nextAt", {"S": "soon"}, "nextAt: Invalid isoformat string: 'soon'"),
        ("acceptedAt", {"S": "2026-11-22T10:00:00"}, "has no time zone"),
        ("payload", {"B": b"?"}, "payload: "),
    ],
)
def test_what_cannot_be_understood_is_named(name, value, told):
    item = to_item(a_job()) | {name: value}
    with pytest.raises(RecordUnreadable, match=told) as caught:
        from_item(item)
    assert str(caught.value).startswith(f"record JOB#{a_job().job_id}: ")


def test_an_outcome_of_another_status_is_not_written():
    job = a_job(status=JobStatus.FAILED)
    wrong = replace(job, status=JobStatus.LOST)
    with pytest.raises(ValueError, match="status LOST with an outcome of FAILED"):
        to_item(wrong)


def test_a_time_without_a_zone_is_not_written():
    naive = datetime(2026, 11, 22, 10)  # noqa: DTZ001 - what is refused
    job = a_job(status=JobStatus.STARTING, launch=a_launch(last_sent_at=naive))
    with pytest.raises(ValueError, match="has no time zone"):
        to_item(job)
