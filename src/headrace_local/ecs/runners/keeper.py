"""Keeps the processes of one local ECS: starts, watches and ends them.

Run as a script of its own, on the standard library alone, so that it is small and quick
to fork from. It reads one JSON command a line and writes one JSON report a line. When
its input ends, for whatever reason, it kills everything it ever started and exits: so
no task outlives the server, however that ended. It is the reaper of its descendants
(PR_SET_CHILD_SUBREAPER), so a grandchild that lost its parent, even in a session of its
own, becomes its child and is found. Linux only.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Longer than other modules because it runs as one file that imports nothing of ours.

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
WATCH_SECONDS = 0.1
WATCH_CLOSELY_SECONDS = 0.02
PAGE_BYTES = resource.getpagesize()
MIB = 1024 * 1024
MARKER = "HEADRACE_LOCAL_ECS_CONTAINER"

_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(slots=True)
class Kept:
    """One container's main process."""

    key: str
    task: str
    pid: int
    memory_bytes_max: int  # 0 is no limit
    task_memory_bytes_max: int
    is_out_of_memory: bool = False


@dataclass(slots=True)
class Process:
    """One line of the process table."""

    pid: int
    parent: int
    session: int
    rss_bytes: int


def process_table() -> dict[int, Process]:
    """Return every process that /proc shows, by its id."""
    table = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - twice as fast, ten times a second
        if name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                text = Path(f"/proc/{name}/stat").read_bytes()
                fields = text[text.rindex(b")") + 2 :].split()
                table[int(name)] = Process(
                    pid=int(name),
                    parent=int(fields[1]),
                    session=int(fields[3]),
                    rss_bytes=int(fields[21]) * PAGE_BYTES,
                )
    return table


def children_of(pid: int) -> list[int]:
    """Return the children of a process with a single thread."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:  # a kernel without CONFIG_PROC_CHILDREN
        return [each.pid for each in process_table().values() if each.parent == pid]
    return [int(each) for each in text.split()]


def marker_of(pid: int) -> str | None:
    """Return the container that a process's environment names, if any."""
    prefix = f"{MARKER}=".encode()
    with contextlib.suppress(OSError):
        for each in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
            if each.startswith(prefix):
                return each[len(prefix) :].decode()
    return None


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    """Send a signal to a process that may be gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def spawn(command: dict[str, Any]) -> int:
    """Start a process in a session of its own; return its id."""
    parent = os.getpid()

    def before_exec() -> None:
        # Should the keeper itself be killed, its children go with it.
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, command["nice"])

    output = os.open(command["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        process = subprocess.Popen(  # noqa: S603 - running it is the purpose
            command["argv"],
            env=command["environment"],
            cwd=command["directory"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=before_exec,  # noqa: PLW1509 - the keeper has one thread
        )
    finally:
        os.close(output)
    # The keeper reaps by itself: Popen must not, nor warn that nobody waited.
    process.returncode = 0
    return process.pid


@dataclass(slots=True)
class Keeper:
    """The processes being kept, by pid and by key."""

    by_pid: dict[int, Kept] = field(default_factory=dict)
    by_key: dict[str, Kept] = field(default_factory=dict)
    seen: dict[int, str] = field(default_factory=dict)
    watch_seconds: float = WATCH_SECONDS
    watched_at: float = 0.0

    def obey(self, command: dict[str, Any]) -> None:
        """Do what one line of input says."""
        if command["do"] == "start":
            self.start(command)
        elif (kept := self.by_key.get(command["key"])) is not None:
            if command["signal"] == "SIGTERM":
                kill(kept.pid, signal.SIGTERM)
            else:
                kill(kept.pid)

    def start(self, command: dict[str, Any]) -> None:
        """Start one container's process and report it, or why it could not be."""
        key = command["key"]
        try:
            pid = spawn(command)
        except (OSError, ValueError) as error:
            report(tell="failed", key=key, reason=str(error))
            return
        kept = Kept(
            key=key,
            task=command["task"],
            pid=pid,
            memory_bytes_max=(command["memory"] or 0) * MIB,
            task_memory_bytes_max=(command["task_memory"] or 0) * MIB,
        )
        self.by_pid[pid] = kept
        self.by_key[key] = kept
        report(tell="started", key=key, pid=pid)

    def reap(self) -> None:
        """Report the containers that ended and end what they left behind."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.seen.pop(pid, None)
            kept = self.by_pid.pop(pid, None)
            if kept is None:
                continue
            del self.by_key[kept.key]
            self.end_leftovers(kept)
            code = os.waitstatus_to_exitcode(status)
            report(
                tell="exited",
                key=kept.key,
                code=code if code >= 0 else 128 - code,
                out_of_memory=kept.is_out_of_memory,
            )

    def end_leftovers(self, kept: Kept) -> None:
        """Kill what a container's main process left: a container ends with it."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(kept.pid, signal.SIGKILL)
        for pid in children_of(os.getpid()):
            if pid in self.by_pid:
                continue
            owner = marker_of(pid) or self.seen.get(pid)
            # An orphan that hides its origin may belong to another that still runs.
            is_nobodys = owner not in self.by_key if owner else not self.by_key
            if owner == kept.key or is_nobodys:
                kill(pid)

    def watch(self) -> None:
        """End every container whose processes hold more memory than it may."""
        self.watched_at = time.monotonic()
        table = process_table()
        members = self._members(table)
        self.seen = {
            process.pid: key for key, each in members.items() for process in each
        }
        closest = 0.0
        for group, limit in self._limits(members):
            held = sum(each.rss_bytes for each in group)
            closest = max(closest, held / limit)
            if held > limit and _proportional_bytes(group) > limit:
                self._end_for_memory(max(group, key=lambda each: each.rss_bytes))
        near = closest > 0.5  # noqa: PLR2004 - half of the limit
        self.watch_seconds = WATCH_CLOSELY_SECONDS if near else WATCH_SECONDS

    def _members(self, table: dict[int, Process]) -> dict[str, list[Process]]:
        """Return each container's processes, by session or descent."""
        members: dict[str, list[Process]] = {key: [] for key in self.by_key}
        for process in table.values():
            at: Process | None = process
            while at is not None and at.pid not in self.by_pid:
                if at.session in self.by_pid:
                    at = table.get(at.session)
                elif at.pid in self.seen:
                    break
                else:
                    at = table.get(at.parent)
            if at is None:
                continue
            kept = self.by_pid.get(at.pid)
            key = self.seen[at.pid] if kept is None else kept.key
            if key in members:
                members[key].append(process)
        return members

    def _limits(
        self, members: dict[str, list[Process]]
    ) -> list[tuple[list[Process], int]]:
        """Return each limit with the processes that share it."""
        limits: list[tuple[list[Process], int]] = []
        tasks: dict[str, tuple[list[Process], int]] = {}
        for key, processes in members.items():
            kept = self.by_key[key]
            if kept.memory_bytes_max and processes:
                limits.append((processes, kept.memory_bytes_max))
            if kept.task_memory_bytes_max and processes:
                group, _ = tasks.setdefault(kept.task, ([], kept.task_memory_bytes_max))
                group.extend(processes)
        return limits + list(tasks.values())

    def _end_for_memory(self, biggest: Process) -> None:
        kept = self.by_key.get(self.seen.get(biggest.pid, ""))
        if kept is not None:
            kept.is_out_of_memory = True
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(kept.pid, signal.SIGKILL)
            kill(kept.pid)

    def end_everything(self) -> None:
        """Kill every descendant, until there is none."""
        while True:
            for pid in children_of(os.getpid()):
                kill(pid)
            try:
                os.waitpid(-1, 0)
            except ChildProcessError:
                return


def _proportional_bytes(processes: list[Process]) -> int:
    """Return what processes hold together, each shared page counted once."""
    total = 0
    for process in processes:
        with contextlib.suppress(OSError, IndexError):
            text = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii")
            line = next(each for each in text.splitlines() if each.startswith("Pss:"))
            total += int(line.split()[1]) * 1024
    return total


def report(**values: object) -> None:
    """Write one line of output."""
    line = json.dumps(values, separators=(",", ":")).encode() + b"\n"
    with contextlib.suppress(BrokenPipeError):
        while line:
            line = line[os.write(1, line) :]


def main() -> None:
    """Obey until the input ends, then end everything."""
    _LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    # The keeper ends with its input alone. Handlers, not SIG_IGN, which the containers'
    # processes would inherit.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    selector = selectors.DefaultSelector()
    selector.register(0, selectors.EVENT_READ)
    selector.register(reading, selectors.EVENT_READ)
    keeper = Keeper()
    buffer = b""
    while True:
        events = selector.select(keeper.watch_seconds if keeper.by_pid else None)
        ready = {key.fd for key, _ in events}
        if reading in ready:
            os.read(reading, 65536)
        if 0 in ready:
            data = os.read(0, 65536)
            if not data:
                keeper.end_everything()
                return
            *lines, buffer = (buffer + data).split(b"\n")
            for line in lines:
                keeper.obey(json.loads(line))
        keeper.reap()
        elapsed = time.monotonic() - keeper.watched_at
        if keeper.by_pid and elapsed >= keeper.watch_seconds:
            keeper.watch()


if __name__ == "__main__":
    main()
