"""What a plan says beforehand is what dispatch does afterwards: no socket is opened."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from builders import a_request, a_request_body
from headrace.jobs.job import JobStatus
from headrace.requests.rejection import Rejection
from headrace.windows import Profile
from headrace_client.planning.plan import Plan, Undecided, plan
from headrace_client.snapshot import Limits
from headrace_client.snapshot_file import read_snapshot, write_snapshot
from headrace_local.ecs.errors import EcsError
from snapshots import a_snapshot
from two_classes import TwoClasses
from world import World

ROLE = "arn:aws:iam::123456789012:role/headrace/jobs/report"
LADDER = {
    "cpu": 512,
    "memory": [1024, 2048],
    "capacity": ["FARGATE_SPOT", "FARGATE"],
    "retryStrategy": {"attempts": 3, "rules": [{"onExitCode": "*", "action": "RETRY"}]},
}


@pytest.fixture
def taken(tmp_path):
    """Take a world's snapshot by way of a file, as others will have it."""

    def take(world, *names):
        ports = world.ports
        write_snapshot(
            a_snapshot(
                *ports.catalogue.active(names or ["report"]).values(),
                limits=Limits(
                    launches_per_second=0,
                    launch_burst=1,
                    pinned_tenant=ports.pinned_tenant,
                    retention_days=ports.retention_days,
                    profile=Profile.STANDARD,
                ),
                placement=ports.placement,
                untrusted_placement=ports.untrusted_placement,
            ),
            tmp_path / "snapshot.json",
        )
        return read_snapshot(tmp_path / "snapshot.json")

    return take


@pytest.mark.parametrize(
    ("definition", "changes"),
    [
        ({}, {}),
        (LADDER, {}),
        ({"command": None}, {"tenant": "team-b", "correlationId": "order-7"}),
        ({}, {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}),
        ({}, {"traceparent": "00-nothing"}),
        ({"timeoutSecondsMax": 7200}, {"timeoutSeconds": 7000, "labels": {"a": "b"}}),
        (
            {"overridesAllowed": {"cpu": {"min": 256, "max": 1024}}},
            {"overrides": {"cpu": 256}, "parameters": {"date": 'é"\\\u2028'}},
        ),
    ],
)
def test_the_planned_order_is_stored_and_sent_byte_for_byte(definition, changes, taken):
    world = World(definition=definition)
    snapshot = taken(world)

    planned = plan(a_request_body(**changes), snapshot, now=world.clock.now())
    job = world.submit(**changes)

    assert isinstance(planned, Plan)
    assert planned.job.job_id == job.job_id
    assert planned.order.to_json() == job.order_json
    # ECS answers a token's same bytes with the same task, and refuses any other.
    (task,) = world.tasks()
    again = world.engine.run_task(json.loads(planned.order.to_json()))
    assert [each["taskArn"] for each in again["tasks"]] == [task.task_arn]
    with pytest.raises(EcsError):
        world.engine.run_task(planned.order.request | {"group": "other"})


def test_large_parameters_are_planned_to_go_by_way_of_s3(taken):
    world = World()
    known = world.definitions.active(["report"])["report"]
    resolved = known.resolved.model_copy(update={"task_role_arn": ROLE})
    world.definitions.register(replace(known, version=2, resolved=resolved))
    changes = {"parameters": {"date": "x" * 5000}}

    planned = plan(a_request_body(**changes), taken(world), now=world.clock.now())
    job = world.submit(**changes)

    assert planned.order.to_json() == job.order_json
    content = json.dumps(changes["parameters"], separators=(",", ":"))
    assert world.parameters.read(planned.request.spilled.uri) == content.encode()


def test_a_job_that_is_for_later_is_launched_with_the_planned_order(taken):
    world = World()
    at = world.clock.now() + timedelta(minutes=5)
    changes = {"scheduledAt": at.isoformat(), "startDeadlineSeconds": 600}

    planned = plan(a_request_body(**changes), taken(world), now=world.clock.now())
    world.submit(**changes)
    world.run(minutes=6)

    assert planned.job.status is JobStatus.PENDING
    assert planned.order.to_json() == world.job(**changes).order_json
    times = {moment.at for moment in planned.timeline}
    assert {at, at + timedelta(seconds=600)} <= times


def test_an_untrusted_job_is_planned_in_its_own_place(taken):
    world = TwoClasses()
    snapshot = taken(world, "report", "stranger")
    for name in ("report", "stranger"):
        body = a_request_body(jobName=name)
        planned = plan(body, snapshot, now=world.clock.now())
        assert planned.order.to_json() == world.submit(jobName=name).order_json


def test_a_job_that_may_run_nowhere_is_told_before(taken):
    world = TwoClasses()
    snapshot = replace(taken(world, "stranger"), untrusted_placement=None)
    body = a_request_body(jobName="stranger")

    planned = plan(body, snapshot, now=world.clock.now())

    assert planned.order is None
    assert "no cluster for untrusted jobs" in planned.nowhere.summary


@pytest.mark.parametrize(
    "body",
    [
        "{",
        a_request_body(jobName="nothing"),
        a_request_body(jobVersion=7),
        a_request_body(parameters={"date": 7}),
        a_request_body(parameters={"date": "x" * 9000}),
        a_request_body(timeoutSeconds=999_999),
        a_request_body(overrides={"cpu": 512}),
        a_request_body(tenant="other"),
        a_request_body(requestedBy="AKIAIOSFODNN7EXAMPLE"),
        a_request_body(scheduledAt="2020-01-01T00:00:00Z", startDeadlineSeconds=1),
        a_request_body(surprise=1),
        json.dumps(a_request() | {"type": "cancel", "jobId": "short"}),
    ],
)
def test_a_planned_rejection_is_the_one_that_dispatch_stores(body, taken):
    world = World(pinned_tenant="default")
    snapshot = taken(world)

    planned = plan(body, snapshot, now=world.clock.now())
    message = world.message(body)
    assert world.dispatch(message) == []

    assert isinstance(planned, Rejection)
    assert planned == world.jobs.rejection(message.message_id).rejection


def test_what_becomes_of_a_request_about_another_job_is_not_told(taken):
    world = World()
    job = world.submit()
    for kind in ("cancel", "rerun"):
        body = json.dumps(
            {
                "schemaVersion": "1",
                "type": kind,
                "jobId": job.job_id,
                "idempotencyKey": "key",
            }
        )
        planned = plan(body, taken(world), now=world.clock.now())
        assert planned == Undecided(job.job_id)
