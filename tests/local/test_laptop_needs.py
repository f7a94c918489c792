"""What a laptop run needs to itself: a state folder, ports, an engine."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from headrace_local.ports import choose_port
from headrace_local.problems import (
    AlreadyRunningError,
    NoContainerEngineError,
    PortTakenError,
)
from headrace_local.state_folder import StateFolder
from headrace_local.task_server import check_engine

HOLDER = """
import sys, time
from pathlib import Path
from headrace_local.state_folder import StateFolder
folder = StateFolder(Path(sys.argv[1]), keep=False)
print("held", flush=True)
time.sleep(1000)
"""


def test_a_second_run_in_the_same_folder_is_refused_and_told_who_holds_it(tmp_path):
    holder = subprocess.Popen(  # noqa: S603 - our own code
        [sys.executable, "-c", HOLDER, str(tmp_path / "state")],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    holder.stdout.readline()

    with pytest.raises(AlreadyRunningError, match=str(holder.pid)):
        StateFolder(tmp_path / "state", keep=False)

    holder.kill()
    holder.wait()
    holder.stdout.close()
    StateFolder(tmp_path / "state", keep=False).release()


def test_scratch_space_of_a_killed_run_is_cleared(tmp_path):
    left = tmp_path / "state" / "scratch" / "left"
    left.mkdir(parents=True)

    with StateFolder(tmp_path / "state", keep=False) as folder:
        assert not left.exists()
        (folder.scratch / "used").touch()
    assert not folder.scratch.exists()


def test_kept_state_survives_runs_that_keep_none(tmp_path):
    with StateFolder(tmp_path / "state", keep=True) as folder:
        folder.keep_ports({"ecs": 1234})
    with StateFolder(tmp_path / "state", keep=False) as folder:
        assert folder.kept is None
        assert folder.kept_ports() == {}
    with StateFolder(tmp_path / "state", keep=True) as folder:
        assert folder.kept_ports() == {"ecs": 1234}


def test_a_port_in_use_is_refused_with_its_holder_and_the_option():
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(PortTakenError) as raised:
            choose_port(port, purpose="The local ECS", option="--ecs-port")

    assert f"port {port}" in raised.value.what
    assert "pytest" in raised.value.why or "python" in raised.value.why
    assert "--ecs-port" in raised.value.advice


def test_a_free_port_is_taken_as_asked_and_any_when_not_asked():
    free = choose_port(None, purpose="x", option="--x")

    assert choose_port(free, purpose="x", option="--x") == free


def test_containers_without_an_engine_are_refused_with_what_was_tried(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")

    with pytest.raises(NoContainerEngineError) as raised:
        check_engine("containers")
    assert "tcp://127.0.0.1:1" in raised.value.why
    assert "--runner subprocess" in raised.value.advice

    check_engine("auto")
    check_engine("subprocess")
