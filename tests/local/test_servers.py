"""A local ECS that ends on its own is started again, unless that never works."""

from __future__ import annotations

import os
import sys

import psutil
import pytest

from headrace_local import servers as module
from headrace_local.problems import ServerFailedError
from headrace_local.process import SupervisedProcess
from headrace_local.servers import REVIVALS_IN_A_ROW_MAX, Servers
from headrace_local.task_server import TaskServerOptions
from processes import wait_for

READY = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); time.sleep(1000)"
BROKEN = "raise SystemExit(5)"


@pytest.fixture
def servers(tmp_path, monkeypatch):
    """Servers whose local ECS is a small program, to be chosen by `programs`."""
    programs = [READY]

    def start(options):
        options.ready_file.unlink(missing_ok=True)
        command = [sys.executable, "-c", programs[-1], str(options.ready_file)]
        return SupervisedProcess.start(
            "the local ECS",
            command,
            environment={"PATH": os.defpath},
            folder=tmp_path,
            log=tmp_path / "log",
            grace_seconds=0.2,
        )

    monkeypatch.setattr(module, "start_task_server", start)
    options = TaskServerOptions(
        port=0,
        upstream="",
        runner="subprocess",
        time_scale=60.0,
        state=tmp_path,
        scratch=tmp_path,
        log=tmp_path / "log",
    )
    emulator = start(options)
    # It must not say later, in the other's place, that it is ready.
    assert wait_for(options.ready_file.exists, seconds=30)
    made = Servers(
        emulator=emulator,
        emulator_port=0,
        tasks=start(options),
        tasks_options=options,
    )
    yield made, programs
    made.stop()


def kill_tasks(servers):
    supervisor = psutil.Process(servers.tasks.pid)
    (server,) = wait_for(supervisor.children, seconds=30)
    server.kill()
    assert wait_for(lambda: servers.tasks.exit_code() is not None, seconds=30)


def test_one_that_runs_is_left_alone(servers):
    running, _ = servers
    process = running.tasks

    assert running.revive_tasks() is None
    assert running.tasks is process
    running.check()


def test_one_that_was_killed_is_started_again_any_number_of_times(servers):
    running, _ = servers
    for _ in range(REVIVALS_IN_A_ROW_MAX + 1):
        kill_tasks(running)
        running.check()

        assert running.revive_tasks() == 137
        assert running.tasks.exit_code() is None
        running.check()


def test_one_that_never_gets_ready_is_given_up_and_told(servers):
    running, programs = servers
    programs.append(BROKEN)
    kill_tasks(running)
    for _ in range(REVIVALS_IN_A_ROW_MAX):
        assert running.revive_tasks() is not None

    assert running.revive_tasks() is None
    with pytest.raises(ServerFailedError, match="The local ECS ended with exit code 5"):
        running.check()


def test_one_that_was_stopped_stays_so(servers):
    running, _ = servers
    running.stop()

    assert running.revive_tasks() is None


def test_an_emulator_that_ended_is_not_started_again(servers):
    running, _ = servers
    (emulator,) = wait_for(psutil.Process(running.emulator.pid).children, seconds=30)
    emulator.kill()
    assert wait_for(lambda: running.emulator.exit_code() is not None, seconds=30)

    with pytest.raises(ServerFailedError, match="137"):
        running.check()
