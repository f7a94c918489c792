"""The states of a task, from PROVISIONING to STOPPED, and why it stopped."""

from __future__ import annotations

import re

import pytest

from ecs_engine import MAIN, make_engine
from headrace_local.ecs import EngineSettings, Fate, Pace
from headrace_local.ecs.runners.images import digest_standing_in

FOREVER = Fate(run_seconds=None)


def container(name, *, essential=True, depends_on=(), **more):
    waits = [{"containerName": each, "condition": what} for each, what in depends_on]
    return {
        "name": name,
        "image": "i",
        "essential": essential,
        "dependsOn": waits,
        **more,
    }


def containers_of(task):
    return {each["name"]: each for each in task["containers"]}


def test_a_task_passes_through_every_state_and_its_version_rises_by_one(ecs):
    arn = ecs.run_one()
    ecs.clock.advance()
    assert ecs.statuses(arn) == [
        "PROVISIONING",
        "PENDING",
        "ACTIVATING",
        "RUNNING",
        "DEACTIVATING",
        "STOPPING",
        "DEPROVISIONING",
        "STOPPED",
    ]
    versions = [each["version"] for each in ecs.details(arn)]
    assert versions == list(range(1, 9))
    assert ecs.task(arn)["version"] == 8


def test_each_state_lasts_as_long_as_the_pace_says():
    pace = Pace(
        provisioning_seconds=10,
        pending_seconds=20,
        activating_seconds=5,
        deactivating_seconds=3,
        deprovisioning_seconds=7,
    )
    ecs = make_engine(EngineSettings(pace=pace), fate=Fate(run_seconds=100))
    arn = ecs.run_one()
    seen = []
    for seconds in (9, 1, 19, 1, 4, 1, 94, 1, 2, 1, 6, 1):
        ecs.clock.advance(seconds)
        seen.append(ecs.task(arn)["lastStatus"])
    assert seen == [
        "PROVISIONING",
        "PENDING",
        "PENDING",
        "ACTIVATING",
        "ACTIVATING",
        "RUNNING",
        "RUNNING",
        "DEACTIVATING",
        "DEACTIVATING",
        "DEPROVISIONING",
        "DEPROVISIONING",
        "STOPPED",
    ]


def test_runtask_answers_before_anything_has_happened(ecs):
    (task,) = ecs.run()["tasks"]
    assert (task["lastStatus"], task["desiredStatus"]) == ("PROVISIONING", "RUNNING")
    assert task["version"] == 1
    assert "exitCode" not in task["containers"][0]
    assert "startedAt" not in task


def test_a_task_that_exits_while_activating_has_been_running():
    settings = EngineSettings(pace=Pace(activating_seconds=10))
    ecs = make_engine(settings, fate=Fate(exit_code=3, run_seconds=4))
    arn = ecs.run_one()
    ecs.clock.advance(60)
    task = ecs.task(arn)
    assert task["stopCode"] == "EssentialContainerExited"
    assert task["startedAt"] == task["createdAt"] + 4
    assert ecs.statuses(arn).count("RUNNING") == 1


@pytest.mark.parametrize("code", [0, 1, 3, 137, 143])
def test_the_essential_containers_exit_ends_the_task_with_its_code(ecs, code):
    ecs.runner.default = Fate(exit_code=code, run_seconds=5)
    arn = ecs.run_one()
    ecs.clock.advance(5)
    task = ecs.task(arn)
    assert task["stopCode"] == "EssentialContainerExited"
    assert task["stoppedReason"] == "Essential container in task exited"
    assert containers_of(task)["main"]["exitCode"] == code
    assert task["stoppedAt"] - task["startedAt"] == 5


def test_out_of_memory_is_told_by_the_container(ecs):
    ecs.runner.default = Fate.out_of_memory()
    arn = ecs.run_one()
    ecs.clock.advance()
    main = containers_of(ecs.task(arn))["main"]
    assert main["exitCode"] == 137
    assert main["reason"] == "OutOfMemoryError: Container killed due to memory usage"


def test_an_unknown_exit_code_is_absent_not_zero(ecs):
    ecs.runner.default = Fate(exit_code=None)
    arn = ecs.run_one()
    ecs.clock.advance()
    task = ecs.task(arn)
    assert task["lastStatus"] == "STOPPED"
    assert "exitCode" not in containers_of(task)["main"]


def test_a_missing_image_fails_the_start_without_an_exit_code(ecs):
    ecs.runner.default = Fate.cannot_pull("report:1")
    arn = ecs.run_one()
    ecs.clock.advance()
    task = ecs.task(arn)
    main = containers_of(task)["main"]
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("CannotPullContainerError")
    assert main["reason"].startswith("CannotPullContainerError")
    assert "exitCode" not in main
    assert "startedAt" not in task
    assert "RUNNING" not in ecs.statuses(arn)


def test_a_start_can_be_made_to_fail_with_no_containers_at_all(ecs):
    reason = "Timeout waiting for network interface provisioning to complete."
    ecs.engine.faults.fail_start(reason, with_containers=False)
    arn = ecs.run_one()
    ecs.clock.advance()
    last = ecs.details(arn)[-1]
    assert (last["lastStatus"], last["stopCode"]) == ("STOPPED", "TaskFailedToStart")
    assert last["stoppedReason"] == reason
    assert last["containers"] == []


def test_a_secret_without_a_store_fails_the_start(ecs):
    secret = {"name": "KEY", "valueFrom": "arn:aws:ssm:us-east-1:1:parameter/key"}
    ecs.define(MAIN | {"secrets": [secret]})
    arn = ecs.run_one()
    ecs.clock.advance()
    task = ecs.task(arn)
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith(
        "ResourceInitializationError: unable to pull secrets"
    )


def test_a_fargate_task_gets_a_network_interface(ecs):
    ecs.runner.default = FOREVER
    (task,) = ecs.run()["tasks"]
    assert task["attachments"][0]["status"] == "PRECREATED"
    ecs.clock.advance()
    task = ecs.task(task["taskArn"])
    attachment = task["attachments"][0]
    assert attachment["status"] == "ATTACHED"
    interface = containers_of(task)["main"]["networkInterfaces"][0]
    assert interface["attachmentId"] == attachment["id"]


def test_a_spot_warning_comes_while_the_task_still_runs(ecs):
    ecs.runner.default = Fate(run_seconds=None, term_exit_code=0, term_seconds=30)
    strategy = [{"capacityProvider": "FARGATE_SPOT"}]
    arn = ecs.run_one(launchType=None, capacityProviderStrategy=strategy)
    ecs.clock.advance()
    ecs.engine.interrupt_spot(arn)
    warning = ecs.details(arn)[-1]
    assert (warning["lastStatus"], warning["desiredStatus"]) == ("RUNNING", "STOPPED")
    assert warning["stopCode"] == "SpotInterruption"
    assert warning["stoppedReason"] == "Your Spot Task was interrupted."
    ecs.clock.advance(30)
    task = ecs.task(arn)
    assert (task["lastStatus"], task["stopCode"]) == ("STOPPED", "SpotInterruption")
    assert containers_of(task)["main"]["exitCode"] == 0


def test_a_task_that_ignores_the_spot_warning_is_killed_after_two_minutes(ecs):
    ecs.runner.default = Fate(run_seconds=None, term_exit_code=None)
    arn = ecs.run_one()
    ecs.clock.advance()
    ecs.engine.interrupt_spot(arn)
    ecs.clock.advance(119)
    assert ecs.task(arn)["lastStatus"] == "RUNNING"
    ecs.clock.advance(1)
    assert containers_of(ecs.task(arn))["main"]["exitCode"] == 137


def test_a_task_can_be_stopped_with_any_stop_code(ecs):
    ecs.runner.default = FOREVER
    arn = ecs.run_one()
    ecs.clock.advance()
    ecs.engine.stop_from_outside(arn, code="TerminationNotice", reason="Host retired.")
    ecs.clock.advance()
    task = ecs.task(arn)
    assert (task["stopCode"], task["stoppedReason"]) == (
        "TerminationNotice",
        "Host retired.",
    )


def test_a_container_shows_the_digest_of_its_image_once_it_runs(ecs):
    arn = ecs.run_one()
    ecs.clock.advance()
    digests = [each["containers"][0].get("imageDigest") for each in ecs.details(arn)]
    *before, known = digests
    assert re.fullmatch("sha256:[0-9a-f]{64}", known)
    assert digests[ecs.statuses(arn).index("RUNNING") :] == [known] * 5
    assert before[0] is None


def test_a_digest_is_that_of_the_name_where_the_name_has_one():
    name = f"registry/report@sha256:{'0a' * 32}"
    assert digest_standing_in(name) == f"sha256:{'0a' * 32}"
    assert digest_standing_in("report:1") == digest_standing_in("report:1")
    assert digest_standing_in("report:1") != digest_standing_in("report:2")
