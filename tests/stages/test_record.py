"""Record: whatever events arrive, in whatever order, the record tells the truth."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headrace.errors import TryLater
from headrace.jobs.job import JobStatus, ReasonCode, WaitReason
from headrace.stages import dispatch as dispatch_stage
from headrace.stages.record import Delivery, record
from headrace_local.ecs import Fate
from world import World, without_bookkeeping

SIDECAR = [
    {"name": "main", "image": "job"},
    {"name": "proxy", "image": "proxy", "essential": True},
]


@pytest.fixture
def world():
    return World()


def reports_of(fate, **kwargs):
    """Return a world with one launched job, and the state changes of its task."""
    world = World(**kwargs)
    world.runner.choose(fate, times=None)
    world.submit()
    world.pass_time(3600)
    return world, world.take_reports()


def test_a_task_that_runs_and_exits_with_0_succeeds(world):
    world.submit()
    world.deliver()
    running = world.job()
    world.run(minutes=1)
    ended = world.job()

    assert running.status is JobStatus.RUNNING
    assert running.launch.started_at is not None
    assert ended.status is JobStatus.SUCCEEDED
    assert ended.outcome.reason_code is ReasonCode.OK
    assert (ended.outcome.exit_code, ended.next_at) == (0, None)
    assert ended.revision == 3  # accepted, running, ended: three writes


def test_a_task_that_exits_with_1_fails(world):
    world.runner.choose(Fate(exit_code=1, run_seconds=5))
    world.submit()
    world.run(minutes=1)

    ended = world.job()
    assert ended.status is JobStatus.FAILED
    assert ended.outcome.reason_code is ReasonCode.EXIT_CODE
    assert ended.outcome.exit_code == 1
    assert ended.outcome.advice


def test_a_success_needs_every_essential_container(world):
    world = World(containers=SIDECAR)
    world.runner.choose(Fate(exit_code=0, run_seconds=5), container="main")
    world.runner.choose(Fate(run_seconds=None), container="proxy")
    world.submit()
    world.run(minutes=1)

    assert world.job().status is JobStatus.SUCCEEDED


def test_a_sidecar_that_fails_first_fails_the_job():
    world = World(containers=SIDECAR)
    world.runner.choose(Fate(run_seconds=None), container="main")
    world.runner.choose(Fate(exit_code=7, run_seconds=5), container="proxy")
    world.submit()
    world.run(minutes=2)

    ended = world.job()
    assert ended.status is JobStatus.FAILED
    assert ended.outcome.exit_code == 7


FATES = st.sampled_from(
    [
        Fate(exit_code=0, run_seconds=30),
        Fate(exit_code=1, run_seconds=30),
        Fate(exit_code=3, run_seconds=0),
        Fate.out_of_memory(5),
        Fate.cannot_pull(),
        Fate(exit_code=None, run_seconds=5),
    ]
)
DEFINITIONS = st.sampled_from(
    [
        {},
        {
            "retryStrategy": {
                "attempts": 2,
                "rules": [{"onExitCode": "1|137", "action": "RETRY"}],
            }
        },
    ]
)


@settings(max_examples=200)
@given(fate=FATES, definition=DEFINITIONS, data=st.data())
def test_events_in_any_order_and_number_give_the_same_record(fate, definition, data):
    reference, reports = reports_of(fate, definition=definition)
    for report in reports:
        reference.record(report)
    shuffled, _ = reports_of(fate, definition=definition)
    drawn = data.draw(st.lists(st.sampled_from(reports), max_size=6))
    delivered = data.draw(st.permutations([*drawn, reports[-1]]))
    batches = data.draw(st.integers(1, len(delivered)))
    for start in range(0, len(delivered), batches):
        assert shuffled.record(*delivered[start : start + batches]) == []

    expected, found = reference.job(), shuffled.job()
    assert without_bookkeeping(found) == without_bookkeeping(expected)
    assert found.sequence <= expected.sequence


def test_an_event_of_a_job_without_a_record_goes_back_to_its_queue(world):
    _, reports = reports_of(Fate())

    assert world.record(*reports[-1:]) == ["event-0"]


def test_an_event_of_nobody_we_know_is_consumed(world):
    _, reports = reports_of(Fate())

    assert world.record(replace(reports[-1], started_by="someone-else")) == []
    assert world.signals.of("task.foreign")


def test_one_bad_event_does_not_hold_up_its_neighbours(world):
    job = world.submit()
    world.pass_time(60)
    good = world.take_reports()
    _, strangers = reports_of(Fate())
    stranger = replace(
        strangers[-1], started_by=f"{'a' * 26}-1-1", task_arn="arn:of-a-stranger"
    )

    assert world.record(stranger, *good) == ["event-0"]
    assert world.jobs.get(job.job_id).status is JobStatus.SUCCEEDED


def test_a_job_that_fails_by_rule_tries_again():
    rule = {"onExitCode": "1", "action": "RETRY"}
    world = World(definition={"retryStrategy": {"attempts": 3, "rules": [rule]}})
    world.runner.choose(Fate(exit_code=1, run_seconds=1), times=2)
    world.submit()
    world.deliver()
    world.pass_time(5)
    world.deliver()
    waiting = world.job()
    assert (waiting.status, waiting.wait_reason) == (
        JobStatus.RUNNABLE,
        WaitReason.BACKOFF,
    )

    world.run(minutes=5)

    ended = world.job()
    assert (ended.status, ended.attempt) == (JobStatus.SUCCEEDED, 3)
    assert [entry.exit_code for entry in ended.history] == [1, 1]
    assert len(world.tasks()) == 3


def test_no_rule_means_no_second_try():
    rule = {"onExitCode": "2", "action": "RETRY"}
    world = World(definition={"retryStrategy": {"attempts": 3, "rules": [rule]}})
    world.runner.choose(Fate(exit_code=1, run_seconds=1))
    world.submit()
    world.run(minutes=3)

    assert (world.job().status, world.job().attempt) == (JobStatus.FAILED, 1)


def test_the_job_budget_ends():
    rule = {"onExitCode": "*", "action": "RETRY"}
    world = World(definition={"retryStrategy": {"attempts": 2, "rules": [rule]}})
    world.runner.choose(Fate(exit_code=1, run_seconds=1), times=None)
    world.submit()
    world.run(minutes=10)

    assert (world.job().status, world.job().attempt) == (JobStatus.FAILED, 2)
    assert len(world.tasks()) == 2


def test_exit_code_3_is_never_retried():
    rule = {"onExitCode": "*", "action": "RETRY"}
    world = World(definition={"retryStrategy": {"attempts": 5, "rules": [rule]}})
    world.runner.choose(Fate(exit_code=3, run_seconds=1))
    world.submit()
    world.run(minutes=3)

    assert (world.job().status, world.job().attempt) == (JobStatus.FAILED, 1)


def test_exit_code_4_comes_back_later_without_penalty(world):
    world.runner.choose(Fate(exit_code=4, run_seconds=1), times=2)
    world.submit()
    world.run(minutes=5)

    ended = world.job()
    assert (ended.status, ended.attempt) == (JobStatus.SUCCEEDED, 1)
    assert ended.infrastructure_used == 2


def test_out_of_memory_climbs_the_ladder_without_a_rule():
    world = World(definition={"memory": [512, 1024], "retryStrategy": {"attempts": 3}})
    world.runner.choose(Fate.out_of_memory(1))
    world.submit()
    world.run(minutes=3)

    ended = world.job()
    assert (ended.status, ended.attempt, ended.memory_rung) == (
        JobStatus.SUCCEEDED,
        2,
        1,
    )


def test_out_of_memory_on_the_top_rung_fails(world):
    world.runner.choose(Fate.out_of_memory(1))
    world.submit()
    world.run(minutes=1)

    assert world.job().outcome.reason_code is ReasonCode.OUT_OF_MEMORY


def test_a_spot_interruption_is_a_new_launch_of_the_same_attempt():
    world = World(definition={"capacity": ["FARGATE_SPOT", "FARGATE"]})
    world.runner.choose(Fate(run_seconds=None, term_exit_code=0))
    world.submit()
    world.deliver()
    (task,) = world.tasks()
    world.engine.interrupt_spot(task.task_arn)
    world.run(minutes=8)

    ended = world.job()
    assert (ended.status, ended.attempt) == (JobStatus.SUCCEEDED, 1)
    assert [e.reason_code for e in ended.history] == [ReasonCode.SPOT_INTERRUPTION]
    assert ended.capacity_rung == 1


def test_a_missing_image_gets_one_more_launch_and_no_more(world):
    world.runner.choose(Fate.cannot_pull(), times=None)
    world.submit()
    world.run(minutes=10)

    ended = world.job()
    assert ended.outcome.reason_code is ReasonCode.IMAGE_PULL
    assert len(world.tasks()) == 2


def test_a_stop_from_outside_fails_even_with_exit_code_0(world):
    world.runner.choose(Fate(run_seconds=None, term_exit_code=0))
    world.submit()
    world.deliver()
    (task,) = world.tasks()
    world.engine.stop_from_outside(
        task.task_arn, code="UserInitiated", reason="by hand"
    )
    world.run(minutes=1)

    ended = world.job()
    assert ended.status is JobStatus.FAILED
    assert ended.outcome.reason_code is ReasonCode.STOPPED_EXTERNALLY


def test_a_live_task_of_another_launch_is_a_stray_and_is_stopped(world):
    job = world.submit()
    world.deliver()
    (report,) = [task for task in world.tasks() if task.is_running]
    stray = world.start_stray(job)
    world.pass_time(0)
    for each in world.take_reports():
        world.record(each)
    assert len(world.job().strays) == 1

    world.tick()
    world.pass_time(60)

    stopped = {task.task_arn: task.stop_code for task in world.tasks()}
    assert stopped[stray] == "UserInitiated"
    assert stopped[report.task_arn] == "EssentialContainerExited"
    assert world.signals.of("task.duplicate")


def test_a_late_success_of_an_old_launch_does_not_end_its_successor():
    rule = {"onExitCode": "1", "action": "RETRY"}
    world = World(definition={"retryStrategy": {"attempts": 2, "rules": [rule]}})
    world.runner.choose(Fate(exit_code=1, run_seconds=1))
    world.runner.choose(Fate(run_seconds=None))
    job = world.submit()
    world.run(minutes=2)
    (live,) = [task for task in world.tasks() if task.is_running]
    ghost = replace(
        live,
        task_arn="arn:ghost",
        started_by=f"{job.job_id}-1-1",
        last_status="STOPPED",
        stop_code="EssentialContainerExited",
        containers=(replace(live.containers[0], exit_code=0),),
        version=99,
    )

    assert world.record(ghost) == []

    assert world.job().status is JobStatus.RUNNING
    assert world.job().strays
    assert world.signals.of("task.stray")


def task_of(world, token):
    """Return the report of a task that runs with a launch's token."""
    world.engine.run_task(
        {
            "cluster": world.ports.placement.cluster_arn,
            "taskDefinition": "headrace-job-report",
            "launchType": "FARGATE",
            "networkConfiguration": {
                "awsvpcConfiguration": {"subnets": ["subnet-0a1b2c3d"]}
            },
            "startedBy": token,
            "group": world.ports.placement.group,
        }
    )
    world.pass_time(0)
    (task,) = [each for each in world.tasks() if each.is_running]
    return task


def test_a_live_task_of_a_launch_that_was_refused_is_a_stray(world):
    world.engine.faults.throttle_next()
    job = world.submit()
    assert job.status is JobStatus.RUNNABLE
    task = task_of(world, job.token)

    assert world.record(task) == []

    assert len(world.job().strays) == 1
    assert world.signals.of("task.duplicate")


def test_a_live_task_of_a_lost_job_is_a_stray_and_does_not_change_the_record(
    world, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr(dispatch_stage, "send", lambda *_, **__: None)
        world.submit()
    world.pass_time(3481)
    world.tick()
    lost = world.job()
    assert lost.status is JobStatus.LOST
    task = task_of(world, lost.token)

    assert world.record(task) == []
    world.tick()
    world.pass_time(60)

    assert world.job() == lost
    assert [each.stop_code for each in world.tasks()] == ["UserInitiated"]


class DeafWaker:
    """Nobody takes in what reconcile is to be told."""

    def wake(self, *, stray_task_arns=()):
        if stray_task_arns:
            raise TryLater("wake reconcile: no connection")


def test_a_stray_that_nobody_took_in_is_told_again(world):
    """Its job may have ended: then no later tick of reconcile knows of it."""
    job = world.submit()
    world.deliver()
    [task] = world.tasks()
    stray = replace(
        task, task_arn=f"{task.task_arn[:-4]}beef", started_by=f"{job.job_id}-1-9"
    )
    deaf = replace(world.ports, waker=DeafWaker())
    assert record([Delivery("m-1", stray)], deaf) == ["m-1"]
