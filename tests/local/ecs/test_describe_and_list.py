"""DescribeTasks and ListTasks."""

from __future__ import annotations

import pytest

from ecs_engine import CLUSTER, FAMILY, MAIN, make_engine
from headrace_local.ecs import EcsError, EngineSettings, Fate

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
