"""A short chaos run: real kills, and every job accounted for."""

from __future__ import annotations

import json
import signal
from collections import Counter
from pathlib import Path

import psutil

from headrace_local.chaos.blows import Victim
from headrace_local.chaos.run import run
from headrace_local.chaos.scene import Options
from headrace_local.pipeline import Pipeline, PipelineOptions
from processes import wait_for

PROJECT = Path(__file__).parents[2]
KILLS = 12
JOBS = 40


def test_killed_at_random_the_pipeline_accounts_for_every_message_and_job(tmp_path):
    options = Options(
        project=PROJECT,
        state_folder=tmp_path,
        seed=3,
        kills=KILLS,
        jobs=JOBS,
        settle_seconds=90,
    )

    report = run(options, lambda _: None, lambda _: None)

    assert [str(each) for each in report.findings] == []
    assert report.tally.kills.total() == KILLS
    # Where no task runs when its turn comes, a worker is killed instead.
    assert set(report.tally.kills) >= {Victim.WORKER, Victim.TASK, Victim.SERVER}
    statuses = Counter(each.status for each in report.evidence.jobs)
    assert statuses.total() == JOBS
    assert statuses["SUCCEEDED"] > JOBS / 2
    assert report.tally.faults["duplicateEvent"] > 0


def test_a_killed_local_ecs_is_started_again_and_knows_its_tasks(tmp_path):
    told = []
    options = PipelineOptions(
        project=PROJECT,
        state_folder=tmp_path,
        runner="subprocess",
        reload=False,
        stream=False,
    )
    with Pipeline(options, told.append) as pipeline:
        body = {"schemaVersion": "1", "jobName": "long", "idempotencyKey": "killed"}
        pipeline.client("sqs").send_message(
            QueueUrl=pipeline.queue_url, MessageBody=json.dumps(body)
        )
        ecs = pipeline.client("ecs")
        cluster = pipeline.deployment.outputs["ClusterName"]
        running = wait_for(
            lambda: ecs.list_tasks(cluster=cluster)["taskArns"], seconds=20
        )
        supervisor = pipeline.servers.tasks.pid
        (server,) = psutil.Process(supervisor).children()

        server.send_signal(signal.SIGKILL)

        assert wait_for(
            lambda: [each for each in told if each.subject == "local ECS"], seconds=20
        )
        pipeline.check()
        (task,) = ecs.describe_tasks(cluster=cluster, tasks=running)["tasks"]
        assert (task["lastStatus"], task["stopCode"]) == (
            "STOPPED",
            "InfrastructureHealth",
        )
        # The job is launched again, from its infrastructure budget.
        assert wait_for(
            lambda: set(ecs.list_tasks(cluster=cluster)["taskArns"]) - set(running),
            seconds=30,
        )
    assert not psutil.pid_exists(supervisor)
