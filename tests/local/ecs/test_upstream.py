"""The local ECS before a real emulator: pass-through, events, secrets and logs."""

from __future__ import annotations

import json

import pytest

from ecs_engine import CLUSTER, FAMILY, FARGATE_DEFINITION, MAIN, run_request
from ecs_server import client, ecs_client
from ecs_upstream import Queue, emulator
from headrace_local.ecs import EngineSettings, LocalEcs
from processes import wait_for

SECRET_TEXT = json.dumps({"password": "s3"})


@pytest.fixture(scope="module")
def upstream(tmp_path_factory):
    with emulator(tmp_path_factory.mktemp("emulator")) as url:
        yield url


@pytest.fixture(scope="module")
def ecs(upstream):
    with LocalEcs(upstream, settings=EngineSettings(time_scale=60)) as made:
        boto = ecs_client(made.endpoint_url)
        boto.create_cluster(clusterName=CLUSTER, capacityProviders=["FARGATE"])
        boto.register_task_definition(**FARGATE_DEFINITION)
        yield made


@pytest.fixture
def boto(ecs):
    return ecs_client(ecs.endpoint_url)


@pytest.fixture
def make_queue(upstream):
    made = []

    def make(pattern, **target):
        queue = Queue(upstream, pattern, **target)
        made.append(queue)
        return queue

    yield make
    for each in made:
        each.close()


def pattern_of(group, statuses=("RUNNING", "STOPPED")):
    return {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        "detail": {"group": [group], "lastStatus": list(statuses)},
    }


def run(boto, *command, **changes):
    overrides = {"containerOverrides": [{"name": "main", "command": list(command)}]}
    answer = boto.run_task(**run_request(overrides=overrides, **changes))
    return [each["taskArn"] for each in answer["tasks"]]


def pause_for_rules():
    """Wait out the second for which rules are cached."""
    deadline = []
    wait_for(lambda: deadline.append(1), seconds=1.1)


def stopped(boto, arn, seconds=15):
    def find():
        (task,) = boto.describe_tasks(cluster=CLUSTER, tasks=[arn])["tasks"]
        return task if task["lastStatus"] == "STOPPED" else None

    return wait_for(find, seconds=seconds)


def test_what_is_not_about_tasks_is_passed_through(boto, upstream):
    boto.create_cluster(clusterName="passed")
    behind = client("ecs", upstream)
    found = behind.describe_clusters(clusters=["passed"])["clusters"]
    assert [each["clusterName"] for each in found] == ["passed"]
    with pytest.raises(boto.exceptions.ClientException):
        boto.describe_task_definition(taskDefinition="nothing")


def test_cluster_and_definition_are_looked_up_behind(boto):
    with pytest.raises(boto.exceptions.ClusterNotFoundException):
        run(boto, "true", cluster="nowhere")
    with pytest.raises(boto.exceptions.ClientException, match="not found"):
        run(boto, "true", taskDefinition="nothing")
    boto.register_task_definition(**FARGATE_DEFINITION | {"family": "gone"})
    assert run(boto, "true", taskDefinition="gone:1") != []
    boto.deregister_task_definition(taskDefinition="gone:1")
    with pytest.raises(boto.exceptions.InvalidParameterException, match="inactive"):
        run(boto, "true", taskDefinition="gone:1")


def test_events_reach_the_queue_that_a_rule_names(boto, make_queue):
    queue = make_queue(pattern_of("mine"))
    pause_for_rules()
    arns = run(boto, "sh", "-c", "exit 3", group="mine", startedBy="j", count=10)
    run(boto, "true", group="other")
    bodies = queue.holds(20)
    assert len(bodies) == 20
    ends = [each for each in bodies if each["detail"]["lastStatus"] == "STOPPED"]
    assert {each["detail"]["taskArn"] for each in ends} == set(arns)
    for each in ends:
        assert each["source"] == "aws.ecs"
        assert each["detail"]["startedBy"] == "j"
        assert each["detail"]["containers"][0]["exitCode"] == 3
    for arn in arns:
        versions = [
            each["detail"]["version"]
            for each in bodies
            if each["detail"]["taskArn"] == arn
        ]
        assert len(set(versions)) == 2


def test_an_input_path_and_a_constant_input_are_respected(boto, make_queue):
    pattern = pattern_of("paths", ["STOPPED"])
    part = make_queue(pattern, InputPath="$.detail.lastStatus")
    constant = make_queue(pattern, Input='{"wake": true}')
    pause_for_rules()
    run(boto, "true", group="paths")
    assert part.holds(1) == ["STOPPED"]
    assert constant.holds(1) == [{"wake": True}]


def test_events_are_lost_doubled_and_late_on_demand(ecs, boto, make_queue):
    queue = make_queue(pattern_of("faulty", ["STOPPED"]))
    pause_for_rules()
    ecs.faults.lose_events(last_status="STOPPED")
    (lost,) = run(boto, "true", group="faulty")
    assert stopped(boto, lost)
    ecs.faults.duplicate_events(last_status="STOPPED")
    (twice,) = run(boto, "true", group="faulty")
    assert len(queue.holds(2)) == 2
    ecs.faults.delay_events(60, last_status="STOPPED")  # 1 s at this scale
    (late,) = run(boto, "true", group="faulty")
    assert stopped(boto, late)
    (after,) = run(boto, "true", group="faulty")
    seen = [each["detail"]["taskArn"] for each in queue.holds(4)]
    assert seen == [twice, twice, after, late]


def test_secrets_come_from_secrets_manager_and_ssm(boto, upstream):
    manager, ssm = client("secretsmanager", upstream), client("ssm", upstream)
    arn = manager.create_secret(Name="db", SecretString=SECRET_TEXT)["ARN"]
    ssm.put_parameter(Name="/app/key", Value="v", Type="SecureString")
    secrets = [
        {"name": "WHOLE", "valueFrom": arn},
        {"name": "PART", "valueFrom": f"{arn}:password::"},
        {"name": "KEY", "valueFrom": "/app/key"},
    ]
    script = (
        "import os; assert os.environ['PART'] == 's3';"
        f"assert os.environ['WHOLE'] == {SECRET_TEXT!r};"
        "assert os.environ['KEY'] == 'v'"
    )
    boto.register_task_definition(
        **FARGATE_DEFINITION
        | {"family": "secret", "containerDefinitions": [MAIN | {"secrets": secrets}]}
    )
    (task,) = run(boto, "python", "-c", script, taskDefinition="secret")
    assert stopped(boto, task)["containers"][0]["exitCode"] == 0


def test_a_secret_that_is_not_there_fails_the_start(boto):
    secrets = [{"name": "KEY", "valueFrom": "/no/such/parameter"}]
    boto.register_task_definition(
        **FARGATE_DEFINITION
        | {"family": "bad", "containerDefinitions": [MAIN | {"secrets": secrets}]}
    )
    (task,) = run(boto, "true", taskDefinition="bad")
    found = stopped(boto, task)
    assert found["stopCode"] == "TaskFailedToStart"
    assert found["stoppedReason"].startswith("ResourceInitializationError")


def test_output_goes_to_cloudwatch_logs(boto, upstream):
    options = {
        "awslogs-group": "/ecs/report",
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "run",
        "awslogs-create-group": "true",
    }
    log = {"logDriver": "awslogs", "options": options}
    boto.register_task_definition(
        **FARGATE_DEFINITION
        | {"family": "logs", "containerDefinitions": [MAIN | {"logConfiguration": log}]}
    )
    (task,) = run(boto, "sh", "-c", "echo one; echo two >&2", taskDefinition="logs")
    assert stopped(boto, task)
    logs = client("logs", upstream)
    stream = f"run/main/{task.rsplit('/', 1)[-1]}"

    def lines():
        try:
            answer = logs.get_log_events(
                logGroupName="/ecs/report", logStreamName=stream
            )
        except logs.exceptions.ResourceNotFoundException:
            return None
        return [each["message"] for each in answer["events"]]

    assert wait_for(lines, seconds=10) == ["one", "two"]


def test_hundreds_of_events_are_delivered_in_seconds(boto, make_queue):
    queue = make_queue(pattern_of("many", ["STOPPED"]))
    pause_for_rules()
    for _ in range(25):
        run(boto, "true", group="many", count=10)
    assert len(queue.holds(250, seconds=20)) == 250
    assert {each["detail"]["taskDefinitionArn"] for each in queue.bodies} == {
        f"arn:aws:ecs:us-east-1:123456789012:task-definition/{FAMILY}:1"
    }
