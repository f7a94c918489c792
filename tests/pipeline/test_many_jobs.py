"""Five hundred jobs at once, through everything."""

from __future__ import annotations

import itertools
import json
import time
from collections import Counter

from processes import wait_for

JOBS = 500
BATCH = 10  # SQS SendMessageBatch
DESCRIBED = 100  # ECS DescribeTasks
ENDED_WITHIN_SECONDS = 90


def test_five_hundred_jobs_at_once_all_succeed_with_one_task_each(
    pipeline, heard, record_property
):
    queue = pipeline.client("sqs")
    bodies = [
        {
            "schemaVersion": "1",
            "jobName": "hello",
            "idempotencyKey": f"many-{number}",
            "parameters": {"name": str(number)},
        }
        for number in range(JOBS)
    ]
    before = {each.subject for each in heard.happenings}
    started_at = time.monotonic()
    for batch in itertools.batched(bodies, BATCH, strict=True):
        queue.send_message_batch(
            QueueUrl=pipeline.queue_url,
            Entries=[
                {"Id": str(number), "MessageBody": json.dumps(body)}
                for number, body in enumerate(batch)
            ],
        )

    def ended():
        texts = {
            each.subject: each.text
            for each in heard.happenings
            if each.name == "hello" and each.subject not in before
        }
        outcomes = {
            job_id: text
            for job_id, text in texts.items()
            if not text.startswith(("PENDING", "RUNNABLE", "STARTING", "RUNNING"))
        }
        return outcomes if len(outcomes) >= JOBS else None

    outcomes = wait_for(ended, seconds=ENDED_WITHIN_SECONDS)
    record_property("jobs_per_second", JOBS / (time.monotonic() - started_at))

    assert outcomes, "not all jobs ended"
    assert Counter(outcomes.values()) == {"SUCCEEDED": JOBS}
    tasks = tasks_by_job(pipeline)
    assert {job_id: tasks[job_id] for job_id in outcomes} == dict.fromkeys(outcomes, 1)


def tasks_by_job(pipeline):
    """Count the tasks ECS knows for each job id; it remembers them for a minute."""
    ecs = pipeline.client("ecs")
    cluster = pipeline.deployment.outputs["ClusterName"]
    arns = [
        arn
        for page in ecs.get_paginator("list_tasks").paginate(
            cluster=cluster, desiredStatus="STOPPED"
        )
        for arn in page["taskArns"]
    ]
    tasks = Counter()
    for batch in itertools.batched(arns, DESCRIBED, strict=False):
        answer = ecs.describe_tasks(cluster=cluster, tasks=list(batch))
        # startedBy is <job id>-<attempt>-<launch>.
        tasks.update(task["startedBy"].split("-")[0] for task in answer["tasks"])
    return tasks
