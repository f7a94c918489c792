"""One schedule: a deployment, its publishers, its faults, and the checks over it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from headrace.aws.job_item import from_item
from headrace_local.memory import CollectedSignals
from headrace_local.simulation import deployment
from headrace_local.simulation.aws import Aws
from headrace_local.simulation.checks import CHECKS, Sent, Write
from headrace_local.simulation.events import Bus
from headrace_local.simulation.faults import Fault, Plan
from headrace_local.simulation.functions import FunctionHost
from headrace_local.simulation.letters import LetterBox
from headrace_local.simulation.loop import Loop
from headrace_local.simulation.queues import EventSource
from headrace_local.simulation.releases import todays
from headrace_local.simulation.stream import Stream
from headrace_local.simulation.trace import Trace
from headrace_local.simulation.wires import Network

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from headrace.jobs.job import Job
    from headrace_local.ecs.tasks import TaskRecord
    from headrace_local.simulation.chance import Chance
    from headrace_local.simulation.faults import Mix
    from headrace_local.simulation.invocations import Invocation
    from headrace_local.simulation.releases import Release
    from headrace_local.simulation.traffic import Traffic

TICK_SECONDS = 60.0
IDLE_TICKS = 10
"""Of the ticks that have nothing to do, one in so many is run: it takes real time."""

JOB_PREFIX = "JOB#"


class World:
    """Everything of one schedule. Nothing happens until it is run.

    Attributes:
        jobs: Every job as its record stands, by id.
        calm_since_at: When the last fault could strike.
        announces: Whether the table's changes are announced.
    """

    def __init__(
        self,
        chance: Chance,
        mix: Mix,
        traffic: Traffic,
        *,
        spared: frozenset[str] = frozenset(),
        forced: Mapping[str, Fault] | None = None,
        release_for: Callable[[str], Release] = lambda _: todays(),
        settings: Mapping[str, str] = deployment.SETTINGS,
        announces: bool = True,
    ) -> None:
        self.loop = Loop()
        self.trace = Trace(self.loop)
        self.plan = Plan(
            chance, mix, self.loop, self.trace, spared=spared, forced=forced
        )
        self.traffic = traffic
        self.jobs: dict[str, Job] = {}
        self.signals = CollectedSignals()
        self.calm_since_at: datetime = self.loop.now()
        self._tasks: dict[str, list[TaskRecord]] = {}
        self._named: dict[str, frozenset[tuple[str, str]]] = {}
        self.network = Network(self.loop, self.plan, self.trace)
        self.aws = Aws(self.loop, self.plan)
        self.host = FunctionHost(
            self.network,
            self.aws,
            settings=settings,
            release_for=release_for,
            signals=self.signals,
            timeout_seconds=deployment.figures().timeout_seconds,
        )
        self.aws.functions.invoke = self.host.wake
        self.requests = self._source("requests", stage="dispatch")
        self.events = self._source("task-events", stage="record")
        self._bus = Bus(self.network, deployment.figures(), self.events.send)
        self.aws.tasks.engine.subscribe(self._bus.put)
        self.announces = announces
        self._listen()

    def _source(self, name: str, *, stage: str) -> EventSource:
        return EventSource(
            self.aws.sqs,
            self.network,
            self.host,
            deployment.figures(),
            name=name,
            stage=stage,
        )

    # -- running -------------------------------------------------------------------

    def run(self, *, seconds: float) -> None:
        """Let publishers send and faults strike for so long.

        Raises:
            Violation: An invariant does not hold.
        """
        self.traffic.schedule(self.loop, self.trace, self.requests.send)
        self.loop.after(TICK_SECONDS, partial(self._tick, 1))
        self.loop.run(until_seconds=seconds)

    def settle(self, *, seconds_max: float, rest_seconds: float = 1_300.0) -> None:
        """Let no more faults strike, until everything has come to rest.

        The dead letters are moved back, as operators do when the trouble is over.

        Raises:
            Violation: An invariant does not hold.
        """
        self.plan.is_calm = True
        self.calm_since_at = self.loop.now()
        self.redrive()
        end = self.loop.elapsed_seconds + seconds_max
        while self.loop.elapsed_seconds < end and not self._is_at_rest():
            self.loop.run(until_seconds=self.loop.elapsed_seconds + TICK_SECONDS)
        self.loop.run(until_seconds=self.loop.elapsed_seconds + rest_seconds)
        for check in self.checks:
            check.at_end()

    def redrive(self) -> None:
        """Move the dead letters back, as operators do."""
        self._bus.redrive()
        for source in (self.requests, self.events):
            self._redrive(source)
        self.letters.redrive()

    def _redrive(self, source: EventSource) -> None:
        for old, new in source.redrive().items():
            self.traffic.resend(old, new)

    def _is_at_rest(self) -> bool:
        if self.traffic.job_ids - self.jobs.keys() and self.requests.waiting():
            return False
        if self.traffic.has_reruns_after(self.loop.elapsed_seconds):
            return False
        if self.requests.waiting() or self.events.waiting():
            return False
        if (
            self.stream.waiting()
            or self.network.under_way
            or any(self.aws.tasks.live())
        ):
            return False
        return all(job.status.is_terminal for job in self.jobs.values())

    def _tick(self, number: int) -> None:
        """Run reconcile by its schedule."""
        self.loop.after(TICK_SECONDS, partial(self._tick, number + 1))
        if number % IDLE_TICKS and self._is_at_rest():
            return
        is_lost = self.plan.strikes(Fault.TICK_LOST, f"tick-{number}")
        if not is_lost and not self.plan.is_out("schedule"):
            self.host.invoke("reconcile", {}, on_end=lambda _: None)

    # -- what can be seen ----------------------------------------------------------

    def tasks_of(self, job_id: str) -> Sequence[TaskRecord]:
        """Return every task that was ever made for a job."""
        return self._tasks.get(job_id, ())

    def items(self) -> Iterable[Mapping[str, Any]]:
        """Return every item of the table."""
        return self.aws.dynamodb.items(deployment.TABLE_NAME)

    def rejection_reason(self, message_id: str) -> str | None:
        """Return why a message was rejected; None where it was not."""
        key = {"pk": {"S": f"REJECTION#{message_id}"}, "sk": {"S": "META"}}
        answer = self.aws.dynamodb.get_item(TableName=deployment.TABLE_NAME, Key=key)
        item = answer.get("Item")
        return None if item is None else str(item["reasonCode"]["S"])

    def named_by(self, invocation: Invocation) -> frozenset[tuple[str, str]]:
        """Return the jobs, with tenants, that an invocation's messages name."""
        records = invocation.event.get("Records", ())
        named = self._named.get(invocation.name)
        if named is None:
            found = (self.traffic.named.get(each["messageId"]) for each in records)
            named = frozenset((s.job_id, s.tenant) for s in found if s is not None)
            self._named[invocation.name] = named
        return named

    # -- what checks hear ----------------------------------------------------------

    def _listen(self) -> None:
        self.checks = [check(self) for check in CHECKS]
        self.stream = Stream(self.network, self.host)
        self.letters = LetterBox(self.aws.letters, self.host)
        self.aws.dynamodb.observe(self._written)
        if self.announces:
            self.aws.dynamodb.observe(self.stream.hear)
        self.aws.tasks.engine.observe(self._changed)
        self.network.heard.append(self._sent)
        self.host.on_end.append(self._ended)

    def _written(
        self, _: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
    ) -> None:
        item = after or before or {}
        if after is None or not item["pk"]["S"].startswith(JOB_PREFIX):
            return
        job = from_item(after)
        standing = self.jobs.get(job.job_id)
        self.jobs[job.job_id] = job
        if standing is None or standing.status is not job.status:
            self.trace.tell("record", f"job {job.job_id} {job.token} is {job.status}")
        else:
            self.trace.note("record", f"{job.token} revision {job.revision}")
        write = Write(standing, job, after)
        for check in self.checks:
            check.on_write(write)

    def _changed(self, task: TaskRecord) -> None:
        job_id = (task.started_by or "").partition("-")[0]
        known = self._tasks.setdefault(job_id, [])
        if task not in known:
            known.append(task)
            self.trace.tell("ECS", f"makes task {task.arn[-6:]} for {task.started_by}")
        elif task.last_status in {"RUNNING", "STOPPED"}:
            why = f" ({task.stop_code})" if task.stop_code else ""
            self.trace.tell("ECS", f"{task.started_by} is {task.last_status}{why}")
        for check in self.checks:
            check.on_task(task)

    def _sent(
        self, invocation: Invocation, operation: str, request: dict[str, Any]
    ) -> None:
        if operation == "run_task":
            token = request["clientToken"]
            self.trace.tell(invocation.name, f"sends RunTask {token}")
        sent = Sent(invocation, operation, request)
        for check in self.checks:
            check.on_sent(sent)

    def _ended(self, invocation: Invocation) -> None:
        for check in self.checks:
            check.on_invocation_end(invocation)
