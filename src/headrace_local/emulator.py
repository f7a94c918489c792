"""The emulated AWS: ministack, in a process of its own.

It holds queues, tables, rules, schedules, logs and stacks, and runs the functions.
"""

from __future__ import annotations

import http.client
import importlib.metadata
import importlib.util
import os
import sys
import sysconfig
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from headrace_local.ports import LOOPBACK
from headrace_local.problems import NotInstalledError, ServerFailedError
from headrace_local.process import SupervisedProcess

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT_ID = "123456789012"
REGION = "us-east-1"
ACCESS_KEY_ID = "test"
SECRET_ACCESS_KEY = "test"  # noqa: S105 - nobody checks it
READY_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 10.0  # it finishes calls under way, and writes kept state
STOP_SECONDS_MAX_UNKEPT = 1.0  # what it works on is forgotten anyway
POLL_SECONDS = 0.03
_SCHEDULES = Path(__file__).with_name("emulator_schedules.py")
# Run by the bare interpreter, with our packages appended for the emulator alone. It
# starts functions with `sys.executable`: in this way a function sees its layers and
# nothing of this environment, and a missing dependency fails here as it does on AWS.
_LAUNCHER = """
import os, runpy, sys
sys.path += sys.argv[2:]
runpy.run_path(sys.argv[1])["install"]()
del sys.argv[1:]
from ministack.app import main
del os.environ["LOG_LEVEL"]  # read by now, and functions would log by it
main()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmulatorOptions:
    """Where the emulator listens and keeps its things."""

    port: int
    ecs_endpoint: str
    scratch: Path
    log: Path
    kept: Path | None


def check_installed() -> None:
    """Raise NotInstalledError unless all the emulator needs is there."""
    for module in ("ministack", "samtranslator"):
        if importlib.util.find_spec(module) is None:
            raise NotInstalledError(
                "The laptop run's packages are not installed.",
                why=f"There is no module {module} in {sys.prefix}.",
                advice="Install them with: pip install 'headrace[local]'",
            )


def emulator_version() -> str:
    """Return the installed version of ministack."""
    return importlib.metadata.version("ministack")


def start_emulator(options: EmulatorOptions) -> SupervisedProcess:
    """Start ministack without waiting for it.

    State is read from and, after a clean stop, written to `options.kept`.
    """
    site = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    # Where a virtual environment's `python` points to: the interpreter without it.
    interpreter = Path(sys.executable).resolve()
    return SupervisedProcess.start(
        "the emulator (ministack)",
        [str(interpreter), "-c", _LAUNCHER, str(_SCHEDULES), *sorted(site)],
        environment=_environment(options),
        folder=options.scratch,
        log=options.log,
        grace_seconds=STOP_SECONDS_MAX if options.kept else STOP_SECONDS_MAX_UNKEPT,
    )


def _environment(options: EmulatorOptions) -> dict[str, str]:
    """Return all that the emulator sees, and with it every function it runs."""
    scratch = str(options.scratch)
    environment = {
        "PATH": os.defpath,
        "HOME": scratch,
        "TMPDIR": scratch,
        "LANG": "C.UTF-8",
        "AWS_ENDPOINT_URL": f"http://{LOOPBACK}:{options.port}",
        "AWS_ENDPOINT_URL_ECS": options.ecs_endpoint,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "BIND_HOST": LOOPBACK,
        "GATEWAY_PORT": str(options.port),
        "MINISTACK_HOST": LOOPBACK,  # queue URLs then name it, and not localhost
        "MINISTACK_ACCOUNT_ID": ACCOUNT_ID,
        "MINISTACK_REGION": REGION,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # Tasks are the local ECS's business; the emulator shall not look for, nor
        # tidy up, anybody's containers.
        "DOCKER_HOST": f"unix://{scratch}/no-docker",
        "LOG_LEVEL": "WARNING",
    }
    if options.kept is not None:
        environment |= {
            "PERSIST_STATE": "1",
            "STATE_DIR": str(options.kept / "services"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(options.kept / "objects"),
        }
    return environment


def wait_until_emulator_ready(process: SupervisedProcess, port: int) -> None:
    """Return once ministack answers.

    Raises:
        ServerFailedError: it ended, or did not answer in time.
    """
    wait_until(lambda: _answers(port), process, seconds=READY_SECONDS_MAX)


def wait_until(
    is_ready: Callable[[], bool], process: SupervisedProcess, *, seconds: float
) -> None:
    """Poll until a server is ready.

    Raises:
        ServerFailedError: the server ended, or was not ready in time.
    """
    deadline = time.monotonic() + seconds
    while not is_ready():
        code = process.exit_code()
        if code is not None:
            raise ServerFailedError(
                f"{process.title} ended with exit code {code}.",
                why=process.last_words(),
                advice=f"Its log is {process.log}.",
            )
        if time.monotonic() > deadline:
            raise ServerFailedError(
                f"{process.title} did not answer in {seconds:.0f} s.",
                why=process.last_words(),
                advice=f"Is the machine very busy? Its log is {process.log}.",
            )
        time.sleep(POLL_SECONDS)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=2)
    try:
        connection.request("GET", "/_ministack/ready")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
