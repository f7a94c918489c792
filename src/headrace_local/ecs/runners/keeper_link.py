"""The server's end of the line to its keeper process."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import uuid
from functools import partial
from typing import TYPE_CHECKING, Any

from headrace_local.ecs.runners import keeper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

NOTE_NAME = "keeper.json"


class KeeperLink:
    """Starts a keeper when there is something to keep, and talks with it.

    Args:
        directory: Where a note about the keeper lies, for the next server.
        on_report: Told of each line from the keeper, the key without our prefix.
        on_lost: Told that the keeper ended, with all it kept, though not closed.
    """

    def __init__(
        self,
        directory: Path,
        on_report: Callable[[str, Mapping[str, Any]], None],
        on_lost: Callable[[], None],
    ) -> None:
        self._note = directory / NOTE_NAME
        self._on_report = on_report
        self._on_lost = on_lost
        self._instance = uuid.uuid4().hex[:12]
        self._process: subprocess.Popen[bytes] | None = None
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._is_closed = False
        self._sweep_former_instance()

    def marker(self, key: str) -> str:
        """Return what a process's environment says about its container."""
        return f"{self._instance}/{key}"

    def send(self, key: str, command: Mapping[str, Any]) -> None:
        """Send a command about a container; nothing is sent once closed."""
        line = json.dumps({**command, "key": self.marker(key)}, separators=(",", ":"))
        with self._lock:
            if self._is_closed:
                return
            if self._process is None:
                self._start()
            # Written by a thread of its own: whoever sends may hold what the reader of
            # reports waits for, and a full pipe each way would then stop everything.
            self._outgoing.put(line.encode() + b"\n")

    def close(self) -> None:
        """End the keeper, which kills all that it keeps."""
        with self._lock:
            self._is_closed = True
            process, self._process = self._process, None
            self._outgoing.put(None)
        if process is not None:
            process.wait()
            self._note.unlink(missing_ok=True)

    @property
    def pid(self) -> int | None:
        """The keeper's process id, once there is one."""
        return None if self._process is None else self._process.pid

    def _start(self) -> None:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and file
            [sys.executable, "-I", keeper.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            bufsize=0,
            env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"},
        )
        self._process = process
        note = {"pid": process.pid, "instance": self._instance}
        self._note.write_text(json.dumps(note), encoding="utf-8")
        self._outgoing = queue.SimpleQueue()
        for work in (self._listen, partial(self._write, self._outgoing)):
            threading.Thread(
                target=work, args=(process,), name="ecs-keeper", daemon=True
            ).start()

    @staticmethod
    def _write(
        outgoing: queue.SimpleQueue[bytes | None], process: subprocess.Popen[bytes]
    ) -> None:
        """Write commands until there is to be none, then close the keeper's input."""
        if process.stdin is None:
            return
        with contextlib.suppress(OSError), process.stdin as keeper_input:
            while (line := outgoing.get()) is not None:
                keeper_input.write(line)

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is None:
            return
        with process.stdout as output:
            for line in _lines(output.fileno()):
                told = json.loads(line)
                self._on_report(str(told["key"]).split("/", 1)[1], told)
        process.wait()
        with self._lock:
            if self._process is process:
                self._process = None
            if self._is_closed:
                return
            self._outgoing.put(None)
        end_marked(f"{self._instance}/")
        self._on_lost()

    def _sweep_former_instance(self) -> None:
        """End what a former server and its keeper, both killed, may have left."""
        with contextlib.suppress(OSError, ValueError, KeyError):
            former = json.loads(self._note.read_text(encoding="utf-8"))
            end_marked(f"{former['instance']}/")
            self._note.unlink()


def end_marked(prefix: str) -> None:
    """Kill every process whose environment names a container of this instance."""
    for pid in keeper.process_table():
        marker = keeper.marker_of(pid)
        if marker is not None and marker.startswith(prefix):
            keeper.kill(pid)


def _lines(descriptor: int) -> Iterator[bytes]:
    """Read lines from a descriptor until it ends."""
    buffer = b""
    while data := os.read(descriptor, 65536):
        *lines, buffer = (buffer + data).split(b"\n")
        yield from lines
