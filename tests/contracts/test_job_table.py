"""What only a table can do: be read by others, be slow, lose answers, be newer."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    IncompleteReadError,
    ReadTimeoutError,
)
from botocore.httpsession import URLLib3Session

from builders import NOW, TASK_ARN, a_job, a_launch, a_rejection
from headrace.aws.job_item import to_item
from headrace.aws.job_listing import LOOKED_AT_MAX
from headrace.aws.job_table import JobTable
from headrace.aws.table_errors import BUSY_CODES
from headrace.errors import RecordUnreadable, StoreBusy
from headrace.jobs.job import JobStatus
from headrace.ports import JobQuery, StoredRejection
from headrace.stages.reporting import apply, apply_to
from stores import a_report, a_sighting, a_success_report, ports_over
from tables import a_dynamodb_client, a_table, stored_item

JOB = a_job(status=JobStatus.STARTING)
EXPIRES_AT = NOW + timedelta(days=35)

# botocore's own clients let a test change what they send.
HOOKED = pytest.mark.parametrize("table", ["moto", "ministack"], indirect=True)


@pytest.fixture
def store(table):
    return JobTable(table.client, table.table_name)


def item_of(table, job=JOB):
    return stored_item(table.client, table.table_name, f"JOB#{job.job_id}")


def overwrite(table, job=JOB, **attributes):
    """Store a job with attributes that this code would not write."""
    table.client.put_item(TableName=table.table_name, Item=to_item(job) | attributes)


# --- For readers outside ----------------------------------------------------------


def test_an_outsider_reads_the_outcome_with_get_item(table, store):
    store.accept(JOB)
    store.note(a_sighting(JobStatus.SUCCEEDED))
    item = item_of(table)
    expected = {
        "sk": {"S": "META"},
        "schema": {"N": "1"},
        "jobId": {"S": JOB.job_id},
        "tenant": {"S": "default"},
        "jobName": {"S": "report"},
        "status": {"S": "SUCCEEDED"},
        "desiredStatus": {"S": "RUN"},
        "reasonCode": {"S": "OK"},
        "summary": {"S": "Container 'main' exited with 0."},
        "exitCode": {"N": "0"},
        "stopCode": {"S": "EssentialContainerExited"},
        "stoppedReason": {"S": "Essential container in task exited"},
        "taskArn": {"S": TASK_ARN},
        "acceptedAt": {"S": "2026-11-22T10:00:00.000Z"},
        "startedAt": {"S": "2026-11-22T10:00:00.000Z"},
        "finishedAt": {"S": "2026-11-22T10:00:00.000Z"},
        "attempt": {"N": "1"},
        "launch": {"N": "1"},
        "sequence": {"N": "2"},
        "expiresAt": {"N": str(int(EXPIRES_AT.timestamp()))},
    }
    assert {name: item.get(name) for name in expected} == expected


def test_what_is_absent_is_no_attribute(table, store):
    store.accept(a_job())
    item = item_of(table)
    absent = {"exitCode", "startDeadlineAt", "expiresAt", "taskArn", "reasonCode"}
    assert absent.isdisjoint(item)
    assert not any("NULL" in value for value in item.values())


def test_an_ended_job_has_left_the_indexes_of_those_who_wait(table, store):
    store.accept(a_job(status=JobStatus.STARTING))
    store.note(a_sighting(JobStatus.SUCCEEDED))
    assert {"duePk", "nextAt", "readyPk", "readySk"}.isdisjoint(item_of(table))


def test_only_a_record_that_ended_is_deleted_by_time(table, store):
    store.accept(JOB)
    store.note(a_sighting())
    assert "expiresAt" not in item_of(table)
    store.note(a_sighting(JobStatus.SUCCEEDED, version=9, operation_id="end"))
    assert item_of(table)["expiresAt"] == {"N": str(int(EXPIRES_AT.timestamp()))}


def test_a_rejection_is_readable_and_is_deleted_by_time(table, store):
    store.reject(StoredRejection("m-1", NOW, a_rejection()), expires_at=EXPIRES_AT)
    item = stored_item(table.client, table.table_name, "REJECTION#m-1")
    assert item["status"] == {"S": "REJECTED"}
    assert item["reasonCode"] == {"S": "LIMIT_EXCEEDED"}
    assert item["field"] == {"S": "overrides.cpu"}
    assert item["bodyBytes"] == {"N": "2"}
    assert item["expiresAt"] == {"N": str(int(EXPIRES_AT.timestamp()))}
    assert "nameBucket" not in item


# --- Beside newer code ------------------------------------------------------------


NEWER = {"ofNewerCode": {"M": {"kept": {"BOOL": True}}}}


@pytest.mark.parametrize("status", [JobStatus.RUNNING, JobStatus.SUCCEEDED])
def test_a_sighting_leaves_unknown_attributes_alone(table, store, status):
    overwrite(table, **NEWER)
    store.note(a_sighting(status))
    assert item_of(table)["ofNewerCode"] == NEWER["ofNewerCode"]


def test_a_replacement_leaves_unknown_attributes_alone(table, store):
    overwrite(table, **NEWER)
    job = store.get(JOB.job_id)
    changed = replace(job, revision=2, operation_id="mine", next_at=None, launch=None)
    store.replace(job, changed)
    assert item_of(table) == to_item(changed) | NEWER


def test_a_status_of_newer_code_is_told_and_not_touched(table, store):
    overwrite(table, status={"S": "PAUSED"})
    before = item_of(table)
    with pytest.raises(RecordUnreadable, match="'PAUSED' is not a valid JobStatus"):
        store.get(JOB.job_id)
    with pytest.raises(RecordUnreadable):
        store.accept(JOB)
    with pytest.raises(RecordUnreadable):
        store.note(a_sighting())
    assert item_of(table) == before


# --- The same by both roads -------------------------------------------------------


def by_both_roads(table, store, job, report):
    """Return the item after a report written unread, and after read and decided."""
    overwrite(table, job)
    assert apply(report, ports_over(store)).job is None
    unread = item_of(table, job)
    overwrite(table, job)
    assert apply_to(job, report, ports_over(store)).job is not None
    decided = item_of(table, job)
    return [item | {"operationId": None} for item in (unread, decided)]


@pytest.mark.parametrize("started_at", [NOW - timedelta(seconds=3), None])
def test_a_running_task_is_written_the_same_by_both_roads(table, store, started_at):
    launch = a_launch(missing_count=1, missing_at=NOW)
    job = a_job(status=JobStatus.STARTING, launch=launch)
    unread, decided = by_both_roads(table, store, job, a_report(started_at=started_at))
    assert unread == decided


@pytest.mark.parametrize("status", [JobStatus.STARTING, JobStatus.RUNNING])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"started_at": None},
        {"stopped_at": None},
        {"stopped_reason": None},
        {"stopped_reason": "x" * 999},
    ],
)
def test_a_success_is_written_the_same_by_both_roads(table, store, status, changes):
    hour_ago = NOW - timedelta(hours=1)
    job = a_job(status=status, not_before_at=hour_ago, start_deadline_at=NOW)
    unread, decided = by_both_roads(table, store, job, a_success_report(**changes))
    assert unread == decided


# --- When DynamoDB is busy --------------------------------------------------------


def an_answer(request, status, code):
    """Return an HTTP answer as DynamoDB gives it for an error."""
    response = AWSResponse(request.url, status, {}, None)
    response._content = json.dumps({"__type": f"com.amazonaws#{code}"}).encode()
    return response


def answering(client, status, code):
    """Let DynamoDB answer every call with an error."""

    def answer(request, **_):
        return an_answer(request, status, code)

    client.meta.events.register_first("before-send.dynamodb", answer)


NO_ANSWERS = {
    "read time-out": lambda url: ReadTimeoutError(endpoint_url=url),
    "connect time-out": lambda url: ConnectTimeoutError(endpoint_url=url),
    "no connection": lambda url: EndpointConnectionError(endpoint_url=url),
    "closed": lambda url: ConnectionClosedError(endpoint_url=url),
    "cut short": lambda _: IncompleteReadError(actual_bytes=1, expected_bytes=2),
}


def silent(client, how="read time-out"):
    """Let DynamoDB never answer."""

    def never(request, **_):
        raise NO_ANSWERS[how](request.url)

    client.meta.events.register_first("before-send.dynamodb", never)


CALLS = {
    "accept": lambda store: store.accept(JOB),
    "get": lambda store: store.get(JOB.job_id),
    "replace": lambda store: store.replace(JOB, replace(JOB, revision=2)),
    "note": lambda store: store.note(a_sighting()),
    "due": lambda store: store.due(until_at=NOW, limit=1),
    "ready": lambda store: store.ready("default", limit=1),
    "reject": lambda store: store.reject(
        StoredRejection("m-1", NOW, a_rejection()), expires_at=EXPIRES_AT
    ),
    "rejection": lambda store: store.rejection("m-1"),
    "page": lambda store: store.page(JobQuery(tenant="default")),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_call_without_an_answer_finds_the_store_busy(moto_table, call):
    silent(moto_table.client)
    with pytest.raises(StoreBusy) as caught:
        CALLS[call](JobTable(moto_table.client, moto_table.table_name))
    assert isinstance(caught.value.__cause__, ReadTimeoutError)


@pytest.mark.parametrize("how", NO_ANSWERS)
def test_whatever_came_between_finds_the_store_busy(moto_table, how):
    silent(moto_table.client, how)
    with pytest.raises(StoreBusy, match=f"get job {JOB.job_id}"):
        JobTable(moto_table.client, moto_table.table_name).get(JOB.job_id)


@pytest.mark.parametrize("call", CALLS)
def test_a_throttled_call_finds_the_store_busy(moto_table, call):
    answering(moto_table.client, 400, "ProvisionedThroughputExceededException")
    with pytest.raises(StoreBusy, match="ProvisionedThroughputExceeded") as caught:
        CALLS[call](JobTable(moto_table.client, moto_table.table_name))
    assert isinstance(caught.value.__cause__, ClientError)


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, code) for code in sorted(BUSY_CODES)]
    + [(429, "Anything"), (500, "Anything"), (503, "Anything")],
)
def test_what_passes_by_waiting_is_a_busy_store(moto_table, status, code):
    answering(moto_table.client, status, code)
    with pytest.raises(StoreBusy):
        JobTable(moto_table.client, moto_table.table_name).get(JOB.job_id)


@pytest.mark.parametrize(
    "code",
    ["AccessDeniedException", "ResourceNotFoundException", "ValidationException"],
)
def test_what_waiting_does_not_help_is_no_busy_store(moto_table, code):
    answering(moto_table.client, 400, code)
    with pytest.raises(ClientError, match=code):
        JobTable(moto_table.client, moto_table.table_name).get(JOB.job_id)


# --- When an answer is lost and the SDK asks again --------------------------------


def lose_the_next_answer(client, operation):
    """Let DynamoDB do what it is asked once, and answer that it failed."""
    session = URLLib3Session()
    lost = []

    def answer(request, **_):
        if lost:
            return None
        lost.append(session.send(request))
        assert lost[0].status_code == 200
        return an_answer(request, 500, "InternalServerError")

    client.meta.events.register_first(f"before-send.dynamodb.{operation}", answer)
    return lost


@pytest.fixture
def retrying(ministack_url):
    """A table whose client asks again, as the functions' clients do."""
    client = a_dynamodb_client(ministack_url, attempts=3)
    return JobTable(client, a_table(client)), client


def test_an_acceptance_that_the_sdk_repeats_is_new(retrying):
    store, client = retrying
    lost = lose_the_next_answer(client, "PutItem")
    assert store.accept(JOB).is_new
    assert lost


def test_a_replacement_that_the_sdk_repeats_is_done(retrying):
    store, client = retrying
    store.accept(JOB)
    lost = lose_the_next_answer(client, "UpdateItem")
    changed = replace(JOB, revision=2, operation_id="mine", sequence=2)
    store.replace(JOB, changed)
    assert store.get(JOB.job_id) == changed
    assert lost


@pytest.mark.parametrize("status", [JobStatus.RUNNING, JobStatus.SUCCEEDED])
def test_a_sighting_that_the_sdk_repeats_is_counted_once(retrying, status):
    store, client = retrying
    store.accept(JOB)
    lost = lose_the_next_answer(client, "UpdateItem")
    store.note(a_sighting(status))
    assert (store.get(JOB.job_id).revision, store.get(JOB.job_id).sequence) == (2, 2)
    assert lost


# --- When DynamoDB answers in parts -----------------------------------------------


def leave_keys_out(client, *, every_time):
    """Let BatchGetItem leave all keys but one unprocessed, as when it is throttled."""

    def shorten(parsed, **_):
        for name, items in parsed["Responses"].items():
            left = items if every_time else items[1:]
            keys = [{"pk": item["pk"], "sk": item["sk"]} for item in left]
            if keys:
                parsed["UnprocessedKeys"] = {name: {"Keys": keys}}
            parsed["Responses"][name] = [] if every_time else items[:1]

    client.meta.events.register("after-call.dynamodb.BatchGetItem", shorten)


@HOOKED
def test_keys_that_were_left_out_are_asked_for_again(table, store):
    jobs = [a_job(idempotency_key=f"key-{number}") for number in range(4)]
    for job in jobs:
        store.accept(job)
    leave_keys_out(table.client, every_time=False)
    entries = store.page(JobQuery(tenant="default")).entries
    assert {job.job_id for job in entries} == {job.job_id for job in jobs}


@HOOKED
def test_keys_that_are_left_out_every_time_are_a_busy_store(table, store):
    store.accept(JOB)
    leave_keys_out(table.client, every_time=True)
    with pytest.raises(StoreBusy, match="1 were left unprocessed"):
        store.page(JobQuery(tenant="default"))


@HOOKED
def test_a_record_deleted_since_it_was_listed_is_left_out(table, store):
    """The index lags: an entry may outlive its record for a moment."""
    other = a_job(idempotency_key="other")
    store.accept(JOB)
    store.accept(other)

    def forget(params, **_):
        keys = params["RequestItems"][table.table_name]["Keys"]
        keys[:] = [key for key in keys if key["pk"]["S"] != f"JOB#{JOB.job_id}"]

    table.client.meta.events.register(
        "provide-client-params.dynamodb.BatchGetItem", forget
    )
    assert store.page(JobQuery(tenant="default")).entries == [other]


# --- Bounded work -----------------------------------------------------------------


@pytest.mark.parametrize("table", ["memory_sdk"], indirect=True)
def test_a_page_ends_after_a_thousand_records_that_are_not_such(table, store):
    for number in range(LOOKED_AT_MAX + 5):
        accepted_at = NOW + timedelta(seconds=number)
        status = JobStatus.RUNNING if number == 0 else JobStatus.SUCCEEDED
        job = a_job(
            idempotency_key=f"k{number}", accepted_at=accepted_at, status=status
        )
        store.accept(job)
    query = JobQuery(tenant="default", status="RUNNING", limit=3)

    first = store.page(query)
    second = store.page(replace(query, cursor=first.cursor))

    assert (list(first.entries), first.cursor is None) == ([], False)
    assert [job.status for job in second.entries] == [JobStatus.RUNNING]
    assert second.cursor is None
