"""Jobs per second through the whole pipeline on this machine, beside plain RunTask.

Both contenders run the same trivial task on the same local ECS, in turns. The peer is
the least that anybody can write: ten threads that call RunTask with boto3 and poll
DescribeTasks. It validates, records and retries nothing, so it is a bound and no rival.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import batched
from pathlib import Path
from uuid import uuid4

from headrace.identity import job_id
from headrace_local.pipeline import Pipeline, PipelineOptions

PROJECT = Path(__file__).parents[1]
TERMINAL = {"SUCCEEDED", "FAILED", "TIMED_OUT", "CANCELLED", "EXPIRED", "LOST"}
POLL_SECONDS = 0.5
DEADLINE_SECONDS = 300
TASK_DEFINITION = "headrace-job-example"
COMMAND = ["sh", "-c", "echo Hello"]


def through_headrace(pipeline: Pipeline, jobs: int) -> float:
    """Send requests to the queue; return the seconds until the last outcome.

    Raises:
        SystemExit: A job did not succeed.
    """
    run = uuid4().hex
    keys = [f"{run}-{n}" for n in range(jobs)]
    deployment = pipeline.environment["HEADRACE_DEPLOYMENT_ID"]
    ids = [
        job_id(
            deployment_id=deployment,
            tenant="default",
            job_name="hello",
            idempotency_key=key,
        )
        for key in keys
    ]
    began = time.monotonic()
    _send(pipeline, keys)
    left, ended = list(ids), []
    while left and time.monotonic() - began < DEADLINE_SECONDS:
        time.sleep(POLL_SECONDS)
        # The oldest are done first, so one batch tells whether to look further.
        while left:
            statuses = _statuses(pipeline, left[:100])
            done = [each for each in left[:100] if statuses.get(each) in TERMINAL]
            ended += [statuses[each] for each in done]
            left = [each for each in left if each not in set(done)]
            if len(done) < len(statuses):
                break
    seconds = time.monotonic() - began
    if ended != ["SUCCEEDED"] * jobs:
        raise SystemExit(f"{len(left)} jobs did not end, {set(ended)} did")
    return seconds


def _send(pipeline: Pipeline, keys: list[str]) -> None:
    sqs = pipeline.client("sqs")
    for batch in batched(keys, 10, strict=False):
        bodies = [
            {
                "schemaVersion": "1",
                "jobName": "hello",
                "idempotencyKey": key,
                "parameters": {"name": "bench"},
            }
            for key in batch
        ]
        sqs.send_message_batch(
            QueueUrl=pipeline.queue_url,
            Entries=[
                {"Id": str(n), "MessageBody": json.dumps(body)}
                for n, body in enumerate(bodies)
            ],
        )


def _statuses(pipeline: Pipeline, ids: list[str]) -> dict[str, str]:
    table = pipeline.table_name
    keys = [{"pk": {"S": f"JOB#{each}"}, "sk": {"S": "META"}} for each in ids]
    answer = pipeline.client("dynamodb").batch_get_item(
        RequestItems={table: {"Keys": keys}}
    )
    return {
        item["jobId"]["S"]: item["status"]["S"] for item in answer["Responses"][table]
    }


def through_run_task(pipeline: Pipeline, jobs: int) -> float:
    """Call RunTask from ten threads; return the seconds until the last task stopped."""
    ecs = pipeline.client("ecs")
    cluster = pipeline.environment["HEADRACE_CLUSTER_NAME"]
    request = {
        "cluster": cluster,
        "taskDefinition": TASK_DEFINITION,
        "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
        "overrides": {"containerOverrides": [{"name": "main", "command": COMMAND}]},
    }
    began = time.monotonic()
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: ecs.run_task(**request), range(jobs)))
    left = {answer["tasks"][0]["taskArn"] for answer in answers}
    while left and time.monotonic() - began < DEADLINE_SECONDS:
        for arns in batched(sorted(left), 100, strict=False):
            described = ecs.describe_tasks(cluster=cluster, tasks=list(arns))
            left -= {
                task["taskArn"]
                for task in described["tasks"]
                if task["lastStatus"] == "STOPPED"
            }
        time.sleep(POLL_SECONDS)
    return time.monotonic() - began


def main() -> None:
    """Run both contenders in turns and print medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    state = PROJECT / ".headrace" / "bench"
    settings = PipelineOptions(
        project=PROJECT,
        state_folder=state,
        runner="subprocess",
        reload=False,
        stream=False,
    )
    rates: dict[str, list[float]] = {"headrace": [], "run_task": []}
    with Pipeline(settings) as pipeline:
        through_headrace(pipeline, 20)  # cold starts are another figure
        for number in range(1, options.rounds + 1):
            for name, contender in (
                ("headrace", through_headrace),
                ("run_task", through_run_task),
            ):
                rates[name].append(options.jobs / contender(pipeline, options.jobs))
            latest = ", ".join(f"{name} {of[-1]:.1f}/s" for name, of in rates.items())
            print(f"round {number}: {options.jobs} jobs: {latest}", flush=True)
    medians = {name: statistics.median(of) for name, of in rates.items()}
    for name, of in rates.items():
        print(
            f"{name:9} {min(of):6.1f} {medians[name]:6.1f} {max(of):6.1f}"
            "  jobs/s (min, median, max)"
        )
    print(f"ratio     {medians['headrace'] / medians['run_task']:.2f}")


if __name__ == "__main__":
    main()
