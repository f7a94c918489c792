"""What ends with a process, and what no process may wait for."""

from __future__ import annotations

import json
import os
import threading

import pytest

from ecs_engine import CLUSTER, FARGATE_DEFINITION, MAIN
from ecs_tasks import ended, gone, main_of, read, running, start, task
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
