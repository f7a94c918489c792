"""Whatever ECS may report, success is never guessed."""

from __future__ import annotations

from hypothesis import event, given
from hypothesis import strategies as st

from builders import CLUSTER_ARN, NOW, TASK_ARN
from headrace.jobs.job import ReasonCode, StopCause
from headrace.tasks.outcome import EndingKind, ending_of
from headrace.tasks.report import TaskReport

NAMES = ("worker", "proxy", "log")
STOP_CODES = (
    "EssentialContainerExited",
    "InfrastructureHealth",
    "ServiceSchedulerInitiated",
    "SpotInterruption",
    "TaskFailedToStart",
    "TerminationNotice",
    "UserInitiated",
    "NewIn2027",
    "",
    None,
)
REASONS = (
    None,
    "",
    "Essential container in task exited",
    "Your Spot Task was interrupted.",
    "Host EC2 (instance i-0a1b) terminated.",
    "CannotPullContainerError: not found",
    "OutOfMemoryError: Container killed due to memory usage",
)

exit_codes = st.sampled_from([0, 0, 0, 1, 3, 4, 137, 143, None, False, "0", 0.0])
containers = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(NAMES)},
        optional={"exitCode": exit_codes, "reason": st.sampled_from(REASONS)},
    ),
    max_size=4,
    unique_by=lambda container: container["name"],
)
details = st.fixed_dictionaries(
    {
        "taskArn": st.just(TASK_ARN),
        "clusterArn": st.just(CLUSTER_ARN),
        "lastStatus": st.just("STOPPED"),
        "version": st.integers(0, 9),
        "stopCode": st.sampled_from(STOP_CODES),
        "stoppedReason": st.sampled_from(REASONS) | st.text(max_size=600),
        "startedAt": st.sampled_from([NOW, None]),
        "containers": containers,
    }
)
known = st.fixed_dictionaries(
    {
        "main_container": st.just("worker"),
        "essential": st.sets(st.sampled_from(NAMES)).map(frozenset),
        "stop_cause": st.sampled_from([None, *StopCause]),
        "was_spot_warned": st.booleans(),
    }
)


def exit_code_of(detail, name):
    for container in detail["containers"]:
        if container["name"] == name:
            return container.get("exitCode")
    return None


def is_int(value, allowed):
    return type(value) is int and value in allowed


@given(detail=details, known=known)
def test_success_needs_an_exit_by_itself_and_the_right_exit_codes(detail, known):
    ending = ending_of(TaskReport.parse(detail), **known)
    event(ending.kind)
    if ending.kind is EndingKind.SUCCEEDED:
        assert detail["stopCode"] == "EssentialContainerExited"
        assert is_int(exit_code_of(detail, "worker"), {0})
        assert not known["was_spot_warned"]
        for name in known["essential"]:
            assert is_int(exit_code_of(detail, name), {0, 137, 143})


@given(detail=details, known=known)
def test_every_ending_explains_itself(detail, known):
    ending = ending_of(TaskReport.parse(detail), **known)
    assert ending.summary.endswith(".")
    assert (ending.kind is EndingKind.SUCCEEDED) == (
        ending.reason_code is ReasonCode.OK
    )
    assert bool(ending.advice) == (ending.kind is not EndingKind.SUCCEEDED)
    assert ending.stopped_reason is None or len(ending.stopped_reason) <= 512


@given(known=known, codes=st.tuples(*[st.sampled_from([0, 137, 143])] * 2))
def test_a_job_that_finished_by_itself_is_recorded_as_succeeded(known, codes):
    detail = {
        "taskArn": TASK_ARN,
        "clusterArn": CLUSTER_ARN,
        "lastStatus": "STOPPED",
        "version": 5,
        "stopCode": "EssentialContainerExited",
        "containers": [
            {"name": "proxy", "exitCode": codes[0]},
            {"name": "log", "exitCode": codes[1]},
            {"name": "worker", "exitCode": 0},
        ],
    }
    ending = ending_of(TaskReport.parse(detail), **(known | {"was_spot_warned": False}))
    assert ending.kind is EndingKind.SUCCEEDED
