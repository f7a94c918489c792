"""Trusted and untrusted jobs never meet: each class has its cluster, or ends."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from builders import CLUSTER_ARN
from definition_builders import a_resolved
from headrace.jobs.job import JobStatus, ReasonCode
from headrace_local.ecs import Fate
from two_classes import UNTRUSTED, UNTRUSTED_ARN, UNTRUSTED_FAMILY, TwoClasses

STRANGER = {"jobName": "stranger"}


@pytest.fixture
def world():
    return TwoClasses()


def clusters(world):
    """Return how many tasks there are on each cluster."""
    return len(world.tasks(CLUSTER_ARN)), len(world.tasks(UNTRUSTED_ARN))


def test_each_class_runs_on_its_own_cluster_and_ends_well(world):
    world.submit()
    world.submit(**STRANGER)
    assert clusters(world) == (1, 1)

    world.run(minutes=2)

    assert world.job().status is JobStatus.SUCCEEDED
    assert world.job(**STRANGER).status is JobStatus.SUCCEEDED


def test_an_untrusted_jobs_order_names_the_place_of_its_class(world):
    order = json.loads(world.submit(**STRANGER).order_json)
    assert order["cluster"] == UNTRUSTED_ARN
    assert order["networkConfiguration"]["awsvpcConfiguration"] == {
        "subnets": list(UNTRUSTED.subnet_ids),
        "securityGroups": list(UNTRUSTED.security_group_ids),
        "assignPublicIp": "DISABLED",
    }


def test_an_untrusted_task_that_nobody_reported_is_found_where_it_runs(world):
    world.engine.faults.lose_answer()
    world.runner.choose(Fate(run_seconds=600))
    world.submit(**STRANGER)
    world.lose_events()
    world.pass_time(160)

    world.tick()

    job = world.job(**STRANGER)
    assert job.status is JobStatus.RUNNING
    assert job.launch.task_arn.startswith(UNTRUSTED_ARN.replace(":cluster/", ":task/"))
    assert clusters(world) == (0, 1)


def test_an_untrusted_task_that_stopped_unreported_is_found_where_it_ran(world):
    world.submit(**STRANGER)
    world.pass_time(160)
    world.lose_events()

    world.tick()

    assert world.job(**STRANGER).status is JobStatus.SUCCEEDED


def test_searches_of_both_classes_find_each_their_own(world):
    world.submit()
    world.submit(**STRANGER)
    world.pass_time(160)
    world.lose_events()

    world.tick()

    assert world.job().status is JobStatus.SUCCEEDED
    assert world.job(**STRANGER).status is JobStatus.SUCCEEDED


def test_an_overdue_untrusted_task_is_stopped_where_it_runs():
    world = TwoClasses(timeoutSeconds=60)
    world.runner.choose(Fate(run_seconds=None))
    world.submit(**STRANGER)

    world.run(minutes=30)

    assert world.job(**STRANGER).status is JobStatus.TIMED_OUT
    assert all(task.is_stopped for task in world.tasks(UNTRUSTED_ARN))


def test_known_tasks_of_both_classes_are_looked_after_together(world):
    world.runner.choose(Fate(run_seconds=1500))
    world.submit()
    world.runner.choose(Fate(run_seconds=1500))
    world.submit(**STRANGER)
    world.pass_time(30)
    world.deliver()
    world.pass_time(1600)
    world.lose_events()

    world.tick()

    assert world.job().status is JobStatus.SUCCEEDED
    assert world.job(**STRANGER).status is JobStatus.SUCCEEDED


def ended(job):
    assert (job.status, job.outcome.reason_code) == (
        JobStatus.FAILED,
        ReasonCode.LAUNCH_REJECTED,
    )
    assert job.order_json is None  # nothing was frozen, so nothing can be sent
    assert job.outcome.advice
    return job.outcome.summary


def test_without_the_class_its_jobs_fail_at_once_and_say_why(world):
    world.lose_the_class()

    job = world.submit(**STRANGER)

    assert "this deployment has no cluster for untrusted jobs" in ended(job)
    assert "UntrustedClass=ENABLED" in job.outcome.advice
    assert clusters(world) == (0, 0)
    (said,) = world.signals.of("launch.rejected")
    assert said.fields["job_id"] == job.job_id
    assert said.fields["code"] == "NoUntrustedClass"


def test_a_job_that_was_accepted_while_there_was_the_class_ends_too(world):
    world.ports.budget.hold(world.clock.now() + timedelta(seconds=90))
    job = world.submit(**STRANGER)
    assert job.status is JobStatus.RUNNABLE
    world.lose_the_class()

    world.run(minutes=3)

    assert "no cluster for untrusted jobs" in ended(world.job(**STRANGER))
    assert world.signals.of("reconcile.job_failed") == []
    assert clusters(world) == (0, 0)


def test_an_untrusted_job_with_a_trusted_task_definition_never_starts(world):
    trusted = world.definitions.active(["report"])["report"].resolved
    world.register_stranger(name="mixed", resolved=trusted)

    job = world.submit(jobName="mixed")

    assert "must be of a family that begins with 'untrusted-'" in ended(job)
    assert clusters(world) == (0, 0)


def test_a_trusted_job_with_an_untrusted_task_definition_never_starts(world):
    world.register_stranger(name="mixed", isolation="trusted")

    job = world.submit(jobName="mixed")

    assert f"must be 'untrusted' for the family '{UNTRUSTED_FAMILY}'" in ended(job)
    assert clusters(world) == (0, 0)


def test_an_untrusted_job_with_a_task_role_never_starts(world):
    stranger = a_resolved(
        arn=world.stranger["taskDefinitionArn"],
        family=UNTRUSTED_FAMILY,
        task_role_arn="arn:aws:iam::123456789012:role/untrusted/headrace/jobs/any",
    )
    world.register_stranger(name="armed", resolved=stranger)

    assert "has a task role" in ended(world.submit(jobName="armed"))
    assert clusters(world) == (0, 0)


def test_a_task_of_a_cluster_that_is_gone_is_lost_and_not_waited_for(world):
    world.runner.choose(Fate(run_seconds=None))
    world.submit(**STRANGER)
    world.pass_time(30)
    world.deliver()
    world.lose_the_class()

    world.run(minutes=60)

    assert world.job(**STRANGER).status is JobStatus.LOST


def test_a_duplicate_of_a_denied_request_finds_the_job_that_failed(world):
    world.lose_the_class()
    first = world.submit(**STRANGER)
    assert world.submit(**STRANGER) == first
