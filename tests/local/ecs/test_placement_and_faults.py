"""Capacity, API rates, and the faults that can be asked for."""

from __future__ import annotations

import pytest

from ecs_engine import MAIN, make_engine
from headrace_local.ecs import (
    AnswerLostError,
    Capacity,
    EcsError,
    EngineSettings,
    Fate,
    Faults,
)
from headrace_local.ecs.launcher import NO_FARGATE_CAPACITY

FOREVER = Fate(run_seconds=None)
EC2 = {"launchType": "EC2", "networkConfiguration": None}


def small(*, cpu=None, memory=None):
    capacity = Capacity(cpu_units_max=cpu, memory_mib_max=memory)
    ecs = make_engine(EngineSettings(capacity=capacity), fate=FOREVER)
    ecs.define(networkMode="bridge", requiresCompatibilities=["EC2"])
    return ecs


@pytest.mark.parametrize(
    ("capacity", "reason"),
    [({"cpu": 767}, "RESOURCE:CPU"), ({"memory": 1535}, "RESOURCE:MEMORY")],
)
def test_what_does_not_fit_is_a_failure_and_what_fits_runs(capacity, reason):
    ecs = small(**capacity)
    answer = ecs.run(count=3, **EC2)
    assert len(answer["tasks"]) == 2
    (failure,) = answer["failures"]
    assert failure["reason"] == reason
    assert ":container-instance/" in failure["arn"]


def test_a_stopped_task_gives_its_place_back():
    ecs = small(cpu=256)
    first = ecs.run_one(**EC2)
    assert ecs.run(**EC2)["tasks"] == []
    ecs.clock.advance()
    ecs.stop(first)
    ecs.clock.advance()
    assert len(ecs.run(**EC2)["tasks"]) == 1
    assert ecs.engine.capacity()["cpuUnitsReserved"] == 256


def test_full_fargate_says_that_capacity_is_unavailable():
    ecs = make_engine(EngineSettings(capacity=Capacity(cpu_units_max=0)))
    assert ecs.run()["failures"] == [{"reason": NO_FARGATE_CAPACITY}]


def test_capacity_can_change_while_tasks_run(ecs):
    ecs.engine.set_capacity(Capacity(cpu_units_max=0))
    assert ecs.run()["tasks"] == []
    ecs.engine.set_capacity(Capacity())
    assert len(ecs.run()["tasks"]) == 1


@pytest.mark.parametrize("reason", ["RESOURCE:ENI", "AGENT", "ATTRIBUTE", "LOCATION"])
def test_any_failure_can_be_asked_for(ecs, reason):
    ecs.engine.faults.refuse_next(2, reason=reason, detail="why")
    for _ in range(2):
        assert ecs.run() == {
            "tasks": [],
            "failures": [{"reason": reason, "detail": "why"}],
        }
    assert len(ecs.run()["tasks"]) == 1


def test_part_of_a_call_can_be_refused(ecs):
    ecs.engine.faults.refuse_next()
    answer = ecs.run(count=3)
    assert (len(answer["tasks"]), len(answer["failures"])) == (2, 1)


def test_a_throttle_is_plain_or_hidden(ecs):
    ecs.engine.faults.throttle_next()
    with pytest.raises(EcsError, match="Rate exceeded") as plain:
        ecs.run()
    ecs.engine.faults.throttle_next(hidden=True)
    with pytest.raises(EcsError) as hidden:
        ecs.run()
    assert plain.value.code == "ThrottlingException"
    assert hidden.value.code == "InvalidParameterException"
    assert "Rate exceeded (ErrorCode: Throttling)" in hidden.value.message
    assert ecs.list() == []


def test_a_fault_strikes_only_its_operation_and_its_job(ecs):
    ecs.engine.faults.throttle_next(operation="DescribeTasks")
    arn = ecs.run_one()
    with pytest.raises(EcsError):
        ecs.task(arn)
    ecs.engine.faults.add(
        {"kind": "refuse", "started_by": "job-7-*", "reason": "AGENT"}
    )
    assert len(ecs.run(startedBy="job-8-1")["tasks"]) == 1
    assert ecs.run(startedBy="job-7-1")["tasks"] == []


def test_a_lost_answer_has_had_its_effect(ecs):
    ecs.runner.default = FOREVER
    arn = ecs.run_one()
    ecs.clock.advance()
    ecs.engine.faults.lose_answer(operation="StopTask")
    with pytest.raises(AnswerLostError):
        ecs.stop(arn)
    ecs.clock.advance()
    assert ecs.task(arn)["lastStatus"] == "STOPPED"


@pytest.mark.parametrize(
    "words",
    [
        {"kind": "unheard of"},
        {"kind": "refuse", "rate": 2},
        {"kind": "refuse", "count": 0},
        {"kind": "refuse", "colour": "red"},
        {},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(words):
    with pytest.raises(ValueError, match=r"kind|rate|count|colour"):
        Faults().add(words)


def test_chances_are_the_same_for_the_same_seed():
    def struck(seed):
        ecs = make_engine(seed=seed)
        ecs.engine.faults.add(
            {"kind": "refuse", "count": None, "rate": 0.5, "reason": "AGENT"}
        )
        return [bool(ecs.run()["failures"]) for _ in range(40)]

    assert struck(1) == struck(1)
    assert struck(1) != struck(2)
    assert 8 < sum(struck(1)) < 32


def test_cleared_faults_do_not_strike(ecs):
    ecs.engine.faults.throttle_next(None)
    ecs.engine.faults.clear()
    assert len(ecs.run()["tasks"]) == 1


@pytest.mark.parametrize(
    ("call", "burst", "per_second"),
    [
        (lambda ecs: ecs.run(**EC2), 100, 40),
        (lambda ecs: ecs.list(), 100, 20),
    ],
)
def test_calls_are_throttled_at_awss_rates_when_asked(call, burst, per_second):
    ecs = make_engine(EngineSettings(enforces_api_rates=True))
    ecs.define(networkMode="bridge", requiresCompatibilities=["EC2"])
    for _ in range(burst):
        call(ecs)
    with pytest.raises(EcsError, match="Rate exceeded"):
        call(ecs)
    ecs.clock.advance(1)
    for _ in range(per_second):
        call(ecs)
    with pytest.raises(EcsError, match="Rate exceeded"):
        call(ecs)


def test_fargate_launches_have_a_rate_of_their_own():
    ecs = make_engine(EngineSettings(enforces_api_rates=True))
    for _ in range(10):
        ecs.run(count=10)
    with pytest.raises(EcsError, match="Rate exceeded"):
        ecs.run()
    ecs.clock.advance(1)
    assert len(ecs.run(count=10)["tasks"]) == 10
    assert len(ecs.run(count=10)["tasks"]) == 10
    with pytest.raises(EcsError, match="Rate exceeded"):
        ecs.run()


def test_rates_are_not_enforced_otherwise(ecs):
    assert all(len(ecs.run()["tasks"]) == 1 for _ in range(300))


def test_a_reset_forgets_tasks_tokens_and_faults(ecs):
    ecs.runner.default = FOREVER
    first = ecs.run_one(clientToken="t")
    ecs.clock.advance()
    ecs.engine.faults.throttle_next(None)
    events = len(ecs.events)
    ecs.engine.reset()
    ecs.clock.advance()
    assert ecs.runner.live_keys == ()
    assert len(ecs.events) == events
    assert ecs.run_one(clientToken="t") != first


def test_ec2_definitions_without_task_size_reserve_what_containers_ask(ecs):
    ecs.engine.set_capacity(Capacity(memory_mib_max=100))
    ecs.catalogue.register_task_definition(
        {"family": "sized", "containerDefinitions": [MAIN | {"memory": 101}]}
    )
    assert ecs.run(taskDefinition="sized", **EC2)["failures"][0]["reason"] == (
        "RESOURCE:MEMORY"
    )
