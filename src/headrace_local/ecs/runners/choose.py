"""Which runner: by name, or whatever the machine offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace_local.ecs.runners.subprocesses import SubprocessRunner

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from headrace_local.ecs.runners.images import ImageMap
    from headrace_local.ecs.runners.port import ContainerRunner


def make_runner(
    wanted: str | ContainerRunner,
    directory: Path,
    *,
    images: ImageMap | None = None,
    environment: Mapping[str, str] | None = None,
) -> ContainerRunner:
    """Return the runner that was asked for.

    Args:
        wanted: ``subprocess``, ``containers``, ``auto``, or a runner.
        directory: Where it keeps its files.
        images: What images would run, for the subprocess runner.
        environment: Given to every container beneath its own.

    Raises:
        ValueError: When the name is none of these.
    """
    if not isinstance(wanted, str):
        return wanted
    if wanted == "subprocess":
        return SubprocessRunner(directory, images, environment)
    raise ValueError(f"runner must be subprocess, containers or auto, not {wanted!r}")
