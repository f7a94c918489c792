"""Tasks as real processes: exits, signals, memory, environment, and what they leave."""

from __future__ import annotations

import json
import os
import time

import pytest

from ecs_engine import CLUSTER, FARGATE_DEFINITION, MAIN
from ecs_tasks import ended, main_of, output, read, running, start, task
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
