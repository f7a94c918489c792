"""StopTask, DescribeTasks and ListTasks."""

from __future__ import annotations

import pytest

from ecs_engine import CLUSTER, FAMILY, MAIN, make_engine
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


# StopTask


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


# DescribeTasks


def test_a_task_is_found_by_arn_and_by_id(ecs):
    arn = running(ecs)
    by_id = ecs.describe(arn.rsplit("/", 1)[-1])
    assert by_id == ecs.describe(arn)
    assert by_id["failures"] == []


def test_an_unknown_task_is_missing(ecs):
    arn = running(ecs)
    answer = ecs.describe(arn, "f" * 32)
    assert [each["taskArn"] for each in answer["tasks"]] == [arn]
    (failure,) = answer["failures"]
    assert failure["reason"] == "MISSING"
    assert failure["arn"].endswith(f":task/{CLUSTER}/{'f' * 32}")


def test_a_task_of_another_cluster_is_missing(ecs):
    ecs.catalogue.create_cluster({"clusterName": "other"})
    arn = running(ecs, cluster="other")
    assert ecs.describe(arn)["failures"] == [{"arn": arn, "reason": "MISSING"}]


def test_a_hundred_tasks_are_described_and_no_more(ecs):
    names = [f"{number:032x}" for number in range(101)]
    assert len(ecs.describe(*names[:100])["failures"]) == 100
    with pytest.raises(EcsError, match="at most 100"):
        ecs.describe(*names)
    with pytest.raises(EcsError, match="cannot be empty"):
        ecs.describe()


def test_tags_are_shown_only_when_asked_for(ecs):
    arn = running(ecs, tags=[{"key": "a", "value": "b"}])
    assert ecs.task(arn)["tags"] == []
    assert ecs.describe(arn, include=["TAGS"])["tasks"][0]["tags"] == [
        {"key": "a", "value": "b"}
    ]


def test_describing_changes_nothing(ecs):
    arn = running(ecs)
    first = ecs.task(arn)
    assert [ecs.task(arn) for _ in range(5)] == [first] * 5


def test_a_stopped_task_is_remembered_for_an_hour(ecs):
    ecs.runner.choose(Fate(run_seconds=0))
    arn = running(ecs)
    ecs.clock.advance(HOUR - 1)
    assert ecs.task(arn)["lastStatus"] == "STOPPED"
    ecs.clock.advance(1)
    assert ecs.describe(arn)["failures"][0]["reason"] == "MISSING"


def test_the_time_scale_shortens_the_memory():
    ecs = make_engine(EngineSettings(time_scale=60))
    arn = ecs.run_one()
    ecs.clock.advance(59)
    assert ecs.task(arn)["lastStatus"] == "STOPPED"
    ecs.clock.advance(1)
    assert ecs.describe(arn)["tasks"] == []


def test_a_new_task_can_be_missing_at_first(ecs):
    ecs.engine.faults.missing_for(90)
    arn = running(ecs)
    assert ecs.describe(arn)["failures"][0]["reason"] == "MISSING"
    assert ecs.list() == [arn]
    ecs.clock.advance(90)
    assert ecs.task(arn)["lastStatus"] == "RUNNING"


# ListTasks


def test_the_default_lists_what_is_desired_to_run(ecs):
    live, stopped = running(ecs), running(ecs)
    ecs.stop(stopped)
    assert ecs.list() == [live]
    assert ecs.list(desiredStatus="STOPPED") == [stopped]
    assert ecs.list(desiredStatus="PENDING") == []
    ecs.clock.advance(HOUR + 1)
    assert ecs.list(desiredStatus="STOPPED") == []


def test_started_by_lists_running_tasks_alone(ecs):
    mine, _ = running(ecs, startedBy="a"), running(ecs, startedBy="b")
    assert ecs.list(startedBy="a") == [mine]
    ecs.stop(mine)
    assert ecs.list(startedBy="a") == []


@pytest.mark.parametrize(
    "other",
    [
        {"family": FAMILY},
        {"desiredStatus": "STOPPED"},
        {"launchType": "FARGATE"},
        {"serviceName": "s"},
        {"containerInstance": "c"},
        {"daemonName": "d"},
    ],
)
def test_started_by_must_be_the_only_filter(ecs, other):
    error = refusal(ecs.list, startedBy="a", **other)
    assert error.code == "InvalidParameterException"
    assert "only filter" in error.message


def test_started_by_with_desired_status_may_be_allowed_instead():
    ecs = make_engine(EngineSettings(started_by_allows_desired_status=True))
    arn = ecs.run_one(startedBy="a")
    ecs.clock.advance()
    assert ecs.list(startedBy="a", desiredStatus="STOPPED") == [arn]


def test_family_and_launch_type_filter(ecs):
    ecs.catalogue.register_task_definition(
        {"family": "other", "containerDefinitions": [MAIN]}
    )
    other = ecs.run_one(
        taskDefinition="other", launchType="EC2", networkConfiguration=None
    )
    mine = ecs.run_one()
    assert ecs.list(family=FAMILY) == [mine]
    assert ecs.list(family="other") == [other]
    assert ecs.list(launchType="EC2") == [other]


def test_pages_hold_a_hundred_and_the_token_leads_on(ecs):
    arns = [ecs.run_one() for _ in range(205)]
    found, token, sizes = [], {}, []
    while True:
        page = ecs.engine.list_tasks({"cluster": CLUSTER, **token})
        found += page["taskArns"]
        sizes.append(len(page["taskArns"]))
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}
    assert sizes == [100, 100, 5]
    assert found == arns


@pytest.mark.parametrize(("size", "is_accepted"), [(1, 1), (100, 1), (0, 0), (101, 0)])
def test_a_page_has_1_to_100_tasks(ecs, size, is_accepted):
    if is_accepted:
        assert ecs.list(maxResults=size) == []
    else:
        assert "between 1 and 100" in refusal(ecs.list, maxResults=size).message


def test_a_made_up_token_is_refused(ecs):
    assert refusal(ecs.list, nextToken="made up").code == "InvalidParameterException"


def test_a_service_is_not_found(ecs):
    assert refusal(ecs.list, serviceName="web").code == "ServiceNotFoundException"


def test_a_new_task_can_be_unlisted_at_first(ecs):
    ecs.engine.faults.unlisted_for(120)
    arn = running(ecs, startedBy="a")
    assert ecs.list(startedBy="a") == []
    assert ecs.task(arn)["lastStatus"] == "RUNNING"
    ecs.clock.advance(120)
    assert ecs.list(startedBy="a") == [arn]
