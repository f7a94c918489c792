"""An ended job is run again as a new job: what it has of the first, and what not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from builders import DEPLOYMENT_ID
from definition_builders import a_definition_document
from headrace.definitions.registration import parse_definition
from headrace.errors import RecordUnreadable, StoreBusy
from headrace.identity import job_id
from headrace.jobs.job import JobStatus
from headrace.launches.launch import LaunchOrder
from headrace.requests.rejection import Reason
from headrace_local.ecs import Fate
from world import World

PARAMETERS = {"date": "2026-11-22", "format": "pdf"}
NEEDS_REGION = {
    "command": ["report"],
    "parameters": {"type": "object", "required": ["region"]},
}


@pytest.fixture
def world():
    return World()


def ended(world, **changes):
    """Return a job that has ended."""
    changes = {"idempotencyKey": "first"} | changes
    job = world.submit(**changes)
    if not job.status.is_terminal:
        world.run(minutes=2)
    job = world.job(**changes)
    assert job.status.is_terminal
    return job


def rerun_body(of_job, key="again", **changes):
    request = {"schemaVersion": "1", "type": "rerun", "jobId": of_job.job_id}
    return json.dumps(request | {"idempotencyKey": key} | changes)


def rerun(world, of_job, key="again", **changes):
    """Deliver a rerun and return the job that it made."""
    assert world.dispatch(world.message(rerun_body(of_job, key, **changes))) == []
    made = world.jobs.get(
        job_id(
            deployment_id=DEPLOYMENT_ID,
            tenant=of_job.tenant,
            job_name=of_job.job_name,
            idempotency_key=key,
        )
    )
    assert made is not None, [each.rejection for each in world.jobs.rejections()]
    return made


def refusal_of(world, body):
    message = world.message(body)
    assert world.dispatch(message) == []
    return world.jobs.rejection(message.message_id).rejection


def new_version(world, **changes):
    """Register the next version of `report`, on the next task definition revision."""
    active = world.definitions.active(["report"])["report"]
    arn, _, revision = active.resolved.arn.rpartition(":")
    next_arn = f"{arn}:{int(revision) + 1}"
    world.definitions.register(
        replace(
            active,
            version=active.version + 1,
            definition=parse_definition(a_definition_document(**changes)),
            resolved=active.resolved.model_copy(update={"arn": next_arn}),
        )
    )


def sent(job):
    """Return the task definition and the parameters that ECS was asked to run."""
    order = LaunchOrder.from_json(job.order_json).request
    environment = order["overrides"]["containerOverrides"][0]["environment"]
    [parameters] = [e["value"] for e in environment if e["name"] == "JOB_PARAMETERS"]
    return order["taskDefinition"], json.loads(parameters)


def test_a_rerun_is_a_new_job_that_names_the_first_and_leaves_it_alone(world):
    first = ended(world)

    again = rerun(world, first)

    assert again.rerun_of == first.job_id
    assert again.job_id != first.job_id
    assert (again.status, again.attempt) == (JobStatus.STARTING, 1)
    assert sent(again)[1] == PARAMETERS
    assert world.jobs.get(first.job_id) == first
    world.run(minutes=2)
    assert world.jobs.get(again.job_id).status is JobStatus.SUCCEEDED
    assert world.jobs.get(again.job_id).rerun_of == first.job_id


def test_exact_is_the_version_of_the_first_and_latest_the_active_one(world):
    first = ended(world)
    new_version(world)

    assert rerun(world, first).job_version == 1
    assert rerun(world, first, "e", version="exact").job_version == 1
    latest = rerun(world, first, "l", version="latest")
    assert latest.job_version == 2
    assert sent(latest)[0].endswith(":2")


def test_exact_stays_exact_where_the_first_was_asked_for_as_the_active_one(world):
    """The first request named no version; the record says which one it got."""
    first = ended(world)
    new_version(world, **NEEDS_REGION)

    again = rerun(world, first)

    assert again.job_version == 1
    assert sent(again) == (sent(first)[0], PARAMETERS)


def test_latest_checks_the_parameters_anew_and_says_which_one_is_wrong(world):
    first = ended(world)
    new_version(world, **NEEDS_REGION)

    refused = refusal_of(world, rerun_body(first, version="latest"))

    assert refused.reason is Reason.INVALID_PARAMETERS
    assert refused.field == "parameters.region"
    assert refused.idempotency_key == "again"


def test_latest_is_the_active_one_though_the_first_named_its_version(world):
    first = ended(world, jobVersion=1)
    new_version(world)

    assert rerun(world, first, version="latest").job_version == 2


def test_the_start_and_the_deadline_of_the_first_do_not_apply_again(world):
    at = world.clock.now() + timedelta(days=1)
    asked = {"scheduledAt": at.isoformat(), "startDeadlineSeconds": 300}
    first = world.submit(idempotencyKey="first", **asked)
    world.cancel(first)

    again = rerun(world, first)

    assert (again.start_deadline_at, again.not_before_at) == (None, None)
    assert again.status is JobStatus.STARTING


def test_what_is_carried_is_the_reruns_and_else_the_work_s_own(world):
    first = ended(
        world,
        correlationId="order-7",
        labels={"team": "blue"},
        requestedBy="ada",
        traceparent=f"00-{'a' * 32}-{'b' * 16}-01",
    )

    again = rerun(world, first)
    assert (again.correlation_id, again.requested_by) == ("order-7", None)
    assert again.traceparent != first.traceparent
    assert json.loads(again.request_json)["labels"] == {"team": "blue"}

    other = rerun(world, first, "o", correlationId="order-8", requestedBy="bob")
    assert (other.correlation_id, other.requested_by) == ("order-8", "bob")


def test_the_same_rerun_twice_is_one_job(world):
    first = ended(world)
    again = rerun(world, first)

    assert rerun(world, first, correlationId="other", version="exact") == again
    assert len(world.signals.of("job.duplicate")) == 1


def test_a_rerun_that_was_accepted_stays_so_when_its_version_is_replaced(world):
    first = ended(world)
    again = rerun(world, first, version="latest")
    new_version(world, **NEEDS_REGION)

    assert rerun(world, first, version="latest") == again
    assert world.jobs.rejections() == []


@pytest.mark.parametrize("changes", [{"version": "latest"}, {"jobId": "other"}])
def test_another_rerun_under_the_same_key_is_a_conflict(world, changes):
    first = ended(world)
    if "jobId" in changes:
        changes = {"jobId": ended(world, idempotencyKey="second").job_id}
    again = rerun(world, first)

    refused = refusal_of(world, rerun_body(first, **changes))

    assert refused.reason is Reason.IDEMPOTENCY_CONFLICT
    assert refused.job_id == again.job_id


def test_a_rerun_under_the_first_jobs_key_is_a_conflict_not_the_first_job(world):
    first = ended(world)

    refused = refusal_of(world, rerun_body(first, first.idempotency_key))

    assert refused.reason is Reason.IDEMPOTENCY_CONFLICT


def test_a_rerun_can_be_run_again(world):
    first = ended(world)
    second = rerun(world, first)
    world.run(minutes=2)

    third = rerun(world, second, "third")

    assert third.rerun_of == second.job_id
    assert sent(third) == sent(first)


@pytest.mark.parametrize("fate", [Fate(exit_code=1), Fate(run_seconds=None)])
def test_how_a_job_ended_does_not_matter_that_it_ended_does(world, fate):
    world.runner.choose(fate)
    first = world.submit(idempotencyKey="first")
    world.run(minutes=2)
    first = world.jobs.get(first.job_id)

    if first.status.is_terminal:
        assert rerun(world, first).rerun_of == first.job_id
        return
    refused = refusal_of(world, rerun_body(first))
    assert (refused.reason, refused.field) == (Reason.NOT_RERUNNABLE, "jobId")
    assert "RUNNING" in refused.message


@pytest.mark.parametrize("tenant", ["default", "other"])
def test_a_rerun_of_no_job_of_the_tenant_is_refused(world, tenant):
    first = ended(world)
    changes = {"jobId": "a" * 26} if tenant == "default" else {"tenant": tenant}

    refused = refusal_of(world, rerun_body(first, **changes))

    assert refused.reason is Reason.JOB_NOT_FOUND


def test_a_record_that_cannot_be_read_sends_back_its_own_rerun_alone(
    world, monkeypatch
):
    first = ended(world)
    get = world.jobs.get

    def unreadable(job_id):
        if job_id == first.job_id:
            raise RecordUnreadable("from a later release")
        return get(job_id)

    monkeypatch.setattr(world.jobs, "get", unreadable)
    bad, good = world.message(rerun_body(first)), world.message(idempotencyKey="good")

    assert world.dispatch(bad, good) == [bad.message_id]
    assert world.job(idempotencyKey="good").status is JobStatus.STARTING


def test_a_busy_table_sends_the_batch_back(world, monkeypatch):
    first = ended(world)

    def busy(_):
        raise StoreBusy("throttled")

    monkeypatch.setattr(world.jobs, "get", busy)
    message = world.message(rerun_body(first))

    assert world.dispatch(message) == [message.message_id]
