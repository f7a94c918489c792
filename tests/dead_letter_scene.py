"""Real dead letters in a pipeline: dispatch fails on requests eight times."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from headrace_local.registration import register_jobs
from processes import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headrace_local.pipeline import Pipeline

SECONDS = 60
LONG = "360"  # template.yaml, RequestQueue
DEFINITION = """\
name: invoice
owner: examples
description: Bills a customer for a month.
taskDefinition: headrace-job-example
container: main
command: [sh, -c, echo "billed for $1", invoice, "Ref::month"]
parameters:
  type: object
  additionalProperties: false
  required: [customer, month]
  properties:
    customer: { type: string, maxLength: 40 }
    month: { type: string, pattern: "^20[0-9]{2}-(0[1-9]|1[0-2])$" }
timeoutSeconds: 60
"""
ACTIVE = {"pk": {"S": "DEFINITION#invoice"}, "sk": {"S": "ACTIVE"}}


class DeadLetterScene:
    """A pipeline whose definition `invoice` can be damaged, and its dead letters."""

    def __init__(self, pipeline: Pipeline, folder: Path) -> None:
        self._pipeline = pipeline
        self._sqs = pipeline.client("sqs")
        self._dynamodb = pipeline.client("dynamodb")
        (folder / "jobs").mkdir(parents=True)
        (folder / "jobs" / "invoice.yaml").write_text(DEFINITION)
        assert register_jobs(folder / "jobs", pipeline.environment) == ["invoice v1"]

    def url(self, name: str) -> str:
        return self._pipeline.environment[f"HEADRACE_{name}_QUEUE_URL"]

    def bury(self, *requests: dict[str, Any]) -> None:
        """Send requests that dispatch fails on eight times, one second apart."""
        with self._damaged(), self._quick():
            for request in requests:
                self._sqs.send_message(
                    QueueUrl=self._pipeline.queue_url,
                    MessageBody=json.dumps(request),
                    MessageGroupId="default",
                )
            assert wait_for(
                lambda: self.waiting("REQUEST_DEAD_LETTER") == len(requests),
                seconds=SECONDS,
            )

    def put_tick(self) -> None:
        """Leave a tick as EventBridge Scheduler does, when it cannot invoke."""
        told = {
            "ERROR_CODE": "ResourceNotFoundException",
            "ERROR_MESSAGE": "Function not found",
            "SCHEDULED_TIME": "2026-11-22T10:00:00Z",
        }
        self._sqs.send_message(
            QueueUrl=self.url("SCHEDULE_DEAD_LETTER"),
            MessageBody="{}",
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in told.items()
            },
        )

    def waiting(self, name: str) -> int:
        answer = self._sqs.get_queue_attributes(
            QueueUrl=self.url(name), AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    @contextmanager
    def _damaged(self) -> Iterator[None]:
        """Make the active version such as no release understands."""
        table = self._pipeline.table_name
        whole = self._dynamodb.get_item(TableName=table, Key=ACTIVE)["Item"]
        # A number that no function has read: what was read once is kept.
        damaged = whole | {"document": {"S": "{}"}, "jobVersion": {"N": "99"}}
        self._dynamodb.put_item(TableName=table, Item=damaged)
        try:
            yield
        finally:
            self._dynamodb.put_item(TableName=table, Item=whole)

    @contextmanager
    def _quick(self) -> Iterator[None]:
        """Let failed requests come back after a second."""
        self._set_visibility("1")
        try:
            yield
        finally:
            self._set_visibility(LONG)

    def _set_visibility(self, seconds: str) -> None:
        self._sqs.set_queue_attributes(
            QueueUrl=self._pipeline.queue_url,
            Attributes={"VisibilityTimeout": seconds},
        )


def an_invoice(key: str, **parameters: str) -> dict[str, Any]:
    return {
        "schemaVersion": "1",
        "jobName": "invoice",
        "idempotencyKey": key,
        "parameters": parameters,
    }
