"""Client tokens: what is replayed, for how long, and what conflicts."""

from __future__ import annotations

import threading

import pytest

from ecs_engine import FAMILY, make_engine
from headrace_local.ecs import AnswerLostError, EcsError, EngineSettings, Fate

HOUR = 3600.0


def test_the_same_token_and_parameters_answer_the_first_task(ecs):
    ecs.runner.default = Fate(run_seconds=None)
    first = ecs.run_one(clientToken="t", startedBy="job-1")
    ecs.clock.advance(60)
    assert ecs.run_one(clientToken="t", startedBy="job-1") == first
    assert ecs.list() == [first]


def test_other_parameters_conflict_and_name_the_task(ecs):
    first = ecs.run_one(clientToken="t", startedBy="job-1")
    with pytest.raises(EcsError) as caught:
        ecs.run(clientToken="t", startedBy="job-2")
    assert caught.value.code == "ConflictException"
    assert caught.value.members == {"resourceIds": [first]}


def test_a_token_means_nothing_on_another_cluster(ecs):
    ecs.catalogue.create_cluster({"clusterName": "other"})
    first = ecs.run_one(clientToken="t")
    assert ecs.run_one(clientToken="t", cluster="other") != first


def test_tokens_tell_upper_from_lower_case(ecs):
    assert ecs.run_one(clientToken="t") != ecs.run_one(clientToken="T")


def test_a_stopped_task_is_replayed_with_its_arn_and_statuses_alone(ecs):
    first = ecs.run_one(clientToken="t")
    ecs.clock.advance(10)
    assert ecs.run(clientToken="t") == {
        "tasks": [
            {"taskArn": first, "lastStatus": "STOPPED", "desiredStatus": "STOPPED"}
        ],
        "failures": [],
    }


def test_a_short_tasks_token_ends_an_hour_after_it_stopped(ecs):
    ecs.runner.default = Fate(run_seconds=10)
    first = ecs.run_one(clientToken="t")
    ecs.clock.advance(10 + HOUR - 1)
    assert ecs.run_one(clientToken="t") == first
    ecs.clock.advance(1)
    assert ecs.run_one(clientToken="t") != first


def test_a_long_tasks_token_ends_after_a_day(ecs):
    ecs.runner.default = Fate(run_seconds=None)
    first = ecs.run_one(clientToken="t")
    ecs.clock.advance(24 * HOUR - 1)
    assert ecs.run_one(clientToken="t") == first
    ecs.clock.advance(1)
    assert ecs.run_one(clientToken="t") != first


def test_a_task_of_almost_a_day_does_not_lengthen_its_tokens_day(ecs):
    ecs.runner.default = Fate(run_seconds=23.5 * HOUR)
    first = ecs.run_one(clientToken="t")
    ecs.clock.advance(24 * HOUR - 1)
    assert ecs.run_one(clientToken="t") == first
    ecs.clock.advance(1)
    assert ecs.run_one(clientToken="t") != first


def test_the_time_scale_shortens_a_tokens_life():
    ecs = make_engine(EngineSettings(time_scale=60), fate=Fate(run_seconds=1))
    first = ecs.run_one(clientToken="t")
    ecs.clock.advance(60)
    assert ecs.run_one(clientToken="t") == first
    ecs.clock.advance(1)
    assert ecs.run_one(clientToken="t") != first


def test_a_refusal_is_replayed_for_an_hour(ecs):
    ecs.engine.faults.refuse_next(reason="RESOURCE:MEMORY")
    refused = ecs.run(clientToken="t")
    assert refused == {"tasks": [], "failures": [{"reason": "RESOURCE:MEMORY"}]}
    ecs.clock.advance(HOUR - 1)
    assert ecs.run(clientToken="t") == refused
    ecs.clock.advance(1)
    assert len(ecs.run(clientToken="t")["tasks"]) == 1


def test_a_refusal_may_be_forgotten_instead():
    ecs = make_engine(EngineSettings(caches_refusals=False))
    ecs.engine.faults.refuse_next()
    assert ecs.run(clientToken="t")["tasks"] == []
    assert len(ecs.run(clientToken="t")["tasks"]) == 1


def test_an_error_answer_uses_no_token(ecs):
    with pytest.raises(EcsError):
        ecs.run(clientToken="t", taskDefinition="nothing")
    assert len(ecs.run(clientToken="t")["tasks"]) == 1


def test_a_replay_outlives_the_definition(ecs):
    ecs.runner.default = Fate(run_seconds=None)
    first = ecs.run_one(clientToken="t")
    ecs.catalogue.deregister_task_definition({"taskDefinition": f"{FAMILY}:1"})
    assert ecs.run_one(clientToken="t") == first


def test_a_lost_answer_is_found_again_by_its_token(ecs):
    ecs.runner.default = Fate(run_seconds=None)
    ecs.engine.faults.lose_answer()
    with pytest.raises(AnswerLostError):
        ecs.run(clientToken="t")
    (arn,) = ecs.list()
    assert ecs.run_one(clientToken="t") == arn


def test_a_late_landing_starts_its_task_later_and_only_once(ecs):
    ecs.runner.default = Fate(run_seconds=None)
    ecs.engine.faults.delay_landing(840)
    with pytest.raises(AnswerLostError):
        ecs.run(clientToken="t")
    ecs.clock.advance(839)
    assert ecs.list() == []
    first = ecs.run_one(clientToken="t")
    ecs.clock.advance(1)
    assert ecs.list() == [first]


def test_racing_calls_with_one_token_make_one_task(ecs):
    ecs.runner.default = Fate(run_seconds=None)
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(ecs.run_one(clientToken="t")))
        for _ in range(16)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(answers) == 16
    assert len(set(answers)) == 1
    assert len(ecs.engine.tasks) == 1


def test_racing_calls_that_look_up_the_definition_at_once_make_one_task(ecs):
    ecs.runner.default = Fate(run_seconds=None)
    both_look = threading.Barrier(2, timeout=10)
    catalogue = ecs.engine.catalogue

    class Slow(type(catalogue)):
        """Answers no call before the other has asked."""

        def task_definition(self, reference):
            both_look.wait()
            return catalogue.task_definition(reference)

    slow = Slow()
    slow.cluster = catalogue.cluster
    ecs.engine.catalogue = slow
    arns = []
    threads = [
        threading.Thread(target=lambda: arns.append(ecs.run_one(clientToken="t")))
        for _ in range(2)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(arns) == 2
    assert len(set(arns)) == 1


def test_ended_tokens_are_not_kept_for_ever(ecs):
    for number in range(20):
        ecs.run_one(clientToken=f"t{number}")
    ecs.clock.advance(2 * HOUR)
    assert ecs.engine.tasks == {}
    assert ecs.engine.tokens.size == 0
