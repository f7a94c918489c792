"""The local ECS (headrace_local.ecs), in a process of its own."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from headrace_local.ecs.runners import choose
from headrace_local.emulator import (
    ACCESS_KEY_ID,
    ACCOUNT_ID,
    REGION,
    SECRET_ACCESS_KEY,
    wait_until,
)
from headrace_local.ports import LOOPBACK
from headrace_local.problems import NoContainerEngineError
from headrace_local.process import SupervisedProcess

if TYPE_CHECKING:
    from pathlib import Path

Runner = Literal["auto", "containers", "subprocess"]
READY_SECONDS_MAX = 30.0
# It ends its tasks at once, and then waits to report their ends to an emulator that
# may be gone itself. Its containers are removed by a process that survives it.
STOP_SECONDS_MAX = 3.0
# What a container engine's client and a subprocess task need; no AWS_* of the person.
PASSED_ON = ("PATH", "HOME", "LANG", "USER", "XDG_RUNTIME_DIR")
PASSED_ON_PREFIXES = ("DOCKER_", "CONTAINER", "HEADRACE_ECS_")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskServerOptions:
    """Where the local ECS listens, and how it runs tasks.

    `role_endpoint` is where tasks that have a role reach AWS; None where they cannot.
    """

    port: int
    upstream: str
    runner: Runner
    time_scale: float
    state: Path
    scratch: Path
    log: Path
    role_endpoint: str | None = None

    @property
    def ready_file(self) -> Path:
        """File that it writes once it listens."""
        return self.scratch / "ecs-ready"


def engine_of(runner: Runner) -> str | None:
    """Return the URL of the engine whose containers tasks are; None: they are none."""
    return None if runner == "subprocess" else choose.find_engine()


def check_engine(runner: Runner) -> None:
    """Raise NoContainerEngineError if containers are wanted and no engine answers."""
    if runner != "containers" or choose.find_engine() is not None:
        return
    tried = ", ".join(choose.engine_urls()) or "none of the usual sockets is there"
    raise NoContainerEngineError(
        "No container engine answers.",
        why=f"Tried: {tried}.",
        advice=(
            "Start Docker or `podman system service`, set DOCKER_HOST to its address,"
            " or run tasks as plain processes with --runner subprocess."
        ),
    )


def start_task_server(options: TaskServerOptions) -> SupervisedProcess:
    """Start the local ECS without waiting for it."""
    command = [sys.executable, "-m", "headrace_local.ecs"]
    arguments = {
        "--host": LOOPBACK,
        "--port": str(options.port),
        "--upstream": options.upstream,
        "--account-id": ACCOUNT_ID,
        "--region": REGION,
        "--runner": options.runner,
        "--state-dir": str(options.state),
        "--time-scale": f"{options.time_scale:g}",
        "--ready-file": str(options.ready_file),
    }
    for option, value in arguments.items():
        command += [option, value]
    for name, value in _role_environment(options).items():
        command += ["--role-environment", f"{name}={value}"]
    options.ready_file.unlink(missing_ok=True)
    return SupervisedProcess.start(
        "the local ECS",
        command,
        environment=_environment(options),
        folder=options.scratch,
        log=options.log,
        grace_seconds=STOP_SECONDS_MAX,
    )


def _role_environment(options: TaskServerOptions) -> dict[str, str]:
    """Return what stands in for a task role: the SDKs' own variables."""
    if options.role_endpoint is None:
        return {}
    return {
        "AWS_ENDPOINT_URL": options.role_endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
    }


def _environment(options: TaskServerOptions) -> dict[str, str]:
    passed_on = {
        name: value
        for name, value in os.environ.items()
        if name in PASSED_ON or name.startswith(PASSED_ON_PREFIXES)
    }
    return passed_on | {
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_ENDPOINT_URL": options.upstream,
        "TMPDIR": str(options.scratch),
    }


def wait_until_task_server_ready(
    process: SupervisedProcess, options: TaskServerOptions
) -> None:
    """Return once the local ECS listens.

    Raises:
        ServerFailedError: it ended (as it does when the engine asked for does not
            answer), or was not ready in time.
    """
    wait_until(options.ready_file.exists, process, seconds=READY_SECONDS_MAX)
