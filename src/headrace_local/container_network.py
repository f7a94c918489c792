"""How containers reach servers of this machine."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from headrace_local.problems import NoContainerEngineError

NETWORKS = ("bridge", "podman")  # what Docker and Podman call their own


def address_for_containers(url: str) -> str:
    """Return this machine's address in the network that containers are put into.

    Args:
        url: The engine's.

    Raises:
        NoContainerEngineError: The engine has no such network.
    """
    import docker  # noqa: PLC0415 - 0.2 s, which a mistake in the command need not take

    with closing(docker.DockerClient(base_url=url)) as engine:
        networks: list[Any] = engine.networks.list(names=list(NETWORKS))
        for network in networks:
            for subnet in network.attrs.get("IPAM", {}).get("Config", []):
                if gateway := subnet.get("Gateway"):
                    return str(gateway)
    raise NoContainerEngineError(
        "Containers have no way to this machine.",
        why=f"The engine has no network called {' or '.join(NETWORKS)} with a gateway.",
        advice="Use the engine's default network.",
    )
