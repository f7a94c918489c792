"""What happened in the pipeline since a moment, for whoever counts it.

Writes are read out of the table's stream, invocations and lines out of the functions'
logs, task events out of a queue of its own beside record's.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from headrace_local.bill.counts import (
    Counts,
    calls_of,
    log_bytes_of,
    reads_of,
    writes_of,
)
from headrace_local.bill.item_sizes import Item, index_keys_of, item_bytes
from headrace_local.bill.proxy import Exchange
from headrace_local.pipeline import Pipeline

ENTRY_BYTES = 100  # which DynamoDB adds to each stored item and index entry
WAITING = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")

type Change = tuple[Item | None, Item | None]
"""What stood in the table, and what stands there now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Where counting begins: a time, the stream's end, the task events so far."""

    since_ms: int
    iterator: str
    events: int


class Observer:
    """Reads what a pipeline leaves behind.

    Args:
        pipeline: A running one.
        stages: The functions' stages.
        exchanges: Where proxies note the functions' calls; emptied at each `mark`.
    """

    def __init__(
        self, pipeline: Pipeline, stages: Sequence[str], exchanges: list[Exchange]
    ) -> None:
        self._pipeline = pipeline
        self._stages = stages
        self._exchanges = exchanges
        self._logs = pipeline.client("logs")
        self._sqs = pipeline.client("sqs")
        self._dynamodb = pipeline.client("dynamodb")
        self._streams = pipeline.client("dynamodbstreams")
        self._listen()

    def mark(self) -> Moment:
        """Begin to count."""
        table = self._dynamodb.describe_table(TableName=self._pipeline.table_name)
        arn = table["Table"]["LatestStreamArn"]
        stream = self._streams.describe_stream(StreamArn=arn)["StreamDescription"]
        iterator = self._streams.get_shard_iterator(
            StreamArn=arn,
            ShardId=stream["Shards"][-1]["ShardId"],
            ShardIteratorType="LATEST",
        )["ShardIterator"]
        self._exchanges.clear()
        return Moment(
            since_ms=int(time.time() * 1000),
            iterator=iterator,
            events=self.depth(self._events_url),
        )

    def tally(
        self, of: int, *, sends: int, began: Moment, stages: Sequence[str]
    ) -> Counts:
        """Return what happened since a moment, in calls and logs of some stages.

        Args:
            of: How many jobs or ticks it was.
            sends: Requests that were sent to SQS for them.
            began: Since when; the latest `mark`.
            stages: Whose calls and log lines count.
        """
        exchanges = [each for each in self._exchanges if each.stage in stages]
        changes = list(self._changes(began.iterator))
        table = self._dynamodb.describe_table(TableName=self._pipeline.table_name)
        index_keys = index_keys_of(table["Table"])
        writes, units = writes_of(exchanges, changes, index_keys)
        messages = self._messages(began.since_ms)
        return Counts(
            of=of,
            calls=calls_of(exchanges),
            item_writes=writes,
            write_units=units,
            read_units=reads_of(exchanges),
            invocations=self.invocations(began),
            log_bytes=sum(log_bytes_of(messages[stage]) for stage in stages),
            stored_bytes=_stored(changes, index_keys),
            sends=sends,
            events=self.depth(self._events_url) - began.events,
        )

    def invocations(self, began: Moment) -> Counter[str]:
        """Return how often each stage was invoked since a moment."""
        return Counter(
            {
                stage: sum(bool(re.match("START RequestId", each)) for each in messages)
                for stage, messages in self._messages(began.since_ms).items()
            }
        )

    def depth(self, url: str) -> int:
        """Return how many messages wait in a queue, or are being worked on."""
        answer = self._sqs.get_queue_attributes(
            QueueUrl=url, AttributeNames=list(WAITING)
        )
        return sum(int(answer["Attributes"][name]) for name in WAITING)

    def metrics(self) -> set[str]:
        """Return the names of all custom metrics that were logged so far."""
        found: set[str] = set()
        for messages in self._messages(0).values():
            for message in messages:
                if message.startswith('{"_aws"'):
                    metrics = json.loads(message)["_aws"]["CloudWatchMetrics"]
                    found |= {m["Name"] for each in metrics for m in each["Metrics"]}
        return found

    def _listen(self) -> None:
        """Let a queue of ours hear the task events that record's queue hears."""
        self._events_url = self._sqs.create_queue(QueueName="bill")["QueueUrl"]
        arn = self._sqs.get_queue_attributes(
            QueueUrl=self._events_url, AttributeNames=["QueueArn"]
        )["Attributes"]["QueueArn"]
        events = self._pipeline.client("events")
        for rule in events.list_rules()["Rules"]:
            if "aws.ecs" in rule.get("EventPattern", ""):
                events.put_targets(
                    Rule=rule["Name"], Targets=[{"Id": "bill", "Arn": arn}]
                )

    def _changes(self, iterator: str) -> Iterator[Change]:
        while True:
            answer = self._streams.get_records(ShardIterator=iterator, Limit=1000)
            for record in answer["Records"]:
                images = record["dynamodb"]
                yield images.get("OldImage"), images.get("NewImage")
            if not answer["Records"]:
                return
            iterator = answer["NextShardIterator"]

    def _messages(self, since_ms: int) -> dict[str, list[str]]:
        groups = self._pipeline.deployment.function_logs
        return {
            each: list(self._lines(groups[each], since_ms)) for each in self._stages
        }

    def _lines(self, group: str, since_ms: int) -> Iterator[str]:
        request: dict[str, Any] = {"logGroupName": group, "startTime": since_ms}
        for page in self._logs.get_paginator("filter_log_events").paginate(**request):
            yield from (event["message"] for event in page["events"])


def _stored(
    changes: Sequence[Change],
    index_keys: Sequence[Sequence[str]],
) -> int:
    """Return what the changed jobs take in table and indexes after the last change."""
    latest = {
        after["pk"]["S"]: after
        for _, after in changes
        if after is not None and after["pk"]["S"].startswith("JOB#")
    }
    size = 0
    for item in latest.values():
        size += item_bytes(item) + ENTRY_BYTES
        for keys in index_keys:
            if all(key in item for key in keys):
                names = {*keys, "pk", "sk"}
                size += item_bytes({name: item[name] for name in names}) + ENTRY_BYTES
    return size
