"""Task reports are read from whatever ECS sends, and never invented."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from builders import CLUSTER_ARN, TASK_ARN
from headrace.errors import UnreadableReport
from headrace.tasks.report import ContainerReport, TaskReport


def a_detail(**changes):
    detail = {
        "taskArn": TASK_ARN,
        "clusterArn": CLUSTER_ARN,
        "lastStatus": "STOPPED",
        "desiredStatus": "STOPPED",
        "version": 5,
        "containers": [{"name": "worker", "exitCode": 0}],
    }
    return {k: v for k, v in (detail | changes).items() if v is not None}


def exit_code_of(value):
    report = TaskReport.parse(
        a_detail(containers=[{"name": "worker", "exitCode": value}])
    )
    return report.containers[0].exit_code


A_DIGEST = f"sha256:{'0a' * 32}"


@pytest.mark.parametrize(
    ("told", "read"),
    [(A_DIGEST, A_DIGEST), (None, None), (7, None), ("sha256:0a", None), ("", None)],
)
def test_an_image_is_known_by_a_whole_digest_or_not_at_all(told, read):
    container = {"name": "worker", "imageDigest": told}
    report = TaskReport.parse(a_detail(containers=[container]))
    assert report.image_digest() == report.image_digest("worker") == read


def test_of_several_containers_the_image_of_the_main_one_counts():
    containers = [{"name": "proxy"}, {"name": "worker", "imageDigest": A_DIGEST}]
    report = TaskReport.parse(a_detail(containers=containers))
    assert report.image_digest() is None
    assert report.image_digest("worker") == A_DIGEST
    assert report.image_digest("proxy") is None


def test_a_whole_event_is_read_and_unknown_members_are_ignored():
    report = TaskReport.parse(
        a_detail(
            startedBy="a" * 26 + "-1-1",
            group="headrace:x",
            stopCode="EssentialContainerExited",
            stoppedReason="Essential container in task exited",
            createdAt="2026-11-22T10:00:00.123Z",
            startedAt="2026-11-22T12:00:05+02:00",
            stoppedAt="2026-11-22T10:00:09Z",
            capacityProviderName="FARGATE_SPOT",
            somethingNewIn2027={"a": 1},
            containers=[
                {"name": "worker", "exitCode": 1, "reason": "why", "new": True},
            ],
        )
    )
    assert report == TaskReport(
        task_arn=TASK_ARN,
        cluster_arn=CLUSTER_ARN,
        last_status="STOPPED",
        desired_status="STOPPED",
        version=5,
        containers=(ContainerReport("worker", 1, "why"),),
        started_by="a" * 26 + "-1-1",
        group="headrace:x",
        stop_code="EssentialContainerExited",
        stopped_reason="Essential container in task exited",
        created_at=datetime(2026, 11, 22, 10, 0, 0, 123000, UTC),
        started_at=datetime(2026, 11, 22, 10, 0, 5, tzinfo=UTC),
        stopped_at=datetime(2026, 11, 22, 10, 0, 9, tzinfo=UTC),
        capacity_provider="FARGATE_SPOT",
    )


@pytest.mark.parametrize("name", ["taskArn", "clusterArn", "lastStatus", "version"])
@pytest.mark.parametrize("value", [None, "", [], {}, True, -1])
def test_a_report_without_an_essential_member_is_unreadable(name, value):
    with pytest.raises(UnreadableReport, match=name):
        TaskReport.parse(a_detail(**{name: value}))


@pytest.mark.parametrize("version", ["5", 5, "005"])
def test_a_version_may_be_a_string_of_digits(version):
    assert TaskReport.parse(a_detail(version=version)).version == 5


@pytest.mark.parametrize("version", ["5.0", 5.0, "v5", "-5", " 5", "\u0665", "9" * 50])
def test_a_version_that_is_no_whole_number_is_unreadable(version):
    with pytest.raises(UnreadableReport, match="version"):
        TaskReport.parse(a_detail(version=version))


@pytest.mark.parametrize("value", [0, 1, 137, -1])
def test_an_integer_is_an_exit_code(value):
    assert exit_code_of(value) == value


@pytest.mark.parametrize("value", [None, False, True, "0", 0.0, [], {}])
def test_nothing_but_an_integer_is_an_exit_code(value):
    assert exit_code_of(value) is None


@pytest.mark.parametrize("containers", [None, [], {}, "worker", [None, "worker", 3]])
def test_containers_that_are_missing_or_unreadable_are_none_at_all(containers):
    assert TaskReport.parse(a_detail(containers=containers)).containers == ()


@pytest.mark.parametrize(
    "value",
    [
        datetime(2026, 11, 22, 10, tzinfo=UTC),
        datetime(2026, 11, 22, 12, tzinfo=timezone(timedelta(hours=2))),
        "2026-11-22T10:00:00Z",
        1795341600,
        1795341600.0,
    ],
)
def test_a_time_is_read_from_an_event_an_sdk_and_the_wire(value):
    read_at = TaskReport.parse(a_detail(stoppedAt=value)).stopped_at
    assert read_at == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert read_at.tzinfo is UTC


@pytest.mark.parametrize(
    "value", ["yesterday", "2026-11-22T10:00:00", True, 1e300, float("nan"), {}]
)
def test_a_time_that_names_no_moment_is_absent(value):
    assert TaskReport.parse(a_detail(stoppedAt=value)).stopped_at is None


def test_a_container_is_found_by_its_name_wherever_it_stands():
    report = TaskReport.parse(
        a_detail(containers=[{"name": "log"}, {"name": "worker", "exitCode": 2}])
    )
    assert report.container("worker") == ContainerReport("worker", 2, None)
    assert report.container("other") is None


def test_only_a_stopped_last_status_is_the_end():
    warned = TaskReport.parse(a_detail(lastStatus="RUNNING"))
    assert warned.is_stop_warning
    assert not warned.is_stopped
    assert not warned.is_running
