"""The two servers of a laptop run, started and stopped together."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from headrace_local.access import AwsAccess
from headrace_local.container_network import address_for_containers
from headrace_local.emulator import (
    EmulatorOptions,
    start_emulator,
    wait_until_emulator_ready,
)
from headrace_local.ports import LOOPBACK, choose_port
from headrace_local.problems import NoContainerEngineError, ServerFailedError
from headrace_local.relay import Relay
from headrace_local.task_server import (
    TaskServerOptions,
    engine_of,
    start_task_server,
    wait_until_task_server_ready,
)

if TYPE_CHECKING:
    from headrace_local.process import SupervisedProcess
    from headrace_local.state_folder import StateFolder
    from headrace_local.task_server import Runner


REVIVALS_IN_A_ROW_MAX = 3  # more would not help: it does not get as far as listening


@dataclass(slots=True, kw_only=True)
class Servers:
    """The emulated AWS and the local ECS, as processes.

    Attributes:
        emulator: It holds its state in memory, so its death is the run's.
        emulator_port: Where it listens.
        tasks: The local ECS; its journal outlives it, so it can be started again.
        tasks_options: How it was started.
    """

    emulator: SupervisedProcess
    emulator_port: int
    tasks: SupervisedProcess
    tasks_options: TaskServerOptions
    _way: ExitStack = field(default_factory=ExitStack, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _is_stopping: bool = field(default=False, repr=False)
    _failed_revivals: int = field(default=0, repr=False)

    @classmethod
    def start(
        cls,
        folder: StateFolder,
        *,
        emulator_port: int | None,
        ecs_port: int | None,
        runner: Runner,
        time_scale: float,
    ) -> Self:
        """Start both, without waiting for either.

        Raises:
            PortTakenError: a port that was asked for, or that kept state is bound
                to, is in use.
        """
        ports = _choose_ports(folder, emulator_port, ecs_port)
        emulator = start_emulator(
            EmulatorOptions(
                port=ports["emulator"],
                ecs_endpoint=f"http://{LOOPBACK}:{ports['ecs']}",
                scratch=folder.scratch,
                log=folder.logs / "emulator.log",
                kept=folder.kept and folder.kept / "emulator",
            )
        )
        upstream = f"http://{LOOPBACK}:{ports['emulator']}"
        way = ExitStack()
        options = TaskServerOptions(
            port=ports["ecs"],
            upstream=upstream,
            runner=runner,
            time_scale=time_scale,
            state=(folder.kept or folder.scratch) / "ecs",
            scratch=folder.scratch,
            log=folder.logs / "ecs.log",
            role_endpoint=_endpoint_for_tasks(upstream, runner, way),
        )
        return cls(
            emulator=emulator,
            emulator_port=ports["emulator"],
            tasks=start_task_server(options),
            tasks_options=options,
            _way=way,
        )

    @property
    def access(self) -> AwsAccess:
        """How to reach them."""
        return AwsAccess(
            emulator_endpoint=f"http://{LOOPBACK}:{self.emulator_port}",
            ecs_endpoint=f"http://{LOOPBACK}:{self.tasks_options.port}",
        )

    def wait_until_ready(self) -> None:
        """Return once both answer.

        Raises:
            ServerFailedError: one ended, or was not ready in time.
        """
        wait_until_emulator_ready(self.emulator, self.emulator_port)
        wait_until_task_server_ready(self.tasks, self.tasks_options)

    def revive_tasks(self) -> int | None:
        """Start the local ECS again on its journal, if it ended on its own.

        Returns once it answers, or has ended again. It keeps its port and its tasks:
        those that ran have lost their processes, and it says so of them.

        Returns:
            The exit code that it ended with, or None if there was nothing to do.
        """
        with self._lock:
            code = self.tasks.exit_code()
            if code is None or self._is_stopping or self._has_given_up:
                return None
            self.tasks.ask_to_stop()  # it has ended; this lets go of its pipe
            self.tasks = start_task_server(self.tasks_options)
            self._failed_revivals += 1
        try:
            wait_until_task_server_ready(self.tasks, self.tasks_options)
        except ServerFailedError:
            return code  # the next call, or `check`, finds it ended
        self._failed_revivals = 0
        return code

    @property
    def _has_given_up(self) -> bool:
        return self._failed_revivals >= REVIVALS_IN_A_ROW_MAX

    def check(self) -> None:
        """Raise ServerFailedError if one ended and is not started again."""
        for process in (self.emulator, self.tasks):
            code = process.exit_code()
            is_revived = process is self.tasks and not self._has_given_up
            if code is not None and not is_revived:
                raise ServerFailedError(
                    f"{process.title} ended with exit code {code}.",
                    why=process.last_words(),
                    advice=f"Its log is {process.log}.",
                )

    def stop(self) -> None:
        """Stop both: first the tasks, which still report their ends, then AWS."""
        with self._lock:
            self._is_stopping = True
        self.tasks.stop()
        self._way.close()
        self.emulator.stop()


def _endpoint_for_tasks(endpoint: str, runner: Runner, way: ExitStack) -> str | None:
    """Return where tasks reach the emulated AWS; None where they cannot.

    Containers have a network of their own, into which a relay leads as long as `way`
    is open.
    """
    engine = engine_of(runner)
    if engine is None:
        return endpoint
    try:
        address = address_for_containers(engine)
    except NoContainerEngineError:
        return None  # they run all the same; only what asks AWS does not work
    return way.enter_context(Relay(address, [endpoint])).url_of(endpoint)


def _choose_ports(
    folder: StateFolder, emulator_port: int | None, ecs_port: int | None
) -> dict[str, int]:
    """Choose both ports: those asked for, else those of the kept state, else any."""
    kept = folder.kept_ports()
    ports = {
        "emulator": choose_port(
            emulator_port or kept.get("emulator"),
            purpose="The emulated AWS",
            option="--port",
        ),
        "ecs": choose_port(
            ecs_port or kept.get("ecs"), purpose="The local ECS", option="--ecs-port"
        ),
    }
    folder.keep_ports(ports)
    return ports
