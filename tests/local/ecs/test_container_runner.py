"""Tasks as real containers, on Docker or Podman."""

from __future__ import annotations

import time

import docker
import pytest

from containers_engine import IMAGE, NoEngineError, container_engine
from ecs_engine import CLUSTER, FARGATE_DEFINITION, run_request
from headrace_local.ecs import EngineSettings, LocalEcs
from headrace_local.ecs.runners import containers
from headrace_local.ecs.runners.container_calls import labelled
from headrace_local.ecs.runners.containers import (
    DIRECTORY_LABEL,
    KEY_LABEL,
    ContainerEngineRunner,
)
from processes import wait_for

pytestmark = pytest.mark.containers

MAIN = {"name": "main", "image": IMAGE, "essential": True}


@pytest.fixture(scope="module")
def engine_url():
    try:
        with container_engine() as url:
            yield url
    except NoEngineError as error:
        pytest.skip(str(error))


@pytest.fixture
def ecs(engine_url, tmp_path):
    runner = ContainerEngineRunner(engine_url, tmp_path)
    with LocalEcs(runner=runner, settings=EngineSettings(time_scale=30)) as made:
        made.catalogue.create_cluster({"clusterName": CLUSTER})
        define(made, MAIN)
        yield made


@pytest.fixture
def engine(engine_url):
    client = docker.DockerClient(base_url=engine_url)
    yield client
    client.close()


def define(ecs, *containers):
    ecs.catalogue.register_task_definition(
        FARGATE_DEFINITION | {"containerDefinitions": list(containers)}
    )


def start(ecs, *command):
    overrides = {"containerOverrides": [{"name": "main", "command": list(command)}]}
    answer = ecs.engine.run_task(run_request(overrides=overrides if command else None))
    return answer["tasks"][0]["taskArn"]


def task(ecs, arn):
    (found,) = ecs.engine.describe_tasks({"cluster": CLUSTER, "tasks": [arn]})["tasks"]
    return found


def ended(ecs, arn):
    def stopped():
        found = task(ecs, arn)
        return found if found["lastStatus"] == "STOPPED" else None

    found = wait_for(stopped, seconds=30)
    assert found is not None, task(ecs, arn)
    return found


def running(ecs, arn):
    assert wait_for(lambda: task(ecs, arn)["lastStatus"] == "RUNNING", seconds=20)


def ours(engine, tmp_path):
    label = f"{DIRECTORY_LABEL}={tmp_path.resolve()}"
    return engine.api.containers(all=True, filters={"label": [label]})


@pytest.mark.parametrize(
    ("script", "code"),
    [("exit 0", 0), ("exit 3", 3), ("kill -9 $$", 137)],
)
def test_the_exit_code_is_the_containers_own(ecs, script, code):
    found = ended(ecs, start(ecs, "sh", "-c", script))
    # A container's first process cannot kill itself: the kernel ignores it.
    expected = 0 if "kill" in script else code
    assert found["containers"][0]["exitCode"] == expected
    assert found["stopCode"] == "EssentialContainerExited"


def test_one_that_starts_while_others_are_listed_is_not_taken_for_removed(
    ecs, monkeypatch
):
    def late(client, label):
        listed = labelled(client, label)
        time.sleep(1)  # a busy engine: its answer is old when it comes
        return listed

    monkeypatch.setattr(containers, "labelled", late)
    running(ecs, start(ecs, "sleep", "60"))  # from now on they are listed
    found = ended(ecs, start(ecs, "sh", "-c", "exit 3"))
    assert found["containers"][0]["exitCode"] == 3


def test_an_unknown_image_cannot_be_pulled(ecs):
    define(ecs, MAIN | {"image": "localhost/none:1"})
    found = ended(ecs, start(ecs, "true"))
    assert found["stopCode"] == "TaskFailedToStart"
    assert found["stoppedReason"].startswith("CannotPullContainerError")
    assert "exitCode" not in found["containers"][0]


def test_an_unknown_command_cannot_be_started(ecs, engine, tmp_path):
    found = ended(ecs, start(ecs, "no-such-command"))
    assert found["stopCode"] == "TaskFailedToStart"
    assert found["stoppedReason"].startswith("CannotStartContainerError")
    assert wait_for(lambda: not ours(engine, tmp_path), seconds=10)


def test_a_memory_eater_is_stopped_while_its_neighbour_lives(ecs):
    neighbour = start(ecs, "sleep", "60")
    running(ecs, neighbour)
    found = ended(ecs, start(ecs, "tail", "/dev/zero"))
    main = found["containers"][0]
    assert main["exitCode"] == 137
    assert main["reason"] == "OutOfMemoryError: Container killed due to memory usage"
    assert task(ecs, neighbour)["lastStatus"] == "RUNNING"


def test_a_stopped_task_gets_sigterm_and_then_sigkill(ecs):
    kind = start(ecs, "sh", "-c", "trap 'exit 5' TERM; while :; do sleep 0.1; done")
    rude = start(ecs, "sh", "-c", "trap '' TERM; while :; do sleep 0.1; done")
    for arn in (kind, rude):
        running(ecs, arn)
        ecs.engine.stop_task({"cluster": CLUSTER, "task": arn})
    assert ended(ecs, kind)["containers"][0]["exitCode"] == 5
    assert ended(ecs, rude)["containers"][0]["exitCode"] == 137


def test_limits_environment_and_labels_reach_the_container(ecs, engine):
    environment = [{"name": "JOB_ID", "value": "j"}]
    define(ecs, MAIN | {"environment": environment, "cpu": 128, "memory": 100})
    arn = start(ecs, "sleep", "60")
    running(ecs, arn)
    key = task(ecs, arn)["containers"][0]["containerArn"]
    (found,) = engine.api.containers(filters={"label": [f"{KEY_LABEL}={key}"]})
    shown = engine.api.inspect_container(found["Id"])
    assert shown["HostConfig"]["Memory"] == 100 * 1024 * 1024
    assert shown["HostConfig"]["CpuQuota"] == 12_500
    assert "JOB_ID=j" in shown["Config"]["Env"]
    assert not any(each.startswith("AWS_") for each in shown["Config"]["Env"])


def test_output_is_kept_and_the_container_removed(ecs, engine, tmp_path):
    ended(ecs, start(ecs, "sh", "-c", "echo out; echo err >&2"))
    (log,) = (tmp_path / "logs").iterdir()
    assert sorted(log.read_text().split()) == ["err", "out"]
    assert wait_for(lambda: not ours(engine, tmp_path), seconds=10)


def test_a_health_check_is_run_in_the_container(ecs):
    check = {"command": ["CMD", "true"], "interval": 5}
    waits = [{"containerName": "db", "condition": "HEALTHY"}]
    db = {
        "name": "db",
        "image": IMAGE,
        "command": ["sleep", "60"],
        "healthCheck": check,
    }
    define(ecs, MAIN | {"dependsOn": waits}, db)
    found = ended(ecs, start(ecs, "true"))
    codes = {each["name"]: each.get("exitCode") for each in found["containers"]}
    assert codes["main"] == 0


def test_a_new_server_removes_what_a_former_one_left(engine_url, engine, tmp_path):
    label = {DIRECTORY_LABEL: str(tmp_path.resolve())}
    engine.containers.run(IMAGE, ["sleep", "60"], labels=label, detach=True)
    assert len(ours(engine, tmp_path)) == 1
    runner = ContainerEngineRunner(engine_url, tmp_path)
    try:
        assert ours(engine, tmp_path) == []
    finally:
        runner.close()


def test_when_the_server_is_gone_its_containers_go_too(ecs, engine, tmp_path):
    running(ecs, start(ecs, "sleep", "60"))
    assert len(ours(engine, tmp_path)) == 1
    # What the kernel does to the reaper's input when the server is killed.
    ecs.runner.reaper_input.close()
    assert wait_for(lambda: not ours(engine, tmp_path), seconds=20)


# In the shell's own words: the image holds no programs to ask.
CLOSED = """
(: > /anywhere) 2> /dev/null && exit 7
while read -r name value rest; do
  case "$name $value" in
    "Uid: 1000" | "CapBnd: 0000000000000000") seen="$seen$name" ;;
  esac
done < /proc/self/status
[ "$seen" = Uid:CapBnd: ] || exit 8
"""


def test_a_container_gets_no_more_than_its_definition_leaves_it(ecs):
    drop = {"capabilities": {"drop": ["ALL"]}}
    closed = {
        **MAIN,
        "user": "1000",
        "readonlyRootFilesystem": True,
        "linuxParameters": drop,
    }
    define(ecs, closed)
    found = ended(ecs, start(ecs, "sh", "-c", CLOSED))
    assert found["containers"][0]["exitCode"] == 0

    define(ecs, MAIN)
    found = ended(ecs, start(ecs, "sh", "-c", CLOSED))
    assert found["containers"][0]["exitCode"] == 7


def test_the_image_digest_is_the_engines_own(ecs, engine):
    found = ended(ecs, start(ecs, "sh", "-c", "exit 0"))
    image = engine.images.get(IMAGE)
    pushed = [each.partition("@")[2] for each in image.attrs["RepoDigests"]]
    assert found["containers"][0]["imageDigest"] in {*pushed, image.id}
