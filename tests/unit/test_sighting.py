"""What a sighting makes of its job, on values."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from builders import NOW, TASK_ARN, a_job, a_launch
from headrace.jobs.job import JobStatus
from headrace.jobs.sighting import applied, applies
from headrace.ports import Sighting

RUNNING = Sighting(
    job_id=a_job().job_id,
    attempt=1,
    launch_number=1,
    version=4,
    status=JobStatus.RUNNING,
    task_arn=TASK_ARN,
    seen_at=NOW + timedelta(seconds=30),
    operation_id="operation-9",
    started_at=NOW + timedelta(seconds=20),
)
SUCCEEDED = replace(
    RUNNING,
    status=JobStatus.SUCCEEDED,
    container="main",
    finished_at=NOW + timedelta(seconds=30),
    expires_at=NOW + timedelta(days=35),
)


def a_starting(**launch):
    return a_job(status=JobStatus.STARTING, launch=a_launch(**launch))


@pytest.mark.parametrize("sighting", [RUNNING, SUCCEEDED])
def test_a_sighting_is_one_write_and_one_change_of_status(sighting):
    before = a_starting()

    after = applied(before, sighting)

    assert after.status is sighting.status
    assert after.revision == before.revision + 1
    assert after.sequence == before.sequence + 1
    assert after.operation_id == "operation-9"
    assert after.status_at == sighting.seen_at
    assert after.launch.started_at == sighting.started_at


def test_a_task_that_runs_is_not_missing():
    after = applied(a_starting(missing_count=2, missing_at=NOW), RUNNING)

    assert (after.launch.missing_count, after.launch.missing_at) == (0, None)


@pytest.mark.parametrize("sighting", [RUNNING, SUCCEEDED])
@pytest.mark.parametrize(("seen", "is_newer"), [(None, True), (3, True), (4, False)])
def test_only_a_newer_version_applies(sighting, seen, is_newer):
    job = a_starting(last_version=seen)

    assert applies(job, sighting) is is_newer
    if not is_newer:
        with pytest.raises(ValueError, match=f"{job.job_id}: does not apply"):
            applied(job, sighting)
