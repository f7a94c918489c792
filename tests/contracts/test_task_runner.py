"""What every `TaskRunner` promises, over ECS in this process and over HTTP."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass

import boto3
import pytest
from botocore.config import Config

from builders import ACCOUNT_ID, CLUSTER_ARN, REGION, a_placement
from headrace.aws.ecs_runner import EcsRunner, run_task_client_config
from headrace.errors import Throttled, TryLater
from headrace.launches.launch import (
    Clashed,
    LaunchOrder,
    RefusalKind,
    Refused,
    Started,
    Unanswered,
)
from headrace.ports import TaskRunner
from headrace_local.ecs import (
    Engine,
    EngineSettings,
    Fate,
    LocalEcs,
    MemoryCatalogue,
    ScriptedRunner,
    Timers,
    VirtualClock,
)
from headrace_local.engine_task_runner import engine_task_runner

FAMILY = "headrace-job-report"
UNKNOWN_ARN = f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:task/headrace/{'f' * 32}"
SETTINGS = EngineSettings(region=REGION, account_id=ACCOUNT_ID)
CREDENTIALS = {
    "region_name": REGION,
    "aws_access_key_id": "test",
    "aws_secret_access_key": "test",
}
ONE_TRY = Config(retries={"mode": "standard", "total_max_attempts": 1})


def all_stopped(tasks, family):
    """Return what all pages of a family's stopped tasks show."""
    page = tasks.stopped_page(family, cluster_arn=CLUSTER_ARN, cursor=None)
    found = list(page.reports)
    while page.cursor is not None:
        page = tasks.stopped_page(family, cluster_arn=CLUSTER_ARN, cursor=page.cursor)
        found += page.reports
    return found


@dataclass
class World:
    """A task runner, and the ECS beneath it."""

    tasks: TaskRunner
    engine: Engine
    clock: VirtualClock
    containers: ScriptedRunner
    endpoint_url: str | None = None

    @property
    def faults(self):
        return self.engine.faults

    @property
    def task_count(self):
        return len(self.engine.tasks)

    def started(self, number=1):
        answer = self.tasks.run(an_order(number))
        assert isinstance(answer, Started)
        return answer.task_arn


def an_order(number=1, **changes):
    token = f"{'abcdefghij'[number % 10] * 26}-1-{number}"
    request = {
        "cluster": CLUSTER_ARN,
        "taskDefinition": f"{FAMILY}:1",
        "count": 1,
        "launchType": "FARGATE",
        "networkConfiguration": {
            "awsvpcConfiguration": {
                "subnets": ["subnet-0a1b2c3d"],
                "securityGroups": ["sg-0a1b2c3d"],
                "assignPublicIp": "DISABLED",
            }
        },
        "overrides": {
            "containerOverrides": [
                {"name": "main", "environment": [{"name": "N", "value": str(number)}]}
            ]
        },
        "group": a_placement().group,
        "startedBy": token,
        "clientToken": token,
    }
    return LaunchOrder(token=token, request=request | changes)


def fill(catalogue):
    catalogue.create_cluster({"clusterName": "headrace"})
    for family in (FAMILY, "headrace-job-other"):
        catalogue.register_task_definition(
            {
                "family": family,
                "networkMode": "awsvpc",
                "requiresCompatibilities": ["FARGATE"],
                "cpu": "256",
                "memory": "512",
                "containerDefinitions": [{"name": "main", "image": "acme/report:1"}],
            }
        )


def in_process():
    clock = VirtualClock()
    timers = Timers(clock)
    clock.attach(timers)
    containers = ScriptedRunner(timers, Fate(exit_code=0, run_seconds=60))
    catalogue = MemoryCatalogue(region=REGION, account_id=ACCOUNT_ID)
    fill(catalogue)
    engine = Engine(
        timers=timers, runner=containers, catalogue=catalogue, settings=SETTINGS
    )
    return World(engine_task_runner(engine, a_placement()), engine, clock, containers)


@contextmanager
def over_http():
    clock = VirtualClock()
    timers = Timers(clock)
    clock.attach(timers)
    containers = ScriptedRunner(timers, Fate(exit_code=0, run_seconds=60))
    ecs = LocalEcs(runner=containers, clock=clock, timers=timers, settings=SETTINGS)
    fill(ecs.catalogue)
    with ecs:
        at = {"endpoint_url": ecs.endpoint_url, **CREDENTIALS}
        tasks = EcsRunner(
            boto3.client("ecs", config=run_task_client_config(), **at),
            boto3.client("ecs", config=ONE_TRY, **at),
            a_placement(),
        )
        yield World(tasks, ecs.engine, clock, containers, ecs.endpoint_url)


@pytest.fixture(params=["in process", "over HTTP"])
def world(request):
    if request.param == "in process":
        yield in_process()
    else:
        with over_http() as served:
            yield served


def test_a_launch_makes_one_task_that_carries_its_token(world):
    arn = world.started()
    [report] = world.tasks.describe([arn]).reports
    assert report.task_arn == arn
    assert report.started_by == an_order().token
    assert report.group == a_placement().group
    assert report.cluster_arn == CLUSTER_ARN


def test_the_same_order_makes_no_second_task(world):
    first = world.tasks.run(an_order())
    world.clock.advance(30)
    assert world.tasks.run(an_order()) == first
    assert world.task_count == 1


def test_a_replay_names_a_task_that_has_stopped_since(world):
    arn = world.started()
    world.clock.advance(120)
    assert world.tasks.describe([arn]).reports[0].is_stopped
    assert world.tasks.run(an_order()) == Started(arn)


def test_another_request_with_the_same_token_clashes_and_names_the_task(world):
    arn = world.started()
    answer = world.tasks.run(an_order(enableExecuteCommand=True))
    assert isinstance(answer, Clashed)
    assert answer.task_arns == (arn,)
    assert world.task_count == 1


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("RESOURCE:MEMORY", RefusalKind.CAPACITY),
        ("RESOURCE:ENI", RefusalKind.CAPACITY),
        (
            (
                "Capacity is unavailable at this time. Please try again later or in a"
                " different availability zone"
            ),
            RefusalKind.CAPACITY,
        ),
        ("AGENT", RefusalKind.TRANSIENT),
        ("NEW REASON IN 2027", RefusalKind.TRANSIENT),
        ("ATTRIBUTE", RefusalKind.PERMANENT),
    ],
)
def test_an_answer_without_a_task_is_a_certain_refusal(world, reason, kind):
    world.faults.refuse_next(reason=reason, detail="more about it")
    assert world.tasks.run(an_order()) == Refused(
        kind, code=reason, detail="more about it", is_certain=True
    )
    assert world.task_count == 0


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AccessDeniedException", RefusalKind.DENIED),
        ("BlockedException", RefusalKind.DENIED),
        ("ClientException", RefusalKind.PERMANENT),
        ("ClusterNotFoundException", RefusalKind.PERMANENT),
        ("InvalidParameterException", RefusalKind.PERMANENT),
        ("PlatformUnknownException", RefusalKind.PERMANENT),
        ("UnsupportedFeatureException", RefusalKind.PERMANENT),
    ],
)
def test_an_error_that_ecs_documents_is_a_certain_refusal(world, code, kind):
    world.faults.fail_next(code, "the sentence")
    assert world.tasks.run(an_order()) == Refused(
        kind, code=code, detail="the sentence", is_certain=True
    )


@pytest.mark.parametrize("hidden", [False, True])
def test_a_throttle_is_known_however_it_is_worded(world, hidden):
    world.faults.throttle_next(hidden=hidden)
    answer = world.tasks.run(an_order())
    assert isinstance(answer, Refused)
    assert answer.kind is RefusalKind.THROTTLED
    assert answer.is_certain
    assert isinstance(world.tasks.run(an_order()), Started)


def test_a_full_provisioning_queue_is_a_lack_of_capacity(world):
    world.faults.fail_next(
        "ClientException", "Tasks provisioning capacity limit exceeded."
    )
    answer = world.tasks.run(an_order())
    assert isinstance(answer, Refused)
    assert answer.kind is RefusalKind.CAPACITY


def test_an_inactive_task_definition_is_refused_for_good(world):
    world.engine.catalogue.deregister_task_definition({"taskDefinition": f"{FAMILY}:1"})
    answer = world.tasks.run(an_order())
    assert isinstance(answer, Refused)
    assert answer.kind is RefusalKind.PERMANENT


def test_a_lost_answer_is_no_answer_and_its_replay_finds_the_task(world):
    world.faults.lose_answer()
    assert isinstance(world.tasks.run(an_order()), Unanswered)
    assert world.task_count == 1
    [arn] = world.engine.tasks
    assert world.tasks.run(an_order()) == Started(arn)


@pytest.mark.parametrize("code", ["ServerException", "SomethingNewException"])
def test_a_server_error_or_an_unknown_code_is_no_answer(world, code):
    world.faults.fail_next(code)
    assert isinstance(world.tasks.run(an_order()), Unanswered)


def test_a_stopped_task_stops_and_stopping_again_is_no_error(world):
    arn = world.started()
    world.clock.advance(1)
    world.tasks.stop(arn, reason="x" * 300)
    world.clock.advance(60)
    [report] = world.tasks.describe([arn]).reports
    assert report.is_stopped
    assert report.stop_code == "UserInitiated"
    assert report.stopped_reason == "x" * 255
    world.tasks.stop(arn, reason="again")


def test_stopping_a_task_that_ecs_does_not_know_is_no_error(world):
    world.tasks.stop(UNKNOWN_ARN, reason="gone")


def test_a_stop_that_ecs_does_not_take_is_to_be_repeated(world):
    arn = world.started()
    world.faults.throttle_next(operation="StopTask")
    with pytest.raises(Throttled, match="StopTask: ThrottlingException"):
        world.tasks.stop(arn, reason="cancelled")
    world.faults.lose_answer(operation="StopTask")
    with pytest.raises(TryLater, match="StopTask"):
        world.tasks.stop(arn, reason="cancelled")
    world.faults.fail_next("ClusterNotFoundException", operation="StopTask")
    with pytest.raises(TryLater, match="ClusterNotFoundException"):
        world.tasks.stop(arn, reason="cancelled")


def test_a_task_that_ecs_does_not_know_is_missing(world):
    arn = world.started()
    described = world.tasks.describe([arn, UNKNOWN_ARN, arn])
    assert [report.task_arn for report in described.reports] == [arn]
    assert described.missing == {UNKNOWN_ARN}


def test_nothing_to_describe_is_described_without_a_call(world):
    world.faults.fail_next("ServerException", operation="DescribeTasks")
    described = world.tasks.describe([])
    assert (list(described.reports), described.missing) == ([], frozenset())


def test_a_throttled_description_says_nothing_of_any_task(world):
    arn = world.started()
    world.faults.throttle_next(operation="DescribeTasks")
    with pytest.raises(TryLater, match="ThrottlingException"):
        world.tasks.describe([arn])


def test_more_than_a_hundred_tasks_are_described_listed_and_found(world):
    world.containers.default = Fate(exit_code=0, run_seconds=1)
    arns = {world.started(number) for number in range(1, 231)}
    assert len(arns) == 230
    described = world.tasks.describe(sorted(arns))
    assert {report.task_arn for report in described.reports} == arns
    world.clock.advance(10)
    stopped = all_stopped(world.tasks, FAMILY)
    assert {report.task_arn for report in stopped} == arns
    assert all(report.is_stopped for report in stopped)


def test_a_running_task_is_found_by_its_launch_and_no_other(world):
    arn = world.started(1)
    world.started(2)
    world.clock.advance(1)
    [found] = world.tasks.find_running(an_order(1).token, cluster_arn=CLUSTER_ARN)
    assert (found.task_arn, found.is_running) == (arn, True)
    assert world.tasks.find_running("z" * 26 + "-1-1", cluster_arn=CLUSTER_ARN) == []
    assert all_stopped(world.tasks, FAMILY) == []


def test_a_stopped_task_is_found_by_its_family_and_no_longer_by_its_launch(world):
    arn = world.started()
    world.clock.advance(120)
    assert world.tasks.find_running(an_order().token, cluster_arn=CLUSTER_ARN) == []
    [found] = all_stopped(world.tasks, FAMILY)
    assert (found.task_arn, found.started_by) == (arn, an_order().token)
    assert all_stopped(world.tasks, "headrace-job-other") == []


def test_a_stopped_task_is_forgotten_after_an_hour(world):
    arn = world.started()
    world.clock.advance(2 * 3600)
    assert all_stopped(world.tasks, FAMILY) == []
    assert world.tasks.describe([arn]).missing == {arn}


@pytest.mark.parametrize("operation", ["ListTasks", "DescribeTasks"])
def test_a_search_that_ecs_did_not_answer_is_no_empty_search(world, operation):
    world.started()
    for search in (
        lambda: world.tasks.find_running(an_order().token, cluster_arn=CLUSTER_ARN),
        lambda: (world.clock.advance(120), all_stopped(world.tasks, FAMILY)),
    ):
        world.faults.throttle_next(operation=operation)
        with pytest.raises(TryLater):
            search()
        world.faults.clear()


def test_a_task_that_is_listed_but_not_yet_described_is_no_empty_search(world):
    world.faults.missing_for(30)
    world.started()
    with pytest.raises(TryLater, match="not visible yet"):
        world.tasks.find_running(an_order().token, cluster_arn=CLUSTER_ARN)
    world.clock.advance(31)
    assert len(world.tasks.find_running(an_order().token, cluster_arn=CLUSTER_ARN)) == 1


def test_a_refusal_behind_a_retry_of_the_sdk_is_not_certain():
    with over_http() as world:
        two_tries = Config(retries={"mode": "standard", "total_max_attempts": 2})
        at = {"endpoint_url": world.endpoint_url, **CREDENTIALS}
        client = boto3.client("ecs", config=two_tries, **at)
        tasks = EcsRunner(client, client, a_placement())
        world.faults.fail_next("ServerException")
        world.faults.refuse_next(reason="RESOURCE:CPU")
        answer = tasks.run(an_order())
        assert isinstance(answer, Refused)
        assert not answer.is_certain


def test_the_client_of_run_task_sends_once_and_waits_ten_seconds():
    config = run_task_client_config()
    client = boto3.client("ecs", config=config, **CREDENTIALS)
    assert client.meta.config.retries["total_max_attempts"] == 1
    assert client.meta.config.read_timeout == 10
