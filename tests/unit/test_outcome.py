"""How a task ended: literal reports in, judgements out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from builders import CLUSTER_ARN, NOW, TASK_ARN
from headrace.jobs.job import ReasonCode, StopCause
from headrace.tasks.diagnosis import ADVICE
from headrace.tasks.outcome import EndingKind, ending_of, is_spot_warning
from headrace.tasks.report import TaskReport

EXITED = "EssentialContainerExited"
OOM = "OutOfMemoryError: Container killed due to memory usage"


def a_report(stop_code=EXITED, reason="Essential container in task exited", **changes):
    """A stopped task; containers by name, as an exit code or (exit code, reason)."""
    containers = changes.pop("containers", {"worker": 0})
    detail = {
        "taskArn": TASK_ARN,
        "clusterArn": CLUSTER_ARN,
        "lastStatus": "STOPPED",
        "desiredStatus": "STOPPED",
        "version": 5,
        "stopCode": stop_code,
        "stoppedReason": reason,
        "startedAt": NOW,
        "stoppedAt": NOW + timedelta(seconds=9),
        "containers": [
            {"name": name, "exitCode": value[0], "reason": value[1]}
            if isinstance(value, tuple)
            else {"name": name, "exitCode": value}
            for name, value in containers.items()
        ],
    }
    return TaskReport.parse(detail | changes)


def judge(report, **changes):
    known = {
        "main_container": "worker",
        "essential": frozenset(report_names(report) | {"worker"}),
        "stop_cause": None,
        "was_spot_warned": False,
    }
    return ending_of(report, **(known | changes))


def report_names(report):
    return {container.name for container in report.containers}


def kind_and_code(ending):
    return ending.kind, ending.reason_code


INFRASTRUCTURE = EndingKind.INFRASTRUCTURE
JOB_FAILURE = EndingKind.JOB_FAILURE


def test_a_task_whose_main_container_exits_with_zero_succeeded():
    ending = judge(a_report())
    assert kind_and_code(ending) == (EndingKind.SUCCEEDED, ReasonCode.OK)
    assert ending.exit_code == 0
    assert ending.stop_code == EXITED
    assert ending.stopped_at == NOW + timedelta(seconds=9)
    assert ending.advice == ""


@pytest.mark.parametrize("code", [0, 137, 143])
def test_a_sidecar_that_stops_along_with_the_task_does_no_harm(code):
    report = a_report(containers={"log": code, "worker": 0})
    assert judge(report).kind is EndingKind.SUCCEEDED


def test_a_sidecar_that_is_not_essential_does_not_count():
    report = a_report(containers={"log": 1, "worker": 0})
    ending = judge(report, essential=frozenset({"worker"}))
    assert ending.kind is EndingKind.SUCCEEDED


@pytest.mark.parametrize("main_code", [0, 137, 143])
def test_an_essential_sidecar_that_failed_fails_the_job_with_its_own_code(main_code):
    report = a_report(containers={"worker": main_code, "proxy": 2})
    ending = judge(report)
    assert kind_and_code(ending) == (JOB_FAILURE, ReasonCode.EXIT_CODE)
    assert ending.exit_code == 2
    assert "'proxy'" in ending.summary


def test_the_main_containers_own_failure_is_not_blamed_on_a_sidecar():
    report = a_report(containers={"proxy": (137, OOM), "log": 9, "worker": 1})
    ending = judge(report)
    assert kind_and_code(ending) == (JOB_FAILURE, ReasonCode.EXIT_CODE)
    assert ending.exit_code == 1


def test_an_essential_sidecar_without_an_exit_code_is_no_success():
    for containers in ({"worker": 0, "proxy": None}, {"worker": 0}):
        report = a_report(containers=containers)
        ending = judge(report, essential=frozenset({"worker", "proxy"}))
        assert kind_and_code(ending) == (JOB_FAILURE, ReasonCode.NO_EXIT_CODE)


@pytest.mark.parametrize("code", [1, 2, 137, 139, 143, 255, -1])
def test_another_exit_code_is_the_jobs_own_failure(code):
    ending = judge(a_report(containers={"worker": code}))
    assert kind_and_code(ending) == (JOB_FAILURE, ReasonCode.EXIT_CODE)
    assert ending.exit_code == code


def test_a_signal_is_named_for_people():
    assert "139 (SIGSEGV)" in judge(a_report(containers={"worker": 139})).summary


def test_exit_codes_3_and_4_mean_never_and_later():
    assert judge(a_report(containers={"worker": 3})).kind is EndingKind.NEVER_RETRY
    assert judge(a_report(containers={"worker": 4})).kind is EndingKind.TRY_LATER


def test_a_definition_may_give_never_and_later_other_codes():
    codes = {
        "reject_exit_codes": frozenset({64, 65}),
        "later_exit_codes": frozenset({75}),
    }
    kinds = {
        code: judge(a_report(containers={"worker": code}), **codes).kind
        for code in (3, 4, 64, 65, 75)
    }
    assert kinds == {
        3: JOB_FAILURE,
        4: JOB_FAILURE,
        64: EndingKind.NEVER_RETRY,
        65: EndingKind.NEVER_RETRY,
        75: EndingKind.TRY_LATER,
    }


def test_a_container_killed_for_its_memory_is_out_of_memory():
    ending = judge(a_report(containers={"worker": (137, OOM)}))
    assert kind_and_code(ending) == (JOB_FAILURE, ReasonCode.OUT_OF_MEMORY)
    assert ending.exit_code == 137
    assert OOM in ending.stopped_reason


def test_exit_code_137_alone_is_not_out_of_memory():
    ending = judge(a_report(containers={"worker": 137}))
    assert ending.reason_code is ReasonCode.EXIT_CODE


def test_a_sidecar_that_took_the_task_down_by_its_memory_is_no_success():
    ending = judge(a_report(containers={"worker": 0, "proxy": (137, OOM)}))
    assert kind_and_code(ending) == (JOB_FAILURE, ReasonCode.OUT_OF_MEMORY)


@pytest.mark.parametrize("stop_code", ["SpotInterruption", "TerminationNotice"])
@pytest.mark.parametrize("code", [0, 1, 2, 137, 143, None])
def test_a_spot_stop_is_an_interruption_whatever_the_exit_code(stop_code, code):
    report = a_report(
        stop_code, "Your Spot Task was interrupted.", containers={"worker": code}
    )
    expected = (INFRASTRUCTURE, ReasonCode.SPOT_INTERRUPTION)
    assert kind_and_code(judge(report)) == expected


@pytest.mark.parametrize("stop_code", [None, EXITED, "UserInitiated", "NewIn2027"])
def test_the_text_alone_tells_a_spot_stop(stop_code):
    report = a_report(stop_code, "Your Spot Task was interrupted.")
    assert judge(report).reason_code is ReasonCode.SPOT_INTERRUPTION


@pytest.mark.parametrize("stop_code", [None, EXITED, "NewIn2027"])
def test_an_exit_after_a_spot_warning_is_an_interruption(stop_code):
    ending = judge(a_report(stop_code), was_spot_warned=True)
    expected = (INFRASTRUCTURE, ReasonCode.SPOT_INTERRUPTION)
    assert kind_and_code(ending) == expected


@pytest.mark.parametrize("code", [0, 1, 143, None])
def test_a_stop_by_a_stranger_is_no_success_and_no_failure_of_the_job(code):
    report = a_report(
        "UserInitiated", "Task stopped by user", containers={"worker": code}
    )
    expected = (EndingKind.STOPPED_EXTERNALLY, ReasonCode.STOPPED_EXTERNALLY)
    assert kind_and_code(judge(report)) == expected
    scheduler = a_report("ServiceSchedulerInitiated", "Scaling activity initiated by x")
    assert kind_and_code(judge(scheduler)) == expected


def test_an_instance_taken_away_by_force_counts_as_a_stop_from_outside():
    report = a_report(
        "UserInitiated", "Container instance deregistration forced by user"
    )
    assert judge(report).kind is EndingKind.STOPPED_EXTERNALLY


@pytest.mark.parametrize(
    ("cause", "reason_code"),
    [
        (StopCause.CANCEL, ReasonCode.CANCELLED_BY_USER),
        (StopCause.RUN_TIMEOUT, ReasonCode.RUNTIME_LIMIT),
        (StopCause.START_TIMEOUT, ReasonCode.START_LIMIT),
        (StopCause.START_DEADLINE, ReasonCode.START_LIMIT),
    ],
)
@pytest.mark.parametrize("code", [0, 143, 137, None])
def test_a_stop_that_we_asked_for_is_ours(cause, reason_code, code):
    report = a_report("UserInitiated", "headrace: x", containers={"worker": code})
    ending = judge(report, stop_cause=cause)
    assert kind_and_code(ending) == (EndingKind.STOPPED_BY_US, reason_code)


def test_every_cause_of_a_stop_has_its_reason():
    for cause in StopCause:
        ending = judge(a_report("UserInitiated"), stop_cause=cause)
        assert ending.kind is EndingKind.STOPPED_BY_US


def test_a_job_that_finished_before_our_stop_keeps_its_own_ending():
    cause = StopCause.CANCEL
    assert judge(a_report(), stop_cause=cause).kind is EndingKind.SUCCEEDED
    failed = a_report(containers={"worker": 1})
    assert judge(failed, stop_cause=cause).kind is JOB_FAILURE


@pytest.mark.parametrize(
    ("stop_code", "reason"),
    [
        ("InfrastructureHealth", "Task stopped because its host was impaired"),
        ("ServiceSchedulerInitiated", "Host EC2 (instance i-0a1b) terminated."),
        (
            None,
            (
                "ECS is performing maintenance on the underlying infrastructure hosting"
                " the task."
            ),
        ),
        ("UserInitiated", "Host EC2 (instance i-0a1b) stopped/terminated"),
        (None, "Container agent disconnected"),
        ("CapacityRebalancedIn2027", "Whatever this will mean"),
    ],
)
@pytest.mark.parametrize("code", [0, 1, None])
def test_a_lost_host_or_a_new_stop_code_is_the_infrastructures(stop_code, reason, code):
    report = a_report(stop_code, reason, containers={"worker": code})
    expected = (INFRASTRUCTURE, ReasonCode.INFRASTRUCTURE)
    assert kind_and_code(judge(report)) == expected


def test_exit_code_zero_without_a_stop_code_is_no_success():
    ending = judge(a_report(None, None))
    assert kind_and_code(ending) == (INFRASTRUCTURE, ReasonCode.INFRASTRUCTURE)
    assert ending.stopped_reason is None


def test_a_failure_without_a_stop_code_is_still_the_jobs_own():
    ending = judge(a_report(None, None, containers={"worker": 2}))
    assert kind_and_code(ending) == (JOB_FAILURE, ReasonCode.EXIT_CODE)


@pytest.mark.parametrize("containers", [{}, {"log": 0}, {"worker": None}])
@pytest.mark.parametrize("stop_code", [None, EXITED])
def test_a_task_that_ran_and_left_no_exit_code_is_only_retried_by_rule(
    containers, stop_code
):
    ending = judge(a_report(stop_code, containers=containers))
    assert kind_and_code(ending) == (JOB_FAILURE, ReasonCode.NO_EXIT_CODE)
    assert ending.exit_code is None


@pytest.mark.parametrize("containers", [{}, {"log": 0}, {"worker": None}])
def test_a_task_that_never_ran_and_left_no_exit_code_gets_a_new_launch(containers):
    ending = judge(a_report(EXITED, containers=containers, startedAt=None))
    assert kind_and_code(ending) == (INFRASTRUCTURE, ReasonCode.NO_EXIT_CODE)


@pytest.mark.parametrize("containers", [{}, {"worker": None}, {"worker": 0}])
@pytest.mark.parametrize(
    ("reason", "kind", "reason_code"),
    [
        (
            "Timeout waiting for network interface provisioning to complete.",
            INFRASTRUCTURE,
            ReasonCode.INFRASTRUCTURE,
        ),
        ("TaskFailedToStart: RESOURCE:CPU", INFRASTRUCTURE, ReasonCode.CAPACITY),
        (
            "CannotPullContainerError: acme/worker:9: not found",
            EndingKind.PERMANENT_AFTER_ONE,
            ReasonCode.IMAGE_PULL,
        ),
        (
            "ResourceInitializationError: unable to pull secrets or registry auth",
            EndingKind.PERMANENT,
            ReasonCode.LAUNCH_REJECTED,
        ),
    ],
)
def test_a_task_that_never_started_is_judged_by_ecss_text(
    reason, kind, reason_code, containers
):
    report = a_report("TaskFailedToStart", reason, containers=containers)
    assert kind_and_code(judge(report)) == (kind, reason_code)


def test_a_containers_reason_tells_why_a_task_never_started():
    report = a_report(
        "TaskFailedToStart",
        "Task failed to start",
        containers={"worker": (None, "CannotPullContainerError: a/b:1: not found")},
    )
    ending = judge(report)
    assert ending.reason_code is ReasonCode.IMAGE_PULL
    assert ending.stopped_reason == (
        "Task failed to start; CannotPullContainerError: a/b:1: not found"
    )


def test_ecss_text_is_kept_up_to_512_characters():
    ending = judge(a_report(reason="x" * 2000))
    assert len(ending.stopped_reason) == 512
    assert ending.stopped_reason.endswith("x…")


def test_a_task_that_has_not_stopped_has_no_ending():
    with pytest.raises(ValueError, match="RUNNING, not STOPPED"):
        judge(a_report(lastStatus="RUNNING"))


def test_every_reason_code_comes_with_something_to_try():
    assert set(ADVICE) == set(ReasonCode)
    assert [code for code, advice in ADVICE.items() if not advice] == [ReasonCode.OK]


def a_warning(stop_code="TerminationNotice", reason=None, **changes):
    running = {"lastStatus": "RUNNING", "containers": {"worker": None}}
    return a_report(stop_code, reason, **(running | changes))


@pytest.mark.parametrize(
    "report",
    [
        a_warning("TerminationNotice"),
        a_warning("SpotInterruption"),
        a_warning(None, "Your Spot Task was interrupted."),
        a_warning(None, capacityProviderName="FARGATE_SPOT"),
    ],
)
def test_a_running_task_whose_spot_capacity_goes_away_is_warned(report):
    assert is_spot_warning(report, we_asked=False)


@pytest.mark.parametrize(
    "report",
    [
        a_warning(desiredStatus="RUNNING"),
        a_warning(lastStatus="STOPPED"),
        a_warning("UserInitiated", capacityProviderName="FARGATE_SPOT"),
        a_warning(EXITED, capacityProviderName="FARGATE_SPOT"),
        a_warning(None, capacityProviderName="FARGATE"),
        a_warning(None, capacityProviderName="FARGATE_SPOT", containers={"worker": 0}),
    ],
)
def test_other_stops_are_no_spot_warning(report):
    assert not is_spot_warning(report, we_asked=False)


def test_a_spot_task_that_we_stop_is_not_warned():
    report = a_warning(None, capacityProviderName="FARGATE_SPOT")
    assert not is_spot_warning(report, we_asked=True)
