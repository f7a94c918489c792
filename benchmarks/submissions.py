"""Sending many requests to the pipeline on this machine, beside a bare loop of boto3.

Both send the same bodies, ten a call, in turns of a thousand: `submit_many` to the
request queue, checking each by its definition, and the peer to a queue that nobody
reads. The peer is the least that anybody can write: one loop of SendMessageBatch with
bodies made beforehand. It checks nothing and looks at no answer. Then every job must
end, and a listing must go through all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter
from itertools import batched
from pathlib import Path
from uuid import uuid4

from headrace.jobs.job import Job
from headrace_client import Headrace, NewJob
from headrace_local.pipeline import Pipeline, PipelineOptions

PROJECT = Path(__file__).parents[1]
TURN = 1000
BATCH = 10  # SQS SendMessageBatch
ENDED_WITHIN_SECONDS = 1800


class Contest:
    """Two senders of the same requests, in turns."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._sqs = pipeline.client("sqs")
        self._idle = self._sqs.create_queue(QueueName="bench-bare")["QueueUrl"]
        os.environ.update(pipeline.environment)  # as pasted from `headrace local up`
        self.client = Headrace.connect()
        self.seconds = {"submit_many": 0.0, "bare boto3": 0.0}
        self.ids: list[str] = []

    def turn(self, keys: list[str], *, is_first: bool) -> None:
        """Let both send a job for each key; who begins takes turns too."""
        contenders = [
            ("submit_many", self._submit_many),
            ("bare boto3", self._bare),
        ]
        for name, send in contenders if is_first else reversed(contenders):
            began = time.perf_counter()
            send(keys)
            self.seconds[name] += time.perf_counter() - began

    def _submit_many(self, keys: list[str]) -> None:
        jobs = (NewJob("hello", {"name": "bench"}, key) for key in keys)
        for result in self.client.submit_many(jobs):
            if result.submission is None:
                raise SystemExit(f"request {result.position}: {result.error}")
            self.ids.append(result.submission.job_id)

    def _bare(self, keys: list[str]) -> None:
        for batch in batched(keys, BATCH, strict=False):
            entries = [
                {
                    "Id": str(at),
                    "MessageBody": body_of(key),
                    "MessageGroupId": "default",
                }
                for at, key in enumerate(batch)
            ]
            self._sqs.send_message_batch(QueueUrl=self._idle, Entries=entries)


def body_of(key: str) -> str:
    """Return the request that `submit_many` sends for a key."""
    return json.dumps(
        {
            "schemaVersion": "1",
            "jobName": "hello",
            "idempotencyKey": key,
            "tenant": "default",
            "parameters": {"name": "bench"},
        }
    )


def wait_for_all(client: Headrace, ids: list[str]) -> float:
    """Return the seconds until every job has ended; the oldest are looked at first.

    Raises:
        DeadlinePassedError: One has not, in time.
    """
    began = time.monotonic()
    for each in ids:
        left = ENDED_WITHIN_SECONDS - (time.monotonic() - began)
        client.wait(each, deadline_seconds=left)
    return time.monotonic() - began


def main() -> None:
    """Send, wait, list, and print what each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=10_000)
    options = parser.parse_args()
    settings = PipelineOptions(
        project=PROJECT,
        state_folder=PROJECT / ".headrace" / "bench",
        runner="subprocess",
        reload=False,
        stream=False,
    )
    run = uuid4().hex
    with Pipeline(settings) as pipeline:
        contest = Contest(pipeline)
        keys = [f"{run}-{number}" for number in range(options.jobs)]
        for number, turn in enumerate(batched(keys, TURN, strict=False)):
            contest.turn(list(turn), is_first=number % 2 == 0)
        for name, seconds in contest.seconds.items():
            print(f"{name:12} {options.jobs} requests in {seconds:6.1f} s", flush=True)
        ratio = contest.seconds["submit_many"] / contest.seconds["bare boto3"]
        print(f"{'ratio':12} {ratio:.2f}", flush=True)
        seconds = wait_for_all(contest.client, contest.ids)
        print(f"all ended    {seconds:.1f} s after the last was sent", flush=True)
        listed = [
            each
            for each in contest.client.list(job_name="hello", limit=options.jobs)
            if isinstance(each, Job)
        ]
    statuses = Counter(str(each.status) for each in listed)
    is_whole = {each.job_id for each in listed} == set(contest.ids)
    print(f"listed       {len(listed)}: {dict(statuses)}")
    if not is_whole:
        raise SystemExit("the listing is not of the jobs that were sent")


if __name__ == "__main__":
    main()
