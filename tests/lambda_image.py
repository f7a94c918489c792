"""AWS's base image for Python functions, or a stand-in where it cannot be pulled.

The stand-in has this machine's own Python and shell with the libraries that they need,
and AWS's runtime client, laid out as in the public image. It shows that a built
function runs in a container under the SAM CLI; that the libraries are those of Amazon
Linux, it does not show.
"""

from __future__ import annotations

import io
import platform
import shutil
import sys
import tarfile
from contextlib import closing, contextmanager, suppress
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING

import docker
from docker.errors import DockerException, ImageNotFound

from containers_engine import NoEngineError, add_file, libraries_of
from runtime_emulator import RUNTIME_PACKAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

PROCESSOR = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
IMAGE = f"public.ecr.aws/lambda/python:3.13-{PROCESSOR}"
PROGRAMS = ("sh", "chmod", "mv", "cp", "rm", "mkdir", "ls", "cat")
NATIVE_PACKAGES = ("awslambdaric", "pydantic-core", "rpds-py")
NOT_NEEDED = {
    "test",
    "site-packages",
    "idlelib",
    "tkinter",
    "ensurepip",
    "turtledemo",
    "__pycache__",
}
BOOTSTRAP = """\
#!/bin/sh
export PYTHONPATH=/var/task:/opt/python:/var/runtime
exec /var/lang/bin/python3.13 -m awslambdaric "$_HANDLER"
"""
DOCKERFILE = """\
FROM scratch
ADD rootfs.tar /
ENV PATH=/var/lang/bin:/usr/local/bin:/usr/bin:/bin LANG=en_US.UTF-8
ENV LAMBDA_TASK_ROOT=/var/task LAMBDA_RUNTIME_DIR=/var/runtime
WORKDIR /var/task
"""


@contextmanager
def lambda_image(url: str) -> Iterator[None]:
    """Let an engine have `IMAGE`; a stand-in is gone afterwards with all built on it.

    Raises:
        NoEngineError: It can be neither pulled nor made.
    """
    with closing(docker.DockerClient(base_url=url, timeout=300)) as engine:
        if _has_or_pulls(engine):
            yield
            return
        before = {each.id for each in engine.images.list()}
        _build(engine)
        try:
            yield
        finally:
            for image in engine.images.list():
                if image.id not in before:
                    with suppress(DockerException):
                        engine.images.remove(image.id, force=True)


def _has_or_pulls(engine: docker.DockerClient) -> bool:
    try:
        engine.images.get(IMAGE)
    except ImageNotFound:
        try:
            engine.images.pull(IMAGE)
        except DockerException:
            return False
    return True


def _build(engine: docker.DockerClient) -> None:
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as tar:
        for name, content in (
            ("Dockerfile", DOCKERFILE.encode()),
            ("rootfs.tar", _rootfs()),
        ):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    context.seek(0)
    try:
        engine.images.build(fileobj=context, custom_context=True, tag=IMAGE, rm=True)
    except DockerException as error:
        raise NoEngineError(f"the engine builds no image: {error}") from error


def _rootfs() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for folder in ("tmp", "opt", "var/task", "var/rapid", "proc", "sys", "dev"):
            info = tarfile.TarInfo(folder)
            info.type, info.mode = tarfile.DIRTYPE, 0o1777
            tar.addfile(info)
        _add_text(tar, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\n", 0o644)
        _add_text(tar, "var/runtime/bootstrap", BOOTSTRAP, 0o755)
        taken: set[str] = set()
        programs = {f"bin/{name}": shutil.which(name) or "" for name in PROGRAMS}
        interpreter = Path(sys.executable).resolve()
        programs["var/lang/bin/python3.13"] = str(interpreter)
        for name, source in programs.items():
            add_file(tar, source, name, taken)
        _add_library_of(interpreter, tar, taken)
        natives = [
            str(each) for each in _modules_of(interpreter) if each.suffix == ".so"
        ]
        for package in NATIVE_PACKAGES:
            files = distribution(package).files or ()
            natives += [str(each.locate()) for each in files if each.suffix == ".so"]
        for source in (*programs.values(), *natives):
            for library in libraries_of(source):
                add_file(tar, library, library.lstrip("/"), taken)
        for package in RUNTIME_PACKAGES:
            for file in distribution(package).files or ():
                if ".." not in file.parts and file.suffix != ".pyc":
                    add_file(tar, str(file.locate()), f"var/runtime/{file}", taken)
    return buffer.getvalue()


def _modules_of(interpreter: Path) -> list[Path]:
    library = interpreter.parents[1] / "lib" / "python3.13"
    return [
        path
        for path in sorted(library.rglob("*"))
        if path.is_file() and not NOT_NEEDED & {*path.relative_to(library).parts}
    ]


def _add_library_of(interpreter: Path, tar: tarfile.TarFile, taken: set[str]) -> None:
    for path in _modules_of(interpreter):
        if path.suffix != ".a":
            name = f"var/lang/{path.relative_to(interpreter.parents[1])}"
            add_file(tar, str(path), name, taken)


def _add_text(tar: tarfile.TarFile, name: str, text: str, mode: int) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(text), mode
    tar.addfile(info, io.BytesIO(text.encode()))
