"""Runs containers as processes of this machine: no image, no isolation, real exits.

A process gets its container's command line, environment and memory limit alone.
"""

from __future__ import annotations

import logging
import math
import os
import shutil
import sys
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headrace_local.ecs.runners import keeper
from headrace_local.ecs.runners.health import HealthWatch
from headrace_local.ecs.runners.images import ImageMap
from headrace_local.ecs.runners.keeper_link import KeeperLink
from headrace_local.ecs.runners.port import OUT_OF_MEMORY, StopSignal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace_local.ecs.runners.port import ContainerReports, ContainerSpec

logger = logging.getLogger(__name__)

_NICE_MAX = 19
_NICE_STEP = 1.25  # one step of niceness is a quarter of the CPU weight
_CPU_UNITS_OF_NICE_ZERO = 4096
_PROBE = "#health"


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
        self._reports: ContainerReports | None = None
        self._lock = threading.Lock()
        self._live: dict[str, ContainerSpec] = {}
        self._pids: dict[str, int] = {}
        self._health: dict[str, HealthWatch] = {}
        self._probes: dict[str, tuple[threading.Event, list[int]]] = {}
        (directory / "logs").mkdir(parents=True, exist_ok=True)
        self._link = KeeperLink(directory, self._take_report, self._lost)

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
            self._fail_soon(
                spec.key,
                "CannotPullContainerError: pull image manifest has been retried 1 "
                f"time(s): failed to resolve ref {spec.image}: image not known",
            )
            return
        if not argv:
            self._fail_soon(
                spec.key,
                f"CannotStartContainerError: no command specified: image {spec.image} "
                "has none here, and the task definition names none",
            )
            return
        (self._scratch(spec.key) / "tmp").mkdir(parents=True, exist_ok=True)
        with self._lock:
            self._live[spec.key] = spec
        limits = {
            "memory": spec.memory_mib_max,
            "task_memory": spec.task_memory_mib_max,
        }
        self._send_start(spec.key, spec, argv, self.log_path(spec.key), limits)

    def stop(self, key: str, signal: StopSignal) -> None:
        """Send a container SIGTERM or SIGKILL."""
        if key in self._live:
            self._link.send(key, {"do": "signal", "signal": signal.value})

    def close(self) -> None:
        """Kill every container and end the keeper."""
        for watch in list(self._health.values()):
            watch.end()
        self._link.close()
        shutil.rmtree(self._directory / "scratch", ignore_errors=True)

    def _send_start(
        self,
        key: str,
        spec: ContainerSpec,
        argv: tuple[str, ...],
        log: Path,
        limits: Mapping[str, int | None],
    ) -> None:
        scratch = self._scratch(spec.key)
        wanted = spec.working_directory
        command: dict[str, Any] = {
            "do": "start",
            "task": spec.task_arn,
            "argv": argv,
            "environment": self._environment_of(spec, scratch),
            "directory": wanted if wanted and Path(wanted).is_dir() else str(scratch),
            "log": str(log),
            "nice": niceness(spec.cpu_units),
            **limits,
        }
        self._link.send(key, command)

    def _fail_soon(self, key: str, reason: str) -> None:
        reports = self._reports
        if reports is not None:
            fail = partial(reports.container_failed_to_start, key, reason=reason)
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
            keeper.MARKER: self._link.marker(spec.key),
        }

    def _take_report(self, key: str, told: Mapping[str, Any]) -> None:
        if key.endswith(_PROBE):
            self._take_probe(key, told)
            return
        reports = self._reports
        if reports is None:
            return
        if told["tell"] == "started":
            self._pids[key] = told["pid"]
            reports.container_started(key, runtime_id=f"pid-{told['pid']}")
            self._watch_health(key)
            return
        self._forget(key)
        if told["tell"] == "failed":
            reason = f"CannotStartContainerError: {told['reason']}"
            reports.container_failed_to_start(key, reason=reason)
        else:
            reason = OUT_OF_MEMORY if told["out_of_memory"] else ""
            code = 137 if reason else told["code"]
            reports.container_exited(key, exit_code=code, reason=reason or None)

    def _forget(self, key: str) -> None:
        with self._lock:
            self._live.pop(key, None)
            self._pids.pop(key, None)
            watch = self._health.pop(key, None)
        if watch is not None:
            watch.end()
        shutil.rmtree(self._scratch(key), ignore_errors=True)

    def _lost(self) -> None:
        """Report every live container as ended: the keeper was killed."""
        with self._lock:
            lost = sorted(self._live)
        for key in lost:
            logger.error("the keeper ended, and container %s with it", key)
            self._forget(key)
            if self._reports is not None:
                reason = "The local runner's keeper process ended unexpectedly."
                self._reports.container_exited(key, exit_code=None, reason=reason)

    # Health checks are processes beside the container's own, kept like it.

    def _watch_health(self, key: str) -> None:
        spec, reports = self._live.get(key), self._reports
        if spec is None or spec.health_check is None or reports is None:
            return

        def tell(healthy: bool) -> None:  # noqa: FBT001 - the answer of a check
            reports.container_health_changed(key, healthy=healthy)

        self._health[key] = HealthWatch(
            spec.health_check, partial(self._probe, key), tell
        )

    def _probe(self, key: str, argv: tuple[str, ...], seconds: float) -> bool:
        spec = self._live.get(key)
        if spec is None:
            return False
        name = key + _PROBE
        done, codes = self._probes[name] = (threading.Event(), [])
        limits: dict[str, int | None] = {"memory": None, "task_memory": None}
        self._send_start(name, spec, argv, Path(os.devnull), limits)
        if not done.wait(seconds):
            self._link.send(name, {"do": "signal", "signal": StopSignal.KILL.value})
            done.wait(1)
        return codes == [0]

    def _take_probe(self, name: str, told: Mapping[str, Any]) -> None:
        if told["tell"] == "started" or name not in self._probes:
            return
        done, codes = self._probes[name]
        codes.append(int(told.get("code", 1)))
        done.set()


def niceness(cpu_units: int | None) -> int:
    """Return the niceness that gives 4,096 CPU units full weight, fewer less."""
    share = _CPU_UNITS_OF_NICE_ZERO / max(1, cpu_units or 256)
    return min(_NICE_MAX, max(0, round(math.log(share, _NICE_STEP))))


def _file_name(key: str) -> str:
    """Return a file name for a container's ARN: task id and container id."""
    return "-".join(key.split("/")[-2:])
