"""Every `JobStore` lists alike: what is due, what is ready, what happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from builders import NOW, a_job, a_rejection
from headrace.jobs.job import ACTIVE, JobStatus, WaitReason
from headrace.ports import JobQuery, StoredRejection
from stores import a_sighting, a_store

EXPIRES_AT = NOW + timedelta(days=35)


@pytest.fixture
def store(backend):
    return a_store(backend)


def minutes(count):
    return NOW + timedelta(minutes=count)


def accept_many(store, count, **changes):
    """Accept jobs one minute apart; return their ids, oldest first."""
    jobs = [
        a_job(
            **{"idempotency_key": f"key-{number}", "accepted_at": minutes(number)}
            | changes
        )
        for number in range(count)
    ]
    for job in jobs:
        store.accept(job)
    return [job.job_id for job in jobs]


def moved(store, job, **changes):
    changed = replace(
        job, revision=job.revision + 1, operation_id=f"{job.revision}", **changes
    )
    store.replace(job, changed)
    return changed


# --- due and ready ----------------------------------------------------------------


def test_nothing_is_due_in_an_empty_store(store):
    assert store.due(until_at=minutes(60), limit=10) == []


def test_jobs_are_due_from_the_very_instant(store):
    store.accept(a_job(next_at=minutes(5)))
    early = minutes(5) - timedelta(milliseconds=1)
    assert store.due(until_at=early, limit=10) == []
    assert store.due(until_at=minutes(5), limit=10) == [a_job().job_id]


def test_the_earliest_jobs_are_due_first(store):
    ids = []
    for number in range(12):
        job = a_job(idempotency_key=f"key-{number}", next_at=minutes(-number))
        store.accept(job)
        ids.append(job.job_id)
    assert store.due(until_at=NOW, limit=12) == ids[::-1]
    assert store.due(until_at=NOW, limit=5) == ids[:-6:-1]


def test_the_backlog_is_in_order_of_age(store):
    ids = accept_many(store, 12)
    assert store.ready("default", limit=50) == ids
    assert store.ready("default", limit=5) == ids[:5]


def test_a_tenant_has_a_backlog_of_its_own(store):
    store.accept(a_job(tenant="a"))
    store.accept(a_job(tenant="b"))
    assert store.ready("a", limit=10) == [a_job(tenant="a").job_id]
    assert store.ready("b", limit=10) == [a_job(tenant="b").job_id]
    assert store.ready("c", limit=10) == []


def test_a_job_is_due_while_it_can_change_and_ready_while_it_waits(store):
    job = a_job(
        status=JobStatus.PENDING, wait_reason=WaitReason.SCHEDULED, next_at=minutes(1)
    )
    store.accept(job)

    def where():
        job_id = job.job_id
        is_due = store.due(until_at=minutes(99), limit=9) == [job_id]
        return is_due, store.ready("default", limit=9) == [job_id]

    assert where() == (True, False)
    job = moved(
        store,
        job,
        status=JobStatus.RUNNABLE,
        wait_reason=WaitReason.LAUNCH_BUDGET,
        is_ready=True,
        next_at=minutes(2),
    )
    assert where() == (True, True)
    starting = a_job(status=JobStatus.STARTING)
    job = moved(
        store,
        job,
        status=JobStatus.STARTING,
        wait_reason=None,
        is_ready=False,
        attempt=1,
        launch_number=1,
        launch=starting.launch,
        order_json=starting.order_json,
        sole_container="main",
    )
    assert where() == (True, False)
    job = moved(
        store,
        job,
        status=JobStatus.RUNNABLE,
        wait_reason=WaitReason.BACKOFF,
        launch=None,
        order_json=None,
    )
    assert where() == (True, False)
    job = moved(store, job, is_ready=True, wait_reason=WaitReason.LAUNCH_BUDGET)
    assert where() == (True, True)
    job = moved(
        store,
        job,
        status=JobStatus.STARTING,
        wait_reason=None,
        is_ready=False,
        launch=starting.launch,
    )
    store.note(a_sighting())
    assert where() == (True, False)
    store.note(a_sighting(JobStatus.SUCCEEDED, version=9, operation_id="sighting-2"))
    assert where() == (False, False)


def test_a_moved_timer_is_the_only_one(store):
    job = store.accept(a_job(next_at=minutes(1))).job
    moved(store, job, next_at=minutes(9))
    assert store.due(until_at=minutes(8), limit=9) == []
    assert store.due(until_at=minutes(9), limit=9) == [job.job_id]


@pytest.mark.parametrize("status", sorted(set(JobStatus) - ACTIVE))
def test_an_ended_job_waits_for_nothing(store, status):
    store.accept(a_job(status=status))
    assert store.due(until_at=minutes(10**6), limit=9) == []
    assert store.ready("default", limit=9) == []


# --- rejections -------------------------------------------------------------------


def stored(message_id="message-1", rejected_at=NOW, **changes):
    return StoredRejection(message_id, rejected_at, a_rejection(**changes))


def test_a_rejection_can_be_read_by_its_message(store):
    store.reject(stored(), expires_at=EXPIRES_AT)
    assert store.rejection("message-1") == stored()
    assert store.rejection("message-2") is None


def test_a_rejection_that_knows_nothing_but_the_body_comes_back_so(store):
    bare = stored(
        field=None,
        limit=None,
        value=None,
        tenant=None,
        job_name=None,
        idempotency_key=None,
    )
    store.reject(bare, expires_at=EXPIRES_AT)
    assert store.rejection("message-1") == bare


def test_a_message_is_rejected_once(store):
    store.reject(stored(), expires_at=EXPIRES_AT)
    later = stored(rejected_at=minutes(5), message="another sentence")
    store.reject(later, expires_at=EXPIRES_AT)
    assert store.rejection("message-1") == stored()
    assert store.page(JobQuery(tenant="default")).entries == [stored()]


def test_a_rejection_is_no_job(store):
    store.reject(stored("55gwtlzwcwb6fomb37amsuf326"), expires_at=EXPIRES_AT)
    assert store.get("55gwtlzwcwb6fomb37amsuf326") is None


# --- pages ------------------------------------------------------------------------


def ids_of(page):
    return [job.job_id for job in page.entries]


def test_an_empty_list_has_one_empty_page(store):
    page = store.page(JobQuery(tenant="default"))
    assert (list(page.entries), page.cursor) == ([], None)


def test_the_newest_records_come_first(store):
    ids = accept_many(store, 8)
    page = store.page(JobQuery(tenant="default"))
    assert ids_of(page) == ids[::-1]
    assert page.cursor is None


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_end_where_the_next_begins(store, limit):
    ids = accept_many(store, 8)
    seen, cursor = [], None
    for _ in range(-(-8 // limit)):
        page = store.page(JobQuery(tenant="default", limit=limit, cursor=cursor))
        assert len(page.entries) <= limit
        seen += ids_of(page)
        cursor = page.cursor
    assert cursor is None
    assert seen == ids[::-1]


def test_records_of_the_same_instant_are_all_shown_once(store):
    ids = accept_many(store, 9, accepted_at=NOW)
    first = store.page(JobQuery(tenant="default", limit=5))
    second = store.page(JobQuery(tenant="default", limit=5, cursor=first.cursor))
    assert sorted(ids_of(first) + ids_of(second)) == sorted(ids)


def test_a_job_that_is_new_meanwhile_does_not_shift_the_pages(store):
    ids = accept_many(store, 4)
    first = store.page(JobQuery(tenant="default", limit=2))
    store.accept(a_job(idempotency_key="new", accepted_at=minutes(99)))
    second = store.page(JobQuery(tenant="default", limit=2, cursor=first.cursor))
    assert ids_of(first) + ids_of(second) == ids[::-1]


def test_a_tenants_list_shows_its_rejections_too(store):
    accept_many(store, 2)
    store.reject(stored(rejected_at=NOW + timedelta(seconds=5)), expires_at=EXPIRES_AT)
    kinds = [type(e).__name__ for e in store.page(JobQuery(tenant="default")).entries]
    assert kinds == ["Job", "StoredRejection", "Job"]


def test_a_rejection_without_a_tenant_is_the_default_tenants(store):
    store.reject(stored(tenant=None), expires_at=EXPIRES_AT)
    assert len(store.page(JobQuery(tenant="default")).entries) == 1
    assert store.page(JobQuery(tenant="other")).entries == []


def test_a_tenant_sees_nothing_of_the_others(store):
    store.accept(a_job(tenant="a"))
    store.accept(a_job(tenant="b"))
    store.reject(stored(tenant="b"), expires_at=EXPIRES_AT)
    assert ids_of(store.page(JobQuery(tenant="a"))) == [a_job(tenant="a").job_id]
    by_name = JobQuery(tenant="a", job_name="report")
    assert ids_of(store.page(by_name)) == [a_job(tenant="a").job_id]


def test_a_cursor_of_another_tenant_shows_nothing_of_it(store):
    accept_many(store, 3, tenant="b")
    mine = accept_many(store, 3, tenant="a")
    cursor = store.page(JobQuery(tenant="b", limit=1)).cursor
    page = store.page(JobQuery(tenant="a", cursor=cursor))
    assert set(ids_of(page)) <= set(mine)


def test_a_list_can_be_of_one_name(store):
    accept_many(store, 3)
    export = a_job(job_name="export")
    store.accept(export)
    store.reject(stored(job_name="export"), expires_at=EXPIRES_AT)
    query = JobQuery(tenant="default", job_name="export")
    assert ids_of(store.page(query)) == [export.job_id]


@pytest.mark.parametrize("job_name", [None, "report"])
def test_a_list_can_be_of_a_time(store, job_name):
    ids = accept_many(store, 6)
    query = JobQuery(
        tenant="default", job_name=job_name, since_at=minutes(1), until_at=minutes(4)
    )
    assert ids_of(store.page(query)) == [ids[3], ids[2], ids[1]]
    first = store.page(replace(query, limit=2))
    second = store.page(replace(query, limit=2, cursor=first.cursor))
    assert ids_of(first) + ids_of(second) == [ids[3], ids[2], ids[1]]
    assert second.cursor is None


def test_a_time_that_ends_before_it_begins_holds_nothing(store):
    accept_many(store, 3)
    query = JobQuery(tenant="default", since_at=minutes(2), until_at=minutes(1))
    assert store.page(query).entries == []


@pytest.mark.parametrize("cursor", ["", "?", "bm90IGpzb24=", "e30=", "WzFd", "é"])
def test_a_cursor_of_nobody_is_refused(store, cursor):
    with pytest.raises(ValueError, match="cursor: must be one"):
        store.page(JobQuery(tenant="default", cursor=cursor))


def test_a_page_of_nothing_is_refused(store):
    with pytest.raises(ValueError, match="limit: must be at least 1, but is 0"):
        store.page(JobQuery(tenant="default", limit=0))


def test_a_long_list_is_shown_whole(store):
    ids = accept_many(store, 120)
    page = store.page(JobQuery(tenant="default", limit=200))
    assert ids_of(page) == ids[::-1]
    assert page.cursor is None


# --- pages of what is asked for ---------------------------------------------------


def all_pages(store, query):
    """Return the ids of a listing's records through all of its pages."""
    seen = []
    while True:
        page = store.page(query)
        assert len(page.entries) <= query.limit
        seen += [getattr(each, "job_id", None) or "rejection" for each in page.entries]
        if page.cursor is None:
            return seen
        query = replace(query, cursor=page.cursor)


def a_mixed_day(store):
    """Store records of all kinds, a minute apart; return the jobs, newest first."""
    statuses = [JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.RUNNING]
    jobs = [
        a_job(
            idempotency_key=f"key-{number}",
            accepted_at=minutes(number),
            status=statuses[number % 3],
            job_name=["report", "export"][number % 2],
            correlation_id=[None, "order#1", "order"][number // 2 % 3],
        )
        for number in range(12)
    ]
    for job in jobs:
        store.accept(job)
    store.reject(
        stored(rejected_at=minutes(3), job_name="export"), expires_at=EXPIRES_AT
    )
    store.reject(stored("message-2", rejected_at=minutes(20)), expires_at=EXPIRES_AT)
    return jobs[::-1]


@pytest.mark.parametrize(
    "asked",
    [
        {"status": "FAILED"},
        {"status": "RUNNING"},
        {"status": "SUCCEEDED", "job_name": "report"},
        {"status": "FAILED", "job_name": "export"},
        {"correlation_id": "order"},
        {"correlation_id": "order#1", "status": "FAILED", "job_name": "export"},
        {"correlation_id": "nobody"},
    ],
    ids=lambda asked: "-".join(asked.values()),
)
def test_what_is_asked_for_is_listed_whole_and_alone(store, asked):
    expected = [
        job.job_id
        for job in a_mixed_day(store)
        if all(getattr(job, name) == value for name, value in asked.items())
    ]
    assert all_pages(store, JobQuery(tenant="default", limit=2, **asked)) == expected

    within = {"since_at": minutes(2), "until_at": minutes(9)}
    some = [each for each in expected if each in {j.job_id for j in in_time(store)}]
    query = JobQuery(tenant="default", limit=9, **asked, **within)
    assert all_pages(store, query) == some


def in_time(store):
    query = JobQuery(tenant="default", since_at=minutes(2), until_at=minutes(9))
    return [each for each in store.page(query).entries if hasattr(each, "job_id")]


def test_rejections_are_listed_by_their_status(store):
    a_mixed_day(store)
    rejected = JobQuery(tenant="default", status="REJECTED")
    ids = [each.message_id for each in store.page(rejected).entries]
    assert ids == ["message-2", "message-1"]
    named = replace(rejected, job_name="export")
    assert [each.message_id for each in store.page(named).entries] == ["message-1"]


def test_another_tenants_failures_and_correlations_are_not_shown(store):
    a_mixed_day(store)
    for asked in ({"status": "FAILED"}, {"correlation_id": "order"}):
        assert all_pages(store, JobQuery(tenant="other", **asked)) == []


def test_a_job_is_listed_by_the_status_that_it_ends_in(store):
    job = store.accept(a_job(status=JobStatus.RUNNING)).job
    failed = JobQuery(tenant="default", status="FAILED")
    assert all_pages(store, failed) == []
    ended = a_job(status=JobStatus.FAILED, revision=2, operation_id="end")
    store.replace(job, ended)
    assert all_pages(store, failed) == [job.job_id]
    assert all_pages(store, replace(failed, status="RUNNING")) == []
