"""The local ECS as one object: engine, runner, HTTP and events, started and stopped."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

from headrace_local.ecs.catalogue import MemoryCatalogue
from headrace_local.ecs.clock import SystemClock, Timers
from headrace_local.ecs.control import control_app
from headrace_local.ecs.delivery import Delivery
from headrace_local.ecs.driver import TimerDriver
from headrace_local.ecs.engine import Engine
from headrace_local.ecs.faults import Faults
from headrace_local.ecs.http_host import HttpHost
from headrace_local.ecs.logs import ShippedLogs
from headrace_local.ecs.runners.choose import make_runner
from headrace_local.ecs.secrets import UpstreamSecrets
from headrace_local.ecs.server import WireServer
from headrace_local.ecs.settings import EngineSettings
from headrace_local.ecs.state_file import CLOSED_REASON, FILE_NAME, StateFile
from headrace_local.ecs.upstream import Upstream, UpstreamCatalogue

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from headrace_local.ecs.clock import Clock
    from headrace_local.ecs.runners.images import ImageMap
    from headrace_local.ecs.runners.port import ContainerRunner


class LocalEcs:
    """A local ECS, served over HTTP from threads of this process.

    Args:
        upstream_url: The emulator behind it; None keeps clusters and task definitions
            in memory (`catalogue`) and sends no events but to `engine.subscribe`.
        host: The address to listen on.
        port: The port; 0 takes any free one.
        runner: ``subprocess``, ``containers``, ``auto`` (containers where an engine
            answers), or a runner of your own.
        state_directory: Where logs and scratch files go, and tasks and tokens are
            remembered across a restart; None takes a temporary one and removes it.
        settings: The engine's figures.
        seed: Decides every chance that faults take.
        images: What images would run, for the subprocess runner.
        task_environment: Given to every container beneath its own environment.
        clock: Tells the time. With a virtual clock nothing moves until it is advanced.
        timers: Timers on that clock, when a runner of your own shares them.

    Raises:
        PortInUseError: When the port is taken.
    """

    def __init__(  # noqa: PLR0913 - each is one thing a caller may choose
        self,
        upstream_url: str | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        runner: str | ContainerRunner = "subprocess",
        state_directory: Path | None = None,
        settings: EngineSettings | None = None,
        seed: int = 0,
        images: ImageMap | None = None,
        task_environment: Mapping[str, str] | None = None,
        clock: Clock | None = None,
        timers: Timers | None = None,
    ) -> None:
        self.settings = settings or EngineSettings()
        self.faults = Faults(seed)
        self.timers = timers or Timers(clock or SystemClock())
        self.catalogue = MemoryCatalogue(
            region=self.settings.region, account_id=self.settings.account_id
        )
        self.upstream = (
            Upstream(upstream_url, self.settings.region) if upstream_url else None
        )
        self._host = HttpHost(host, port)
        with contextlib.ExitStack() as cleanup:
            cleanup.callback(self._host.stop)
            self._keeps_state = state_directory is not None
            self.state_directory = state_directory or _temporary(cleanup)
            self.runner = self._make_runner(runner, images, task_environment)
            self._secrets = UpstreamSecrets(self.upstream) if self.upstream else None
            self.engine, self._wire = self._make_engine()
            self._cleanup = cleanup.pop_all()

    @property
    def endpoint_url(self) -> str:
        """What a client takes as its endpoint (`AWS_ENDPOINT_URL_ECS`)."""
        return self._host.url

    def start(self) -> Self:
        """Begin to serve; returns when calls are answered."""
        if isinstance(self.timers.clock, SystemClock):
            driver = TimerDriver(self.timers)
            driver.start()
            self._cleanup.callback(driver.stop)
        if self.upstream is not None:
            self._cleanup.callback(self.upstream.close)
            delivery = Delivery(
                events=self.upstream.client("events"),
                sqs=self.upstream.client("sqs"),
                faults=self.faults,
                timers=self.timers,
                settings=self.settings,
            )
            delivery.start()
            self._cleanup.callback(delivery.close)
            self.engine.subscribe(delivery.take)
        if self._secrets is not None:
            self._cleanup.callback(self._secrets.close)
        self._cleanup.callback(self.runner.close)
        if self._keeps_state:
            state = StateFile(self.state_directory / FILE_NAME).open(self.engine)
            self._cleanup.callback(state.close)
        self._cleanup.callback(self.engine.shut_down, CLOSED_REASON)
        self._host.start(self._wire.app)
        return self

    def stop(self) -> None:
        """End every task and stop serving."""
        self._host.stop()
        self._cleanup.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _make_runner(
        self,
        runner: str | ContainerRunner,
        images: ImageMap | None,
        environment: Mapping[str, str] | None,
    ) -> ContainerRunner:
        if not isinstance(runner, str):
            return runner
        made = make_runner(
            runner, self.state_directory, images=images, environment=environment
        )
        upstream = self.upstream
        if upstream is None:
            return made
        return ShippedLogs(made, made, lambda: upstream.client("logs"))

    def _make_engine(self) -> tuple[Engine, WireServer]:
        upstream = self.upstream
        behind = UpstreamCatalogue(upstream.client("ecs")) if upstream else None
        engine = Engine(
            timers=self.timers,
            runner=self.runner,
            catalogue=behind or self.catalogue,
            settings=self.settings,
            faults=self.faults,
            secrets=self._secrets,
        )
        wire = WireServer(
            engine=engine,
            hang_up=self._host.hang_up,
            control=control_app(engine),
            memory=None if upstream else self.catalogue,
            upstream_url=upstream.url if upstream else None,
            on_catalogue_change=behind.forget if behind else lambda: None,
        )
        return engine, wire


def _temporary(cleanup: contextlib.ExitStack) -> Path:
    directory = Path(tempfile.mkdtemp(prefix="local-ecs-"))
    cleanup.callback(shutil.rmtree, directory, ignore_errors=True)
    return directory
