"""Runs containers on a Docker or Podman engine, through the Docker API."""

from __future__ import annotations

import contextlib
import logging
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import docker
from docker.errors import DockerException

from headrace_local.ecs.runners import container_reaper
from headrace_local.ecs.runners.container_calls import (
    have_image,
    hides_memory_kills,
    labelled,
    remove,
    run_check,
    send_signal,
)
from headrace_local.ecs.runners.container_options import create_options, error_text
from headrace_local.ecs.runners.health import HealthWatch
from headrace_local.ecs.runners.port import OUT_OF_MEMORY, HealthCheck, StopSignal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from headrace_local.ecs.runners.port import ContainerReports, ContainerSpec

logger = logging.getLogger(__name__)

INSTANCE_LABEL = "headrace.local-ecs.instance"
DIRECTORY_LABEL = "headrace.local-ecs.directory"
KEY_LABEL = "headrace.local-ecs.container"
POLL_SECONDS = 0.1
THREADS_MAX = 8
_KILLED_EXIT_CODE = 137


@dataclass(slots=True)
class _Live:
    spec: ContainerSpec
    container_id: str | None = None
    wanted_signal: StopSignal | None = None
    health: HealthWatch | None = None


class ContainerEngineRunner:
    """Runs each container on a container engine.

    Args:
        url: The engine's Docker API (``unix:///var/run/docker.sock``).
        directory: Where logs go; containers that a former server left for this
            directory are removed.
        environment: Given to every container beneath its own environment.
        network: The engine's network to join; None takes its default.
    """

    def __init__(
        self,
        url: str,
        directory: Path,
        environment: Mapping[str, str] | None = None,
        network: str | None = None,
    ) -> None:
        self._client = docker.DockerClient(base_url=url, max_pool_size=THREADS_MAX + 4)
        self._directory = directory
        self._environment = dict(environment or {})
        self._network = network
        self._instance = uuid.uuid4().hex[:12]
        self._pool = ThreadPoolExecutor(THREADS_MAX, "ecs-containers")
        self._is_blind = hides_memory_kills(self._client)
        self._live: dict[str, _Live] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._is_closed = False
        self._reports: ContainerReports | None = None
        (directory / "logs").mkdir(parents=True, exist_ok=True)
        container_reaper.remove_labelled(
            self._client, f"{DIRECTORY_LABEL}={directory.resolve()}"
        )
        self._reaper, self.reaper_input = container_reaper.start(
            url, f"{INSTANCE_LABEL}={self._instance}"
        )
        self._poller = threading.Thread(
            target=self._poll, name="ecs-containers-poll", daemon=True
        )
        self._poller.start()

    def bind(self, reports: ContainerReports) -> None:
        """Take the place where reports go."""
        self._reports = reports

    def log_path(self, key: str) -> Path:
        """Return the file that a container's output is written to at its end."""
        return self._directory / "logs" / "-".join(key.split("/")[-2:])

    def start(self, spec: ContainerSpec) -> None:
        """Begin to run a container."""
        with self._lock:
            if self._is_closed:
                return
            self._live[spec.key] = _Live(spec)
        self._pool.submit(self._start, spec)

    def stop(self, key: str, signal: StopSignal) -> None:
        """Send a container SIGTERM (or its image's stop signal) or SIGKILL."""
        with self._lock:
            live = self._live.get(key)
            if live is None or self._is_closed:
                return
            live.wanted_signal = signal
            if live.container_id is None:
                return
        self._pool.submit(send_signal, self._client, live.container_id, signal)

    def close(self) -> None:
        """Remove every container and let go of the engine."""
        with self._lock:
            self._is_closed = True
            for each in self._live.values():
                if each.health is not None:
                    each.health.end()
            self._live.clear()
        self._wake.set()
        self._poller.join(10)
        self._pool.shutdown(wait=True, cancel_futures=True)
        ours = f"{INSTANCE_LABEL}={self._instance}"
        container_reaper.remove_labelled(self._client, ours)
        self.reaper_input.close()
        self._reaper.wait()
        self._client.close()

    def _start(self, spec: ContainerSpec) -> None:
        try:
            digest = have_image(self._client, spec.image)
        except DockerException as error:
            reason = (
                "CannotPullContainerError: pull image manifest has been retried 1 "
                f"time(s): failed to resolve ref {spec.image}: image not known: "
                f"{error_text(error)}"
            )
            self._failed(spec.key, reason)
            return
        try:
            labels = {
                INSTANCE_LABEL: self._instance,
                DIRECTORY_LABEL: str(self._directory.resolve()),
                KEY_LABEL: spec.key,
            }
            options = create_options(spec, self._environment, labels, self._network)
            container = self._client.containers.create(spec.image, **options)
            container.start()
        except DockerException as error:
            self._failed(spec.key, f"CannotStartContainerError: {error_text(error)}")
            return
        self._started(spec, str(container.id), digest)

    def _started(self, spec: ContainerSpec, container_id: str, digest: str) -> None:
        if (told := self._reports) is not None:
            known = {"runtime_id": container_id, "image_digest": digest}
            told.container_started(spec.key, **known)
        with self._lock:
            live = self._live.get(spec.key)
            if live is None:
                return
            live.container_id = container_id
            signal = live.wanted_signal
            if spec.health_check is not None:
                live.health = self._watch_health(spec, container_id)
        self._wake.set()
        if signal is not None:
            send_signal(self._client, container_id, signal)

    def _failed(self, key: str, reason: str) -> None:
        with self._lock:
            self._live.pop(key, None)
        if self._reports is not None:
            self._reports.container_failed_to_start(key, reason=reason)
        for left in labelled(self._client, f"{KEY_LABEL}={key}"):
            remove(self._client, left["Id"])

    def _watch_health(self, spec: ContainerSpec, container_id: str) -> HealthWatch:
        def probe(argv: tuple[str, ...], _seconds: float) -> bool:
            return run_check(self._client, container_id, argv)

        def tell(healthy: bool) -> None:  # noqa: FBT001 - the answer of a check
            if self._reports is not None:
                self._reports.container_health_changed(spec.key, healthy=healthy)

        check = spec.health_check or HealthCheck(argv=())
        return HealthWatch(check, probe, tell)

    def _poll(self) -> None:
        while not self._is_closed:
            waiting = any(each.container_id for each in self._live.copy().values())
            if not waiting:
                self._wake.wait()
                self._wake.clear()
                continue
            try:
                self._collect()
            except (DockerException, OSError) as error:
                logger.warning("the container engine did not answer: %s", error)
            self._wake.wait(POLL_SECONDS)

    def _collect(self) -> None:
        """Report the containers that have ended, or are gone."""
        # Before they are listed: one that starts meanwhile need not be in the list.
        known = [
            (key, live, live.container_id)
            for key, live in self._live.copy().items()
            if live.container_id is not None
        ]
        states = {
            each["Labels"].get(KEY_LABEL): each
            for each in labelled(self._client, f"{INSTANCE_LABEL}={self._instance}")
        }
        for key, live, container_id in known:
            state = states.get(key)
            if state is None:
                self._ended(key, None, "The container was removed from outside.")
            elif state["State"] in ("exited", "dead", "stopped"):
                self._end(key, live, container_id)

    def _end(self, key: str, live: _Live, container_id: str) -> None:
        state = self._client.api.inspect_container(container_id)["State"]
        with contextlib.suppress(DockerException):
            output = self._client.api.logs(container_id)
            self.log_path(key).write_bytes(output)
        self._pool.submit(remove, self._client, container_id)
        # A first process of a container that nobody asked to end cannot be killed from
        # within; where the engine does not tell, the kernel did it for its memory.
        is_unasked = state["ExitCode"] == _KILLED_EXIT_CODE and not live.wanted_signal
        out_of_memory = bool(state.get("OOMKilled")) or (self._is_blind and is_unasked)
        code = _KILLED_EXIT_CODE if out_of_memory else int(state["ExitCode"])
        self._ended(key, code, OUT_OF_MEMORY if out_of_memory else None)

    def _ended(self, key: str, code: int | None, reason: str | None) -> None:
        with self._lock:
            live = self._live.pop(key, None)
        if live is not None and live.health is not None:
            live.health.end()
        if live is not None and self._reports is not None:
            self._reports.container_exited(key, exit_code=code, reason=reason)
