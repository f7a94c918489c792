"""Tasks as real processes: exits, signals, memory, environment, and what they leave."""

from __future__ import annotations

import json
import os
import threading
import time

import psutil
import pytest

from ecs_engine import CLUSTER, FARGATE_DEFINITION, MAIN, run_request
from headrace_local.ecs import EngineSettings, LocalEcs
from headrace_local.ecs.runners.images import ImageMap
from processes import wait_for

# A process that tells by a file that it is ready, and what it is.
TELL = (
    "import os,pathlib,sys,time;pathlib.Path(sys.argv[1]).write_text(str(os.getpid()));"
)


@pytest.fixture
def ecs(tmp_path):
    images = ImageMap.parse({"greeter:*": ["python", "-c", "raise SystemExit(7)"]})
    settings = EngineSettings(time_scale=60)
    with LocalEcs(
        state_directory=tmp_path / "state", images=images, settings=settings
    ) as made:
        made.catalogue.create_cluster({"clusterName": CLUSTER})
        made.catalogue.register_task_definition(FARGATE_DEFINITION)
        yield made


def start(ecs, *command, environment=None, **changes):
    override = {"name": "main", "command": list(command)}
    if environment:
        pairs = [{"name": key, "value": each} for key, each in environment.items()]
        override["environment"] = pairs
    overrides = {"containerOverrides": [override]} if command else None
    answer = ecs.engine.run_task(run_request(overrides=overrides, **changes))
    return answer["tasks"][0]["taskArn"]


def task(ecs, arn):
    (found,) = ecs.engine.describe_tasks({"cluster": CLUSTER, "tasks": [arn]})["tasks"]
    return found


def ended(ecs, arn, seconds=15):
    def stopped():
        found = task(ecs, arn)
        return found if found["lastStatus"] == "STOPPED" else None

    found = wait_for(stopped, seconds=seconds)
    assert found is not None, task(ecs, arn)
    return found


def main_of(found):
    return next(each for each in found["containers"] if each["name"] == "main")


def running(ecs, arn):
    assert wait_for(lambda: task(ecs, arn)["lastStatus"] == "RUNNING", seconds=10)


def read(path, seconds=10):
    text = wait_for(lambda: path.exists() and path.read_text(), seconds=seconds)
    assert text
    return text


def gone(pid):
    return not psutil.pid_exists(pid) or (
        psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    )


def output(ecs):
    return "".join(
        each.read_text() for each in (ecs.state_directory / "logs").iterdir()
    )


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("pass", 0),
        ("raise SystemExit(1)", 1),
        ("raise SystemExit(3)", 3),
        ("import os; os.kill(os.getpid(), 9)", 137),
        ("import os; os.kill(os.getpid(), 15)", 143),
    ],
)
def test_the_exit_code_is_the_processs_own(ecs, script, code):
    found = ended(ecs, start(ecs, "python", "-c", script))
    assert found["stopCode"] == "EssentialContainerExited"
    assert main_of(found)["exitCode"] == code
    assert "reason" not in main_of(found)


def test_a_command_that_is_not_there_fails_the_start(ecs):
    found = ended(ecs, start(ecs, "no-such-command"))
    assert found["stopCode"] == "TaskFailedToStart"
    assert found["stoppedReason"].startswith("CannotStartContainerError")
    assert "exitCode" not in main_of(found)


def test_a_task_without_any_command_fails_the_start(ecs):
    found = ended(ecs, start(ecs))
    assert "no command specified" in found["stoppedReason"]


def test_an_image_of_the_map_brings_its_entry_point(ecs):
    greeter = MAIN | {"image": "greeter:2"}
    ecs.catalogue.register_task_definition(
        FARGATE_DEFINITION | {"containerDefinitions": [greeter]}
    )
    assert main_of(ended(ecs, start(ecs)))["exitCode"] == 7


def test_an_image_outside_a_closed_map_cannot_be_pulled(tmp_path):
    images = ImageMap.parse({"known:*": ["true"]}, is_closed=True)
    with LocalEcs(images=images) as ecs:
        ecs.catalogue.create_cluster({"clusterName": CLUSTER})
        ecs.catalogue.register_task_definition(FARGATE_DEFINITION)
        found = ended(ecs, start(ecs, "true"))
    assert found["stopCode"] == "TaskFailedToStart"
    assert found["stoppedReason"].startswith("CannotPullContainerError")
    assert "image not known" in found["stoppedReason"]


def test_a_memory_eater_is_stopped_while_its_neighbour_lives(ecs):
    neighbour = start(ecs, "sleep", "60")
    running(ecs, neighbour)
    eater = "data=[]\nwhile True: data.append(bytearray(10_000_000))"
    found = ended(ecs, start(ecs, "python", "-c", eater))
    main = main_of(found)
    assert main["exitCode"] == 137
    assert main["reason"] == "OutOfMemoryError: Container killed due to memory usage"
    assert found["stopCode"] == "EssentialContainerExited"
    assert task(ecs, neighbour)["lastStatus"] == "RUNNING"


def test_memory_eaten_by_a_child_in_another_session_counts_too(ecs):
    child = "data=bytearray(1_000_000_000); import time; time.sleep(60)"
    script = (
        "import subprocess,sys\n"
        "subprocess.Popen([sys.executable,'-c',sys.argv[1]],"
        "start_new_session=True).wait()"
    )
    found = ended(ecs, start(ecs, "python", "-c", script, child))
    assert main_of(found)["reason"].startswith("OutOfMemoryError")


def test_a_container_has_its_own_limit_beneath_the_tasks(ecs):
    ecs.catalogue.register_task_definition(
        FARGATE_DEFINITION | {"containerDefinitions": [MAIN | {"memory": 64}]}
    )
    script = "data=bytearray(150_000_000); import time; time.sleep(60)"
    found = ended(ecs, start(ecs, "python", "-c", script))
    assert main_of(found)["reason"].startswith("OutOfMemoryError")


def test_a_stopped_task_gets_sigterm_first(ecs, tmp_path):
    ready = tmp_path / "ready"
    script = (
        "import signal,sys,pathlib,time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))\n"
        "pathlib.Path(sys.argv[1]).write_text('x')\n"
        "time.sleep(60)"
    )
    arn = start(ecs, "python", "-c", script, str(ready))
    read(ready)
    ecs.engine.stop_task({"cluster": CLUSTER, "task": arn})
    found = ended(ecs, arn)
    assert (found["stopCode"], main_of(found)["exitCode"]) == ("UserInitiated", 5)


def test_a_task_that_ignores_sigterm_is_killed_after_the_scaled_timeout(ecs, tmp_path):
    ready = tmp_path / "ready"
    script = (
        "import signal,sys,pathlib,time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "pathlib.Path(sys.argv[1]).write_text('x')\n"
        "time.sleep(60)"
    )
    arn = start(ecs, "python", "-c", script, str(ready))
    read(ready)
    began = time.monotonic()
    ecs.engine.stop_task({"cluster": CLUSTER, "task": arn})
    found = ended(ecs, arn)
    assert main_of(found)["exitCode"] == 137
    # 30 s at a scale of 60.
    assert 0.4 < time.monotonic() - began < 5


def test_nothing_of_the_servers_environment_is_handed_down(ecs, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the developer's own")
    monkeypatch.setenv("EDITOR", "vi")
    script = "import os,json; print(json.dumps(dict(os.environ)))"
    ended(ecs, start(ecs, "python", "-c", script, environment={"JOB_ID": "j"}))
    environment = json.loads(output(ecs))
    assert set(environment) - {"LC_CTYPE"} == {
        "PATH",
        "HOME",
        "LANG",
        "TMPDIR",
        "JOB_ID",
        "HEADRACE_LOCAL_ECS_CONTAINER",
    }
    assert environment["HOME"] != os.environ.get("HOME")


def test_stdout_and_stderr_are_kept(ecs):
    script = "import sys; print('out'); print('err', file=sys.stderr)"
    ended(ecs, start(ecs, "python", "-c", script))
    assert sorted(output(ecs).split()) == ["err", "out"]


def test_the_scratch_directory_goes_with_the_task(ecs):
    script = "import os,pathlib; pathlib.Path(os.environ['TMPDIR'],'x').write_text('x')"
    assert main_of(ended(ecs, start(ecs, "python", "-c", script)))["exitCode"] == 0
    scratch = ecs.state_directory / "scratch"
    assert wait_for(lambda: list(scratch.iterdir()) == [], seconds=5)


def test_what_a_task_leaves_behind_ends_with_it(ecs, tmp_path):
    told = tmp_path / "child"
    child = TELL + "time.sleep(60)"
    script = (
        "import subprocess,sys,pathlib,time\n"
        "subprocess.Popen([sys.executable,'-c',sys.argv[1],sys.argv[2]],"
        "start_new_session=True)\n"
        "while not pathlib.Path(sys.argv[2]).exists(): time.sleep(.01)"
    )
    found = ended(ecs, start(ecs, "python", "-c", script, child, str(told)))
    assert main_of(found)["exitCode"] == 0
    pid = int(read(told))
    assert wait_for(lambda: gone(pid), seconds=5)


def test_a_side_container_is_stopped_with_the_main_one(ecs):
    side = {"name": "side", "image": "i", "command": ["sleep", "60"]}
    main = MAIN | {"command": ["python", "-c", "import time; time.sleep(.3)"]}
    ecs.catalogue.register_task_definition(
        FARGATE_DEFINITION | {"containerDefinitions": [main, side]}
    )
    found = ended(ecs, start(ecs))
    codes = {each["name"]: each["exitCode"] for each in found["containers"]}
    assert codes == {"main": 0, "side": 143}


def test_a_health_check_is_really_run(ecs, tmp_path):
    flag = tmp_path / "healthy"
    check = {"command": ["CMD", "test", "-e", str(flag)], "interval": 5, "retries": 10}
    waits = [{"containerName": "db", "condition": "HEALTHY"}]
    db = {"name": "db", "image": "i", "command": ["sleep", "60"], "healthCheck": check}
    main = MAIN | {"command": ["true"], "dependsOn": waits}
    ecs.catalogue.register_task_definition(
        FARGATE_DEFINITION | {"containerDefinitions": [main, db]}
    )
    arn = start(ecs)
    assert wait_for(
        lambda: (
            [each["lastStatus"] for each in task(ecs, arn)["containers"]]
            == ["PENDING", "RUNNING"]
        ),
        seconds=5,
    )
    flag.write_text("")
    found = ended(ecs, arn)
    assert main_of(found)["exitCode"] == 0


def test_when_the_keeper_is_killed_its_tasks_end_with_no_exit_code(ecs, tmp_path):
    told = tmp_path / "pid"
    arn = start(ecs, "python", "-c", TELL + "time.sleep(60)", str(told))
    pid = int(read(told))
    running(ecs, arn)
    note = json.loads((ecs.state_directory / "keeper.json").read_text())
    os.kill(note["pid"], 9)
    found = ended(ecs, arn)
    assert "exitCode" not in main_of(found)
    assert "ended unexpectedly" in main_of(found)["reason"]
    assert wait_for(lambda: gone(pid), seconds=5)
    assert main_of(ended(ecs, start(ecs, "true")))["exitCode"] == 0


def test_stopping_the_server_ends_every_task(tmp_path):
    told = tmp_path / "pid"
    with LocalEcs() as ecs:
        ecs.catalogue.create_cluster({"clusterName": CLUSTER})
        ecs.catalogue.register_task_definition(FARGATE_DEFINITION)
        start(ecs, "python", "-c", TELL + "time.sleep(60)", str(told))
        pid = int(read(told))
        directory = ecs.state_directory
    assert wait_for(lambda: gone(pid), seconds=5)
    assert not directory.exists()


def test_starting_never_waits_for_the_reports_of_what_was_started(ecs):
    # Long command lines fill the pipe to the keeper while its reports, which need the
    # engine's lock, fill the other.
    filler = "x" * 6000

    def burst():
        with ecs.engine.lock:
            for _ in range(400):
                start(ecs, "true", filler)
            ecs.timers.run_due()

    thread = threading.Thread(target=burst, daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()

    def all_stopped():
        tasks = list(ecs.engine.tasks.values())
        return len(tasks) == 400 and all(each.is_stopped for each in tasks)

    assert wait_for(all_stopped, seconds=30)
    codes = {each.containers[0].exit_code for each in ecs.engine.tasks.values()}
    assert codes == {0}
