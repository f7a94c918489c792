"""Every `JobStore` decides alike: who may write, who was first, what stands."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from builders import NOW, TASK_ARN, a_job, a_launch, a_launch_entry, an_outcome
from headrace.errors import JobMoved
from headrace.jobs.job import JobStatus, WaitReason
from headrace.jobs.transitions import Transition
from stores import a_sighting, a_store

SOON = NOW + timedelta(seconds=30)


@pytest.fixture
def store(backend):
    return a_store(backend)


def after(job, **changes):
    """Return the job one write later."""
    changes.setdefault("operation_id", f"operation-{job.revision + 1}")
    return replace(job, revision=job.revision + 1, **changes)


# --- accept -----------------------------------------------------------------------


def test_an_accepted_job_can_be_read(store):
    acceptance = store.accept(a_job())
    assert acceptance.is_new
    assert acceptance.job == a_job()
    assert store.get(a_job().job_id) == a_job()


def test_who_waits_for_a_job_is_kept_with_it_in_order(store):
    job = a_job(task_tokens=("second", "first"))
    assert store.accept(job).job.task_tokens == ("second", "first")
    more = after(job, task_tokens=("second", "first", "third"))
    store.replace(job, more)
    assert store.get(job.job_id) == more


def test_there_is_no_job_that_was_not_accepted(store):
    assert store.get(a_job().job_id) is None


def test_the_first_of_two_acceptances_stands(store):
    store.accept(a_job(operation_id="first"))
    acceptance = store.accept(a_job(operation_id="second", fingerprint="other"))
    assert not acceptance.is_new
    assert acceptance.job == a_job(operation_id="first")
    assert store.get(a_job().job_id) == a_job(operation_id="first")


def test_an_acceptance_whose_answer_was_lost_is_recognised(store):
    store.accept(a_job(operation_id="mine"))
    acceptance = store.accept(a_job(operation_id="mine"))
    assert acceptance.is_new
    assert acceptance.job == a_job(operation_id="mine")


def test_a_job_can_be_accepted_with_an_end_of_its_record(store):
    expires_at = NOW + timedelta(days=35)
    assert store.accept(a_job(), expires_at=expires_at).job.expires_at == expires_at


def test_of_racing_acceptances_one_is_new(racing_backend):
    store = a_store(racing_backend)
    jobs = [a_job(operation_id=f"racer-{number}") for number in range(20)]
    with ThreadPoolExecutor(20) as pool:
        acceptances = list(pool.map(store.accept, jobs))
    (winner,) = [each.job for each in acceptances if each.is_new]
    assert {each.job.operation_id for each in acceptances} == {winner.operation_id}


@pytest.mark.parametrize("status", JobStatus)
def test_every_status_comes_back_as_it_went(store, status):
    job = a_job(status=status)
    store.accept(job)
    assert store.get(job.job_id) == job


def test_what_is_below_a_millisecond_is_not_kept(store):
    job = a_job(accepted_at=NOW.replace(microsecond=1999))
    assert store.accept(job).job.accepted_at == NOW.replace(microsecond=1000)
    assert store.get(job.job_id).accepted_at == NOW.replace(microsecond=1000)


def test_the_newest_launches_and_strays_are_kept(store):
    history = tuple(a_launch_entry(launch=number) for number in range(1, 31))
    strays = tuple(f"stray {number}" for number in range(9))
    store.accept(a_job(history=history, strays=strays))
    kept = store.get(a_job().job_id)
    assert kept.history == history[-20:]
    assert kept.strays == strays[-5:]


# --- replace ----------------------------------------------------------------------


def test_a_job_is_replaced_by_what_became_of_it(store):
    job = store.accept(a_job()).job
    started = a_job(status=JobStatus.STARTING, revision=2, operation_id="operation-2")
    store.replace(job, started)
    assert store.get(job.job_id) == started


def test_what_a_job_loses_is_gone(store):
    job = a_job(
        status=JobStatus.STARTING,
        start_deadline_at=SOON,
        history=(a_launch_entry(),),
        strays=("stray",),
    )
    store.accept(job)
    plain = after(
        job,
        status=JobStatus.RUNNABLE,
        wait_reason=WaitReason.BACKOFF,
        launch=None,
        order_json=None,
        start_deadline_at=None,
        history=(),
        strays=(),
    )
    store.replace(job, plain)
    assert store.get(job.job_id) == plain


def test_a_job_that_moved_is_not_replaced(store):
    job = store.accept(a_job()).job
    moved = after(job, wait_reason=WaitReason.CAPACITY, operation_id="other")
    store.replace(job, moved)
    with pytest.raises(JobMoved) as caught:
        store.replace(job, after(job, wait_reason=WaitReason.BACKOFF))
    assert caught.value.current == moved
    assert store.get(job.job_id) == moved


def test_a_job_of_another_status_is_not_replaced_whatever_its_revision(store):
    store.accept(a_job(status=JobStatus.SUCCEEDED, revision=7))
    believed = a_job(status=JobStatus.RUNNING, revision=7)
    with pytest.raises(JobMoved) as caught:
        store.replace(believed, after(believed))
    assert caught.value.current.status is JobStatus.SUCCEEDED


def test_a_job_without_a_record_is_not_replaced(store):
    with pytest.raises(JobMoved) as caught:
        store.replace(a_job(), after(a_job()))
    assert caught.value.current is None
    assert store.get(a_job().job_id) is None


def test_a_replacement_whose_answer_was_lost_is_recognised(store):
    job = store.accept(a_job()).job
    mine = after(job, wait_reason=WaitReason.CAPACITY)
    store.replace(job, mine)
    store.replace(job, mine)
    assert store.get(job.job_id) == mine


def test_a_lost_answer_is_no_excuse_once_somebody_else_has_written(store):
    job = store.accept(a_job()).job
    mine = after(job, operation_id="mine")
    store.replace(job, mine)
    theirs = after(mine, operation_id="theirs")
    store.replace(mine, theirs)
    with pytest.raises(JobMoved) as caught:
        store.replace(job, mine)
    assert caught.value.current == theirs


def test_of_racing_replacements_one_wins(racing_backend):
    store = a_store(racing_backend)
    job = store.accept(a_job()).job

    def race(number):
        try:
            store.replace(job, after(job, operation_id=f"racer-{number}"))
        except JobMoved as moved:
            return moved.current.operation_id
        return f"racer-{number}"

    with ThreadPoolExecutor(20) as pool:
        seen = list(pool.map(race, range(20)))
    standing = store.get(job.job_id)
    assert standing.revision == 2
    assert set(seen) == {standing.operation_id}


# --- note: RUNNING ----------------------------------------------------------------


def starting(**changes):
    return a_job(**({"status": JobStatus.STARTING} | changes))


def refusal(store, sighting):
    """Return what stood in the way of a sighting, having checked that it stayed."""
    before = store.get(sighting.job_id)
    with pytest.raises(JobMoved) as caught:
        store.note(sighting)
    assert store.get(sighting.job_id) == before
    assert caught.value.current == before
    return before


def test_a_running_task_takes_its_job_to_running(store):
    store.accept(starting())
    sighting = a_sighting(version=4, started_at=SOON, seen_at=SOON)
    store.note(sighting)
    job = store.get(sighting.job_id)
    assert job == starting(
        status=JobStatus.RUNNING,
        status_at=SOON,
        revision=2,
        sequence=2,
        operation_id=sighting.operation_id,
        launch=a_launch(task_arn=TASK_ARN, last_version=4, started_at=SOON),
        transitions=(Transition(2, JobStatus.RUNNING, SOON, "record"),),
    )


def test_a_task_runs_since_it_was_seen_where_ecs_does_not_say(store):
    store.accept(starting())
    store.note(a_sighting(started_at=None, seen_at=SOON))
    assert store.get(starting().job_id).launch.started_at == SOON


def test_a_task_that_runs_is_not_missing(store):
    launch = a_launch(missing_count=2, missing_at=NOW)
    store.accept(starting(launch=launch))
    store.note(a_sighting())
    kept = store.get(starting().job_id).launch
    assert (kept.missing_count, kept.missing_at) == (0, None)


def test_a_running_job_stays_in_the_due_index(store):
    store.accept(starting(next_at=SOON))
    store.note(a_sighting())
    assert store.get(starting().job_id).next_at == SOON
    assert store.due(until_at=SOON, limit=10) == [starting().job_id]


@pytest.mark.parametrize("status", set(JobStatus) - {JobStatus.STARTING})
def test_a_running_task_moves_no_job_that_is_not_starting(store, status):
    launch = a_launch()
    store.accept(
        a_job(status=status, attempt=1, launch_number=1, launch=launch, next_at=None)
    )
    refusal(store, a_sighting())


def test_a_sighting_of_no_job_moves_nothing(store):
    with pytest.raises(JobMoved) as caught:
        store.note(a_sighting())
    assert caught.value.current is None
    assert store.get(a_job().job_id) is None


# --- note: SUCCEEDED --------------------------------------------------------------


def a_success(**changes):
    return a_sighting(JobStatus.SUCCEEDED, **changes)


@pytest.mark.parametrize("status", [JobStatus.STARTING, JobStatus.RUNNING])
def test_a_lone_container_that_exited_with_zero_ends_its_job(store, status):
    store.accept(a_job(status=status, not_before_at=NOW))
    sighting = a_success(
        version=9, started_at=NOW, finished_at=SOON, seen_at=SOON + timedelta(seconds=1)
    )
    store.note(sighting)
    assert store.get(sighting.job_id) == a_job(
        status=JobStatus.SUCCEEDED,
        status_at=sighting.seen_at,
        revision=2,
        sequence=2,
        operation_id=sighting.operation_id,
        expires_at=sighting.expires_at,
        launch=a_launch(
            task_arn=TASK_ARN,
            last_version=9,
            started_at=NOW,
            lease_owner=None,
            lease_until_at=None,
        ),
        transitions=(
            Transition(2, JobStatus.SUCCEEDED, sighting.seen_at, "record", "OK"),
        ),
        outcome=an_outcome(
            finished_at=SOON,
            summary="Container 'main' exited with 0.",
            stop_code=sighting.stop_code,
            stopped_reason=sighting.stopped_reason,
        ),
    )


@pytest.mark.parametrize("told", [JobStatus.RUNNING, JobStatus.SUCCEEDED])
def test_the_image_that_a_job_ran_is_kept_whoever_told(store, told):
    digest = f"sha256:{'0a' * 32}"
    store.accept(starting())
    for version, status in ((4, JobStatus.RUNNING), (9, JobStatus.SUCCEEDED)):
        known = digest if status is told else None
        store.note(
            a_sighting(
                status,
                version=version,
                operation_id=f"sighting-{version}",
                image_digest=known,
            )
        )
    assert store.get(starting().job_id).image_digest == digest


def test_when_a_task_started_is_not_forgotten_at_its_end(store):
    store.accept(a_job(status=JobStatus.RUNNING))
    store.note(a_success(version=9, started_at=None))
    assert store.get(a_job().job_id).launch.started_at == NOW


def test_a_finished_job_leaves_the_due_index(store):
    store.accept(starting(next_at=SOON))
    store.note(a_success())
    assert store.due(until_at=SOON, limit=10) == []


@pytest.mark.parametrize(
    "status", set(JobStatus) - {JobStatus.STARTING, JobStatus.RUNNING}
)
def test_a_success_moves_no_job_that_is_not_launched(store, status):
    launch = a_launch()
    store.accept(
        a_job(
            status=status,
            attempt=1,
            launch_number=1,
            launch=launch,
            sole_container="main",
        )
    )
    refusal(store, a_success())


@pytest.mark.parametrize("sole_container", [None, "other"])
def test_a_container_that_is_not_alone_does_not_end_its_job(store, sole_container):
    store.accept(starting(sole_container=sole_container))
    refusal(store, a_success(container="main"))


def test_a_success_after_a_spot_warning_is_not_taken_on_sight(store):
    launch = a_launch(task_arn=TASK_ARN, was_spot_warned=True)
    store.accept(a_job(status=JobStatus.RUNNING, launch=launch))
    refusal(store, a_success())


# --- note: both -------------------------------------------------------------------


SIGHTINGS = [JobStatus.RUNNING, JobStatus.SUCCEEDED]


@pytest.mark.parametrize("status", SIGHTINGS)
def test_a_sighting_adds_its_line_behind_those_that_stand(store, status):
    lines = (
        Transition(1, JobStatus.RUNNABLE, NOW, "dispatch", "LAUNCH_BUDGET"),
        Transition(7, JobStatus.STARTING, NOW, "reconcile"),
    )
    store.accept(starting(sequence=7, transitions=lines))

    store.note(a_sighting(status, seen_at=SOON, by="reconcile"))

    why = "OK" if status is JobStatus.SUCCEEDED else None
    added = Transition(8, status, SOON, "reconcile", why)
    assert store.get(starting().job_id).transitions == (*lines, added)


@pytest.mark.parametrize("status", SIGHTINGS)
@pytest.mark.parametrize(("attempt", "launch_number"), [(1, 2), (2, 1)])
def test_a_sighting_of_another_launch_moves_nothing(
    store, status, attempt, launch_number
):
    store.accept(starting(attempt=2, launch_number=2))
    refusal(store, a_sighting(status, attempt=attempt, launch_number=launch_number))


@pytest.mark.parametrize("status", SIGHTINGS)
@pytest.mark.parametrize("version", [4, 5])
def test_a_sighting_that_is_not_newer_moves_nothing(store, status, version):
    store.accept(starting(launch=a_launch(last_version=5)))
    refusal(store, a_sighting(status, version=version))


@pytest.mark.parametrize("status", SIGHTINGS)
def test_versions_are_compared_as_numbers(store, status):
    store.accept(starting(launch=a_launch(last_version=9)))
    store.note(a_sighting(status, version=10))
    assert store.get(starting().job_id).launch.last_version == 10


@pytest.mark.parametrize("status", SIGHTINGS)
def test_a_sighting_of_a_second_task_moves_nothing(store, status):
    store.accept(starting(launch=a_launch(task_arn=f"{TASK_ARN}-first")))
    refusal(store, a_sighting(status))


@pytest.mark.parametrize("status", SIGHTINGS)
def test_a_sighting_whose_answer_was_lost_is_recognised(store, status):
    store.accept(starting())
    store.note(a_sighting(status))
    once = store.get(starting().job_id)
    store.note(a_sighting(status))
    assert store.get(starting().job_id) == once


@pytest.mark.parametrize("status", SIGHTINGS)
def test_a_sighting_of_no_other_status_is_taken(store, status):
    store.accept(starting())
    with pytest.raises(ValueError, match="status FAILED"):
        store.note(replace(a_sighting(status), status=JobStatus.FAILED))


@pytest.mark.parametrize("status", SIGHTINGS)
def test_of_racing_sightings_one_moves_the_job(racing_backend, status):
    store = a_store(racing_backend)
    store.accept(starting())

    def race(number):
        try:
            store.note(a_sighting(status, operation_id=f"racer-{number}"))
        except JobMoved:
            return 0
        return 1

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(race, range(20))) == 1
    job = store.get(starting().job_id)
    assert (job.revision, job.sequence, job.status) == (2, 2, status)


def test_who_read_before_a_sighting_does_not_write_after_it(store):
    read = store.accept(starting()).job
    store.note(a_sighting())
    with pytest.raises(JobMoved) as caught:
        store.replace(read, after(read, operation_id="late"))
    assert caught.value.current.status is JobStatus.RUNNING
