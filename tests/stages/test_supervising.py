"""Supervising: when a launch is looked at next, and what is noted on the way."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest

from headrace.errors import JobMoved, TryLater
from headrace.jobs.job import JobStatus, ReasonCode, StopCause
from headrace.launches.budget import LaunchRate
from headrace.stages import dispatch as dispatch_stage
from headrace.stages.supervising import supervise_task
from headrace_local.ecs import EngineSettings, Fate, Pace
from world import World, without_bookkeeping

SLOW_START = EngineSettings(region="eu-west-1", pace=Pace(provisioning_seconds=36_000))


def seconds(number):
    return timedelta(seconds=number)


@pytest.fixture
def world():
    """Return a world whose tasks run until they are stopped."""
    world = World()
    world.runner.choose(Fate(run_seconds=None), times=None)
    return world


@pytest.fixture
def silent(world, monkeypatch):
    """Return the same world with a launch that was never sent."""
    with monkeypatch.context() as patch:
        patch.setattr(dispatch_stage, "send", lambda *_, **__: None)
        world.submit()
    return world


def tick(world):
    """Run reconcile once; no visit of it may have failed."""
    world.tick()
    assert world.signals.of("reconcile.job_failed") == []


def test_what_a_description_says_is_what_the_event_would_have_said(world):
    told = World()
    told.runner.choose(Fate(run_seconds=None), times=None)
    told.submit()
    told.deliver()
    world.submit()
    world.lose_events()
    world.pass_time(160)

    tick(world)

    (task,) = world.tasks()
    found, expected = world.job(), told.job()
    other = replace(expected.launch, task_arn=task.task_arn)  # each has its own
    assert without_bookkeeping(found) == without_bookkeeping(
        replace(expected, launch=other)
    )
    assert found.launch.started_at == task.started_at


def test_a_running_task_is_looked_at_again_after_twenty_minutes(world):
    world.submit()
    world.deliver()
    world.pass_time(160)

    tick(world)

    assert world.due_in(world.job()) == seconds(1200)


def test_a_running_task_is_looked_at_when_its_time_is_over(world):
    world.submit(timeoutSeconds=600)
    world.deliver()
    started_at = world.job().launch.started_at
    world.pass_time(160)

    tick(world)

    assert world.job().next_at == started_at + seconds(600)


def test_a_task_on_its_way_is_looked_at_when_it_should_have_started():
    world = World(settings=SLOW_START)
    job = world.submit()
    world.pass_time(160)

    tick(world)

    assert world.job().next_at == job.launch.intended_at + seconds(900)
    (task,) = world.tasks()
    assert world.job().launch.task_arn == task.task_arn


def test_a_task_is_stopped_not_before_its_start_timeout():
    world = World(settings=SLOW_START)
    world.submit()
    world.pass_time(160)
    tick(world)
    world.pass_time(900 - 160 - 1)
    tick(world)
    assert world.job().launch.stop_cause is None

    world.pass_time(1)
    tick(world)

    assert world.job().launch.stop_cause is StopCause.START_TIMEOUT


def test_a_task_is_stopped_at_its_run_timeout_and_not_before(world):
    world.submit(timeoutSeconds=600)
    world.deliver()
    world.pass_time(160)
    tick(world)
    world.pass_time(600 - 160 - 1)
    tick(world)
    assert world.job().launch.stop_cause is None

    world.pass_time(1)
    tick(world)

    assert world.job().launch.stop_cause is StopCause.RUN_TIMEOUT
    assert world.due_in(world.job()) == seconds(120)  # it may have to be asked again


def test_a_cancelled_task_that_no_event_named_is_found_and_stopped():
    world = World(settings=SLOW_START)
    world.cancel(world.submit())

    tick(world)

    launch = world.job().launch
    (task,) = world.tasks()
    assert (launch.task_arn, launch.stop_cause) == (task.task_arn, StopCause.CANCEL)
    assert task.desired_status == "STOPPED"


def test_a_task_is_stuck_half_an_hour_after_it_was_asked_to_stop():
    world = World()
    world.runner.choose(Fate(run_seconds=None, term_exit_code=None, ignores_kill=True))
    job = world.submit()
    world.deliver()
    world.cancel(job)
    tick(world)
    asked_at = world.job().launch.stop_requested_at

    world.pass_time(1799)
    tick(world)
    assert world.signals.of("task.stuck") == []
    world.pass_time(120)
    tick(world)

    (stuck,) = world.signals.of("task.stuck")
    assert stuck.fields["asked_at"] == asked_at == world.job().launch.stop_requested_at


def test_a_stop_that_is_found_by_looking_ends_the_job_without_trouble():
    world = World()
    world.submit()
    world.deliver()
    world.pass_time(160)
    world.lose_events()

    tick(world)

    assert world.job().status is JobStatus.SUCCEEDED


def missed(world):
    """Let ECS not know the task of a running job, and look for it once."""
    job = world.submit()
    world.deliver()
    (task,) = world.tasks()
    live = world.engine.tasks[task.task_arn]
    live.missing_until_at = world.clock.now() + timedelta(hours=1)
    world.pass_time(160)
    tick(world)
    assert world.job().token == job.token
    return live


def test_a_missing_task_is_looked_for_again_after_three_minutes(world):
    missed(world)

    launch = world.job().launch
    assert (launch.missing_count, launch.missing_at) == (1, world.clock.now())
    assert world.due_in(world.job()) == seconds(180)
    (told,) = world.signals.of("task.missing")
    assert told.fields["count"] == 1


def test_a_second_look_too_soon_does_not_count(world):
    missed(world)
    first_at = world.job().launch.missing_at
    world.pass_time(60)
    world.cancel(world.job())  # due at once

    tick(world)

    launch = world.job().launch
    assert (launch.missing_count, launch.missing_at) == (1, first_at)


def test_a_task_that_is_there_again_was_never_missing(world):
    live = missed(world)
    live.missing_until_at = None
    world.pass_time(180)

    tick(world)

    launch = world.job().launch
    assert (launch.missing_count, launch.missing_at) == (0, None)


def test_a_replay_is_stamped_and_looked_at_again_and_its_answer_kept(silent):
    silent.pass_time(160)

    tick(silent)

    launch, now = silent.job().launch, silent.clock.now()
    (task,) = silent.tasks()
    assert (launch.sends, launch.last_sent_at) == (2, now)
    assert launch.lease_until_at == now + seconds(90)
    assert launch.task_arn == task.task_arn
    assert silent.due_in(silent.job()) == seconds(150)
    assert len(silent.signals.of("launch.replayed")) == 1


def test_a_replay_pays_for_its_launch():
    world = World(rate=LaunchRate(per_second=1 / 86_400, burst=1))
    world.engine.faults.fail_next("ServerException")  # no task, and nobody knows
    world.submit()
    world.pass_time(160)

    tick(world)

    assert world.job().launch.sends == 1
    assert world.tasks() == []
    assert world.due_in(world.job()) == seconds(30)


def test_a_replay_takes_one_launch_of_the_budget():
    world = World(rate=LaunchRate(per_second=1 / 86_400, burst=3))
    world.engine.faults.fail_next("ServerException")
    world.submit()
    world.pass_time(160)

    tick(world)

    assert world.job().launch.sends == 2
    assert world.submit(idempotencyKey="next").status is JobStatus.STARTING
    assert world.submit(idempotencyKey="last").status is JobStatus.RUNNABLE


def test_a_launch_that_is_too_old_to_replay_waits_for_its_proof(silent):
    silent.pass_time(601)

    tick(silent)

    job = silent.job()
    assert job.launch.sends == 1
    assert job.next_at == job.launch.last_sent_at + seconds(1080)


def test_a_launch_under_its_lease_is_left_alone_until_the_lease_is_over(silent):
    silent.cancel(silent.job())  # due at once

    tick(silent)

    job = silent.job()
    assert job.launch.sends == 1
    assert job.next_at == job.launch.lease_until_at + seconds(60)


def test_a_launch_that_is_proven_absent_is_said_to_be(silent):
    job = silent.job()
    silent.pass_time(1081)

    tick(silent)

    (told,) = silent.signals.of("launch.absent")
    assert told.fields == {"job_id": job.job_id, "launch": job.token}
    assert [e.reason_code for e in silent.job().history] == [ReasonCode.INFRASTRUCTURE]


def test_a_refused_replay_is_looked_at_when_its_absence_can_be_proven(silent):
    silent.engine.faults.refuse_next(1, reason="RESOURCE:MEMORY")
    silent.pass_time(160)

    tick(silent)

    assert silent.job().launch.is_refused
    assert silent.due_in(silent.job()) == seconds(1080)


def test_a_token_that_is_taken_by_another_request_is_never_sent_again(world):
    world.engine.faults.fail_next("ConflictException")
    world.submit()
    doubted = world.job()

    assert (doubted.status, doubted.launch.is_refused) == (JobStatus.STARTING, True)
    assert world.due_in(doubted) == seconds(1080)
    assert world.signals.of("launch.clashed")
    world.run(minutes=17)
    assert world.tasks() == []
    world.run(minutes=6)
    assert world.job().status is JobStatus.RUNNING
    assert world.job().token != doubted.token


def test_a_task_that_cannot_be_described_stays_due(world, monkeypatch):
    world.submit()
    world.deliver()
    world.pass_time(160)
    due_at = world.job().next_at

    def unanswered(*_, **__):
        raise TryLater("DescribeTasks: throttled")

    with monkeypatch.context() as patch:
        patch.setattr(type(world.ports.tasks), "describe", unanswered)
        tick(world)

    assert world.job().next_at == due_at
    assert world.signals.of("reconcile.describe_deferred")


def test_a_run_timeout_counts_from_the_start_and_not_from_our_learning_of_it(world):
    world.submit(timeoutSeconds=600)
    world.pass_time(100)
    world.deliver()
    (task,) = world.tasks()
    assert world.job().status_at > task.started_at
    world.pass_time(60)

    tick(world)

    assert world.job().next_at == task.started_at + seconds(600)


def test_a_task_is_stopped_at_its_start_deadline_and_not_before():
    world = World(settings=SLOW_START)
    world.submit(startDeadlineSeconds=400)
    world.pass_time(160)
    tick(world)
    assert world.job().launch.stop_cause is None
    assert world.due_in(world.job()) == seconds(240)
    world.pass_time(240)

    tick(world)

    assert world.job().launch.stop_cause is StopCause.START_DEADLINE


def test_a_launch_whose_deadline_has_passed_is_not_replayed(world, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(dispatch_stage, "send", lambda *_, **__: None)
        world.submit(startDeadlineSeconds=155)
    world.pass_time(160)

    tick(world)

    assert world.job().launch.sends == 1
    assert world.tasks() == []


def test_the_third_look_at_a_missing_task_is_the_last(world):
    missed(world)
    world.pass_time(400)
    tick(world)
    assert world.job().status is JobStatus.RUNNING
    world.pass_time(400)

    tick(world)

    assert world.job().status is JobStatus.LOST


def called_strays(world, *task_arns):
    """Run reconcile as record wakes it for tasks that it took for strays."""
    world.waker.wake(stray_task_arns=task_arns)
    tick(world)


def started_also(world, started_by):
    """Let ECS run one more task, which no launch of ours asked for."""
    placement = world.ports.placement
    order = {
        "cluster": placement.cluster_arn,
        "taskDefinition": "headrace-job-report",
        "launchType": "FARGATE",
        "networkConfiguration": {
            "awsvpcConfiguration": {"subnets": list(placement.subnet_ids)}
        },
        "group": placement.group,
    }
    if started_by is not None:
        order["startedBy"] = started_by
    answer = world.engine.run_task(order)
    world.pass_time(0)
    return answer["tasks"][0]["taskArn"]


def is_stopping(world, task_arn):
    (task,) = [each for each in world.tasks() if each.task_arn == task_arn]
    return task.desired_status == "STOPPED"


def test_a_task_that_is_no_stray_any_more_is_not_stopped(world):
    world.submit()
    world.deliver()
    (task,) = world.tasks()

    called_strays(world, task.task_arn)

    assert not is_stopping(world, task.task_arn)


def test_a_second_task_of_the_current_launch_is_stopped_and_the_first_is_not(world):
    job = world.submit()
    world.deliver()
    (first,) = world.tasks()
    second = started_also(world, job.token)

    called_strays(world, first.task_arn, second)

    assert is_stopping(world, second)
    assert not is_stopping(world, first.task_arn)


def test_a_live_task_of_a_job_that_has_ended_is_stopped():
    world = World()
    job = world.submit()
    world.run(minutes=1)
    world.runner.choose(Fate(run_seconds=None), times=None)
    stray = started_also(world, job.token)

    called_strays(world, stray)

    assert is_stopping(world, stray)


@pytest.mark.parametrize("started_by", [None, "somebody", f"{'a' * 26}-1-1"])
def test_a_task_of_nobody_we_know_is_not_ours_to_stop(world, started_by):
    job = world.submit()
    world.deliver()
    stranger, stray = (
        started_also(world, each) for each in (started_by, f"{job.job_id}-1-9")
    )

    called_strays(world, stranger, stray)

    assert not is_stopping(world, stranger)
    assert is_stopping(world, stray)


def test_a_stray_that_ecs_would_not_stop_is_announced(world):
    job = world.submit()
    world.deliver()
    stray = started_also(world, f"{job.job_id}-1-9")
    world.engine.faults.throttle_next(None, operation="StopTask")

    with pytest.raises(TryLater, match=stray):
        called_strays(world, stray)

    assert not is_stopping(world, stray)
    assert world.signals.of("reconcile.stop_deferred")


def test_a_stray_that_could_not_be_looked_at_is_asked_for_again(world):
    job = world.submit()
    world.deliver()
    stray = started_also(world, f"{job.job_id}-1-9")
    world.engine.faults.throttle_next(None, operation="DescribeTasks")

    with pytest.raises(TryLater, match=stray):
        called_strays(world, stray)


def test_a_stray_that_stays_does_not_keep_reconcile_from_its_work(world):
    job = world.submit()
    world.lose_events()
    stray = started_also(world, f"{job.job_id}-1-9")
    world.pass_time(160)
    world.engine.faults.throttle_next(None, operation="StopTask")

    with pytest.raises(TryLater):
        called_strays(world, stray)

    assert world.job().launch.task_arn is not None  # it was looked for, and found


@pytest.mark.parametrize("call", ["find_running", "stopped_page"])
def test_a_search_that_ecs_did_not_answer_is_announced(silent, monkeypatch, call):
    def unanswered(*_, **__):
        raise TryLater("ListTasks: throttled")

    silent.pass_time(160)
    with monkeypatch.context() as patch:
        patch.setattr(type(silent.ports.tasks), call, unanswered)
        tick(silent)

    assert silent.tasks() == []
    assert silent.job().launch.sends == 1
    (told,) = silent.signals.of("search.incomplete")
    assert "throttled" in told.fields["detail"]


def test_a_late_look_at_a_launch_that_is_over_leaves_the_next_one_alone():
    """Record was faster, and the next launch is on its way when this look writes."""
    world = World(
        definition={
            "retryStrategy": {
                "attempts": 2,
                "rules": [{"onExitCode": "1", "action": "RETRY"}],
                "backoff": {"initialSeconds": 1, "maxSeconds": 1},
            }
        }
    )
    world.runner.choose(Fate(exit_code=1, run_seconds=10))
    world.runner.choose(Fate(run_seconds=None), times=None)
    world.submit()
    world.deliver()
    before = world.job()
    world.pass_time(20)
    (ended,) = world.tasks()
    world.deliver()
    world.pass_time(2)
    world.tick()
    second = world.job()
    assert (second.attempt, second.status) == (2, JobStatus.STARTING)

    with contextlib.suppress(JobMoved):
        supervise_task(before, ended, world.ports)

    assert world.job() == second
