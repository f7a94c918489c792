"""A container engine for tests: one that answers already, or Podman started here.

Podman is started as a service of this test run. Where the machine mixes cgroup v1 and
v2, as some build machines do, it runs in a mount namespace of its own that shows v1
alone. An image is made from programs of this machine, so that no registry is needed.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import docker
from docker.errors import DockerException

from headrace_local.ecs.runners.choose import answers, find_engine
from processes import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

IMAGE = "localhost/headrace-test:2"
PROGRAMS = ("sh", "sleep", "tail", "true", "cat", "env", "test")
OF_TOTALS = ("curl", "sha256sum", "mktemp", "sed", "tr", "awk", "rm")
"""What examples/totals/totals.sh needs besides; there where this machine has it."""
STARTED_WITHIN_SECONDS = 20.0

_SETTINGS = """\
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


class NoEngineError(Exception):
    """No container engine answers, and none can be started."""


@contextmanager
def container_engine() -> Iterator[str]:
    """Give the URL of an engine that has `IMAGE`.

    Raises:
        NoEngineError: When there is none; it says why.
    """
    url = find_engine()
    if url is not None:
        load_image(url)
        yield url
        return
    with podman_service() as started:
        load_image(started)
        yield started


@contextmanager
def podman_service() -> Iterator[str]:
    """Start Podman's service and give its URL.

    Raises:
        NoEngineError: When Podman is not installed, or its service does not answer.
    """
    podman = shutil.which("podman")
    if podman is None:
        raise NoEngineError("neither Docker nor Podman is installed")
    with tempfile.TemporaryDirectory(prefix="podman-") as folder:
        socket = Path(folder) / "podman.sock"
        settings = Path(folder) / "containers.conf"
        settings.write_text(_SETTINGS)
        serve = f"exec {podman} system service --time=0 unix://{socket}"
        command = ["sh", "-c", serve]
        if os.geteuid() == 0 and shutil.which("unshare"):
            hide = "umount /sys/fs/cgroup/unified 2>/dev/null;"
            command = ["unshare", "-m", "sh", "-c", f"{hide} {serve}"]
        log = Path(folder) / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own command line
                command,
                cwd=folder,  # Podman leaves files where it is started
                env=os.environ | {"CONTAINERS_CONF": str(settings)},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            try:
                url = f"unix://{socket}"
                if not wait_for(lambda: answers(url), seconds=STARTED_WITHIN_SECONDS):
                    raise NoEngineError(f"podman does not answer: {log.read_text()}")
                yield url
            finally:
                process.terminate()
                process.wait(20)


def load_image(url: str) -> None:
    """Make `IMAGE` of this machine's own programs and the libraries they need.

    Raises:
        NoEngineError: When the engine cannot take it.
    """
    client = docker.DockerClient(base_url=url)
    try:
        client.images.get(IMAGE)
    except DockerException:
        repository, tag = IMAGE.rsplit(":", 1)
        try:
            told = client.api.import_image_from_data(rootfs(), repository=repository)
            # Podman ignores a tag here, and calls every import "latest".
            image_id = json.loads(told.splitlines()[-1])["status"]
            client.api.tag(image_id, repository, tag)
        except DockerException as error:
            raise NoEngineError(f"the engine takes no image: {error}") from error
    finally:
        client.close()


def rootfs() -> bytes:
    """Return a small file system as a tar."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for folder in ("tmp", "etc", "proc", "sys", "dev"):
            info = tarfile.TarInfo(folder)
            info.type, info.mode = tarfile.DIRTYPE, 0o1777
            tar.addfile(info)
        taken: set[str] = set()
        for name in (*PROGRAMS, *OF_TOTALS):
            found = shutil.which(name)
            if found is None and name in OF_TOTALS:
                continue
            if found is None:
                raise NoEngineError(f"this machine has no program {name}")
            add_file(tar, found, f"bin/{name}", taken)
            for library in libraries_of(found):
                add_file(tar, library, library.lstrip("/"), taken)
    return buffer.getvalue()


def add_file(tar: tarfile.TarFile, source: str, name: str, taken: set[str]) -> None:
    if name in taken:
        return
    taken.add(name)
    data = Path(source).resolve().read_bytes()
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), 0o755
    tar.addfile(info, io.BytesIO(data))


def libraries_of(program: str) -> list[str]:
    shown = subprocess.run(  # noqa: S603 - a program of this machine
        ["/usr/bin/ldd", program], capture_output=True, text=True, check=False
    ).stdout
    words = (word for line in shown.splitlines() for word in line.split())
    return [word for word in words if word.startswith("/")]
