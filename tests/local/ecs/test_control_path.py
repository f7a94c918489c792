"""The control path: what a test in any language can ask for over HTTP."""

from __future__ import annotations

import pytest

from ecs_engine import CLUSTER, FARGATE_DEFINITION, run_request
from ecs_server import control, post
from headrace_local.ecs import Fate, LocalEcs, ScriptedRunner
from headrace_local.ecs.clock import SystemClock, Timers
from processes import wait_for


@pytest.fixture
def server():
    timers = Timers(SystemClock())
    runner = ScriptedRunner(timers, Fate(run_seconds=None))
    with LocalEcs(runner=runner, timers=timers) as ecs:
        ecs.catalogue.create_cluster({"clusterName": CLUSTER})
        ecs.catalogue.register_task_definition(FARGATE_DEFINITION)
        yield ecs.endpoint_url


def run(url):
    return post(url, "RunTask", run_request())[1]


def the_task(url):
    (task,) = control("GET", url, "tasks")[1]["tasks"]
    return task


def test_faults_are_added_listed_and_cleared(server):
    fault = {"kind": "refuse", "count": 2, "reason": "AGENT"}
    status, answer = control("POST", server, "faults", {"seed": 3, "faults": [fault]})
    assert status == 201
    assert answer["faults"][0]["reason"] == "AGENT"
    assert run(server)["failures"] == [{"reason": "AGENT"}]
    assert control("GET", server, "faults")[1]["faults"][0]["struck"] == 1
    assert control("DELETE", server, "faults")[1] == {"faults": []}
    assert len(run(server)["tasks"]) == 1


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        ("faults", {"faults": [{"kind": "none such"}]}, "kind"),
        ("tasks/interrupt", {}, "task"),
        ("tasks/interrupt", {"task": "0" * 32}, "not found"),
        ("tasks/stop", {"task": "0" * 32}, "stopCode"),
    ],
)
def test_a_request_that_makes_no_sense_is_answered_with_a_sentence(
    server, path, body, word
):
    status, answer = control("POST", server, path, body)
    assert status == 400
    assert word in answer["error"]


def test_a_task_loses_its_spot_capacity(server):
    run(server)
    assert wait_for(lambda: the_task(server)["lastStatus"] == "RUNNING", seconds=5)
    arn = the_task(server)["taskArn"]
    assert control("POST", server, "tasks/interrupt", {"task": arn})[0] == 202
    assert wait_for(lambda: the_task(server)["lastStatus"] == "STOPPED", seconds=5)
    assert the_task(server)["stopCode"] == "SpotInterruption"


def test_a_task_is_stopped_with_any_code(server):
    run(server)
    body = {
        "task": the_task(server)["taskArn"],
        "stopCode": "InfrastructureHealth",
        "stoppedReason": "gone",
    }
    assert control("POST", server, "tasks/stop", body)[0] == 202
    assert wait_for(lambda: the_task(server)["lastStatus"] == "STOPPED", seconds=5)
    assert the_task(server)["stoppedReason"] == "gone"


def test_capacity_is_set_and_shown(server):
    status, answer = control("PUT", server, "capacity", {"cpuUnitsMax": 256})
    assert (status, answer["cpuUnitsMax"]) == (200, 256)
    assert len(run(server)["tasks"]) == 1
    assert run(server)["tasks"] == []
    assert control("GET", server, "capacity")[1]["cpuUnitsReserved"] == 256


def test_a_reset_leaves_nothing(server):
    run(server)
    assert control("GET", server, "health")[1]["live"] == 1
    control("POST", server, "reset")
    assert control("GET", server, "health")[1] == {
        "status": "ok",
        "live": 0,
        "remembered": 0,
    }
