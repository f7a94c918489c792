"""The whole pipeline on this machine, started and stopped as one thing."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from headrace_client.redrive import QUEUES
from headrace_local.attendants import Attendants
from headrace_local.build import Builder
from headrace_local.deploy import Deployer
from headrace_local.emulator import check_installed
from headrace_local.happenings import Happening, Kind, ignore
from headrace_local.registration import register_jobs
from headrace_local.reload import Reloader
from headrace_local.servers import Servers
from headrace_local.state_folder import StateFolder
from headrace_local.task_server import check_engine
from headrace_local.template import check_runtime, read_template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace_local.deploy import Deployment
    from headrace_local.happenings import Listener
    from headrace_local.task_server import Runner

TIME_SCALE = 60.0  # what the laptop profile divides the protocol's windows by


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
        self._attendants = Attendants(listener)
        self._folder: StateFolder | None = None
        self._servers: Servers | None = None
        self._deployment: Deployment | None = None

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

        What was started before a failure runs until `stop`.

        Raises:
            LaptopRunError: with what failed, why, and something to try.
        """
        started = time.monotonic()
        check_installed()
        check_engine(self.options.runner)
        project = self.options.project
        check_runtime(read_template(project / "template.yaml"))
        deployer = self._start_and_build()
        self._deployment = deployment = deployer.deploy()
        self._step("stack", f"{len(deployment.functions)} functions deployed")
        access = self.servers.access
        self._attendants.guard(self.servers)
        if self.options.stream:
            self._attendants.watch(access, deployment)
        # Before the jobs are registered, so that the function is warm by then.
        self._attendants.beat(access, deployment)
        self._register()
        if self.options.reload:
            self._attendants.reload(
                Reloader(
                    project,
                    deploy=lambda: deployer.deploy().changed,
                    register=self._register,
                    listener=self._listener,
                )
            )
        self._step("pipeline", f"ready after {time.monotonic() - started:.1f} s")

    def stop(self) -> None:
        """Stop all of it; returns when no process is left. May be called again."""
        # First the attendants: a wake under way needs both servers, and the emulator
        # would not end before it.
        self._attendants.ask_to_stop()
        self._attendants.wait()
        if self._servers is not None:
            self._servers.stop()
            self._servers = None
        if self._folder is not None:
            self._folder.release()
            self._folder = None

    def check(self) -> None:
        """Raise ServerFailedError if a part of the pipeline ended for good."""
        self.servers.check()

    @property
    def servers(self) -> Servers:
        """The two servers, while the pipeline runs."""
        if self._servers is None:
            raise RuntimeError("the pipeline is not running")
        return self._servers

    @property
    def deployment(self) -> Deployment:
        """What was deployed."""
        if self._deployment is None:
            raise RuntimeError("the pipeline was not started")
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
            **self.servers.access.variables(),
            "HEADRACE_REQUEST_QUEUE_URL": outputs["RequestQueueUrl"],
            "HEADRACE_JOB_TABLE_NAME": outputs["JobTableName"],
            "HEADRACE_CLUSTER_NAME": outputs["ClusterName"],
            "HEADRACE_DEPLOYMENT_ID": outputs["DeploymentId"],
            "HEADRACE_DISPATCH_FUNCTION_NAME": outputs["DispatchFunctionName"],
            "HEADRACE_ANNOUNCE_FUNCTION_NAME": outputs["AnnounceFunctionName"],
            "HEADRACE_LAUNCHES_PER_SECOND": outputs["LaunchesPerSecond"],
            "HEADRACE_REQUEST_QUEUE_ARN": outputs["RequestQueueArn"],
            "HEADRACE_SCHEDULE_GROUP_NAME": outputs["ScheduleGroupName"],
            "HEADRACE_SCHEDULER_ROLE_ARN": outputs["SchedulerRoleArn"],
            "HEADRACE_REQUEST_DEAD_LETTER_QUEUE_ARN": outputs[
                "RequestDeadLetterQueueArn"
            ],
            "HEADRACE_UNTRUSTED_CLUSTER_NAME": outputs["UntrustedClusterName"],
            "HEADRACE_UNTRUSTED_JOB_FAMILY_PREFIX": outputs["UntrustedJobFamilyPrefix"],
            "HEADRACE_UNTRUSTED_JOB_ROLE_PATH": outputs["UntrustedJobRolePath"],
            "HEADRACE_TASK_EVENT_QUEUE_URL": outputs["TaskEventQueueUrl"],
            "HEADRACE_DISPATCH_LOG_GROUP": outputs["DispatchLogGroupName"],
            "HEADRACE_RECORD_LOG_GROUP": outputs["RecordLogGroupName"],
            **{queue.variable: outputs[queue.output] for queue in QUEUES},
        }

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3's type depends on the name
        """Return a new boto3 client of the pipeline's AWS."""
        return self.servers.access.client(service)

    def _start_and_build(self) -> Deployer:
        """Start the servers, and build while they boot."""
        options = self.options
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
            self._servers.access,
            project=options.project,
            builder=Builder(cache=options.project / ".headrace" / "build"),
        )
        with ThreadPoolExecutor(max_workers=1) as pool:
            building = pool.submit(deployer.build)
            self._servers.wait_until_ready()
            self._step("servers", f"listen at {self._servers.access.emulator_endpoint}")
            building.result()
        self._step("code", "built")
        return deployer

    def _register(self) -> list[str]:
        if not self.options.register:
            return []
        jobs = register_jobs(self.options.project / "jobs", self.environment)
        if jobs:
            self._step("jobs", ", ".join(jobs))
        return jobs

    def _step(self, subject: str, text: str) -> None:
        self._listener(Happening(kind=Kind.STEP, subject=subject, text=text))
