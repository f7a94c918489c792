"""StopTask."""

from __future__ import annotations

import pytest

from ecs_engine import MAIN, make_engine
from headrace_local.ecs import EcsError, EngineSettings, Fate, Pace

FOREVER = Fate(run_seconds=None)
HOUR = 3600.0


@pytest.fixture
def ecs():
    return make_engine(fate=FOREVER)


def running(ecs, **changes):
    arn = ecs.run_one(**changes)
    ecs.clock.advance()
    return arn


def refusal(call, **filters):
    with pytest.raises(EcsError) as caught:
        call(**filters)
    return caught.value


def test_stopping_sends_sigterm_and_the_exit_code_is_143(ecs):
    arn = running(ecs)
    answer = ecs.stop(arn, reason="no longer wanted")["task"]
    assert (answer["lastStatus"], answer["desiredStatus"]) == ("RUNNING", "STOPPED")
    ecs.clock.advance()
    task = ecs.task(arn)
    assert (task["stopCode"], task["stoppedReason"]) == (
        "UserInitiated",
        "no longer wanted",
    )
    assert task["containers"][0]["exitCode"] == 143


def test_a_container_that_ignores_sigterm_is_killed_after_30_seconds(ecs):
    ecs.runner.choose(Fate(run_seconds=None, term_exit_code=None))
    arn = running(ecs)
    ecs.stop(arn)
    ecs.clock.advance(29.9)
    assert ecs.task(arn)["lastStatus"] == "STOPPING"
    ecs.clock.advance(0.1)
    assert ecs.task(arn)["containers"][0]["exitCode"] == 137


def test_the_definitions_own_stop_timeout_counts(ecs):
    ecs.define(MAIN | {"stopTimeout": 120})
    ecs.runner.choose(Fate(run_seconds=None, term_exit_code=None))
    arn = running(ecs)
    ecs.stop(arn)
    ecs.clock.advance(119)
    assert ecs.task(arn)["lastStatus"] == "STOPPING"
    ecs.clock.advance(1)
    assert ecs.task(arn)["lastStatus"] == "STOPPED"


def test_stopping_deletes_the_tasks_tags(ecs):
    arn = running(ecs, tags=[{"key": "job", "value": "1"}])
    assert ecs.describe(arn, include=["TAGS"])["tasks"][0]["tags"] != []
    ecs.stop(arn)
    assert ecs.describe(arn, include=["TAGS"])["tasks"][0]["tags"] == []


def test_stopping_twice_keeps_the_first_reason(ecs):
    arn = running(ecs)
    ecs.stop(arn, reason="first")
    ecs.clock.advance()
    version = ecs.task(arn)["version"]
    assert ecs.stop(arn, reason="second")["task"]["stoppedReason"] == "first"
    ecs.clock.advance()
    assert ecs.task(arn)["version"] == version


def test_a_task_stopped_before_it_ran_has_no_exit_code():
    ecs = make_engine(EngineSettings(pace=Pace(provisioning_seconds=60)))
    arn = ecs.run_one()
    ecs.stop(arn)
    ecs.clock.advance(60)
    task = ecs.task(arn)
    assert (task["lastStatus"], task["stopCode"]) == ("STOPPED", "UserInitiated")
    assert "exitCode" not in task["containers"][0]
    assert "RUNNING" not in ecs.statuses(arn)


def test_an_exit_before_the_stop_decides(ecs):
    ecs.runner.choose(Fate(exit_code=0, run_seconds=5))
    arn = running(ecs)
    ecs.clock.advance(5)
    ecs.stop(arn)
    assert ecs.task(arn)["stopCode"] == "EssentialContainerExited"


def test_containers_are_stopped_in_reverse_order_of_dependency(ecs):
    waits = [{"containerName": "db", "condition": "START"}]
    ecs.define(MAIN | {"dependsOn": waits}, {"name": "db", "image": "i"})
    ecs.runner.choose(Fate(run_seconds=None, term_seconds=10), container="main")
    ecs.runner.choose(Fate(run_seconds=None, term_seconds=10), container="db")
    arn = running(ecs)
    ecs.stop(arn)
    ecs.clock.advance(10)
    statuses = {e["name"]: e["lastStatus"] for e in ecs.task(arn)["containers"]}
    assert statuses == {"main": "STOPPED", "db": "RUNNING"}
    ecs.clock.advance(10)
    assert ecs.task(arn)["lastStatus"] == "STOPPED"


def test_a_task_can_be_made_to_ignore_one_stop(ecs):
    ecs.engine.faults.ignore_stop()
    arn = running(ecs)
    ecs.stop(arn)
    ecs.clock.advance(HOUR)
    assert ecs.task(arn)["lastStatus"] == "RUNNING"
    ecs.stop(arn)
    ecs.clock.advance()
    assert ecs.task(arn)["lastStatus"] == "STOPPED"


def test_an_unknown_task_cannot_be_stopped(ecs):
    error = refusal(ecs.stop, arn="0" * 32)
    assert (error.code, error.message) == (
        "InvalidParameterException",
        "The referenced task was not found.",
    )
    unknown = {"cluster": "nowhere", "task": "0" * 32}
    with pytest.raises(EcsError) as caught:
        ecs.engine.stop_task(unknown)
    assert caught.value.code == "ClusterNotFoundException"
