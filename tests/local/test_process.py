"""Supervised processes end with everything they started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from headrace_local.process import SupervisedProcess
from processes import descendants_of, still_running, wait_for

# Ignores SIGTERM, leaves a child in a session of its own, and a child of a child whose
# parent is gone: what no process group and no death signal reaches.
STUBBORN = textwrap.dedent(
    """
    trap '' TERM
    setsid sleep 1000 &
    (setsid sleep 1000 &)
    sleep 1000 &
    echo started
    while true; do sleep 1000; done
    """
)
PARTS = 4
# Started by the test, killed by it: the starter whose death must not be survived.
STARTER = textwrap.dedent(
    """
    import sys, threading, time
    from pathlib import Path
    from headrace_local.process import SupervisedProcess

    def start():
        process = SupervisedProcess.start(
            "stubborn", ["/bin/bash", "-c", sys.argv[1]],
            environment={"PATH": "/usr/bin:/bin"}, folder=Path("/"),
            log=Path(sys.argv[2]), grace_seconds=0.2,
        )
        print(process.pid, flush=True)

    # From a thread that ends: a death signal would be sent when it does.
    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    time.sleep(1000)
    """
)


def start(tmp_path: Path, script: str, grace_seconds: float = 0.2) -> SupervisedProcess:
    return SupervisedProcess.start(
        "stubborn",
        ["/bin/bash", "-c", script],
        environment={"PATH": os.defpath},
        folder=tmp_path,
        log=tmp_path / "log",
        grace_seconds=grace_seconds,
    )


def parts_of(supervisor: int) -> list[psutil.Process]:
    """Wait until all of the stubborn program runs, and return it."""

    def all_parts() -> list[psutil.Process]:
        found = [
            each
            for each in descendants_of(supervisor)
            if each.name() in {"bash", "sleep"}
        ]
        return found if len(found) > PARTS else []

    found = wait_for(all_parts, seconds=10)
    assert found, "the stubborn program did not start"
    return found


def test_a_stop_ends_descendants_that_ignore_it_or_hide(tmp_path):
    process = start(tmp_path, STUBBORN)
    parts = parts_of(process.pid)

    process.stop()

    assert still_running(parts) == []


def test_a_starter_killed_by_sigkill_leaves_nothing(tmp_path):
    starter = subprocess.Popen(  # noqa: S603 - our own code
        [sys.executable, "-c", STARTER, STUBBORN, str(tmp_path / "log")],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    supervisor = int(starter.stdout.readline())
    parts = [*parts_of(supervisor), psutil.Process(supervisor)]

    starter.kill()
    starter.wait()
    starter.stdout.close()

    assert wait_for(lambda: not still_running(parts), seconds=30)


def test_a_supervisor_killed_by_sigkill_takes_the_program_with_it(tmp_path):
    process = start(tmp_path, "echo $$; exec sleep 1000")
    program = wait_for(lambda: descendants_of(process.pid), seconds=10)

    os.kill(process.pid, signal.SIGKILL)

    assert wait_for(lambda: not still_running(program), seconds=30)
    process.stop()


def test_a_program_that_ends_leaves_no_child_behind(tmp_path):
    process = start(tmp_path, "setsid sleep 1000 & echo $!; sleep 0.2; exit 7")
    child = wait_for(lambda: descendants_of(process.pid), seconds=10)

    assert wait_for(lambda: process.exit_code() is not None, seconds=10)
    assert process.exit_code() == 7
    assert still_running(child) == []
    process.stop()


def test_a_program_may_stop_in_its_own_way(tmp_path):
    process = start(
        tmp_path,
        "trap 'echo cleaned up; exit 0' TERM; echo up; while :; do sleep 0.05; done",
        grace_seconds=5,
    )
    assert wait_for(lambda: "up" in process.last_words(), seconds=10)

    process.stop()

    assert "cleaned up" in process.last_words()
    assert process.exit_code() == 0


def test_a_program_inherits_no_variable(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "production")
    process = start(tmp_path, "env")

    assert wait_for(lambda: process.exit_code() is not None, seconds=10)
    assert "AWS_PROFILE" not in process.last_words()
    process.stop()


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_a_supervisor_outlives_no_signal_half_way(tmp_path, signal_number):
    process = start(tmp_path, STUBBORN)
    parts = parts_of(process.pid)

    os.kill(process.pid, signal_number)

    # Ctrl-C is the starter's to handle; a plain kill ends all.
    if signal_number == signal.SIGTERM:
        assert wait_for(lambda: not still_running(parts), seconds=30)
    else:
        assert still_running(parts)
    process.stop()
    assert still_running(parts) == []
