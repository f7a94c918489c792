"""One slot of a schedule is one job, however often EventBridge fires it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import batched, count

import pytest

from headrace.identity import job_id
from headrace_local.registration import register_jobs
from processes import wait_for
from schedule_fires import EXAMPLE, RULE_NAME, Schedules

SECONDS = 30
BEGAN_AT = datetime.now(UTC)
SLOTS = (BEGAN_AT - timedelta(seconds=number) for number in count(1))
DESCRIBED_MAX = 100
WAITING = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


@pytest.fixture(scope="module")
def schedules(pipeline):
    """The example as its page says: its job registered, its stack deployed."""
    assert register_jobs(EXAMPLE / "jobs", pipeline.environment) == ["nightly v1"]
    deployed = Schedules(pipeline)
    deployed.deploy()
    return deployed


@pytest.fixture(params=["fire_schedule", "fire_rule"])
def fire(request, schedules):
    """Fires a slot, of a schedule and of a rule in turn."""
    return getattr(schedules, request.param)


def text_of(instant):
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def slots():
    """Two slots of the last minutes that no other test has."""
    return text_of(next(SLOTS)), text_of(next(SLOTS))


def records_of(pipeline, slot):
    """All jobs and rejections of a slot, wherever they are in the table."""
    pages = pipeline.client("dynamodb").get_paginator("scan")
    return [
        item
        for page in pages.paginate(TableName=pipeline.table_name)
        for item in page["Items"]
        if item.get("idempotencyKey", {}).get("S", "").endswith(f"@{slot}")
    ]


def success(pipeline, key):
    """The job of a key once it succeeded."""
    job = job_id(
        deployment_id=pipeline.deployment.outputs["DeploymentId"],
        tenant="default",
        job_name="nightly",
        idempotency_key=key,
    )
    answer = pipeline.client("dynamodb").get_item(
        TableName=pipeline.table_name,
        Key={"pk": {"S": f"JOB#{job}"}, "sk": {"S": "META"}},
    )
    item = answer.get("Item")
    return item if item and item["status"] == {"S": "SUCCEEDED"} else None


def all_taken(pipeline):
    """Whether no request waits or is being worked on."""
    answer = pipeline.client("sqs").get_queue_attributes(
        QueueUrl=pipeline.queue_url, AttributeNames=list(WAITING)
    )
    return all(answer["Attributes"][name] == "0" for name in WAITING)


def tasks_of(pipeline, job):
    """The tasks that were ever started for a job."""
    ecs = pipeline.client("ecs")
    cluster = pipeline.deployment.outputs["ClusterName"]
    arns = [
        arn
        for page in ecs.get_paginator("list_tasks").paginate(
            cluster=cluster, desiredStatus="STOPPED", family="headrace-job-example"
        )
        for arn in page["taskArns"]
    ]
    described = [
        task
        for some in batched(arns, DESCRIBED_MAX, strict=False)
        for task in ecs.describe_tasks(cluster=cluster, tasks=list(some))["tasks"]
    ]
    job_id = job["jobId"]["S"]
    return [task for task in described if task["startedBy"].startswith(job_id)]


def test_two_fires_of_one_slot_and_a_late_third_make_one_job(pipeline, fire, slots):
    slot, _ = slots
    key = fire(slot, "d32c5kddcf5bb8c3")
    assert fire(slot, "e41d6leedg6cc9d4") == key
    job = wait_for(lambda: success(pipeline, key), seconds=SECONDS)
    fire(slot, "f50e7mffeh7dd0e5")
    assert wait_for(lambda: all_taken(pipeline), seconds=SECONDS)

    assert records_of(pipeline, slot) == [job]
    assert len(tasks_of(pipeline, job)) == 1


def test_two_slots_make_two_jobs(pipeline, fire, slots):
    for slot in slots:
        key = fire(slot, "d32c5kddcf5bb8c3")
        job = wait_for(lambda key=key: success(pipeline, key), seconds=SECONDS)
        assert records_of(pipeline, slot) == [job]


def test_a_rule_that_the_emulator_fires_makes_the_very_same_request(
    pipeline, schedules
):
    fired_at = datetime.now(UTC)
    schedules.real_fire()
    slots = [text_of(fired_at + timedelta(seconds=passed)) for passed in range(5)]
    slot, job = wait_for(
        lambda: next(
            (
                (slot, job)
                for slot in slots
                if (job := success(pipeline, f"{RULE_NAME}@{slot}"))
            ),
            None,
        ),
        seconds=SECONDS,
    )
    schedules.fire_rule(slot, "e41d6leedg6cc9d4")
    assert wait_for(lambda: all_taken(pipeline), seconds=SECONDS)

    assert records_of(pipeline, slot) == [job]


def test_a_slot_that_comes_after_its_deadline_is_refused_and_that_is_stored(
    pipeline, schedules
):
    yesterday = text_of(datetime.now(UTC) - timedelta(days=1))
    schedules.fire_schedule(yesterday, "d32c5kddcf5bb8c3")
    assert wait_for(lambda: all_taken(pipeline), seconds=SECONDS)

    (rejection,) = records_of(pipeline, yesterday)
    assert rejection["pk"]["S"].startswith("REJECTION#")
    assert rejection["reasonCode"] == {"S": "DEADLINE_PASSED"}
