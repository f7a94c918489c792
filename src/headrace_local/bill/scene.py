"""The laptop pipeline with a proxy before each function, and jobs sent through it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Self

from headrace.identity import job_id
from headrace_local.bill.counts import Counts
from headrace_local.bill.observer import Observer
from headrace_local.bill.proxy import CountingProxy, Exchange
from headrace_local.pipeline import Pipeline
from headrace_local.registration import register_jobs

JOB = "billed"
TENANT = "default"
BODY_BYTES = 1024
UNHINDERED = 1000  # launches a second: as many as the template allows
BATCH = 10  # of SendMessageBatch
POLL_SECONDS = 0.25
DEADLINE_SECONDS = 120.0
STAGES = {
    "dispatch": "DispatchFunction",
    "record": "RecordFunction",
    "reconcile": "ReconcileFunction",
}


class NotEndedError(Exception):
    """Jobs did not end, or did not succeed."""


class Scene:
    """A pipeline whose functions' calls are noted, with the windows of AWS.

    Args:
        pipeline: A running one.
        jobs: The folder with the definition of the job `billed`.
    """

    def __init__(self, pipeline: Pipeline, jobs: Path) -> None:
        self._pipeline = pipeline
        self._jobs = jobs
        self._exchanges: list[Exchange] = []
        self._stack = ExitStack()
        self._random = Random(1)  # noqa: S311 - the same requests every time
        self._lambda = pipeline.client("lambda")
        self._sqs = pipeline.client("sqs")
        self._dynamodb = pipeline.client("dynamodb")
        self._observer = Observer(pipeline, tuple(STAGES), self._exchanges)

    def __enter__(self) -> Self:
        register_jobs(self._jobs, self._pipeline.environment)
        for stage in STAGES:
            proxy = CountingProxy(
                stage,
                emulator=self._pipeline.servers.access.emulator_endpoint,
                ecs=self._pipeline.servers.access.ecs_endpoint,
                note=self._exchanges.append,
            )
            url = self._stack.enter_context(proxy).url
            services = ("DYNAMODB", "ECS", "LAMBDA")
            self._set(stage, {f"AWS_ENDPOINT_URL_{each}": url for each in services})
        self.launch_at(UNHINDERED)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def memory_mb(self) -> int:
        """The functions' memory."""
        answer = self._lambda.get_function_configuration(
            FunctionName=self._pipeline.deployment.functions["DispatchFunction"]
        )
        memory: int = answer["MemorySize"]
        return memory

    def launch_at(self, launches_per_second: int) -> None:
        """Let the functions have AWS's windows and so many launches a second.

        A laptop's windows are so short that a busy machine outlasts them, and its
        launches have no limit, so nothing would be written for one.
        """
        for stage in STAGES:
            limit = {
                "HEADRACE_LAUNCHES_PER_SECOND": str(launches_per_second),
                "HEADRACE_LAUNCH_BURST": str(launches_per_second),
            }
            variables = {"HEADRACE_PROFILE": "standard"}
            self._set(stage, variables | (limit if stage != "record" else {}))

    def at_once(self, jobs: int) -> Counts:
        """Send so many jobs in full batches, and count until all succeeded."""
        bodies = [self._body(number) for number in range(jobs)]
        batches = [bodies[n : n + BATCH] for n in range(0, jobs, BATCH)]
        return self._counted(jobs, len(batches), lambda: self._send_all(batches))

    def one_by_one(self, jobs: int) -> Counts:
        """Send each job when the one before it ended, and count."""

        def send() -> None:
            for number in range(jobs):
                self._send_all([[self._body(number)]])

        return self._counted(jobs, jobs, send)

    def ticks(self, number: int) -> Counts:
        """Count what reconcile does so often while nothing is due."""
        began = self._observer.mark()

        def seen() -> int:
            return self._observer.invocations(began)["reconcile"]

        self._wait(lambda: seen() >= number)
        return self._observer.tally(seen(), sends=0, began=began, stages=["reconcile"])

    def metrics(self) -> set[str]:
        """Return the names of all custom metrics that were logged so far."""
        return self._observer.metrics()

    # How it is done.

    def _set(self, stage: str, changed: dict[str, str]) -> None:
        name = self._pipeline.deployment.functions[STAGES[stage]]
        standing = self._lambda.get_function_configuration(FunctionName=name)
        variables = standing["Environment"]["Variables"] | changed
        self._lambda.update_function_configuration(
            FunctionName=name, Environment={"Variables": variables}
        )

    def _body(self, number: int) -> str:
        parameters: dict[str, str] = {}
        body = {
            "schemaVersion": "1",
            "jobName": JOB,
            "idempotencyKey": f"{self._random.randbytes(8).hex()}-{number}",
            "parameters": parameters,
        }
        while (left := BODY_BYTES - len(json.dumps(body))) > 0:
            value = f"s3://bucket/{self._random.randbytes(16).hex()}.csv"
            parameters[f"file{len(parameters)}"] = value[: max(1, left - 14)]
        return json.dumps(body)

    def _counted(self, jobs: int, sends: int, send: Callable[[], None]) -> Counts:
        began = self._observer.mark()
        send()
        self._wait(self._is_quiet)
        return self._observer.tally(
            jobs, sends=sends, began=began, stages=tuple(STAGES)
        )

    def _send_all(self, batches: Sequence[Sequence[str]]) -> None:
        for batch in batches:
            self._sqs.send_message_batch(
                QueueUrl=self._pipeline.queue_url,
                Entries=[
                    {"Id": str(n), "MessageBody": body} for n, body in enumerate(batch)
                ],
            )
        ids = [self._id_of(body) for batch in batches for body in batch]
        self._wait(lambda: self._all_succeeded(ids))

    def _id_of(self, body: str) -> str:
        return job_id(
            deployment_id=self._pipeline.environment["HEADRACE_DEPLOYMENT_ID"],
            tenant=TENANT,
            job_name=JOB,
            idempotency_key=json.loads(body)["idempotencyKey"],
        )

    def _all_succeeded(self, ids: list[str]) -> bool:
        while ids:
            answer = self._dynamodb.batch_get_item(
                RequestItems={
                    self._pipeline.table_name: {
                        "Keys": [
                            {"pk": {"S": f"JOB#{each}"}, "sk": {"S": "META"}}
                            for each in ids[:100]
                        ]
                    }
                }
            )
            items = answer["Responses"][self._pipeline.table_name]
            done = {i["jobId"]["S"] for i in items if i["status"]["S"] == "SUCCEEDED"}
            if not done:
                return False
            ids[:] = [each for each in ids if each not in done]
        return True

    def _wait(self, is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not is_so():
            if time.monotonic() > deadline:
                raise NotEndedError(f"not in {DEADLINE_SECONDS:.0f} s")
            time.sleep(POLL_SECONDS)

    def _is_quiet(self) -> bool:
        urls = (self._pipeline.queue_url, self._queue_url("task-events"))
        return not any(self._observer.depth(url) for url in urls)

    def _queue_url(self, suffix: str) -> str:
        base = self._pipeline.queue_url.removesuffix("-requests")
        return f"{base}-{suffix}"
