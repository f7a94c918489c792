"""The small scope that is explored: time in ticks, one job, two launches at most.

The windows keep the product's order of instants, which `Windows` itself checks.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from headrace.definitions.definition import RegisteredDefinition
from headrace.definitions.registration import parse_definition
from headrace.definitions.resolved import ResolvedContainer, ResolvedTaskDefinition
from headrace.identity import client_token, job_id
from headrace.launches.launch import Placement
from headrace.tasks.report import ContainerReport, TaskReport
from headrace.windows import STOPPED_TASK_VISIBLE_SECONDS_MIN, Windows

NOW = datetime(2026, 1, 1, tzinfo=UTC)
"""The present: states hold instants relative to it, and time moves past it."""

TICK = timedelta(seconds=1)
LIFE_TICKS = 0
"""An invocation is dead when the tick is over in which it began."""

LATE_TICKS = 2
"""A request that was sent lands within so many ticks, or never."""

MEMORY_TICKS = 9
"""ECS remembers a client token so long after its first use, and shows a stopped task
so long after its end: both at the least that AWS promises, which is the worst case."""

LAUNCHES_MAX = 2

WINDOWS = Windows(
    lease_seconds=LIFE_TICKS + 1,
    clock_skew_seconds=0.5,
    late_seconds=LATE_TICKS,
    quiet_seconds=LIFE_TICKS + LATE_TICKS + 1,
    replay_seconds=3,
    absence_end_seconds=MEMORY_TICKS - 1,
    first_visit_seconds=2,
    running_poll_seconds=2,
    missing_age_seconds=2,
    missing_sightings=2,
    missing_interval_seconds=1,
    stop_repeat_seconds=1,
    stuck_seconds=100,
    backlog_hold_seconds=1,
    backlog_visit_seconds=1,
    capacity_backoff_seconds_min=1,
    capacity_backoff_seconds_max=1,
    factor=STOPPED_TASK_VISIBLE_SECONDS_MIN / MEMORY_TICKS,
)
AGE_TICKS_MAX = MEMORY_TICKS + LIFE_TICKS + 1
"""Beyond this age no window tells two instants apart."""

_ACCOUNT = "arn:aws:ecs:eu-west-1:123456789012"
DEPLOYMENT_ID = "5b1c0fd0-3c5e-11ef-9a5b-0e1d2c3b4a5f"
TENANT = "default"
JOB_NAME = "report"
FAMILY = "headrace-job-report"
CONTAINER = "main"

PLACEMENT = Placement(
    cluster_arn=f"{_ACCOUNT}:cluster/headrace",
    group=f"headrace:{DEPLOYMENT_ID}",
    subnet_ids=("subnet-0a1b2c3d",),
    security_group_ids=("sg-0a1b2c3d",),
    assign_public_ip="DISABLED",
)
REGISTERED = RegisteredDefinition(
    definition=parse_definition(
        {
            "name": JOB_NAME,
            "taskDefinition": FAMILY,
            "container": CONTAINER,
            "timeoutSeconds": 86_400,
            "startTimeoutSeconds": 3_600,
            "retryStrategy": {"infrastructureRetries": LAUNCHES_MAX - 1},
            "owner": "team-reports",
        }
    ),
    version=1,
    resolved=ResolvedTaskDefinition(
        arn=f"{_ACCOUNT}:task-definition/{FAMILY}:7",
        family=FAMILY,
        containers=(ResolvedContainer(name=CONTAINER, essential=True),),
        cpu=256,
        memory=512,
        requires_compatibilities=("FARGATE",),
        network_mode="awsvpc",
    ),
    registered_at=NOW,
)
JOB_ID = job_id(
    deployment_id=DEPLOYMENT_ID, tenant=TENANT, job_name=JOB_NAME, idempotency_key="one"
)
SUBMISSION = json.dumps(
    {"schemaVersion": "1", "jobName": JOB_NAME, "idempotencyKey": "one"}
)
CANCELLATION = json.dumps(
    {"schemaVersion": "1", "type": "cancel", "jobId": JOB_ID, "idempotencyKey": "two"}
)
TOKENS = tuple(client_token(JOB_ID, 1, n + 1) for n in range(LAUNCHES_MAX))
TASK_ARNS = tuple(f"{_ACCOUNT}:task/headrace/{n + 1:032x}" for n in range(LAUNCHES_MAX))

RUNS, STOPS = "RUNS", "STOPS"
SUCCEEDED, FAILED, STOPPED = "SUCCEEDED", "FAILED", "STOPPED"
"""The phases of a task: runs; is asked to stop; and has ended well, by its
infrastructure's fault, or by our StopTask."""

ENDED = frozenset({SUCCEEDED, FAILED, STOPPED})
_VERSIONS = {RUNS: 1, STOPS: 2}
_STOP_CODES = {
    SUCCEEDED: "EssentialContainerExited",
    FAILED: "InfrastructureHealth",
    STOPPED: "UserInitiated",
}


def report_of(number: int, phase: str) -> TaskReport:
    """Return what ECS says of a launch's task in a phase; launches count from 0."""
    has_ended = phase in ENDED
    exit_code = {SUCCEEDED: 0, STOPPED: 143}.get(phase)
    return TaskReport(
        task_arn=TASK_ARNS[number],
        cluster_arn=PLACEMENT.cluster_arn,
        last_status="STOPPED" if has_ended else "RUNNING",
        desired_status="RUNNING" if phase == RUNS else "STOPPED",
        version=_VERSIONS.get(phase, 3),
        containers=(ContainerReport(CONTAINER, exit_code, None),),
        started_by=TOKENS[number],
        group=PLACEMENT.group,
        stop_code=_STOP_CODES.get(phase),
    )
