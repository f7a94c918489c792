"""A built function under AWS's own Lambda Runtime Interface Emulator, as a process.

The emulator is the one that ships with the SAM CLI, and the runtime is AWS's
`awslambdaric`, so time-outs, crashes and answers are Lambda's. It takes one invocation
at a time, as one execution environment does. Source: the emulator's README,
github.com/aws/aws-lambda-runtime-interface-emulator.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import platform
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psutil

from built_artifact import ROOT
from headrace_local.ports import LOOPBACK, choose_port
from processes import wait_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RUNTIME_PACKAGES = ("awslambdaric", "simplejson", "snapshot-restore-py")
READY_SECONDS_MAX = 20.0
ANSWER_SECONDS_MAX = 90.0
INVOKE = "/2015-03-31/functions/function/invocations"
_MACHINES = {"aarch64": "arm64"}
_INTERPRETER = Path(sys.executable).resolve()  # without this environment's packages


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an invocation got: the HTTP status, and the body as text."""

    status: int
    text: str

    @property
    def document(self) -> Any:
        """The body as JSON."""
        return json.loads(self.text)


def lay_out_runtime(folder: Path) -> Path:
    """Put Lambda's runtime for Python, and nothing else, into a folder of its own."""
    folder.mkdir()
    for package in RUNTIME_PACKAGES:
        files = distribution(package).files or ()
        for top in {file.parts[0] for file in files if ".." not in file.parts}:
            found = Path(str(distribution(package).locate_file(top)))
            (folder / top).symlink_to(found)
    return folder


class RuntimeEmulator:
    """One execution environment of a function.

    Args:
        task: The unpacked function, as `/var/task`.
        places: What is beside it on Python's path: layers, and the runtime.
        handler: As the template has it.
        environment: The function's variables.
        seconds: The function's time limit.
    """

    def __init__(
        self,
        task: Path,
        places: Sequence[Path],
        handler: str,
        environment: Mapping[str, str],
        *,
        log: Path,
        seconds: int = 60,
    ) -> None:
        self.log = log
        self._port = _free_port()
        command = [
            str(_emulator()),
            *("--runtime-interface-emulator-address", f"{LOOPBACK}:{self._port}"),
            *("--runtime-api-address", f"{LOOPBACK}:{_free_port()}"),
            *(str(_INTERPRETER), "-m", "awslambdaric", handler),
        ]
        with log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own command line
                command,
                cwd=task,
                env={
                    "PATH": os.defpath,
                    "LANG": "C.UTF-8",
                    "PYTHONPATH": os.pathsep.join(map(str, [task, *places])),
                    "PYTHONDONTWRITEBYTECODE": "1",
                    "LAMBDA_TASK_ROOT": str(task),
                    "_HANDLER": handler,
                    "AWS_LAMBDA_FUNCTION_NAME": "function",
                    "AWS_LAMBDA_FUNCTION_TIMEOUT": str(seconds),
                    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
                    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                    **environment,
                },
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        listens = wait_for(self._listens, seconds=READY_SECONDS_MAX)
        assert listens, self.log.read_text()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self._process.pid).children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()
        self._process.kill()
        self._process.wait()

    def invoke(self, event: object) -> Answer:
        """Invoke the function and wait for its answer."""
        connection = http.client.HTTPConnection(
            LOOPBACK, self._port, timeout=ANSWER_SECONDS_MAX
        )
        try:
            connection.request("POST", INVOKE, json.dumps(event))
            answer = connection.getresponse()
            return Answer(status=answer.status, text=answer.read().decode())
        finally:
            connection.close()

    def killed_meanwhile(self, event: object, *, when: threading.Event) -> Answer:
        """Invoke the function, and kill the process of its handler at some moment."""
        with ThreadPoolExecutor(max_workers=1) as pool:
            answer = pool.submit(self.invoke, event)
            assert when.wait(ANSWER_SECONDS_MAX), self.log.read_text()
            (runtime,) = psutil.Process(self._process.pid).children()
            runtime.kill()
            return answer.result()

    def _listens(self) -> bool:
        for connection in psutil.Process(self._process.pid).net_connections("tcp"):
            if connection.laddr.port == self._port:
                return connection.status == psutil.CONN_LISTEN
        return False


def _emulator() -> Path:
    machine = _MACHINES.get(platform.machine(), platform.machine())
    name = f"samcli/local/rapid/aws-lambda-rie-{machine}"
    (found,) = (ROOT / ".venv-sam").glob(f"lib/python3*/site-packages/{name}")
    return found


def _free_port() -> int:
    return choose_port(None, purpose="the runtime emulator", option="none")
