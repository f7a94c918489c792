"""Single calls of the Docker API, each harmless where its container is gone."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from docker.errors import DockerException, ImageNotFound

from headrace_local.ecs.runners.port import StopSignal

if TYPE_CHECKING:
    from docker import DockerClient


def have_image(client: DockerClient, name: str) -> str:
    """Pull an image unless it is there; the engine's errors come through.

    Returns:
        The digest of its manifest; of its configuration where it was built here and
        never pushed, so that it has no other.
    """
    try:
        image = client.images.get(name)
    except ImageNotFound:
        image = client.images.pull(name)
    pushed = image.attrs.get("RepoDigests") or []
    return pushed[0].rpartition("@")[2] if pushed else str(image.id)


def labelled(client: DockerClient, label: str) -> list[dict[str, Any]]:
    """Return every container with this label (``name=value``), ended ones too."""
    found: list[dict[str, Any]] = client.api.containers(
        all=True, filters={"label": [label]}
    )
    return found


def send_signal(client: DockerClient, container_id: str, signal: StopSignal) -> None:
    """Send SIGKILL, or the stop signal that the image asks for, SIGTERM by default."""
    name = signal.value
    with contextlib.suppress(DockerException):
        if signal is StopSignal.TERM:
            config = client.api.inspect_container(container_id)["Config"]
            name = config.get("StopSignal") or name
        client.api.kill(container_id, name)


def run_check(client: DockerClient, container_id: str, argv: tuple[str, ...]) -> bool:
    """Run a command in a container; return whether it exited with 0.

    The API has no time limit for it: a check that hangs never passes.
    """
    with contextlib.suppress(DockerException):
        made = client.api.exec_create(container_id, list(argv))
        client.api.exec_start(made["Id"])
        return bool(client.api.exec_inspect(made["Id"])["ExitCode"] == 0)
    return False


def hides_memory_kills(client: DockerClient) -> bool:
    """Return whether this engine does not tell that memory ran out.

    Podman 4 under cgroup v1 leaves ``OOMKilled`` false (seen with 4.3.1).
    """
    components = client.version().get("Components") or ()
    is_podman = any("podman" in str(each.get("Name")).lower() for each in components)
    return is_podman and str(client.info().get("CgroupVersion")).strip("v") == "1"


def remove(client: DockerClient, container_id: str) -> None:
    """Remove a container, running or not, with its anonymous volumes."""
    with contextlib.suppress(DockerException):
        client.api.remove_container(container_id, v=True, force=True)
