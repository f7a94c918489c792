"""The wire protocol, held against botocore's own model of ECS."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from ecs_engine import CLUSTER, FARGATE_DEFINITION, MAIN, make_engine, run_request
from ecs_model import answer_differences, error_differences, event_differences
from ecs_server import CREDENTIALS, ecs_client, exchange, post
from headrace_local.ecs import Capacity, Fate, LocalEcs, ScriptedRunner
from headrace_local.ecs.clock import SystemClock, Timers
from headrace_local.ecs.http_host import PortInUseError
from processes import wait_for


@pytest.fixture(scope="module")
def server():
    timers = Timers(SystemClock())
    runner = ScriptedRunner(timers, Fate(run_seconds=None))
    with LocalEcs(runner=runner, timers=timers) as ecs:
        client = ecs_client(ecs.endpoint_url)
        providers = ["FARGATE", "FARGATE_SPOT"]
        client.create_cluster(clusterName=CLUSTER, capacityProviders=providers)
        client.register_task_definition(**FARGATE_DEFINITION)
        yield ecs


@pytest.fixture(autouse=True)
def fresh(server):
    server.engine.reset()
    server.engine.set_capacity(Capacity())
    server.runner.default = Fate(run_seconds=None)


@pytest.fixture
def boto(server):
    return ecs_client(server.endpoint_url)


def call(server, operation, **body):
    status, answer = post(server.endpoint_url, operation, body)
    assert status == 200
    assert answer_differences(operation, answer) == []
    return answer


def test_every_answer_is_shaped_as_the_model_says(server):
    tags = [{"key": "a", "value": "b"}]
    request = run_request(tags=tags, startedBy="job-1", clientToken="t", count=2)
    arns = [each["taskArn"] for each in call(server, "RunTask", **request)["tasks"]]
    call(server, "RunTask", **request)
    described = {"cluster": CLUSTER, "tasks": [*arns, "0" * 32], "include": ["TAGS"]}

    def all_running():
        tasks = call(server, "DescribeTasks", **described)["tasks"]
        return all(each["lastStatus"] == "RUNNING" for each in tasks)

    assert wait_for(all_running, seconds=5)
    call(server, "ListTasks", cluster=CLUSTER, maxResults=1)
    call(server, "StopTask", cluster=CLUSTER, task=arns[0], reason="enough")
    server.engine.interrupt_spot(arns[1])

    def all_stopped():
        tasks = call(server, "DescribeTasks", **described)["tasks"]
        return all(each["lastStatus"] == "STOPPED" for each in tasks)

    assert wait_for(all_stopped, seconds=5)
    call(server, "RunTask", **request)
    server.engine.set_capacity(Capacity(cpu_units_max=0))
    assert call(server, "RunTask", **run_request())["failures"] != []
    call(server, "DescribeClusters", clusters=[CLUSTER, "none"])
    call(server, "DescribeTaskDefinition", taskDefinition="report")
    call(server, "ListClusters")
    call(server, "ListTaskDefinitions")


@pytest.mark.parametrize(
    "fate",
    [
        Fate(),
        Fate.out_of_memory(),
        Fate.cannot_pull(),
        Fate(exit_code=None),
        Fate(run_seconds=None, term_exit_code=None),
    ],
)
def test_every_event_is_shaped_as_the_model_says(fate):
    ecs = make_engine(fate=fate)
    check = {"command": ["CMD", "true"]}
    ecs.define(MAIN | {"healthCheck": check, "memory": 256}, ephemeralStorage=None)
    arn = ecs.run_one(startedBy="a", tags=[{"key": "a", "value": "b"}])
    ecs.clock.advance()
    ecs.stop(arn)
    ecs.clock.advance(60)
    assert ecs.statuses(arn)[-1] == "STOPPED"
    for event in ecs.events:
        assert event_differences(event) == []
        assert event["source"] == "aws.ecs"
        assert event["detail-type"] == "ECS Task State Change"
        assert event["version"] == "0"
        assert event["resources"] == [arn]
        assert (event["region"], event["account"]) == ("us-east-1", "123456789012")
        assert "tags" not in event["detail"]
    assert len({each["id"] for each in ecs.events}) == len(ecs.events)


@pytest.mark.parametrize(
    "code",
    [
        "AccessDeniedException",
        "BlockedException",
        "ClientException",
        "ClusterNotFoundException",
        "ConflictException",
        "InvalidParameterException",
        "PlatformTaskDefinitionIncompatibilityException",
        "PlatformUnknownException",
        "ServerException",
        "UnsupportedFeatureException",
    ],
)
def test_every_error_is_parsed_by_boto3_as_its_own_class(server, boto, code):
    server.faults.fail_next(code)
    status, answer = post(server.endpoint_url, "RunTask", run_request())
    assert status == (500 if code == "ServerException" else 400)
    assert error_differences("RunTask", answer) == []
    server.faults.fail_next(code)
    with pytest.raises(getattr(boto.exceptions, code)) as caught:
        boto.run_task(**run_request())
    assert caught.value.response["Error"]["Message"] == answer["message"]


def test_a_conflict_carries_the_tasks_over_the_wire(boto):
    (task,) = boto.run_task(**run_request(clientToken="t"))["tasks"]
    with pytest.raises(boto.exceptions.ConflictException) as caught:
        boto.run_task(**run_request(clientToken="t", startedBy="other"))
    assert caught.value.response["resourceIds"] == [task["taskArn"]]


def test_a_throttle_is_a_throttle_to_boto3(server, boto):
    server.faults.throttle_next()
    with pytest.raises(ClientError) as caught:
        boto.run_task(**run_request())
    assert caught.value.response["Error"]["Code"] == "ThrottlingException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_lost_answer_is_a_broken_connection(server, boto):
    server.faults.lose_answer()
    with pytest.raises(ConnectionClosedError):
        boto.run_task(**run_request())
    assert len(boto.list_tasks(cluster=CLUSTER)["taskArns"]) == 1


def test_boto3_replays_a_lost_answer_under_its_own_token(server):

    patient = boto3.client("ecs", endpoint_url=server.endpoint_url, **CREDENTIALS)
    server.faults.lose_answer()
    patient.run_task(**run_request())
    assert len(patient.list_tasks(cluster=CLUSTER)["taskArns"]) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"count": "2"},
        {"count": 1.5},
        {"count": True},
        {"overrides": []},
        {"overrides": {"containerOverrides": [{"command": "sh"}]}},
        {"enableExecuteCommand": 1},
        {"startedBy": 7},
    ],
)
def test_a_member_of_another_type_is_a_serialization_error(server, body):
    status, answer = post(server.endpoint_url, "RunTask", run_request() | body)
    assert (status, answer["__type"]) == (400, "SerializationException")


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
def test_a_body_that_is_no_json_object_is_a_serialization_error(server, body):
    status, answer = post(server.endpoint_url, "RunTask", body)
    assert (status, answer["__type"]) == (400, "SerializationException")


def test_members_that_the_model_does_not_know_are_let_pass(server):
    call(server, "RunTask", **run_request(), invented=1)


def test_an_operation_that_nobody_serves_is_refused(server):
    status, answer = post(server.endpoint_url, "CreateService", {})
    assert status == 400
    assert "CreateService is not served" in answer["message"]
    status, _ = exchange("GET", f"{server.endpoint_url}/nothing", None, {})
    assert status == 400


def test_a_port_in_use_is_said_clearly(server):
    port = int(server.endpoint_url.rsplit(":", 1)[1])
    with pytest.raises(PortInUseError, match=f"port {port} on 127.0.0.1 is in use"):
        LocalEcs(port=port)
