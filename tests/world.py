"""A whole deployment in one process on virtual time: real stages over shipped fakes.

The store, catalogue, budget and waker are the in-memory ports; ECS is the local ECS's
own engine, whose scripted runner gives each container the fate a test chose.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from threading import local
from typing import Any

from builders import CLUSTER_ARN, DEPLOYMENT_ID, REGION, a_placement, a_request
from definition_builders import a_registered, a_resolved
from headrace.aws.envelopes import Expected, read_report
from headrace.aws.system import ThreadWorkers
from headrace.definitions.definition import RegisteredDefinition
from headrace.definitions.registration import parse_definition
from headrace.definitions.resolved import ResolvedContainer
from headrace.identity import job_id
from headrace.jobs.job import Job
from headrace.launches.budget import LaunchRate
from headrace.ports import Ports
from headrace.stages.acceptance import Message
from headrace.stages.dispatch import dispatch
from headrace.stages.reconcile import reconcile
from headrace.stages.record import Delivery, record
from headrace.tasks.report import TaskReport
from headrace.windows import Windows
from headrace_local.ecs import (
    Engine,
    EngineSettings,
    Fate,
    ScriptedRunner,
    Timers,
    VirtualClock,
)
from headrace_local.ecs.catalogue import MemoryCatalogue
from headrace_local.engine_task_runner import engine_task_runner
from headrace_local.memory import (
    CollectedEvents,
    CollectedLetters,
    CollectedSignals,
    CollectedWaker,
    MemoryDefinitions,
    MemoryJobStore,
    MemoryLaunchBudget,
    MemoryParameters,
    MemorySweeps,
    OpenTasks,
    SeededIds,
)

FAMILY = "headrace-job-report"
RECONCILE_SECONDS = 45


class EngineClock:
    """The engine's virtual clock as the stages' `Clock`.

    Pauses are counted for each thread: on virtual time one that waits would use up
    the time of another that is at work.
    """

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._paused = local()

    def now(self) -> datetime:
        """Return the virtual time."""
        return self._clock.now()

    def pause(self, seconds: float) -> None:
        """Let virtual time pass."""
        self._paused.seconds = self.paused_seconds + seconds
        self._clock.advance(seconds)

    @property
    def paused_seconds(self) -> float:
        """How long this thread has paused, in all."""
        return getattr(self._paused, "seconds", 0.0)


class World:
    """One deployment. Nothing happens until a method is called."""

    def __init__(
        self,
        *,
        definition: dict[str, Any] | None = None,
        containers: list[dict[str, Any]] | None = None,
        rate: LaunchRate | None = None,
        settings: EngineSettings | None = None,
        pinned_tenant: str | None = None,
    ) -> None:
        self.clock = VirtualClock()
        timers = Timers(self.clock)
        self.clock.attach(timers)
        self.runner = ScriptedRunner(timers, Fate(exit_code=0, run_seconds=10))
        catalogue = MemoryCatalogue(region=REGION)
        catalogue.create_cluster(
            {
                "clusterName": "headrace",
                "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
            }
        )
        self.containers = containers or [{"name": "main", "image": "job"}]
        task_definition = catalogue.register_task_definition(
            {
                "family": FAMILY,
                "requiresCompatibilities": ["FARGATE"],
                "networkMode": "awsvpc",
                "cpu": "256",
                "memory": "512",
                "containerDefinitions": self.containers,
            }
        )["taskDefinition"]
        self.engine = Engine(
            timers=timers,
            runner=self.runner,
            catalogue=catalogue,
            settings=settings or EngineSettings(region=REGION),
        )
        self.events: list[dict[str, Any]] = []
        self.engine.subscribe(self.events.append)
        self.jobs = MemoryJobStore()
        self.signals = CollectedSignals()
        self.waker = CollectedWaker()
        self.bus = CollectedEvents()
        self.workflows = OpenTasks()
        self.letters = CollectedLetters()
        self.definitions = MemoryDefinitions()
        self.parameters = MemoryParameters()
        self.budget = MemoryLaunchBudget(rate) if rate else MemoryLaunchBudget()
        self._message_numbers = count(1)
        self.register(task_definition, **(definition or {}))
        self.ports = self._ports(pinned_tenant)

    def register(self, task_definition: dict[str, Any], **changes: Any) -> None:
        """Register the definition `report`, with some changes."""
        resolved = a_resolved(
            arn=task_definition["taskDefinitionArn"],
            family=FAMILY,
            containers=tuple(
                ResolvedContainer(
                    name=each["name"], essential=each.get("essential", True)
                )
                for each in self.containers
            ),
        )
        self.definitions.register(a_registered(resolved=resolved, **changes))

    def register_also(self, document: dict[str, Any]) -> None:
        """Register another definition, as its owner wrote it, on the same task."""
        resolved = self.definitions.active(["report"])["report"].resolved
        self.definitions.register(
            RegisteredDefinition(
                definition=parse_definition(document),
                version=1,
                resolved=resolved,
                registered_at=self.clock.now(),
            )
        )

    def _ports(self, pinned_tenant: str | None) -> Ports:
        return Ports(
            jobs=self.jobs,
            catalogue=self.definitions,
            parameters=self.parameters,
            budget=self.budget,
            tasks=engine_task_runner(self.engine, a_placement()),
            sweeps=MemorySweeps(),
            waker=self.waker,
            bus=self.bus,
            workflows=self.workflows,
            letters=self.letters,
            clock=EngineClock(self.clock),
            ids=SeededIds(),
            workers=ThreadWorkers(),
            signals=self.signals,
            windows=Windows(),
            placement=a_placement(),
            deployment_id=DEPLOYMENT_ID,
            pinned_tenant=pinned_tenant,
            retention_days=35,
        )

    # -- what people and AWS do ----------------------------------------------------

    def message(self, body: str | None = None, **changes: Any) -> Message:
        """Return a new message; a submission of `report` with changes, by default."""
        text = json.dumps(a_request(**changes)) if body is None else body
        return Message(f"message-{next(self._message_numbers)}", text)

    def submit(self, **changes: Any) -> Job:
        """Deliver one submission to dispatch and return its job."""
        assert self.dispatch(self.message(**changes)) == []
        self.pass_time(0)  # what ECS does at once, it has done
        return self.job(**changes)

    def cancel(self, job: Job, **changes: Any) -> list[str]:
        """Deliver a cancellation to dispatch; return the messages it gave back."""
        request = {
            "schemaVersion": "1",
            "type": "cancel",
            "jobId": job.job_id,
            "idempotencyKey": f"cancel-{job.job_id}",
            "tenant": job.tenant,
        }
        return self.dispatch(self.message(json.dumps(request | changes)))

    def dispatch(self, *messages: Message) -> list[str]:
        """Run dispatch on a batch."""
        return dispatch(messages, self.ports)

    def record(self, *reports: TaskReport) -> list[str]:
        """Run record on a batch."""
        return record(
            [Delivery(f"event-{n}", each) for n, each in enumerate(reports)],
            self.ports,
        )

    def start_stray(self, job: Job) -> str:
        """Start a task for a launch that the job never had; return its ARN."""
        answer = self.engine.run_task(
            {
                "cluster": self.ports.placement.cluster_arn,
                "taskDefinition": FAMILY,
                "launchType": "FARGATE",
                "networkConfiguration": {
                    "awsvpcConfiguration": {"subnets": ["subnet-0a1b2c3d"]}
                },
                "startedBy": f"{job.job_id}-1-2",
                "group": self.ports.placement.group,
            }
        )
        return str(answer["tasks"][0]["taskArn"])

    def take_reports(self) -> list[TaskReport]:
        """Return the state changes that ECS sent, as the rule lets them through."""
        events, self.events[:] = list(self.events), []
        expected = Expected.of(self.ports.placement, self.ports.untrusted_placement)
        reports = [read_report(json.dumps(event), expected) for event in events]
        return [each for each in reports if each.last_status in {"RUNNING", "STOPPED"}]

    def deliver(self) -> None:
        """Deliver the state changes sent so far, one batch each."""
        for report in self.take_reports():
            assert self.record(report) == []

    def lose_events(self) -> None:
        """Lose the state changes sent so far."""
        self.events.clear()

    def tick(self) -> None:
        """Run reconcile once, for at most 45 seconds."""
        strays = [arn for call in self.waker.take() for arn in call]
        clock = EngineClock(self.clock)
        reconcile(
            replace(self.ports, clock=clock),
            has_time=lambda: clock.paused_seconds < RECONCILE_SECONDS,
            stray_task_arns=strays,
        )

    def pass_time(self, seconds: float) -> None:
        """Let time pass; tasks run, nothing is delivered."""
        self.clock.advance(seconds)

    def run(self, *, minutes: int) -> None:
        """Let minutes pass as they do: events are delivered, reconcile ticks."""
        for _ in range(minutes):
            self.pass_time(60)
            self.deliver()
            self.tick()
            self.pass_time(0)
            self.deliver()

    # -- what can be seen ----------------------------------------------------------

    def job(self, **changes: Any) -> Job:
        """Return the job that a submission with these changes asks for."""
        request = a_request(**changes)
        found = self.jobs.get(
            job_id(
                deployment_id=DEPLOYMENT_ID,
                tenant=request.get("tenant", "default"),
                job_name=request["jobName"],
                idempotency_key=request["idempotencyKey"],
            )
        )
        assert found is not None
        return found

    def tasks(self, cluster_arn: str = CLUSTER_ARN) -> list[TaskReport]:
        """Return every task of a cluster that ECS still shows."""
        arns: list[str] = []
        for status in ("RUNNING", "STOPPED"):
            arns += self.engine.list_tasks(
                {"cluster": cluster_arn, "desiredStatus": status}
            )["taskArns"]
        if not arns:
            return []
        described = self.engine.describe_tasks({"cluster": cluster_arn, "tasks": arns})
        return [TaskReport.parse(task) for task in described["tasks"]]

    def due_in(self, job: Job) -> timedelta:
        """Return how long until reconcile looks at a job."""
        assert job.next_at is not None
        return job.next_at - self.clock.now()


def without_bookkeeping(job: Job) -> Job:
    """Return a job without what every write changes, to compare two histories."""
    return replace(
        job,
        revision=0,
        operation_id="",
        sequence=0,
        status_at=job.accepted_at,
        transitions=(),
        expires_at=None,
        next_at=None,
    )
