"""Which runner: by name, or whatever the machine offers."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from headrace_local.ecs.logs import LogSource
from headrace_local.ecs.runners.port import ContainerRunner
from headrace_local.ecs.runners.subprocesses import SubprocessRunner

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace_local.ecs.runners.images import ImageMap


API_VERSION = "1.40"  # every engine of the last years speaks it


class LoggingRunner(ContainerRunner, LogSource, Protocol):
    """A runner that keeps its containers' output in files."""


class NoContainerEngineError(RuntimeError):
    """Containers were asked for, and no engine answers."""


def engine_urls() -> tuple[str, ...]:
    """Return where a container engine may be: DOCKER_HOST, or the usual sockets."""
    if host := os.environ.get("DOCKER_HOST"):
        return (host,)
    runtime = os.environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}")
    sockets = (
        Path("/var/run/docker.sock"),
        Path.home() / ".docker/run/docker.sock",
        Path(runtime) / "docker.sock",
        Path(runtime) / "podman/podman.sock",
        Path("/run/podman/podman.sock"),
    )
    return tuple(f"unix://{each}" for each in sockets if each.is_socket())


def find_engine() -> str | None:
    """Return the URL of the first container engine that answers, or None."""
    return next((url for url in engine_urls() if answers(url)), None)


def answers(url: str) -> bool:
    """Return whether a container engine answers here."""
    import docker  # noqa: PLC0415 - 0.2 s, and only containers need it
    from docker.errors import DockerException  # noqa: PLC0415 - ditto

    # The Docker client leaks the socket of a connection that is refused.
    if url.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(url.removeprefix("unix://"))
            except OSError:
                return False
    # A version given spares the constructor a call, which would leak likewise.
    client = docker.DockerClient(base_url=url, version=API_VERSION, timeout=5)
    try:
        return bool(client.ping())
    except (DockerException, OSError):
        return False
    finally:
        client.close()


def make_runner(
    wanted: str,
    directory: Path,
    *,
    images: ImageMap | None = None,
    environment: Mapping[str, str] | None = None,
) -> LoggingRunner:
    """Return the runner that was asked for.

    Args:
        wanted: ``subprocess``, ``containers`` or ``auto``.
        directory: Where it keeps its files.
        images: What images would run, for the subprocess runner.
        environment: Given to every container beneath its own.

    Raises:
        NoContainerEngineError: When containers were asked for and no engine answers.
        ValueError: When the name is none of these.
    """
    if wanted not in ("subprocess", "containers", "auto"):
        raise ValueError(
            f"runner must be subprocess, containers or auto, not {wanted!r}"
        )
    url = None if wanted == "subprocess" else find_engine()
    if url is not None:
        from headrace_local.ecs.runners.containers import (  # noqa: PLC0415 - as above
            ContainerEngineRunner,
        )

        return ContainerEngineRunner(url, directory, environment)
    if wanted == "containers":
        tried = ", ".join(engine_urls()) or "no socket found; set DOCKER_HOST"
        raise NoContainerEngineError(f"no container engine answers ({tried})")
    return SubprocessRunner(directory, images, environment)
