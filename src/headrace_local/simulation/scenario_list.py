"""The scenarios by name. What each is there for stands in it."""

# Longer than other modules because it is one list, and reads as one.

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from headrace_local.ecs import Fate
from headrace_local.simulation import deployment
from headrace_local.simulation.faults import Fault
from headrace_local.simulation.loop import START_AT
from headrace_local.simulation.scenarios import (
    FAILS,
    FOR_EVER,
    STARTS_TOO_LATE,
    WELL,
    Scenario,
    again,
    bad,
    cancel,
    request,
    submit,
)
from headrace_local.simulation.scripted_faults import Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace_local.simulation.traffic import Sending
    from headrace_local.simulation.world import World

SUCCEEDED = ("SUCCEEDED",)
CANCELLED = ("CANCELLED",)
EXPIRED = ("EXPIRED",)
LARGE = {"date": "2026-11-22", "notes": "n" * 5_000}
LONG = Fate(exit_code=0, run_seconds=300)
OUTAGE_SECONDS = 4_200.0
"""Longer than ECS shows a stopped task."""

AFTER_REDELIVERY = 400.0
"""When what was sent at the beginning has come back, if it had to: a cancellation of
a job that is not there yet is rejected."""

FIRST_NOT_SENT = Rule(pattern="*/ecs.run_task-*", fault=Fault.NOT_SENT, times=1)
NO_EVENTS = Rule(pattern="event/*", fault=Fault.EVENT_LOST)
BUDGET = {"HEADRACE_LAUNCHES_PER_SECOND": "0.5", "HEADRACE_LAUNCH_BURST": "1"}
SCARCE = {"HEADRACE_LAUNCHES_PER_SECOND": "0.01", "HEADRACE_LAUNCH_BURST": "1"}


def _instant(at_seconds: int) -> str:
    minutes, seconds = divmod(at_seconds, 60)
    at = START_AT.replace(minute=minutes, second=seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _without_schedule(world: World) -> None:
    """Let reconcile's schedule fail until ECS has forgotten what happened."""
    begin = partial(world.plan.begin_outage, "schedule", OUTAGE_SECONDS - 30)
    world.loop.after(30, begin)


def _begin_stray(world: World) -> None:
    """Start a task for a launch of the job that is none, as a bug of ours would."""

    def begin() -> None:
        job_id = submit("a", "daring").job_id
        if not world.tasks_of(job_id):
            world.loop.after(15, begin)
            return
        world.aws.tasks.run_task(
            cluster=deployment.CLUSTER_ARN,
            taskDefinition=f"{deployment.FAMILY_PREFIX}daring",
            clientToken=f"{job_id}-1-7",
            startedBy=f"{job_id}-1-7",
            group=deployment.GROUP,
            networkConfiguration={
                "awsvpcConfiguration": {"subnets": list(deployment.SUBNET_IDS)}
            },
            capacityProviderStrategy=[{"capacityProvider": "FARGATE"}],
        )

    world.loop.after(15, begin)


def _begin_stray_late(world: World) -> None:
    world.loop.after(60, partial(_begin_stray, world))


def _replay(world: World) -> None:
    """Have a job's events published again, and those of a job that is not there."""
    event = {"replay": [submit("a").job_id, "none"]}
    world.loop.after(300, partial(world.host.invoke, "announce", event))


def _waited_for(key: str, token: str, **how: Any) -> Sending:  # noqa: ANN401 - of `submit`
    return submit(key, notify={"taskToken": token}, **how)


_ALL = (
    Scenario(
        name="plain",
        why="the usual way of a job",
        sendings=(submit("a"),),
        ends={"a": SUCCEEDED},
    ),
    Scenario(
        name="retry",
        why="record retries an exit code, and reconcile launches the next attempt",
        sendings=(submit("a"),),
        fates=(FAILS, Fate(exit_code=0, run_seconds=20)),
        ends={"a": SUCCEEDED},
    ),
    Scenario(
        name="large-parameters",
        why="dispatch keeps parameters in S3; reconcile launches without reading them",
        sendings=(submit("a", parameters=LARGE),),
        fates=(FAILS, Fate(exit_code=0, run_seconds=20)),
        ends={"a": SUCCEEDED},
    ),
    Scenario(
        name="large-parameters-again",
        why="a rerun reads the first run's parameters from S3, and keeps its own",
        sendings=(submit("a", parameters=LARGE), again("a", at=OUTAGE_SECONDS)),
        ends={"a": SUCCEEDED, "again-a": SUCCEEDED},
        seconds=OUTAGE_SECONDS + 5,
    ),
    Scenario(
        name="sidecar",
        why="record reads the job to judge several containers",
        sendings=(submit("a", "attended"),),
        ends={"a": SUCCEEDED},
    ),
    Scenario(
        name="refused",
        why="ECS has no capacity on either rung, and then it has",
        sendings=(submit("a", "often"),),
        rules=(Rule(pattern="landing/*-1-[12]@*", fault=Fault.REFUSED),),
        ends={"a": SUCCEEDED},
    ),
    Scenario(
        name="throttled",
        why="ECS throttles dispatch, then reconcile: the job joins the backlog",
        sendings=(submit("a"),),
        rules=(Rule(pattern="*/ecs.run_task-*", fault=Fault.HIDDEN_THROTTLE, times=2),),
        ends={"a": SUCCEEDED},
    ),
    Scenario(
        name="replay",
        why="an untrusted job's order never reached ECS: searched for, then sent again",
        sendings=(submit("a", "slow"),),
        rules=(FIRST_NOT_SENT,),
        ends={"a": SUCCEEDED},
    ),
    Scenario(
        name="interrupted-search",
        why="ECS throttles the listing of stopped tasks, which is taken up again",
        sendings=(submit("a"),),
        rules=(
            FIRST_NOT_SENT,
            Rule(pattern="*/ecs.list_tasks-2*", fault=Fault.THROTTLED, times=4),
        ),
        ends={"a": SUCCEEDED},
    ),
    Scenario(
        name="absence",
        why="the replay is refused: only proof that there is no task goes on",
        sendings=(submit("a"),),
        rules=(
            FIRST_NOT_SENT,
            Rule(pattern="landing/*-1-1@*", fault=Fault.REFUSED),
        ),
        ends={"a": SUCCEEDED},
    ),
    Scenario(
        name="unheard",
        why="no answer and no event: reconcile finds the task running, then stopped",
        sendings=(submit("a"),),
        rules=(
            Rule(pattern="*/ecs.run_task-1", fault=Fault.ANSWER_LOST, times=1),
            NO_EVENTS,
        ),
        fates=(LONG,),
        ends={"a": SUCCEEDED},
    ),
    Scenario(
        name="unheard-end",
        why="no event: reconcile finds the task among the stopped ones",
        sendings=(submit("a"),),
        rules=(NO_EVENTS,),
        ends={"a": SUCCEEDED},
    ),
    Scenario(
        name="cancel-waiting",
        why="a job is cancelled before its time, another one does not exist",
        sendings=(
            submit("a", scheduledAt=_instant(1_500)),
            cancel("a", at=AFTER_REDELIVERY),
            cancel("nobody", at=AFTER_REDELIVERY),
        ),
        ends={"a": CANCELLED},
        seconds=AFTER_REDELIVERY + 5,
    ),
    Scenario(
        name="cancel-running",
        why="dispatch wakes reconcile, which stops the task",
        sendings=(submit("a", "slow"), cancel("a", "slow", at=AFTER_REDELIVERY)),
        fates=(FOR_EVER,),
        ends={"a": CANCELLED},
        seconds=AFTER_REDELIVERY + 5,
    ),
    Scenario(
        name="run-timeout",
        why="reconcile stops a task that runs too long",
        sendings=(submit("a", timeoutSeconds=60),),
        fates=(FOR_EVER,),
        ends={"a": ("TIMED_OUT",)},
    ),
    Scenario(
        name="start-timeout",
        why="reconcile stops a task that does not start in startTimeoutSeconds",
        sendings=(submit("a"),),
        fates=(STARTS_TOO_LATE, Fate(exit_code=0, run_seconds=20)),
        ends={"a": SUCCEEDED},
    ),
    Scenario(
        name="start-deadline",
        why="reconcile stops a task that has not started when it must have",
        sendings=(submit("a", startDeadlineSeconds=100),),
        fates=(STARTS_TOO_LATE,),
        ends={"a": EXPIRED},
    ),
    Scenario(
        name="deadline-without-capacity",
        why="a job expires while it waits for capacity",
        sendings=(submit("a", startDeadlineSeconds=100),),
        rules=(Rule(pattern="landing/*", fault=Fault.REFUSED),),
        ends={"a": EXPIRED},
    ),
    Scenario(
        name="deadline-in-backlog",
        why="a job expires while it waits for the launch budget",
        sendings=(
            submit("a", startDeadlineSeconds=50),
            submit("b", startDeadlineSeconds=50),
        ),
        settings=SCARCE,
        # A message that comes back late finds the budget full again; which of two
        # messages gets the only launch is chance.
        ends={"a": ("SUCCEEDED", "EXPIRED"), "b": ("EXPIRED", "SUCCEEDED")},
    ),
    Scenario(
        name="duplicate-and-conflict",
        why="one batch holds the same request again, and another of the same key",
        sendings=(
            submit("a"),
            submit("a", at=10, kind="duplicate"),
            submit("a", at=10, kind="conflict", parameters={"date": "another"}),
        ),
        ends={"a": SUCCEEDED},
        seconds=15,
    ),
    Scenario(
        name="late-duplicate",
        why="a request that would be refused by now was accepted before",
        sendings=(
            submit("a", scheduledAt=_instant(30), startDeadlineSeconds=600),
            submit(
                "a",
                at=700,
                kind="duplicate",
                scheduledAt=_instant(30),
                startDeadlineSeconds=600,
            ),
        ),
        ends={"a": SUCCEEDED},
        seconds=705,
    ),
    Scenario(
        name="rejected",
        why="rejections are stored beside a good neighbour of a named version",
        sendings=(
            bad("{"),
            bad(request("b", "once", jobVersion=9)),
            submit("a", jobVersion=1),
        ),
        ends={"a": SUCCEEDED},
    ),
    Scenario(
        name="scheduled",
        why="two jobs come due at once, and the budget has one launch",
        sendings=(
            submit("a", scheduledAt=_instant(30)),
            submit("b", scheduledAt=_instant(30)),
        ),
        settings=BUDGET,
        ends={"a": SUCCEEDED, "b": SUCCEEDED},
    ),
    Scenario(
        name="backlog",
        why="two tenants share a small budget: enlisted, held, drained, dismissed",
        sendings=(
            submit("a", tenant="acme"),
            submit("b", tenant="acme"),
            submit("c", tenant="zeta"),
        ),
        settings=BUDGET,
        fates=(Fate(exit_code=0, run_seconds=150),),
        ends=dict.fromkeys("abc", SUCCEEDED),
    ),
    Scenario(
        name="batch",
        why="several good messages and a bad one come in one batch",
        sendings=(submit("a"), submit("b", "often"), submit("c", "slow"), bad("[]")),
        ends=dict.fromkeys("abc", SUCCEEDED),
    ),
    Scenario(
        name="stray",
        why="a task of another launch runs: record tells reconcile, which stops it",
        sendings=(submit("a", "daring"),),
        fates=(LONG, FOR_EVER),
        ends={"a": SUCCEEDED},
        prepare=_begin_stray,
        seconds=20,
    ),
    Scenario(
        name="stray-of-an-ended-job",
        why="as before, and no timer of its job tells of it any more",
        sendings=(submit("a", "daring"),),
        fates=(Fate(exit_code=0, run_seconds=20), FOR_EVER),
        ends={"a": SUCCEEDED},
        prepare=_begin_stray_late,
        seconds=80,
    ),
    Scenario(
        name="spot",
        why="Spot warns, and takes the task: another launch of the same attempt",
        sendings=(submit("a", "often"),),
        rules=(Rule(pattern="*-1-1", fault=Fault.SPOT),),
        fates=(FOR_EVER, Fate(exit_code=0, run_seconds=20)),
        ends={"a": SUCCEEDED},
    ),
    Scenario(
        name="forgotten",
        why="nobody heard of the end, and ECS has forgotten the task",
        sendings=(submit("a"),),
        rules=(Rule(pattern="event/*/[5-9]", fault=Fault.EVENT_LOST),),
        # An invocation of reconcile that a crash brings sees the end in time.
        ends={"a": ("LOST", "SUCCEEDED")},
        prepare=_without_schedule,
        # Dead letters are moved back when all is over: too late for this one.
        seconds=OUTAGE_SECONDS + 700,
    ),
    Scenario(
        name="unknown-retried",
        why="nobody knows whether there was a task, and the definition tries again",
        sendings=(submit("a", "daring"),),
        rules=(
            Rule(pattern="dispatch-1/ecs.run_task-1", fault=Fault.ANSWER_LOST),
            Rule(pattern="event/*-1-1/*", fault=Fault.EVENT_LOST),
        ),
        ends={"a": SUCCEEDED},
        prepare=_without_schedule,
        seconds=OUTAGE_SECONDS,
    ),
    Scenario(
        name="announced",
        why="events and answers, some of which nobody takes at first",
        sendings=(
            _waited_for("a", "t1"),
            _waited_for("a", "t2", at=3, kind="duplicate"),
            _waited_for("a", "t3", at=200, kind="duplicate"),
            bad(request("b", "nobody", notify={"taskToken": "t4"})),
            _waited_for("c", "t5", at=250),
        ),
        fates=(WELL, FAILS, FAILS),
        rules=(
            Rule(pattern="entry/*", fault=Fault.ENTRY_REFUSED, times=9),
            Rule(
                pattern="announce-*/stepfunctions.send_task_*",
                fault=Fault.NOT_SENT,
                times=7,
            ),
        ),
        ends={"a": SUCCEEDED, "c": ("FAILED",)},
        prepare=_replay,
        seconds=400,
        announces=True,
    ),
)
SCENARIOS: Mapping[str, Scenario] = {each.name: each for each in _ALL}
