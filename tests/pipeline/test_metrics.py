"""The functions' metrics as they stand in their logs, where CloudWatch reads them."""

from __future__ import annotations

import json

from headrace.operations import METRICS
from processes import wait_for

STAGES = ("Dispatch", "Record", "Reconcile")


def written(pipeline, stage):
    """The values of every metrics line of a function, and the lines' dimensions."""
    group = pipeline.deployment.log_groups[f"{stage}LogGroup"]
    pages = (
        pipeline.client("logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName=group)
    )
    lines = [
        json.loads(event["message"])
        for page in pages
        for event in page["events"]
        if '"_aws"' in event["message"]
    ]
    values = [
        {name: value for name, value in line.items() if name in METRICS}
        for line in lines
    ]
    dimensions = {
        (each["Namespace"], json.dumps(each["Dimensions"]), line["stack"])
        for line in lines
        for each in line["_aws"]["CloudWatchMetrics"]
    }
    return values, dimensions


def test_a_job_and_a_rejection_are_counted_under_the_stack_s_name(pipeline):
    bodies = [
        {"jobName": "hello", "parameters": {"name": "x"}, "idempotencyKey": "counted"},
        {"jobName": "helo", "idempotencyKey": "refused"},
    ]
    for body in bodies:
        pipeline.client("sqs").send_message(
            QueueUrl=pipeline.queue_url,
            MessageBody=json.dumps({"schemaVersion": "1", **body}),
        )

    def counted(name):
        """Whichever stage it was that saw it: reconcile may be first anywhere."""
        lines = [line for stage in STAGES for line in written(pipeline, stage)[0]]
        return [line[name][0] for line in lines if name in line]

    assert wait_for(lambda: counted("JobsSucceeded"), seconds=60)
    assert wait_for(lambda: counted("RejectedUnknownJob"), seconds=60)
    assert counted("JobsAccepted")
    assert counted("LaunchesStarted")
    assert min(counted("OldestDueSeconds")) >= 0
    dimensions = set().union(*(written(pipeline, stage)[1] for stage in STAGES))
    assert dimensions == {("Headrace", '[["stack"]]', "headrace")}
