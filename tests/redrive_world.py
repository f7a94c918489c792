"""A deployment in memory with dead letters, and the redrive of it."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from builders import ACCOUNT_ID, DEPLOYMENT_ID, NOW, TASK_ARN, a_request_body
from headrace.aws.job_table import JobTable
from headrace_client.connection import Connection
from headrace_client.deployment import Deployment
from headrace_client.redrive import QUEUES, redrive_of
from headrace_local.memory import VirtualClock
from headrace_local.memory_sdk import MemoryDynamoDb, MemorySqs
from tables import a_table

OPERATOR = f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/Operator/ada"


class Logs:
    """CloudWatch Logs with the lines of one test, in pages of one."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, Any]]] = []
        self.refusal: Exception | None = None

    def filter_log_events(
        self,
        *,
        logGroupName,  # noqa: N803 - AWS's
        startTime,  # noqa: N803 - ditto
        filterPattern,  # noqa: N803 - ditto
        nextToken="0",  # noqa: N803 - ditto
    ):
        if self.refusal is not None:
            raise self.refusal
        assert filterPattern.startswith("{ ($.event = ")
        number = int(nextToken)
        if number >= len(self.lines):
            return {"events": [{"timestamp": startTime, "message": "START no json"}]}
        group, line = self.lines[number]
        at = int(NOW.timestamp() * 1000) + number
        events = [{"timestamp": at, "message": json.dumps(line)}]
        is_wanted = group == logGroupName and at >= startTime
        return {"events": events if is_wanted else [], "nextToken": str(number + 1)}


class Identity:
    def get_caller_identity(self):
        return {"Arn": OPERATOR}


class Clients:
    """The AWS clients of somebody who looks after this deployment."""

    def __init__(self, clock) -> None:
        ids = count(1)
        self.sqs = MemorySqs(clock, new_id=lambda: f"m-{next(ids)}")
        self.dynamodb = MemoryDynamoDb(clock)
        self.logs, self.sts = Logs(), Identity()

    def of(self, service):
        return getattr(self, service)

    def endpoint(self, _service):
        return None


class RedriveWorld:
    """Queues, a table and logs in memory, on a clock that only moves when told."""

    def __init__(self) -> None:
        self.clock = VirtualClock(NOW)
        self.clients = Clients(self.clock)
        self.dead = {queue.name: self._queue(queue.name) for queue in QUEUES}
        self.requests = self._queue("live-requests")
        self.task_events = self._queue("live-task-events")
        self.table_name = a_table(self.clients.dynamodb)
        self.jobs = JobTable(self.clients.dynamodb, self.table_name)
        self.redrive = self.redrive_with()
        self.catalogue = self.connection().catalogue()

    def connection(self, **changes: Any) -> Connection:
        fields: dict[str, Any] = {
            "request_queue_url": self.requests,
            "job_table_name": self.table_name,
            "deployment_id": DEPLOYMENT_ID,
            "dead_letter_queue_urls": self.dead,
            "task_event_queue_url": self.task_events,
            "dispatch_log_group": "dispatch",
            "record_log_group": "record",
        }
        return Connection(Deployment(**(fields | changes)), self.clients)

    def redrive_with(self, **changes: Any):
        return redrive_of(self.connection(**changes), now=self.clock.now)

    def put(self, queue_name, body, *, group=None, **attributes: str) -> str:
        request: dict[str, Any] = {
            "QueueUrl": self.dead[queue_name],
            "MessageBody": body,
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value}
                for name, value in attributes.items()
            },
        }
        if group:
            request["MessageGroupId"] = group
        return self.clients.sqs.send_message(**request)["MessageId"]

    def put_request(self, **changes: Any) -> str:
        body = a_request_body(**changes)
        tenant = changes.get("tenant", "default")
        return self.put("requests", body, group=tenant)

    def in_queue(self, url):
        return [message.body for message in self.clients.sqs.messages(url)]

    def left(self, queue_name="requests"):
        return [m.message_id for m in self.clients.sqs.messages(self.dead[queue_name])]

    def groups(self, url):
        return [
            message.system_attributes.get("MessageGroupId")
            for message in self.clients.sqs.messages(url)
        ]

    def _queue(self, name):
        return self.clients.sqs.create_queue(QueueName=name)["QueueUrl"]


def a_task_event(**changes: Any) -> str:
    """Return a task state change in EventBridge's envelope."""
    detail: dict[str, Any] = {
        "taskArn": TASK_ARN,
        "clusterArn": "arn:aws:ecs:eu-west-1:123456789012:cluster/headrace",
        "lastStatus": "STOPPED",
        "desiredStatus": "STOPPED",
        "version": 5,
        "startedBy": f"{'a' * 26}-1-1",
    }
    return json.dumps(
        {
            "source": "aws.ecs",
            "detail-type": "ECS Task State Change",
            "detail": detail | changes,
        }
    )
