"""Runs containers as processes of this machine: no image, no isolation, real exits.

A process gets the command line, environment and memory limit of its container, not its
file system, network, user or CPU limit.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import shutil
import signal
import subprocess
import sys
import threading
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headrace_local.ecs.runners import keeper
from headrace_local.ecs.runners.images import ImageMap
from headrace_local.ecs.runners.port import OUT_OF_MEMORY, StopSignal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace_local.ecs.runners.port import ContainerReports, ContainerSpec

logger = logging.getLogger(__name__)

_NICE_MAX = 19
_NICE_STEP = 1.25  # one step of niceness is a quarter of the CPU weight
_CPU_UNITS_OF_NICE_ZERO = 4096


class SubprocessRunner:
    """Runs each container as a process session under one keeper process.

    Args:
        directory: Where logs and scratch directories go.
        images: What images would run.
        environment: Given to every container beneath its own environment.
    """

    def __init__(
        self,
        directory: Path,
        images: ImageMap | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._directory = directory
        self._images = images or ImageMap()
        self._environment = dict(environment or {})
        self._instance = uuid.uuid4().hex[:12]
        self._reports: ContainerReports | None = None
        self._keeper: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._pids: dict[str, int] = {}
        self._live: set[str] = set()
        self._is_closed = False
        (directory / "logs").mkdir(parents=True, exist_ok=True)
        self._sweep_former_instance()

    def bind(self, reports: ContainerReports) -> None:
        """Take the place where reports go."""
        self._reports = reports

    def log_path(self, key: str) -> Path:
        """Return the file that a container's stdout and stderr go to."""
        return self._directory / "logs" / _file_name(key)

    def pid(self, key: str) -> int | None:
        """Return the main process of a live container."""
        return self._pids.get(key)

    def start(self, spec: ContainerSpec) -> None:
        """Begin to run a container."""
        try:
            argv = self._images.argv(spec.image, spec.entry_point, spec.command)
        except LookupError:
            reason = (
                "CannotPullContainerError: pull image manifest has been retried 1 "
                f"time(s): failed to resolve ref {spec.image}: image not known"
            )
            self._fail_soon(spec.key, reason)
            return
        if not argv:
            reason = (
                "CannotStartContainerError: no command specified: image "
                f"{spec.image} has none here, and the task definition names none"
            )
            self._fail_soon(spec.key, reason)
            return
        scratch = self._scratch(spec.key)
        (scratch / "tmp").mkdir(parents=True, exist_ok=True)
        command = {
            "do": "start",
            "key": f"{self._instance}/{spec.key}",
            "task": spec.task_arn,
            "argv": argv,
            "environment": self._environment_of(spec, scratch),
            "directory": _directory_of(spec, scratch),
            "log": str(self.log_path(spec.key)),
            "nice": niceness(spec.cpu_units),
            "memory": _mib(spec.memory_mib_max),
            "task_memory": _mib(spec.task_memory_mib_max),
        }
        with self._lock:
            self._live.add(spec.key)
            self._send(command)

    def stop(self, key: str, signal: StopSignal) -> None:
        """Send a container SIGTERM or SIGKILL."""
        with self._lock:
            if key in self._live:
                self._send(
                    {
                        "do": "signal",
                        "key": f"{self._instance}/{key}",
                        "signal": signal.value,
                    }
                )

    def close(self) -> None:
        """Kill every container and end the keeper."""
        with self._lock:
            self._is_closed = True
            process, self._keeper = self._keeper, None
        if process is not None and process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
            process.wait()
            (self._directory / "keeper.json").unlink(missing_ok=True)
        shutil.rmtree(self._directory / "scratch", ignore_errors=True)

    def _fail_soon(self, key: str, reason: str) -> None:
        def fail() -> None:
            if self._reports is not None:
                self._reports.container_failed_to_start(key, reason=reason)

        threading.Thread(target=fail, daemon=True).start()

    def _scratch(self, key: str) -> Path:
        return self._directory / "scratch" / _file_name(key)

    def _environment_of(self, spec: ContainerSpec, scratch: Path) -> dict[str, str]:
        """Return all that the process sees: nothing else of ours is handed down.

        HOME is the scratch directory, so that no credentials file of the person at the
        machine is found.
        """
        interpreter = str(Path(sys.executable).parent)
        return {
            "PATH": os.pathsep.join((interpreter, os.environ.get("PATH", os.defpath))),
            "HOME": str(scratch),
            "LANG": os.environ.get("LANG", "C.UTF-8"),
            "TMPDIR": str(scratch / "tmp"),
            **self._environment,
            **spec.environment,
            keeper.MARKER: f"{self._instance}/{spec.key}",
        }

    def _send(self, command: Mapping[str, Any]) -> None:
        if self._is_closed:
            return
        process = self._keeper or self._start_keeper()
        line = json.dumps(command, separators=(",", ":")).encode() + b"\n"
        if process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(line)

    def _start_keeper(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and file
            [sys.executable, "-I", keeper.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            bufsize=0,
            env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"},
        )
        self._keeper = process
        note = {"pid": process.pid, "instance": self._instance}
        (self._directory / "keeper.json").write_text(json.dumps(note), encoding="utf-8")
        threading.Thread(
            target=self._listen, args=(process,), name="ecs-keeper", daemon=True
        ).start()
        return process

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is None:
            return
        with process.stdout as output, contextlib.closing(output):
            for line in _lines(output.fileno()):
                self._take_report(json.loads(line))
        process.wait()
        self._keeper_ended(process)

    def _take_report(self, told: Mapping[str, Any]) -> None:
        key = str(told["key"]).split("/", 1)[1]
        reports = self._reports
        if reports is None:
            return
        if told["tell"] == "started":
            self._pids[key] = told["pid"]
            reports.container_started(key, runtime_id=f"pid-{told['pid']}")
            return
        self._forget(key)
        if told["tell"] == "failed":
            reason = f"CannotStartContainerError: {told['reason']}"
            reports.container_failed_to_start(key, reason=reason)
        else:
            reason = OUT_OF_MEMORY if told["out_of_memory"] else None
            code = 137 if reason else told["code"]
            reports.container_exited(key, exit_code=code, reason=reason)

    def _forget(self, key: str) -> None:
        with self._lock:
            self._live.discard(key)
            self._pids.pop(key, None)
        shutil.rmtree(self._scratch(key), ignore_errors=True)

    def _keeper_ended(self, process: subprocess.Popen[bytes]) -> None:
        """Report every live container as ended when the keeper was killed."""
        with self._lock:
            if self._keeper is process:
                self._keeper = None
            if self._is_closed:
                return
            lost, pids = sorted(self._live), dict(self._pids)
        for key in lost:
            logger.error("keeper ended; container %s was killed with it", key)
            if key in pids:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(pids[key], signal.SIGKILL)
            self._forget(key)
            if self._reports is not None:
                reason = "The local runner's keeper process ended unexpectedly."
                self._reports.container_exited(key, exit_code=None, reason=reason)
        end_marked(f"{self._instance}/")

    def _sweep_former_instance(self) -> None:
        """End what a former server and its keeper, both killed, may have left."""
        note = self._directory / "keeper.json"
        with contextlib.suppress(OSError, ValueError, KeyError):
            former = json.loads(note.read_text(encoding="utf-8"))
            end_marked(f"{former['instance']}/")
            note.unlink()


def end_marked(prefix: str) -> None:
    """Kill every process whose environment names a container of this instance."""
    for pid in keeper.process_table():
        marker = keeper.marker_of(pid)
        if marker is not None and marker.startswith(prefix):
            keeper.kill(pid)


def niceness(cpu_units: int | None) -> int:
    """Return the niceness that gives 4,096 CPU units full weight, fewer less."""
    share = _CPU_UNITS_OF_NICE_ZERO / max(1, cpu_units or 256)
    return min(_NICE_MAX, max(0, round(math.log(share, _NICE_STEP))))


def _mib(size: int | None) -> int | None:
    return None if size is None else size * keeper.MIB


def _directory_of(spec: ContainerSpec, scratch: Path) -> str:
    wanted = spec.working_directory
    return wanted if wanted and Path(wanted).is_dir() else str(scratch)


def _file_name(key: str) -> str:
    """Return a file name for a container's ARN: task id and container id."""
    return "-".join(key.split("/")[-2:])


def _lines(descriptor: int):  # noqa: ANN202
    """Read lines from a descriptor until it ends."""
    buffer = b""
    while data := os.read(descriptor, 65536):
        *lines, buffer = (buffer + data).split(b"\n")
        yield from lines
