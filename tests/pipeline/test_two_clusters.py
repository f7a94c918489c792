"""A trusted and an untrusted job on the pipeline: each on its class's own cluster."""

from __future__ import annotations

from headrace_client import Headrace

SECONDS = 60


def started_by(pipeline, output):
    """Return the ids of the jobs whose tasks a cluster shows."""
    ecs, cluster = pipeline.client("ecs"), pipeline.deployment.outputs[output]
    arns = [
        arn
        for status in ("RUNNING", "STOPPED")
        for page in ecs.get_paginator("list_tasks").paginate(
            cluster=cluster, desiredStatus=status
        )
        for arn in page["taskArns"]
    ]
    jobs = set()
    for arn in arns:
        (task,) = ecs.describe_tasks(cluster=cluster, tasks=[arn])["tasks"]
        jobs.add(task["startedBy"].partition("-")[0])
    return jobs


def test_each_class_runs_on_its_own_cluster(pipeline, monkeypatch):
    for name, value in pipeline.environment.items():
        monkeypatch.setenv(name, value)
    client = Headrace.connect()
    trusted = client.submit("hello", parameters={"name": "Ada"}).job_id
    untrusted = client.submit("stranger").job_id

    ends = [
        client.wait(each, deadline_seconds=SECONDS) for each in (trusted, untrusted)
    ]

    assert [end.status.value for end in ends] == ["SUCCEEDED", "SUCCEEDED"]
    on_trusted = started_by(pipeline, "ClusterName")
    on_untrusted = started_by(pipeline, "UntrustedClusterName")
    assert trusted in on_trusted - on_untrusted
    assert untrusted in on_untrusted - on_trusted
