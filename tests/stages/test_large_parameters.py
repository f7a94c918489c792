"""Parameters that S3 carries: kept before the job is, once, whatever fails."""

from __future__ import annotations

import json

import pytest

from builders import ACCOUNT_ID
from definition_builders import a_resolved
from headrace.jobs.job import JobStatus
from headrace.launches.launch import LaunchOrder
from headrace.launches.parameter_objects import ParameterObject
from headrace.requests.rejection import Reason
from headrace_local.ecs import Fate
from headrace_local.memory import Moment
from world import FAMILY, World

ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/headrace/jobs/report"
LARGE = {"date": "2026-11-22", "rows": ["x" * 100] * 100}
RETRY = {"attempts": 2, "rules": [{"onExitCode": "1", "action": "RETRY"}]}


class LargeWorld(World):
    """A world whose job has a task role and takes any parameters."""

    def register(self, task_definition, **changes):
        changes = {"parameters": {"type": "object"}, "command": None, **changes}
        super().register(task_definition, **changes)
        registered = self.definitions.active(["report"])["report"]
        resolved = a_resolved(
            arn=registered.resolved.arn,
            family=FAMILY,
            containers=registered.resolved.containers,
            task_role_arn=ROLE,
        )
        self.definitions.register(
            type(registered)(
                definition=registered.definition,
                version=2,
                resolved=resolved,
                registered_at=registered.registered_at,
            )
        )


@pytest.fixture
def world():
    return LargeWorld(definition={"retryStrategy": RETRY})


def variables_of(job):
    order = LaunchOrder.from_json(job.order_json)
    (container,) = order.request["overrides"]["containerOverrides"]
    return {each["name"]: each["value"] for each in container["environment"]}


def read_by(job, world):
    """What the job's container finds at the address that it gets."""
    return json.loads(world.parameters.read(variables_of(job)["JOB_PARAMETERS_S3_URI"]))


def test_a_job_starts_with_its_parameters_in_s3(world):
    job = world.submit(parameters=LARGE)

    assert job.status is JobStatus.STARTING
    assert read_by(job, world) == LARGE
    assert "x" * 100 not in job.request_json


def test_a_later_attempt_gets_the_same_address_and_reads_nothing(world):
    world.runner.default = Fate(exit_code=1, run_seconds=5)
    first = world.submit(parameters=LARGE)
    world.run(minutes=5)

    second = world.job()

    assert second.attempt == 2
    assert (
        variables_of(second)["JOB_PARAMETERS_S3_URI"]
        == (variables_of(first)["JOB_PARAMETERS_S3_URI"])
    )
    assert world.parameters.uris() == {variables_of(first)["JOB_PARAMETERS_S3_URI"]}


@pytest.mark.parametrize("moment", Moment)
def test_a_message_whose_parameters_are_not_kept_comes_back_and_then_runs(
    world, moment
):
    world.parameters.faults.plan("keep", moment)
    large = world.message(parameters=LARGE)
    neighbour = world.message(idempotencyKey="neighbour")

    assert world.dispatch(large, neighbour) == [large.message_id]
    world.job(idempotencyKey="neighbour")
    assert world.dispatch(large) == []

    assert read_by(world.job(), world) == LARGE
    assert len(world.parameters.uris()) == 1


def test_a_crash_before_the_record_leaves_what_the_next_delivery_uses(world):
    world.jobs.faults.plan("accept", Moment.BEFORE)
    large = world.message(parameters=LARGE)

    assert world.dispatch(large) == [large.message_id]
    left = world.parameters.uris()
    assert world.dispatch(large) == []

    assert world.parameters.uris() == left
    assert read_by(world.job(), world) == LARGE


def test_another_request_under_the_key_leaves_the_first_ones_parameters(world):
    job = world.submit(parameters=LARGE)
    other = world.message(parameters={**LARGE, "date": "2026-11-23"})

    assert world.dispatch(other) == []

    stored = world.jobs.rejection(other.message_id)
    assert stored.rejection.reason is Reason.IDEMPOTENCY_CONFLICT
    assert read_by(job, world) == LARGE
    assert world.job() == job


def test_the_same_request_again_is_a_duplicate(world):
    job = world.submit(parameters=LARGE)

    assert world.dispatch(world.message(parameters=LARGE)) == []

    assert world.job() == job
    assert world.jobs.rejections() == []
    assert len(world.parameters.uris()) == 1


def test_a_refused_request_leaves_nothing_in_s3(world):
    message = world.message(parameters=LARGE, timeoutSeconds=999_999)

    assert world.dispatch(message) == []

    assert world.jobs.rejection(message.message_id) is not None
    assert world.parameters.uris() == frozenset()


def test_a_credential_in_large_parameters_is_found(world):
    secret = "AKIA" + "ABCDEFGHIJKLMNOP"
    message = world.message(parameters={**LARGE, "key": secret})

    assert world.dispatch(message) == []

    stored = world.jobs.rejection(message.message_id)
    assert stored.rejection.reason is Reason.SECRET_IN_MESSAGE
    assert world.parameters.uris() == frozenset()


# -- run again ---------------------------------------------------------------------


def again(job, world, *, version="exact"):
    """Deliver a rerun of an ended job; return its message and the new job."""
    request = {
        "schemaVersion": "1",
        "type": "rerun",
        "jobId": job.job_id,
        "idempotencyKey": "again",
        "version": version,
    }
    message = world.message(json.dumps(request))
    return message, world.dispatch(message)


@pytest.fixture
def ended(world):
    job = world.submit(parameters=LARGE)
    world.run(minutes=2)
    assert world.job().status is JobStatus.SUCCEEDED
    return job


@pytest.mark.parametrize("version", ["exact", "latest"])
def test_a_rerun_has_all_parameters_in_an_object_of_its_own(world, ended, version):
    _, failed = again(ended, world, version=version)

    assert failed == []
    rerun = world.job(idempotencyKey="again")
    assert read_by(rerun, world) == read_by(ended, world) == LARGE
    assert len(world.parameters.uris()) == 2
    assert rerun.job_id in variables_of(rerun)["JOB_PARAMETERS_S3_URI"]


def test_a_rerun_of_parameters_that_are_gone_is_refused(world, ended):
    world.parameters.forget(variables_of(ended)["JOB_PARAMETERS_S3_URI"])

    message, failed = again(ended, world)

    assert failed == []
    told = world.jobs.rejection(message.message_id).rejection
    assert told.reason is Reason.NOT_RERUNNABLE
    assert "are not at s3://headrace-parameters/90-days/report/" in told.message


def test_a_rerun_that_s3_does_not_answer_comes_back_alone(world, ended):
    world.parameters.faults.plan("read", Moment.BEFORE)
    request = {
        "schemaVersion": "1",
        "type": "rerun",
        "jobId": ended.job_id,
        "idempotencyKey": "again",
    }
    rerun = world.message(json.dumps(request))
    neighbour = world.message(idempotencyKey="neighbour")

    assert world.dispatch(rerun, neighbour) == [rerun.message_id]
    world.job(idempotencyKey="neighbour")
    assert world.dispatch(rerun) == []

    assert read_by(world.job(idempotencyKey="again"), world) == LARGE


def test_parameters_that_somebody_changed_are_not_run_again(world, ended):
    uri = variables_of(ended)["JOB_PARAMETERS_S3_URI"]
    key = uri.removeprefix("s3://headrace-parameters/")
    world.parameters.keep(ParameterObject(key, b'{"date": "evil"}', "0" * 64))

    message, failed = again(ended, world)

    assert failed == [message.message_id]
