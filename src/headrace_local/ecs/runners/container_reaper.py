"""Removes a server's containers when the server has ended, however it ended.

Run as a script of its own: it waits for the end of its input.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from typing import Any, BinaryIO

import docker
from docker.errors import DockerException


def start(url: str, label: str) -> tuple[subprocess.Popen[bytes], BinaryIO]:
    """Start a reaper; return it, and the input whose end it waits for."""
    read_end, write_end = os.pipe()
    try:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and file
            [sys.executable, "-I", __file__, url, label],
            stdin=read_end,
            start_new_session=True,
        )
    finally:
        os.close(read_end)
    return process, os.fdopen(write_end, "wb")


def remove_labelled(client: Any, label: str) -> None:  # noqa: ANN401 - typed only where stubs are installed
    """Remove every container with this label (``name=value``)."""
    with contextlib.suppress(DockerException):
        for each in client.api.containers(all=True, filters={"label": [label]}):
            with contextlib.suppress(DockerException):
                client.api.remove_container(each["Id"], v=True, force=True)


def main() -> None:
    """Wait for the end of the input, then remove."""
    url, label = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.stdin.buffer.read()
    remove_labelled(docker.DockerClient(base_url=url), label)


if __name__ == "__main__":
    main()
