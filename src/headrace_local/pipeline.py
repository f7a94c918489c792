"""The whole pipeline on this machine, started and stopped as one thing."""

from __future__ import annotations

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import boto3
from botocore.config import Config

from headrace_local.background import Background
from headrace_local.build import Builder
from headrace_local.deploy import Deployer
from headrace_local.emulator import (
    ACCESS_KEY_ID,
    REGION,
    SECRET_ACCESS_KEY,
    check_installed,
)
from headrace_local.happenings import Happening, Kind, ignore
from headrace_local.heartbeat import PERIOD_SECONDS, Heartbeat
from headrace_local.registration import register_jobs
from headrace_local.reload import Reloader
from headrace_local.servers import Servers
from headrace_local.state_folder import StateFolder
from headrace_local.stream import (
    LOG_PERIOD_SECONDS,
    STREAM_PERIOD_SECONDS,
    ChangeReader,
    TroubleReader,
)
from headrace_local.template import check_runtime, read_template

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from headrace_local.deploy import Deployment
    from headrace_local.happenings import Listener
    from headrace_local.task_server import Runner

TIME_SCALE = 60.0  # what the laptop profile divides the protocol's windows by
CALL_SECONDS_MAX = 75.0  # a function may run for a minute
STOP_SECONDS = 1.5
RECONCILE = "ReconcileFunction"


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineOptions:
    """How to run the pipeline.

    Attributes:
        project: the folder with template.yaml, functions/, layers/ and jobs/.
        state_folder: where it keeps its things; `.headrace/local` in the project
            unless given.
        keep: whether queues, table and tasks outlive a clean stop.
        emulator_port: where the emulated AWS listens; any free port unless given.
        ecs_port: where the local ECS listens; ditto.
        runner: what runs tasks; `auto` takes containers where an engine answers.
        reload: whether edits go live.
        register: whether `jobs/*.yaml` are registered.
        stream: whether the listener hears of jobs and troubles.
    """

    project: Path
    state_folder: Path | None = None
    keep: bool = False
    emulator_port: int | None = None
    ecs_port: int | None = None
    runner: Runner = "auto"
    reload: bool = True
    register: bool = True
    stream: bool = True


class Pipeline:
    """A running pipeline: `with Pipeline(options) as pipeline: ...`.

    Everything it started is gone when the block is left, and when this process dies
    in any other way.

    Args:
        options: how to run it.
        listener: hears what happens, from several threads.
    """

    def __init__(self, options: PipelineOptions, listener: Listener = ignore) -> None:
        self.options = options
        self._listener = listener
        self._folder: StateFolder | None = None
        self._servers: Servers | None = None
        self._deployment: Deployment | None = None
        self._loops: list[Background | Reloader] = []
        self._session = boto3.Session(
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
            region_name=REGION,
        )

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Build, start, deploy and register; returns when messages are taken.

        Raises:
            LaptopRunError: with what failed, why, and something to try.
        """
        started = time.monotonic()
        check_installed()
        options = self.options
        check_runtime(read_template(options.project / "template.yaml"))
        state = options.state_folder or options.project / ".headrace" / "local"
        self._folder = StateFolder(state, keep=options.keep)
        self._servers = Servers.start(
            self._folder,
            emulator_port=options.emulator_port,
            ecs_port=options.ecs_port,
            runner=options.runner,
            time_scale=TIME_SCALE,
        )
        deployer = Deployer.at(
            self._servers.emulator_endpoint,
            session=self._session,
            project=options.project,
            builder=Builder(cache=options.project / ".headrace" / "build"),
        )
        with ThreadPoolExecutor(max_workers=2) as pool:
            building = pool.submit(deployer.build)
            self._servers.wait_until_ready()
            self._step("servers", f"listen at {self._servers.emulator_endpoint}")
            building.result()
        self._deployment = deployer.deploy()
        self._step("stack", f"{len(self._deployment.functions)} functions deployed")
        self._register()
        self._start_loops(deployer)
        self._step("pipeline", f"ready after {time.monotonic() - started:.1f} s")

    def stop(self) -> None:
        """Stop all of it; returns when no process is left. May be called again."""
        for loop in self._loops:
            loop.ask_to_stop()
        if self._servers is not None:
            self._servers.stop()
        for loop in self._loops:
            loop.wait(STOP_SECONDS)
        self._loops = []
        self._servers = None
        if self._folder is not None:
            self._folder.release()
            self._folder = None

    def check(self) -> None:
        """Raise ServerFailedError if a part of the pipeline ended on its own."""
        if self._servers is not None:
            self._servers.check()

    @property
    def servers(self) -> Servers:
        """The two servers, while the pipeline runs."""
        if self._servers is None:
            raise RuntimeError("the pipeline is not running")
        return self._servers

    @property
    def deployment(self) -> Deployment:
        """What was deployed, while the pipeline runs."""
        if self._deployment is None:
            raise RuntimeError("the pipeline is not running")
        return self._deployment

    @property
    def queue_url(self) -> str:
        """Where job requests are sent."""
        return self.deployment.outputs["RequestQueueUrl"]

    @property
    def table_name(self) -> str:
        """Where jobs and rejections are."""
        return self.deployment.outputs["JobTableName"]

    @property
    def environment(self) -> Mapping[str, str]:
        """What another process needs in its environment to use the pipeline."""
        outputs = self.deployment.outputs
        return {
            "AWS_ENDPOINT_URL": self.servers.emulator_endpoint,
            "AWS_ENDPOINT_URL_ECS": self.servers.ecs_endpoint,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "HEADRACE_REQUEST_QUEUE_URL": outputs["RequestQueueUrl"],
            "HEADRACE_JOB_TABLE_NAME": outputs["JobTableName"],
            "HEADRACE_CLUSTER_NAME": outputs["ClusterName"],
            "HEADRACE_DEPLOYMENT_ID": outputs["DeploymentId"],
        }

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3's type depends on the name
        """Return a new boto3 client of the pipeline's AWS."""
        servers = self.servers
        endpoint = (
            servers.ecs_endpoint if service == "ecs" else servers.emulator_endpoint
        )
        return self._session.client(
            service,  # type: ignore[call-overload] # any service
            endpoint_url=endpoint,
            config=Config(read_timeout=CALL_SECONDS_MAX, max_pool_connections=20),
        )

    def _register(self) -> list[str]:
        if not self.options.register:
            return []
        jobs = register_jobs(self.options.project / "jobs", self.environment)
        if jobs:
            self._step("jobs", ", ".join(jobs))
        return jobs

    def _start_loops(self, deployer: Deployer) -> None:
        functions = self.deployment.functions
        if RECONCILE in functions:
            beat = Heartbeat(
                self.client("lambda"), functions[RECONCILE], self._listener
            )
            self._loop("heartbeat", beat.beat, seconds=PERIOD_SECONDS)
        if self.options.stream:
            changes = ChangeReader(
                self.client("dynamodbstreams"), self.table_name, self._listener
            )
            changes.open()
            self._loop("changes", changes.read, seconds=STREAM_PERIOD_SECONDS)
            troubles = TroubleReader(
                self.client("logs"), self.deployment.log_groups, self._listener
            )
            self._loop("troubles", troubles.read, seconds=LOG_PERIOD_SECONDS)
        if self.options.reload:
            reloader = Reloader(
                self.options.project,
                deploy=lambda: deployer.deploy().changed,
                register=self._register,
                listener=self._listener,
            )
            reloader.start()
            self._loops.append(reloader)

    def _loop(self, name: str, step: Callable[[], None], *, seconds: float) -> None:
        def report(error: Exception) -> None:
            with contextlib.suppress(Exception):
                self._listener(
                    Happening(kind=Kind.TROUBLE, subject=name, text=str(error))
                )

        loop = Background(name, step, seconds=seconds, report=report)
        self._loops.append(loop)
        loop.start()

    def _step(self, subject: str, text: str) -> None:
        self._listener(Happening(kind=Kind.STEP, subject=subject, text=text))
