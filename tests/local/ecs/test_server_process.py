"""The server as a process: its command line, its death, and its restart."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import psutil
import pytest

from ecs_engine import CLUSTER, FARGATE_DEFINITION, run_request
from ecs_server import ecs_client
from processes import descendants_of, still_running, wait_for

# A task whose child leaves its session and whose grandchild does so again.
DEEP = (
    "import subprocess,sys,time\n"
    "depth=int(sys.argv[1])\n"
    "if depth: subprocess.Popen([sys.executable,'-c',sys.argv[2],str(depth-1),"
    "sys.argv[2]],start_new_session=True,env={'PATH':'/usr/bin:/bin'})\n"
    "time.sleep(120)"
)


@contextmanager
def server(state, *arguments):
    ready = state / "ready"
    state.mkdir(exist_ok=True)
    ready.unlink(missing_ok=True)
    command = [sys.executable, "-m", "headrace_local.ecs", "--port", "0"]
    command += ["--state-dir", str(state), "--ready-file", str(ready)]
    process = subprocess.Popen(  # noqa: S603 - our own command line
        [*command, "--runner", "subprocess", *arguments]
    )
    try:
        line = wait_for(lambda: ready.exists() and ready.read_text(), seconds=20)
        told = json.loads(line)
        assert told["pid"] == process.pid
        yield process, ecs_client(told["endpointUrl"])
    finally:
        process.kill()
        process.wait()


def prepare(boto):
    boto.create_cluster(clusterName=CLUSTER)
    boto.register_task_definition(**FARGATE_DEFINITION)


def run(boto, *command, **more):
    overrides = {"containerOverrides": [{"name": "main", "command": list(command)}]}
    answer = boto.run_task(**run_request(overrides=overrides, **more))
    return answer["tasks"][0]["taskArn"]


def status(boto, arn):
    found = boto.describe_tasks(cluster=CLUSTER, tasks=[arn])["tasks"]
    return found[0]["lastStatus"] if found else None


def deep_task(process, boto):
    """Start a task of three processes; return all that the server has started."""
    run(boto, "python", "-c", DEEP, "2", DEEP)
    # The keeper, the task, its child and its grandchild.
    assert wait_for(lambda: len(descendants_of(process.pid)) >= 4, seconds=15)
    return descendants_of(process.pid)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_when_the_server_is_ended_no_process_is_left(tmp_path, number):
    with server(tmp_path / "state") as (process, boto):
        prepare(boto)
        started = deep_task(process, boto)
        process.send_signal(number)
        process.wait(20)
        assert wait_for(lambda: not still_running(started), seconds=10), [
            each.cmdline() for each in still_running(started)
        ]


def test_when_server_and_keeper_are_killed_the_next_server_clears_up(tmp_path):
    state = tmp_path / "state"
    with server(state) as (process, boto):
        prepare(boto)
        run(boto, "python", "-c", DEEP.replace("env={'PATH':'/usr/bin:/bin'}", ""), "2")
        started = descendants_of(process.pid)
        assert wait_for(lambda: len(descendants_of(process.pid)) >= 2, seconds=10)
        started = descendants_of(process.pid)
        keeper = json.loads((state / "keeper.json").read_text())["pid"]
        os.kill(process.pid, signal.SIGSTOP)
        os.kill(keeper, signal.SIGKILL)
        process.kill()
        process.wait()
    with server(state):
        assert wait_for(lambda: not still_running(started), seconds=10)


def test_a_clean_end_has_exit_code_0(tmp_path):
    with server(tmp_path / "state") as (process, boto):
        prepare(boto)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_a_taken_port_ends_the_server_with_a_sentence(tmp_path):
    with server(tmp_path / "a") as (_, boto):
        port = boto.meta.endpoint_url.rsplit(":", 1)[1]
        command = [sys.executable, "-m", "headrace_local.ecs", "--port", port]
        ended = subprocess.run(  # noqa: S603 - our own command line
            [*command, "--runner", "subprocess"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert ended.returncode == 3
    assert f"port {port} on 127.0.0.1 is in use" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_after_a_restart_what_was_alive_is_stopped_with_an_honest_reason(tmp_path):
    state = tmp_path / "state"
    with server(state) as (process, boto):
        prepare(boto)
        done = run(boto, "true")
        assert wait_for(lambda: status(boto, done) == "STOPPED", seconds=10)
        alive = run(boto, "sleep", "100", clientToken="t", startedBy="job")
        assert wait_for(lambda: status(boto, alive) == "RUNNING", seconds=10)
        (before,) = boto.describe_tasks(cluster=CLUSTER, tasks=[alive])["tasks"]
        (finished,) = boto.describe_tasks(cluster=CLUSTER, tasks=[done])["tasks"]
        process.kill()
        process.wait()
    with server(state) as (_, boto):
        prepare(boto)
        answer = boto.describe_tasks(cluster=CLUSTER, tasks=[alive, done])
        lost, same = answer["tasks"]
        assert same == finished
        assert (lost["lastStatus"], lost["stopCode"]) == (
            "STOPPED",
            "InfrastructureHealth",
        )
        assert "server ended while the task was alive" in lost["stoppedReason"]
        assert "exitCode" not in lost["containers"][0]
        assert lost["version"] > before["version"]
        assert lost["startedBy"] == "job"
        overrides = before["overrides"]
        replay = boto.run_task(
            **run_request(overrides=overrides_of(overrides), clientToken="t")
            | {"startedBy": "job"}
        )
        assert [each["taskArn"] for each in replay["tasks"]] == [alive]
        assert boto.list_tasks(cluster=CLUSTER)["taskArns"] == []


def overrides_of(shown):
    return {"containerOverrides": shown["containerOverrides"]}


def test_no_zombie_is_left_by_many_short_tasks(tmp_path):
    with server(tmp_path / "state") as (process, boto):
        prepare(boto)
        arns = [run(boto, "true") for _ in range(30)]

        def all_stopped():
            answer = boto.describe_tasks(cluster=CLUSTER, tasks=arns)
            return all(each["lastStatus"] == "STOPPED" for each in answer["tasks"])

        assert wait_for(all_stopped, seconds=15)
        (keeper,) = psutil.Process(process.pid).children()
        assert keeper.children() == []


def test_a_clean_stop_says_of_live_tasks_what_happened_to_them(tmp_path):
    state = tmp_path / "state"
    with server(state) as (process, boto):
        prepare(boto)
        alive = run(boto, "sleep", "100")
        assert wait_for(lambda: status(boto, alive) == "RUNNING", seconds=10)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    with server(state) as (_, boto):
        prepare(boto)
        (lost,) = boto.describe_tasks(cluster=CLUSTER, tasks=[alive])["tasks"]
    assert lost["stopCode"] == "InfrastructureHealth"
    assert "server was stopped while the task was alive" in lost["stoppedReason"]
    assert "exitCode" not in lost["containers"][0]
