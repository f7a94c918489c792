"""Prepared situations, each with its true cause: real stages over the local ECS.

A situation is a function that leads a world into it and returns the id to ask about.
What must be said of it stands above it.
"""
# A table of more than twenty rows, each of which needs its few lines: hence its length.

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from builders import DEPLOYMENT_ID
from headrace.launches.budget import LaunchRate
from headrace.stages import dispatch as dispatch_stage
from headrace_client.explaining.causes import Cause
from headrace_client.explaining.explainer import Explainer
from headrace_client.explaining.explanation import Explanation
from headrace_local.ecs import EngineSettings, Fate, Pace
from world import World

SLOW_START = EngineSettings(region="eu-west-1", pace=Pace(provisioning_seconds=36_000))
FOREVER = Fate(run_seconds=None)
RULE = {"onExitCode": "1", "action": "RETRY"}
LONG_BACKOFF = {"initialSeconds": 600, "maxSeconds": 600}


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A world led into a situation, and what an explanation of it must say."""

    name: str
    lead: Callable[[], tuple[World, str]]
    cause: Cause
    words: tuple[str, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def explain(self, world: World, subject: str) -> Explanation:
        """Explain an id of the world, at its time."""
        return explain(world, subject)


SITUATIONS: list[Situation] = []

type Lead = Callable[[], tuple[World, str]]


def situation(cause: Cause, *words: str, **facts: Any) -> Callable[[Lead], Lead]:
    """Put a function on the table, with the cause, words and facts to be named."""

    def put(lead: Lead) -> Lead:
        SITUATIONS.append(
            Situation(
                name=lead.__name__, lead=lead, cause=cause, words=words, facts=facts
            )
        )
        return lead

    return put


def explain(world: World, subject: str, **changes: Any) -> Explanation:
    """Explain an id of a world, now."""
    explainer = replace(an_explainer(world), **changes)
    return explainer.explain(subject, tenant="default", now=world.clock.now())


def an_explainer(world: World) -> Explainer:
    """Return what explains the jobs of a world."""
    return Explainer(
        deployment_id=DEPLOYMENT_ID,
        jobs=world.jobs,
        catalogue=world.definitions,
        backlog=world.jobs,
        budget=world.budget,
    )


def a_world(*fates: Fate, **changes: Any) -> World:
    """Return a world whose next containers have these fates, the last one for good."""
    world = World(**changes)
    for fate in fates[:-1]:
        world.runner.choose(fate)
    if fates:
        world.runner.choose(fates[-1], times=None)
    return world


def retries(**strategy: Any) -> dict[str, Any]:
    """Return a definition's change of retry strategy."""
    return {"retryStrategy": strategy}


def over(world: World, *, seconds: float = 30) -> tuple[World, str]:
    """Submit one job, let its first task end, and deliver the report."""
    job = world.submit()
    world.pass_time(seconds)
    world.deliver()
    return world, job.job_id


def after(world: World, *, minutes: int) -> tuple[World, str]:
    """Submit one job and let minutes pass as they do."""
    job = world.submit()
    world.run(minutes=minutes)
    return world, job.job_id


def unsent(world: World) -> str:
    """Submit a job whose dispatcher dies between the intent and RunTask."""
    with patch.object(dispatch_stage, "send", lambda *_, **__: None):
        return world.submit().job_id


def spot(world: World) -> tuple[World, str]:
    """Submit a job and let AWS take its running task's capacity away."""
    job = world.submit()
    world.deliver()
    (task,) = [each for each in world.tasks() if not each.is_stopped]
    world.engine.interrupt_spot(task.task_arn)
    world.pass_time(130)
    world.deliver()
    return world, job.job_id


# -- waiting --------------------------------------------------------------------


@situation(Cause.SCHEDULED, "scheduled for 2026-", "in 2 h", waitReason="SCHEDULED")
def scheduled_for_later() -> tuple[World, str]:
    world = World()
    at = world.clock.now() + timedelta(hours=2)
    return world, world.submit(scheduledAt=at.isoformat()).job_id


@situation(Cause.LAUNCH_BUDGET, "launches per second were used up", position=1)
def launch_budget_used_up() -> tuple[World, str]:
    world = a_world(FOREVER, rate=LaunchRate(per_second=0.01, burst=1))
    world.submit(idempotencyKey="first")
    return world, world.submit().job_id


@situation(Cause.BACKLOG, "waits its turn: 2 jobs of its tenant are before", position=3)
def behind_others_in_the_backlog() -> tuple[World, str]:
    world = a_world(FOREVER, rate=LaunchRate(per_second=0.001, burst=1))
    for key in ("first", "second", "third"):
        world.submit(idempotencyKey=key)
        world.pass_time(1)
    return world, world.submit().job_id


@situation(Cause.BACKLOG, "only reconcile launches", otherTenants=1)
def held_back_by_the_backlog_of_another_tenant() -> tuple[World, str]:
    world = a_world(FOREVER, rate=LaunchRate(per_second=0.02, burst=1))
    for number in range(4):
        world.submit(idempotencyKey=f"other-{number}", tenant="other")
    world.tick()
    return world, world.submit().job_id


@situation(Cause.THROTTLED, "ECS limited the rate of RunTask", "nothing was used up")
def throttled_by_ecs() -> tuple[World, str]:
    world = World()
    world.engine.faults.throttle_next()
    return world, world.submit().job_id


@situation(
    Cause.CAPACITY,
    "refused it 3 times; the last time it said 'RESOURCE:MEMORY'",
    refusals=3,
    ecsText="RESOURCE:MEMORY",
    nextCapacity="FARGATE",
)
def no_capacity() -> tuple[World, str]:
    world = World()
    world.engine.faults.refuse_next(None, reason="RESOURCE:MEMORY")
    job = world.submit()
    while len(world.job().history) < 3:
        world.run(minutes=1)
    return world, job.job_id


@situation(
    Cause.BACKOFF_BY_RULE,
    'The rule { onExitCode: "1", action: RETRY } gives it another attempt',
    exitCode=1,
    rule=RULE,
    attempt=2,
)
def backoff_after_an_exit_code() -> tuple[World, str]:
    strategy = retries(attempts=3, rules=[RULE], backoff=LONG_BACKOFF)
    return over(a_world(Fate(exit_code=1), definition=strategy))


@situation(
    Cause.BACKOFF_FOR_MEMORY, "tried again with 1024 MiB", nextMemoryMib=1024, attempt=2
)
def backoff_after_running_out_of_memory() -> tuple[World, str]:
    definition = {
        "memory": [512, 1024],
        **retries(attempts=2, backoff=LONG_BACKOFF),
    }
    return over(a_world(Fate.out_of_memory(), definition=definition))


@situation(
    Cause.BACKOFF_FOR_LAUNCH,
    "took the Spot capacity away",
    "no fault of the job",
    failure="SPOT_INTERRUPTION",
    infrastructureUsed=1,
)
def backoff_after_spot() -> tuple[World, str]:
    definition = {
        "capacity": ["FARGATE_SPOT"],
        **retries(backoff=LONG_BACKOFF),
    }
    return spot(a_world(FOREVER, definition=definition))


@situation(
    Cause.BACKOFF_TRY_LATER,
    "nothing to do yet",
    "without losing an attempt",
    exitCode=4,
    attempt=1,
)
def backoff_after_try_later() -> tuple[World, str]:
    return over(a_world(Fate(exit_code=4), definition=retries(backoff=LONG_BACKOFF)))


# -- launched -------------------------------------------------------------------


@situation(Cause.LAUNCH_SENT, "RunTask was sent at", "ECS reports when", sends=1)
def starting_just_sent() -> tuple[World, str]:
    world = a_world(settings=SLOW_START)
    return world, world.submit().job_id


@situation(Cause.LAUNCH_SEARCHED, "found none of it so far", sends=1)
def starting_unanswered_and_searched_for() -> tuple[World, str]:
    world = World(rate=LaunchRate(per_second=0.001, burst=1))
    job_id = unsent(world)
    world.pass_time(160)
    world.tick()  # it looks, and the launch budget has nothing for a replay
    return world, job_id


@situation(Cause.LAUNCH_REPLAYED, "sent 2 times with the same client token", sends=2)
def starting_unanswered_and_sent_again() -> tuple[World, str]:
    world = World()
    job_id = unsent(world)
    world.engine.faults.fail_next("ServerException")
    world.pass_time(160)
    world.tick()
    return world, job_id


@situation(Cause.LAUNCH_DOUBTED, "needs proof that there is none", sends=2)
def starting_in_doubt_after_a_refused_replay() -> tuple[World, str]:
    world = World()
    job_id = unsent(world)
    world.engine.faults.refuse_next(1, reason="RESOURCE:MEMORY")
    world.pass_time(160)
    world.tick()
    return world, job_id


@situation(Cause.LAUNCH_UNPROVABLE, "nobody can tell", "the job is LOST")
def starting_for_so_long_that_ecs_forgot() -> tuple[World, str]:
    world = World()
    job_id = unsent(world)
    world.pass_time(3600)
    return world, job_id


@situation(Cause.TASK_STARTING, "pulls the image", "launches it again")
def starting_with_a_slow_image() -> tuple[World, str]:
    world = a_world(settings=SLOW_START)
    job = world.submit()
    world.pass_time(160)
    world.tick()
    return world, job.job_id


@situation(Cause.TASK_RUNNING, "Its task runs", "stops it at its timeout")
def running() -> tuple[World, str]:
    return over(a_world(FOREVER))


@situation(Cause.SPOT_WARNED, "takes the Spot capacity away")
def running_and_warned_by_spot() -> tuple[World, str]:
    world = a_world(
        Fate(run_seconds=None, term_exit_code=None),
        definition={"capacity": ["FARGATE_SPOT"]},
    )
    job = world.submit()
    world.deliver()
    (task,) = world.tasks()
    world.engine.interrupt_spot(task.task_arn)
    world.pass_time(1)
    world.deliver()
    return world, job.job_id


@situation(Cause.CANCEL_ASKED, "goes on until reconcile", desiredStatus="CANCELLED")
def running_and_to_be_cancelled() -> tuple[World, str]:
    world, job_id = over(a_world(FOREVER))
    world.cancel(world.job())
    return world, job_id


@situation(Cause.STOP_ASKED, "because it was cancelled", stopCause="CANCEL")
def running_and_asked_to_stop() -> tuple[World, str]:
    world, job_id = over(a_world(Fate(run_seconds=None, term_exit_code=None)))
    world.cancel(world.job())
    world.tick()
    return world, job_id


@situation(Cause.STOP_IGNORED, "still goes on", "ran longer", stopCause="RUN_TIMEOUT")
def running_though_it_was_to_stop_long_ago() -> tuple[World, str]:
    world = a_world(Fate(run_seconds=None, term_exit_code=None, ignores_kill=True))
    world.submit(timeoutSeconds=60)
    world.run(minutes=45)
    return world, world.job().job_id


@situation(Cause.TASK_MISSING, "1 look in a row found nothing", missingCount=1)
def running_out_of_sight() -> tuple[World, str]:
    world, job_id = over(a_world(FOREVER))
    (task,) = world.tasks()
    until_at = world.clock.now() + timedelta(hours=2)
    world.engine.tasks[task.task_arn].missing_until_at = until_at
    world.pass_time(1300)
    world.tick()
    return world, job_id


# -- ended ----------------------------------------------------------------------


@situation(Cause.SUCCEEDED, "Container 'main' exited with 0.", exitCode=0)
def succeeded() -> tuple[World, str]:
    return over(World())


@situation(
    Cause.NO_RULE,
    "exited with 1",
    "No rule of its retryStrategy matched, and no match means fail",
    "2 attempts were left",
    reasonCode="EXIT_CODE",
    rule=None,
)
def failed_by_an_exit_code_without_a_rule() -> tuple[World, str]:
    rules = [{"onExitCode": "75", "action": "RETRY"}]
    strategy = retries(attempts=3, rules=rules)
    return over(a_world(Fate(exit_code=1), definition=strategy))


@situation(
    Cause.RULE_FAILS,
    'The first rule that matched says so: { onExitCode: "2", action: FAIL }',
    exitCode=2,
)
def failed_by_a_rule() -> tuple[World, str]:
    rules = [
        {"onExitCode": "2", "action": "FAIL"},
        {"onExitCode": "*", "action": "RETRY"},
    ]
    strategy = retries(attempts=3, rules=rules)
    return over(a_world(Fate(exit_code=2), definition=strategy))


@situation(
    Cause.ATTEMPTS_USED,
    'The rule { onExitCode: "1", action: RETRY } would retry that',
    "attempt 2 of 2",
    exitCode=1,
    attemptsMax=2,
)
def failed_with_its_attempts_used_up() -> tuple[World, str]:
    backoff = {"initialSeconds": 1, "maxSeconds": 1}
    strategy = retries(attempts=2, rules=[RULE], backoff=backoff)
    return after(a_world(Fate(exit_code=1), definition=strategy), minutes=4)


@situation(
    Cause.REJECT_EXIT_CODE, "must not be retried", "whatever its rules say", exitCode=3
)
def failed_by_exit_code_3() -> tuple[World, str]:
    rules = [{"onExitCode": "*", "action": "RETRY"}]
    strategy = retries(attempts=3, rules=rules)
    return over(a_world(Fate(exit_code=3), definition=strategy))


@situation(
    Cause.LAUNCHES_USED,
    "nothing to do yet",
    "infrastructure budget is used up: 1 of 1 launch",
    exitCode=4,
    reasonCode="EXIT_CODE",
)
def failed_by_exit_code_4_for_too_long() -> tuple[World, str]:
    strategy = retries(infrastructureRetries=1)
    return after(a_world(Fate(exit_code=4), definition=strategy), minutes=4)


@situation(
    Cause.LARGEST_MEMORY,
    "too much memory",
    "1024 MiB is the largest size",
    reasonCode="OUT_OF_MEMORY",
)
def out_of_memory_at_the_largest_size() -> tuple[World, str]:
    definition = {"memory": [512, 1024], **retries(attempts=3)}
    return after(a_world(Fate.out_of_memory(), definition=definition), minutes=4)


@situation(
    Cause.IMAGE_FAILED_TWICE,
    "image does not exist or may not be pulled",
    "One more launch was tried",
    reasonCode="IMAGE_PULL",
    stopCode="TaskFailedToStart",
)
def image_that_cannot_be_pulled() -> tuple[World, str]:
    return after(a_world(Fate.cannot_pull()), minutes=4)


@situation(
    Cause.NEVER_STARTS,
    "a secret or the log group could not be used",
    "none was tried",
    reasonCode="LAUNCH_REJECTED",
)
def secret_that_cannot_be_read() -> tuple[World, str]:
    world = World()
    world.engine.faults.fail_start(
        "ResourceInitializationError: unable to pull secrets or registry auth:"
        " AccessDeniedException"
    )
    return over(world)


@situation(Cause.NEVER_STARTS, "a role of the task could not be assumed", exitCode=None)
def role_that_cannot_be_assumed() -> tuple[World, str]:
    world = World()
    world.engine.faults.fail_start(
        "ECS was unable to assume the role 'arn:aws:iam::123456789012:role/x' that"
        " was provided for this task."
    )
    return over(world)


@situation(
    Cause.LAUNCH_REFUSED,
    "ECS rejected the launch: PlatformUnknownException",
    reasonCode="LAUNCH_REJECTED",
)
def launch_that_ecs_refuses_for_good() -> tuple[World, str]:
    world = World()
    world.engine.faults.fail_next("PlatformUnknownException", "no such platform")
    return over(world)


@situation(
    Cause.NO_TASK_MADE, "ECS started no task in 2 launches", "is used up: 1 of 1 launch"
)
def launches_that_ecs_keeps_refusing_in_passing() -> tuple[World, str]:
    strategy = retries(infrastructureRetries=1)
    world = World(definition=strategy)
    world.engine.faults.fail_next("AccessDeniedException", count=None)
    return after(world, minutes=4)


@situation(
    Cause.START_DEADLINE,
    "before its start deadline",
    "waited for capacity; the last time ECS said 'RESOURCE:CPU'",
    reasonCode="START_LIMIT",
)
def start_deadline_that_passed_for_want_of_capacity() -> tuple[World, str]:
    world = World()
    world.engine.faults.refuse_next(None, reason="RESOURCE:CPU")
    request = {"startDeadlineSeconds": 120}
    job = world.submit(**request)
    world.run(minutes=4)
    return world, job.job_id


@situation(
    Cause.LAUNCHES_USED,
    "took the Spot capacity away",
    "no launch beyond the first",
    reasonCode="SPOT_INTERRUPTION",
)
def spot_without_a_budget() -> tuple[World, str]:
    definition = {
        "capacity": ["FARGATE_SPOT"],
        **retries(infrastructureRetries=0),
    }
    return spot(a_world(FOREVER, definition=definition))


@situation(
    Cause.STOPPED_EXTERNALLY, "stopped from outside", reasonCode="STOPPED_EXTERNALLY"
)
def stopped_by_somebody_else() -> tuple[World, str]:
    world, job_id = over(a_world(FOREVER))
    (task,) = world.tasks()
    world.engine.stop_from_outside(
        task.task_arn, code="UserInitiated", reason="stopped by hand"
    )
    world.pass_time(60)
    world.deliver()
    return world, job_id


@situation(Cause.RUN_TIMEOUT, "its time limit was reached", reasonCode="RUNTIME_LIMIT")
def timed_out() -> tuple[World, str]:
    world = a_world(FOREVER)
    job = world.submit(timeoutSeconds=60)
    world.run(minutes=6)
    return world, job.job_id


@situation(
    Cause.START_TIMEOUT, "it did not start in time", "no launch beyond the first"
)
def start_timeout() -> tuple[World, str]:
    definition = {"startTimeoutSeconds": 200, **retries(infrastructureRetries=0)}
    return after(World(settings=SLOW_START, definition=definition), minutes=10)


@situation(Cause.CANCELLED, "the job was cancelled", reasonCode="CANCELLED_BY_USER")
def cancelled_while_it_ran() -> tuple[World, str]:
    world, job_id = over(a_world(FOREVER))
    world.cancel(world.job())
    world.run(minutes=3)
    return world, job_id


@situation(Cause.CANCELLED, "cancelled before it ran")
def cancelled_while_it_waited() -> tuple[World, str]:
    world, job_id = scheduled_for_later()
    (job,) = world.jobs.jobs()
    world.cancel(job)
    return world, job_id


@situation(Cause.LOST, "Nobody knows how the job ended", reasonCode="LOST")
def lost() -> tuple[World, str]:
    world, job_id = over(a_world(FOREVER))
    (task,) = world.tasks()
    until_at = world.clock.now() + timedelta(days=2)
    world.engine.tasks[task.task_arn].missing_until_at = until_at
    world.run(minutes=45)
    return world, job_id


@situation(
    Cause.NO_RULE, "ECS gave no exit code", "no retry rule", reasonCode="NO_EXIT_CODE"
)
def no_exit_code() -> tuple[World, str]:
    return over(a_world(Fate(exit_code=None, run_seconds=5)))


# -- never accepted ---------------------------------------------------------


@situation(
    Cause.REJECTED,
    "parameters.format",
    reasonCode="INVALID_PARAMETERS",
    field="parameters.format",
    value='"xls"',
)
def rejected_for_its_parameters() -> tuple[World, str]:
    world = World()
    message = world.message(parameters={"date": "2026-11-22", "format": "xls"})
    world.dispatch(message)
    return world, message.message_id


@situation(Cause.REJECTED, "keeps its job", reasonCode="IDEMPOTENCY_CONFLICT")
def rejected_for_a_conflict() -> tuple[World, str]:
    world = World()
    world.submit()
    message = world.message(parameters={"date": "2026-11-23"})
    world.dispatch(message)
    return world, message.message_id


@situation(Cause.REJECTED, "a body that is valid JSON", reasonCode="MALFORMED_JSON")
def rejected_for_its_form() -> tuple[World, str]:
    world = World()
    message = world.message(json.dumps("x")[:-1])
    world.dispatch(message)
    return world, message.message_id


@situation(Cause.NO_RECORD, "may still wait in the queue", "headrace doctor")
def never_heard_of() -> tuple[World, str]:
    return World(), "a" * 26
