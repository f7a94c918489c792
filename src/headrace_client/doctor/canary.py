"""Canaries: two jobs that are sent through the whole pipeline, and watched.

The first is for now: dispatch starts it. The second is for a moment later, so that only
reconcile can take it up. They are jobs like any others, and change nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError
from botocore.exceptions import ClientError as AwsError

from headrace.jobs.job import Job, JobStatus
from headrace.ports import StoredRejection
from headrace_client.client import Headrace
from headrace_client.doctor import diagnosis
from headrace_client.doctor.configuration import messages_in
from headrace_client.doctor.diagnosis import QueueSight, TaskSight
from headrace_client.polling import looks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from headrace_client.bodies import SubmitOptions
    from headrace_client.connection import Connection
    from headrace_client.doctor.findings import Finding
    from headrace_client.doctor.stack import Stack
    from headrace_client.submission import Submission

TIMER_SECONDS = 3.0
"""How far ahead the second canary is: long enough to be stored before it is due."""

LABEL = "headrace doctor"


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryPlan:
    """What is sent, and how long it is watched.

    Attributes:
        job_name: A registered definition, cheap and harmless.
        parameters: What it asks for.
        tenant: On whose behalf.
        deadline_seconds: When a canary counts as stuck.
        now: The clock.
        sleep: How to wait.
    """

    job_name: str
    parameters: Mapping[str, Any]
    tenant: str
    deadline_seconds: float
    now: Callable[[], datetime]
    sleep: Callable[[float], None]


@dataclass(slots=True)
class _Watched:
    """A canary on its way, with what was seen of it and when."""

    submission: Submission
    seen: Job | StoredRejection | None = None
    way: dict[str, float] = field(default_factory=dict)

    def look(self, connection: Connection, seconds: float) -> None:
        reader = connection.job_reader()
        self.seen = reader.get(self.submission.job_id) or reader.rejection(
            self.submission.message_id
        )
        if not isinstance(self.seen, Job):
            return
        self.way.setdefault("accepted", seconds)
        if self.seen.launch and self.seen.launch.started_at:
            self.way.setdefault("started", seconds)
        if self.seen.status.is_terminal:
            self.way.setdefault("ended", seconds)

    @property
    def has_ended(self) -> bool:
        seen = self.seen
        return seen is not None and (not isinstance(seen, Job) or "ended" in self.way)

    @property
    def was_taken_up(self) -> bool:
        is_waiting = (
            isinstance(self.seen, Job) and self.seen.status is JobStatus.PENDING
        )
        return self.seen is not None and not is_waiting


def send_canaries(
    connection: Connection, plan: CanaryPlan, stack: Stack | None
) -> list[Finding]:
    """Send both canaries, watch them, and say how they fared.

    Raises:
        ClientError: One was not sent, or the table could not be read.
    """
    client = Headrace.over(connection, tenant=plan.tenant)
    sent_at = plan.now()
    timer_at = sent_at + timedelta(seconds=TIMER_SECONDS)
    first = _Watched(_submit(client, plan, None))
    timer = _Watched(_submit(client, plan, timer_at))
    seconds = 0.0
    for _ in looks(
        deadline_seconds=plan.deadline_seconds, now=plan.now, sleep=plan.sleep
    ):
        seconds = (plan.now() - sent_at).total_seconds()
        for each in (first, timer):
            each.look(connection, seconds)
        is_rejected = isinstance(first.seen, StoredRejection)
        if is_rejected or (first.has_ended and timer.was_taken_up):
            break
    return _findings(connection, stack, first, timer, seconds)


def _submit(client: Headrace, plan: CanaryPlan, at: datetime | None) -> Submission:
    options: SubmitOptions = {"requested_by": LABEL}
    if at is not None:
        options["scheduled_at"] = at
    # Not judged here: what becomes of it is for the deployment to show.
    return client.submit(
        plan.job_name, parameters=dict(plan.parameters), check=False, **options
    )


def _findings(
    connection: Connection,
    stack: Stack | None,
    first: _Watched,
    timer: _Watched,
    seconds: float,
) -> list[Finding]:
    if isinstance(first.seen, StoredRejection):
        return [diagnosis.of_rejection(first.seen)]
    if first.seen is None:
        return [diagnosis.of_absence(_queue_sight(connection), seconds=seconds)]
    job = first.seen
    if first.has_ended:
        way = ", ".join(f"{what} after {at:.1f} s" for what, at in first.way.items())
        findings = [diagnosis.of_end(job, way)]
    else:
        task = _task_sight(connection, stack, job)
        findings = [diagnosis.of_stuck(job, task, seconds=seconds)]
    if isinstance(timer.seen, StoredRejection):
        return [*findings, diagnosis.of_rejection(timer.seen, diagnosis.TIMER_CHECK)]
    return [
        *findings,
        diagnosis.of_timer(
            timer.seen, seconds=seconds, due_after_seconds=TIMER_SECONDS
        ),
    ]


def _queue_sight(connection: Connection) -> QueueSight | None:
    """Look into the request queue; None where the caller may not."""
    try:
        waiting, in_flight = messages_in(
            connection, connection.deployment.request_queue_url
        )
    except (AwsError, BotoCoreError):
        return None  # Only a hint is lost.
    return QueueSight(waiting=waiting, in_flight=in_flight)


def _task_sight(
    connection: Connection, stack: Stack | None, job: Job
) -> TaskSight | None:
    """Ask ECS for a launched job's task; None where the caller may not.

    A task that stopped is found by its ARN only: with `startedBy`, ECS lists the
    running ones. Source: Amazon ECS API Reference, ListTasks.
    """
    if stack is None or not job.token:
        return None
    ecs, cluster = connection.clients.ecs, stack.outputs["ClusterName"]
    known = job.launch.task_arn if job.launch else None
    try:
        arns = [known] if known else []
        arns = arns or ecs.list_tasks(cluster=cluster, startedBy=job.token)["taskArns"]
        tasks = arns and ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]
    except (AwsError, BotoCoreError):
        return None  # Only a hint is lost.
    if not tasks:
        return TaskSight(status=None)
    task = tasks[0]
    return TaskSight(status=task.get("lastStatus"), reason=task.get("stoppedReason"))
