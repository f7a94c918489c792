"""The queues' connections to functions, paused while a function's code changes.

The emulator kills a function's workers when its code changes, busy or not. What they
were working on would come back to its queue only after the visibility timeout, which is
minutes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import EventSourceMappingConfigurationTypeDef
    from mypy_boto3_sqs import SQSClient

DRAIN_SECONDS_MAX = 3.0
POLL_SECONDS = 0.05
IN_FLIGHT: Literal["ApproximateNumberOfMessagesNotVisible"] = (
    "ApproximateNumberOfMessagesNotVisible"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSources:
    """All event source mappings of the emulated account."""

    lambda_: LambdaClient
    sqs: SQSClient

    def pause(self) -> None:
        """Begin no further batch, and wait for those under way, but not for ever."""
        deadline = time.monotonic() + DRAIN_SECONDS_MAX
        mappings = self._all()
        for mapping in mappings:
            self.lambda_.update_event_source_mapping(
                UUID=mapping["UUID"], Enabled=False
            )
        queues = [self._queue_url(each["EventSourceArn"]) for each in mappings]
        while time.monotonic() < deadline and any(map(self._in_flight, queues)):
            time.sleep(POLL_SECONDS)

    def resume(self) -> None:
        """Let all take messages again."""
        for mapping in self._all():
            self.lambda_.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)

    def _all(self) -> list[EventSourceMappingConfigurationTypeDef]:
        mappings = self.lambda_.list_event_source_mappings()["EventSourceMappings"]
        return [each for each in mappings if ":sqs:" in each["EventSourceArn"]]

    def _queue_url(self, arn: str) -> str:
        name = arn.rpartition(":")[2]
        return self.sqs.get_queue_url(QueueName=name)["QueueUrl"]

    def _in_flight(self, queue_url: str) -> bool:
        answer = self.sqs.get_queue_attributes(
            QueueUrl=queue_url, AttributeNames=[IN_FLIGHT]
        )
        return int(answer["Attributes"][IN_FLIGHT]) > 0
