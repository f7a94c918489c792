"""Runs one program, and ends it and all it started once its own starter is gone.

A script for a bare interpreter: the standard library only. It exists because a death
signal reaches one process, belongs to the thread that asked for it, and is not
inherited: the emulator's Lambda workers, for one, would outlive everybody. Here the
starter holds a pipe, whose end no death can hide, and this process is the one to which
orphaned descendants fall (Linux: prctl(2), PR_SET_CHILD_SUBREAPER).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
ON_LINUX = sys.platform == "linux"
POLL_SECONDS = 0.05
KILL_SECONDS_MAX = 5.0
_LIBC = ctypes.CDLL(None, use_errno=True) if ON_LINUX else None


def main(arguments: list[str]) -> int:
    """Run `arguments[1:]` until it ends or standard input does.

    Args:
        arguments: seconds of grace between SIGTERM and SIGKILL, for the program and
            then for what it leaves behind; then the command.

    Returns:
        The program's exit code, or 128 + n after signal n.
    """
    grace_seconds, command = float(arguments[0]), arguments[1:]
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    wake_reader, wake_writer = os.pipe()
    for end in (wake_reader, wake_writer):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(wake_writer)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the starter's to handle
    child = subprocess.Popen(  # noqa: S603 - the command is the starter's own
        command,
        stdin=subprocess.DEVNULL,
        process_group=0,
        preexec_fn=_die_with_parent,  # noqa: PLW1509 - one thread runs here
    )
    _wait_for_an_end(child, wake_reader)
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
        _wait(child, grace_seconds)
        _kill_group(child)
    _wait_for_the_rest(child, grace_seconds)
    _kill_the_rest(child)
    code = child.wait()
    return code if code >= 0 else 128 - code


def _die_with_parent() -> None:
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _wait_for_an_end(child: subprocess.Popen[bytes], wake_reader: int) -> None:
    """Return once the program ended, the pipe closed, or SIGTERM came."""
    while child.poll() is None:
        ready, _, _ = select.select([0, wake_reader], [], [])
        if 0 in ready and not os.read(0, 1024):
            return
        if wake_reader in ready and signal.SIGTERM in os.read(wake_reader, 64):
            return
        _reap_orphans(child)


def _reap_orphans(child: subprocess.Popen[bytes]) -> None:
    """Collect ended descendants that fell to this process, never the program."""
    for pid in _children_by_parent().get(os.getpid(), []):
        if pid != child.pid:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def _wait(child: subprocess.Popen[bytes], seconds: float) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(seconds)


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


def _wait_for_the_rest(child: subprocess.Popen[bytes], seconds: float) -> None:
    """Let what survives the program tidy up: some only begins when it is gone."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and _descendants_of(os.getpid()):
        child.poll()
        _reap_orphans(child)
        time.sleep(POLL_SECONDS)


def _kill_the_rest(child: subprocess.Popen[bytes]) -> None:
    """Kill until nothing that the program started is left.

    One round is not enough: a process may fork between being listed and killed.
    """
    deadline = time.monotonic() + KILL_SECONDS_MAX
    while time.monotonic() < deadline:
        _kill_group(child)
        left = _descendants_of(os.getpid())
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        child.poll()
        _reap_orphans(child)
        if not left:
            return
        time.sleep(POLL_SECONDS)


def _descendants_of(pid: int) -> list[int]:
    """List all that descend from `pid`, ended but uncollected ones included."""
    children = _children_by_parent()
    found: list[int] = []
    waiting = list(children.get(pid, []))
    while waiting:
        current = waiting.pop()
        found.append(current)
        waiting.extend(children.get(current, []))
    return found


def _children_by_parent() -> dict[int, list[int]]:
    """Read every process's parent; empty where there is no /proc.

    /proc/<pid>/task/<tid>/children would be shorter, but not every kernel has it
    (proc(5): CONFIG_PROC_CHILDREN).
    """
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            # The name, in parentheses, may hold anything: count from its end.
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    return children


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
