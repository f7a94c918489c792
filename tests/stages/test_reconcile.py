"""Reconcile: whatever was killed, lost, late or silent, every job still ends."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from headrace.errors import TryLater
from headrace.jobs.job import LAUNCHED, JobStatus, ReasonCode, WaitReason
from headrace.launches.budget import LaunchRate
from headrace.stages import dispatch as dispatch_stage
from headrace_local.ecs import Capacity, EngineSettings, Fate, Pace
from headrace_local.memory import Moment
from world import World


@pytest.fixture
def world():
    return World()


def killed_before_sending(world, monkeypatch):
    """Deliver a submission whose dispatcher dies between the intent and RunTask."""
    with monkeypatch.context() as patch:
        patch.setattr(dispatch_stage, "send", lambda *_, **__: None)
        world.submit()
    assert world.tasks() == []
    return world.job()


def test_an_intent_that_was_never_sent_is_replayed(world, monkeypatch):
    job = killed_before_sending(world, monkeypatch)

    world.run(minutes=4)

    ended = world.job()
    assert ended.status is JobStatus.SUCCEEDED
    assert ended.launch.sends == 2
    assert [task.started_by for task in world.tasks()] == [job.token]


def test_a_replay_sends_the_stored_bytes(world, monkeypatch):
    job = killed_before_sending(world, monkeypatch)

    world.run(minutes=3)

    (spec,) = world.runner.specs.values()
    order = json.loads(job.order_json)
    (container,) = order["overrides"]["containerOverrides"]
    sent = {each["name"]: each["value"] for each in container["environment"]}
    assert sent.items() <= spec.environment.items()


def test_a_lost_answer_makes_no_second_task(world):
    world.engine.faults.lose_answer()
    world.submit()

    world.run(minutes=5)

    assert world.job().status is JobStatus.SUCCEEDED
    assert len(world.tasks()) == 1


def test_a_lost_answer_and_lost_events_make_no_second_task(world):
    world.engine.faults.lose_answer()
    world.submit()
    world.pass_time(120)
    world.lose_events()

    for _ in range(4):
        world.pass_time(60)
        world.tick()

    ended = world.job()
    assert ended.status is JobStatus.SUCCEEDED
    assert ended.launch.sends == 1  # found stopped, by its family, and not sent again
    assert len(world.tasks()) == 1


def test_a_running_task_whose_event_was_lost_is_found(world):
    world.runner.choose(Fate(exit_code=0, run_seconds=400))
    world.submit()
    world.pass_time(0)
    world.lose_events()
    world.pass_time(200)

    world.tick()

    assert world.job().status is JobStatus.RUNNING
    world.run(minutes=30)
    assert world.job().status is JobStatus.SUCCEEDED


def test_a_stop_whose_event_was_lost_is_found_within_the_hour(world):
    world.submit()
    world.pass_time(0)
    world.deliver()
    assert world.job().status is JobStatus.RUNNING
    world.pass_time(20)
    world.lose_events()

    for _ in range(30):
        world.pass_time(60)
        world.tick()

    assert world.job().status is JobStatus.SUCCEEDED


def test_a_launch_that_made_nothing_is_proven_absent_before_the_next(
    world, monkeypatch
):
    job = killed_before_sending(world, monkeypatch)
    world.pass_time(601)  # too late to replay

    world.tick()
    assert world.job().status is JobStatus.STARTING
    world.pass_time(400)
    world.tick()
    assert world.job().status is JobStatus.STARTING  # quiet only after 18 minutes
    world.pass_time(80)
    world.tick()

    waiting = world.job()
    assert (waiting.status, waiting.wait_reason) == (
        JobStatus.RUNNABLE,
        WaitReason.BACKOFF,
    )
    world.run(minutes=3)
    assert world.job().status is JobStatus.SUCCEEDED
    assert world.job().token != job.token


def test_a_refused_replay_waits_for_proof(world, monkeypatch):
    killed_before_sending(world, monkeypatch)
    world.engine.faults.refuse_next(1, reason="RESOURCE:MEMORY")
    world.pass_time(160)
    world.tick()

    doubted = world.job()
    assert (doubted.status, doubted.launch.is_refused) == (JobStatus.STARTING, True)
    world.run(minutes=25)
    assert world.job().status is JobStatus.SUCCEEDED
    assert len(world.tasks()) == 1


def test_a_search_that_is_not_complete_proves_nothing(world, monkeypatch):
    killed_before_sending(world, monkeypatch)

    def unanswered(*_, **__):
        raise TryLater("ListTasks: throttled")

    with monkeypatch.context() as patch:
        patch.setattr(type(world.ports.tasks), "stopped_page", unanswered)
        for _ in range(50):
            world.pass_time(60)
            world.tick()
        assert world.job().status is JobStatus.STARTING
        assert world.tasks() == []

    world.run(minutes=20)
    assert world.job().status is JobStatus.SUCCEEDED
    assert len(world.tasks()) == 1


def test_after_an_hour_of_silence_the_job_is_lost_and_says_so(world, monkeypatch):
    killed_before_sending(world, monkeypatch)
    world.pass_time(3481)

    world.tick()

    ended = world.job()
    assert ended.status is JobStatus.LOST
    assert ended.outcome.reason_code is ReasonCode.LOST
    assert ended.outcome.advice
    assert world.signals.of("job.lost")


def test_a_job_that_may_run_twice_runs_again_instead(monkeypatch):
    world = World(definition={"onUnknown": "retry"})
    killed_before_sending(world, monkeypatch)
    world.pass_time(3481)

    world.tick()
    world.run(minutes=3)

    assert world.job().status is JobStatus.SUCCEEDED


def test_a_task_that_ecs_forgot_is_lost_only_after_three_looks(world):
    world.runner.choose(Fate(run_seconds=30))
    world.submit()
    world.deliver()
    world.pass_time(30)
    world.lose_events()
    world.pass_time(3700)  # no reconcile for an hour: ECS forgets the task
    statuses = []
    for _ in range(12):
        world.tick()
        statuses.append(world.job().status)
        world.pass_time(60)

    assert statuses[5] is JobStatus.RUNNING
    assert statuses[-1] is JobStatus.LOST


def test_a_full_cluster_costs_nothing_but_time():
    world = World(
        settings=EngineSettings(
            region="eu-west-1", capacity=Capacity(cpu_units_max=256)
        )
    )
    world.runner.choose(Fate(run_seconds=7200))
    world.submit(idempotencyKey="first")
    blocked = world.submit(idempotencyKey="second")
    assert (blocked.status, blocked.wait_reason) == (
        JobStatus.RUNNABLE,
        WaitReason.CAPACITY,
    )

    world.run(minutes=150)

    ended = world.jobs.get(blocked.job_id)
    assert ended.status is JobStatus.SUCCEEDED
    assert (ended.attempt, ended.infrastructure_used) == (1, 0)
    assert len(ended.history) < 15  # backoff: no hot loop
    assert len({task.started_by for task in world.tasks()}) == len(world.tasks())


def test_without_room_the_next_capacity_is_tried_at_once(monkeypatch):
    world = World(definition={"capacity": ["FARGATE_SPOT", "FARGATE"]})
    world.engine.faults.refuse_next(1, reason="Capacity is unavailable at this time")
    world.submit()
    world.tick()
    world.run(minutes=1)

    assert world.job().status is JobStatus.SUCCEEDED
    (task,) = world.tasks()
    assert task.capacity_provider == "FARGATE"


def test_a_throttled_first_send_consumes_nothing(world):
    world.engine.faults.throttle_next(1)
    job = world.submit()
    assert (job.status, job.wait_reason, job.is_ready) == (
        JobStatus.RUNNABLE,
        WaitReason.LAUNCH_BUDGET,
        True,
    )

    world.run(minutes=2)

    ended = world.job()
    assert ended.status is JobStatus.SUCCEEDED
    assert (ended.attempt, ended.infrastructure_used) == (1, 0)


def test_a_throttle_in_disguise_is_a_throttle(world):
    world.engine.faults.throttle_next(1, hidden=True)

    assert world.submit().wait_reason is WaitReason.LAUNCH_BUDGET


def test_a_permanent_refusal_fails_with_ecs_own_words(world):
    world.engine.faults.fail_next("PlatformUnknownException", "no such platform")
    world.submit()

    ended = world.job()
    assert ended.outcome.reason_code is ReasonCode.LAUNCH_REJECTED
    assert "no such platform" in ended.outcome.stopped_reason


def test_a_job_that_overruns_is_stopped_and_timed_out(world):
    world.runner.choose(Fate(run_seconds=None))
    world.submit(timeoutSeconds=300)

    world.run(minutes=10)

    ended = world.job(timeoutSeconds=300)
    assert ended.status is JobStatus.TIMED_OUT
    assert ended.outcome.reason_code is ReasonCode.RUNTIME_LIMIT
    (task,) = world.tasks()
    assert task.is_stopped


def test_a_short_job_is_stopped_soon_after_its_time(world):
    world.runner.choose(Fate(run_seconds=None))
    world.submit(timeoutSeconds=10)

    world.run(minutes=5)

    ended = world.job()
    assert ended.status is JobStatus.TIMED_OUT
    assert ended.outcome.finished_at - ended.accepted_at < timedelta(minutes=4)


def test_a_task_that_ignores_stop_stays_running_and_raises_an_alarm(world):
    world.runner.choose(Fate(run_seconds=None, term_exit_code=None, ignores_kill=True))
    world.submit(timeoutSeconds=60)

    world.run(minutes=45)

    assert world.job().status is JobStatus.RUNNING
    assert len(world.signals.of("task.stop_asked")) > 10
    assert world.signals.of("task.stuck")


SLOW_START = EngineSettings(region="eu-west-1", pace=Pace(provisioning_seconds=36_000))


def test_a_task_that_does_not_start_in_time_is_stopped_and_launched_again():
    world = World(
        settings=SLOW_START,
        definition={"retryStrategy": {"infrastructureRetries": 1}},
    )
    world.submit()

    world.run(minutes=40)

    ended = world.job()
    assert ended.status is JobStatus.TIMED_OUT
    assert ended.outcome.reason_code is ReasonCode.START_LIMIT
    assert [e.reason_code for e in ended.history] == [ReasonCode.START_LIMIT]
    assert all(task.is_stopped for task in world.tasks())


def test_a_job_not_running_by_its_deadline_expires():
    world = World(settings=SLOW_START)
    world.submit(startDeadlineSeconds=120)

    world.run(minutes=10)

    assert world.job().status is JobStatus.EXPIRED
    assert len(world.tasks()) == 1


def test_a_waiting_job_expires_at_its_deadline():
    world = World(rate=LaunchRate(per_second=1 / 86_400, burst=1))
    world.submit(idempotencyKey="first")
    waiting = world.submit(idempotencyKey="second", startDeadlineSeconds=300)
    assert waiting.status is JobStatus.RUNNABLE

    world.run(minutes=7)

    assert world.jobs.get(waiting.job_id).status is JobStatus.EXPIRED


def test_a_cancelled_launch_without_a_task_ends_when_that_is_proven(world, monkeypatch):
    job = killed_before_sending(world, monkeypatch)
    world.cancel(job)

    world.run(minutes=25)

    assert world.job().status is JobStatus.CANCELLED
    assert world.tasks() == []


def test_one_broken_job_does_not_hold_up_the_others(world):
    world.submit(idempotencyKey="good", timeoutSeconds=60)
    bad = world.submit(idempotencyKey="bad", timeoutSeconds=60)
    world.lose_events()
    world.jobs.faults.plan("replace", Moment.BEFORE)

    world.run(minutes=10)

    assert all(job.status.is_terminal for job in world.jobs.jobs())
    assert world.jobs.get(bad.job_id).status.is_terminal


def test_tenants_take_turns_in_the_backlog():
    world = World(rate=LaunchRate(per_second=1 / 15, burst=1))
    world.budget.hold(world.clock.now() + timedelta(seconds=30))
    for n in range(9):
        world.submit(idempotencyKey=f"noisy-{n}", tenant="noisy")
    quiet = world.submit(tenant="quiet")

    world.tick()  # 45 seconds: three launches

    launched = [job for job in world.jobs.jobs() if job.status in LAUNCHED]
    assert len(launched) == 3
    assert quiet.job_id in {job.job_id for job in launched}


def test_a_new_request_is_launched_at_once_when_the_backlog_is_gone():
    world = World(rate=LaunchRate(per_second=1 / 15, burst=1))
    world.dispatch(*(world.message(idempotencyKey=f"k{n}") for n in range(3)))
    world.run(minutes=2)
    assert all(job.status.is_terminal for job in world.jobs.jobs())

    assert world.submit().status is JobStatus.STARTING


def test_two_reconcilers_at_once_make_no_second_task(world, monkeypatch):
    killed_before_sending(world, monkeypatch)
    world.pass_time(160)

    world.tick()
    world.tick()
    world.run(minutes=2)

    assert len(world.tasks()) == 1
    assert world.job().status is JobStatus.SUCCEEDED
