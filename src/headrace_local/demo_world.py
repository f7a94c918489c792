"""What the demo does to a deployment, by plain boto3 as any program would."""

from __future__ import annotations

import itertools
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import boto3
from boto3.dynamodb.types import TypeDeserializer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DESCRIBE_TASKS_MAX = 100  # ECS API Reference, DescribeTasks


class DemoWorld:
    """A deployment seen from outside: its queue, its table and its clusters.

    Args:
        variables: What `headrace local up` prints as export lines.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        session = boto3.Session(
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
            region_name=variables["AWS_REGION"],
        )
        endpoint = variables["AWS_ENDPOINT_URL"]
        self._sqs = session.client("sqs", endpoint_url=endpoint)
        self._dynamodb = session.client("dynamodb", endpoint_url=endpoint)
        self._ecs = session.client(
            "ecs", endpoint_url=variables.get("AWS_ENDPOINT_URL_ECS", endpoint)
        )
        self._queue_url = variables["HEADRACE_REQUEST_QUEUE_URL"]
        self._table_name = variables["HEADRACE_JOB_TABLE_NAME"]
        self._clusters = (
            variables["HEADRACE_CLUSTER_NAME"],
            variables["HEADRACE_UNTRUSTED_CLUSTER_NAME"],
        )
        self._deserialize: Callable[[Any], Any] = TypeDeserializer().deserialize

    def send(self, body: str) -> str:
        """Send one message and return its id."""
        answer = self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=body)
        return answer["MessageId"]

    def messages_left(self) -> int:
        """Return how many messages wait or are being handled."""
        found = self._sqs.get_queue_attributes(
            QueueUrl=self._queue_url,
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
            ],
        )
        return sum(int(count) for count in found["Attributes"].values())

    def job(self, job_id: str) -> Mapping[str, Any] | None:
        """Return a job's record as the table has it."""
        return self._record(f"JOB#{job_id}")

    def rejection(self, message_id: str) -> Mapping[str, Any] | None:
        """Return the rejection stored for a message."""
        return self._record(f"REJECTION#{message_id}")

    def tasks(self) -> Mapping[str, int]:
        """Return how many tasks ECS knows for each job id, stopped ones included."""
        return sum((self._tasks_on(each) for each in self._clusters), Counter())

    def _tasks_on(self, cluster: str) -> Counter[str]:
        arns = [
            arn
            for status in ("RUNNING", "STOPPED")
            for page in self._ecs.get_paginator("list_tasks").paginate(
                cluster=cluster, desiredStatus=status
            )
            for arn in page["taskArns"]
        ]
        found: Counter[str] = Counter()
        for batch in itertools.batched(set(arns), DESCRIBE_TASKS_MAX, strict=False):
            answer = self._ecs.describe_tasks(cluster=cluster, tasks=list(batch))
            # startedBy is <job id>-<attempt>-<launch>
            found.update(
                task.get("startedBy", "").partition("-")[0] for task in answer["tasks"]
            )
        return found

    def _record(self, pk: str) -> Mapping[str, Any] | None:
        answer = self._dynamodb.get_item(
            TableName=self._table_name,
            Key={"pk": {"S": pk}, "sk": {"S": "META"}},
            ConsistentRead=True,
        )
        item = answer.get("Item")
        if item is None:
            return None
        values = {name: self._deserialize(value) for name, value in item.items()}
        return {
            name: int(value) if isinstance(value, Decimal) else value
            for name, value in values.items()
        }
