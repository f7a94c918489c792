"""The command line of the local ECS: ``python -m headrace_local.ecs``."""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from headrace_local.ecs.http_host import PortInUseError
from headrace_local.ecs.local_ecs import LocalEcs
from headrace_local.ecs.runners.choose import NoContainerEngineError
from headrace_local.ecs.runners.images import ImageMap
from headrace_local.ecs.settings import Capacity, EngineSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

EXIT_PORT_IN_USE = 3
EXIT_NO_ENGINE = 4


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; return the exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        level=options.log_level.upper(),
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    try:
        ecs = _make(options)
    except PortInUseError as error:
        sys.stderr.write(f"local ECS: {error.strerror}\n")
        return EXIT_PORT_IN_USE
    except NoContainerEngineError as error:
        sys.stderr.write(f"local ECS: {error}\n")
        return EXIT_NO_ENGINE
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with ecs:
        _tell_ready(options, ecs.endpoint_url)
        ended.wait()
    return 0


def _make(options: argparse.Namespace) -> LocalEcs:
    settings = EngineSettings(
        time_scale=options.time_scale,
        capacity=Capacity(
            cpu_units_max=options.cpu_units_max, memory_mib_max=options.memory_mib_max
        ),
        caches_refusals=not options.forget_refusals,
        enforces_api_rates=options.api_rates,
        region=options.region,
        account_id=options.account_id,
        role_environment=_variables(options.role_environment),
    )
    return LocalEcs(
        options.upstream,
        host=options.host,
        port=options.port,
        runner=options.runner,
        state_directory=options.state_dir,
        settings=settings,
        seed=options.seed,
        images=ImageMap.read(options.images) if options.images else None,
        task_environment=_variables(options.task_environment),
    )


def _variables(written: Sequence[str]) -> dict[str, str]:
    return dict(each.split("=", 1) for each in written)


def _tell_ready(options: argparse.Namespace, url: str) -> None:
    line = json.dumps({"endpointUrl": url, "pid": os.getpid()}) + "\n"
    if options.ready_fd is not None:
        os.write(options.ready_fd, line.encode())
        os.close(options.ready_fd)
    if options.ready_file is not None:
        partial = options.ready_file.with_suffix(".partial")
        partial.write_text(line, encoding="utf-8")
        partial.rename(options.ready_file)
    sys.stdout.write(f"local ECS at {url}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m headrace_local.ecs", description="A faithful local Amazon ECS."
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on")
    add("--port", type=int, default=4567, help="port; 0 takes any free one")
    add("--upstream", help="URL of the emulator behind; none keeps all in memory")
    add("--runner", default="auto", choices=("subprocess", "containers", "auto"))
    add("--state-dir", type=Path, help="logs, scratch files and state")
    add("--time-scale", type=float, default=1.0, help="divides every length of time")
    add("--region", default="us-east-1")
    add("--account-id", default="123456789012")
    add("--cpu-units-max", type=int, help="capacity: 1024 to the vCPU")
    add("--memory-mib-max", type=int, help="capacity")
    add("--forget-refusals", action="store_true", help="tokens forget refusals")
    add("--api-rates", action="store_true", help="throttle at AWS's rates")
    add("--images", type=Path, help="JSON file: image pattern to command line")
    add("--task-environment", action="append", default=[], metavar="NAME=VALUE")
    add("--role-environment", action="append", default=[], metavar="NAME=VALUE")
    add("--seed", type=int, default=0, help="decides the faults' chances")
    add("--ready-fd", type=int, help="gets a JSON line when calls are answered")
    add("--ready-file", type=Path, help="likewise")
    add("--log-level", default="info", choices=("debug", "info", "warning", "error"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
