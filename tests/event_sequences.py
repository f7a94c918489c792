"""Random histories of a job's tasks as ECS would tell them, and how they arrive.

A task tells of RUNNING any number of times, perhaps of a Spot warning, and once that
it STOPPED, in rising versions. Arrival doubles, reorders, delays and drops.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any

from builders import ACCOUNT_ID, CLUSTER_ARN, DEPLOYMENT_ID, NOW, REGION
from headrace.jobs.job import JobStatus, ReasonCode

MAIN = "main"
NEVER_RAN = "never ran"

type Detail = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a stop means for the job: its end, or, RUNNABLE, another launch."""

    status: JobStatus
    reason_code: ReasonCode
    exit_code: int | None


@dataclass(frozen=True, slots=True)
class Fate:
    """How a task stops: what ECS says then, and what that means.

    `if_warned` differs from `verdict` where a Spot warning that came before makes the
    same stop an interruption.
    """

    stop: Detail
    verdict: Verdict
    if_warned: Verdict
    has_run: bool = True


def _fate(
    status: JobStatus,
    reason_code: ReasonCode,
    exit_code: int | None,
    *,
    code: str | None = "EssentialContainerExited",
    reason: str | None = "Essential container in task exited",
    containers: list[Detail] | None = None,
    is_sure: bool = False,
    has_run: bool = True,
) -> Fate:
    if containers is None:
        containers = [{"name": MAIN, "exitCode": exit_code}]
    stop: Detail = {"containers": containers}
    stop |= {} if code is None else {"stopCode": code}
    stop |= {} if reason is None else {"stoppedReason": reason}
    verdict = Verdict(status, reason_code, exit_code)
    warned = Verdict(JobStatus.RUNNABLE, ReasonCode.SPOT_INTERRUPTION, exit_code)
    return Fate(stop, verdict, verdict if is_sure else warned, has_run=has_run)


_ENDS, _FAILS, _AGAIN = JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.RUNNABLE
_SPOT_TEXT = "Your Spot Task was interrupted."

FATES = (
    _fate(_ENDS, ReasonCode.OK, 0),
    _fate(_ENDS, ReasonCode.OK, 0),  # most tasks do
    _fate(_FAILS, ReasonCode.EXIT_CODE, 1),
    _fate(_FAILS, ReasonCode.EXIT_CODE, 255),
    _fate(_FAILS, ReasonCode.EXIT_CODE, 143),
    _fate(_FAILS, ReasonCode.EXIT_CODE, 3),
    _fate(_AGAIN, ReasonCode.EXIT_CODE, 4),
    _fate(
        _FAILS,
        ReasonCode.OUT_OF_MEMORY,
        137,
        containers=[
            {"name": MAIN, "exitCode": 137, "reason": "OutOfMemoryError: killed"}
        ],
    ),
    *(
        _fate(_FAILS, ReasonCode.NO_EXIT_CODE, None, containers=containers)
        for containers in (
            [],
            [{"name": MAIN}],
            [{"name": MAIN, "exitCode": None}],
            [{"name": MAIN, "exitCode": "0"}],
            [{"name": MAIN, "exitCode": False}],
            [{"name": MAIN, "exitCode": 0.0}],
            [{"name": "another", "exitCode": 0}],
            [{"exitCode": 0}],
        )
    ),
    _fate(_AGAIN, ReasonCode.SPOT_INTERRUPTION, 0, code="SpotInterruption"),
    _fate(_AGAIN, ReasonCode.SPOT_INTERRUPTION, 143, code="TerminationNotice"),
    _fate(_AGAIN, ReasonCode.SPOT_INTERRUPTION, 0, reason=_SPOT_TEXT),
    _fate(
        _AGAIN, ReasonCode.SPOT_INTERRUPTION, 0, code="UserInitiated", reason=_SPOT_TEXT
    ),
    _fate(_FAILS, ReasonCode.STOPPED_EXTERNALLY, 0, code="UserInitiated", is_sure=True),
    _fate(
        _FAILS,
        ReasonCode.STOPPED_EXTERNALLY,
        None,
        code="ServiceSchedulerInitiated",
        containers=[],
        is_sure=True,
    ),
    _fate(
        _AGAIN, ReasonCode.INFRASTRUCTURE, 0, code="InfrastructureHealth", is_sure=True
    ),
    _fate(_AGAIN, ReasonCode.INFRASTRUCTURE, 0, code="NewIn2027"),
    _fate(_AGAIN, ReasonCode.INFRASTRUCTURE, 0, code=None, reason=None),
    _fate(_FAILS, ReasonCode.EXIT_CODE, 1, code=None, reason=None),
    _fate(
        _AGAIN,
        ReasonCode.IMAGE_PULL,
        None,
        code="TaskFailedToStart",
        reason="CannotPullContainerError: manifest unknown",
        containers=[{"name": MAIN}],
        is_sure=True,
        has_run=False,
    ),
    _fate(
        _FAILS,
        ReasonCode.LAUNCH_REJECTED,
        None,
        code="TaskFailedToStart",
        reason="ResourceInitializationError: unable to pull secrets",
        containers=[],
        is_sure=True,
        has_run=False,
    ),
    _fate(_AGAIN, ReasonCode.NO_EXIT_CODE, None, containers=[], has_run=False),
)


@dataclass(frozen=True, slots=True)
class Event:
    """One state change of one task, and what it is in the fold's words."""

    task_arn: str
    version: int
    detail: Detail
    is_running: bool = False
    is_warning: bool = False
    fate: Fate | None = None

    def body(self, random: Random) -> str:
        """Return EventBridge's envelope; some emulators write versions as text."""
        version = str(self.version) if random.random() < 0.1 else self.version
        return json.dumps(
            {
                "version": "0",
                "id": f"event-{random.getrandbits(32)}",
                "detail-type": "ECS Task State Change",
                "source": "aws.ecs",
                "account": ACCOUNT_ID,
                "time": "2026-11-22T10:00:41Z",
                "region": REGION,
                "resources": [self.task_arn],
                "detail": self.detail | {"version": version},
            }
        )


@dataclass(frozen=True, slots=True)
class Tale:
    """All that one task has to tell, oldest first; the stop is last, if any."""

    events: tuple[Event, ...]

    @property
    def task_arn(self) -> str:
        """The task's ARN."""
        return self.events[0].task_arn


def started_at() -> str:
    """Return when every task began to run, as ECS writes it."""
    return (NOW + timedelta(seconds=20)).isoformat()


STOPPED_AT = NOW + timedelta(seconds=60)


def tale(random: Random, task_arn: str, started_by: str) -> Tale:
    """Return what a task tells that ends in some way."""
    fate = random.choice(FATES)
    common: Detail = {
        "taskArn": task_arn,
        "clusterArn": CLUSTER_ARN,
        "group": f"headrace:{DEPLOYMENT_ID}",
        "startedBy": started_by,
        "containers": [{"name": MAIN}],
    }
    if random.random() < 0.2:
        common |= {"newIn2027": {"a": [1]}, "attachments": None, "stopCode": None}
    ran: Detail = {"startedAt": started_at()} if fate.has_run else {}
    steps: list[Event] = []

    def tell(detail: Detail, **what: Any) -> None:
        highest = max((event.version for event in steps), default=0)
        version = highest + random.randint(1, 3)
        steps.append(Event(task_arn, version, common | detail, **what))

    tell({"lastStatus": "PENDING", "desiredStatus": "RUNNING"})
    if fate.has_run:
        for _ in range(random.randint(1, 3)):
            running = {"lastStatus": "RUNNING", "desiredStatus": "RUNNING"}
            tell(running | ran, is_running=True)
        for _ in range(random.choice([0, 0, 1, 2])):
            warning = {"lastStatus": "RUNNING", "desiredStatus": "STOPPED"}
            spot = {"stopCode": "SpotInterruption", "stoppedReason": _SPOT_TEXT}
            tell(warning | spot | ran, is_running=True, is_warning=True)
        if random.random() < 0.2:
            _swap_versions(random, steps)
    stopped = {"lastStatus": "STOPPED", "desiredStatus": "STOPPED"}
    ended = {"stoppedAt": STOPPED_AT.isoformat()}
    tell(stopped | ran | ended | fate.stop, fate=fate)
    if random.random() < 0.05:
        _swap_versions(random, steps)
    return Tale(tuple(steps))


def _swap_versions(random: Random, steps: list[Event]) -> None:
    """Deal the versions anew: ECS never did so, and the fold can tell all the same.

    The first, which says PENDING, keeps its own: the rule lets no such event through.
    """
    versions = [event.version for event in steps[1:]]
    random.shuffle(versions)
    steps[1:] = [
        replace(event, version=version)
        for event, version in zip(steps[1:], versions, strict=True)
    ]


def arrivals(
    random: Random, tales: list[Tale], *, drops_ends: bool
) -> list[list[Event]]:
    """Return the batches in which events of some tasks come.

    Every stop comes at least once, unless `drops_ends`; of the others any subset.
    """
    kept: list[Event] = []
    for each in tales:
        *before, last = each.events
        copies = random.choice([0, 1, 1, 2]) if drops_ends else random.choice([1, 1, 2])
        kept += [last] * copies
        for event in before:
            kept += [event] * random.choice([0, 1, 1, 2])
    if random.random() < 0.5:
        random.shuffle(kept)
    else:
        kept.sort(key=lambda event: event.version + random.randint(0, 2))
    batches: list[list[Event]] = []
    while kept:
        count = random.randint(1, 6)
        batches.append(kept[:count])
        kept = kept[count:]
    return batches


def of_others(event: Event) -> list[Event]:
    """Return what would end the event's task, if it were ours to listen to."""
    ended = {
        "lastStatus": "STOPPED",
        "desiredStatus": "STOPPED",
        "stopCode": "EssentialContainerExited",
        "containers": [{"name": MAIN, "exitCode": 9}],
    }
    return [
        replace(event, version=99, detail=event.detail | ended | others)
        for others in (
            {"group": "headrace:another"},
            {"clusterArn": f"{CLUSTER_ARN}-2"},
            {"startedBy": "ecs-svc/1", "taskArn": "arn:of-a-service"},
        )
    ]
