"""Queues and their event source mappings: batches, partial failures, redeliveries."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from headrace_local.simulation.faults import Fault

if TYPE_CHECKING:
    from headrace_local.simulation.deployment import Figures
    from headrace_local.simulation.functions import FunctionHost
    from headrace_local.simulation.wires import Network

CONCURRENCY_MAX = 4
"""Batches at once; the template's least setting has two."""

AGAIN_SECONDS = (0.0, 900.0)


class EventSource:
    """A queue, its dead letters, and the mapping that feeds a function from it.

    Args:
        sqs: SQS in memory.
        name: The queue's.
        stage: Whose function is fed.
    """

    def __init__(
        self,
        sqs: Any,  # noqa: ANN401 - a low-level client
        network: Network,
        host: FunctionHost,
        figures: Figures,
        *,
        name: str,
        stage: str,
    ) -> None:
        self._sqs = sqs
        self._network = network
        self._host = host
        self._figures = figures
        self._stage = stage
        self._running = 0
        self.name = name
        self.dead_url, self.url = _create(sqs, name, figures)

    def send(self, body: str) -> str:
        """Put a message on the queue, and let the mapping hear of it."""
        answer = self._sqs.send_message(QueueUrl=self.url, MessageBody=body)
        self._network.loop.after(0.02, self.poll)
        message_id: str = answer["MessageId"]
        return message_id

    def poll(self) -> None:
        """Take a batch, if one is visible and the mapping may run another."""
        if self._running >= CONCURRENCY_MAX:
            return
        answer = self._sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=self._figures.batch_max,
            MessageSystemAttributeNames=["All"],
        )
        messages = answer.get("Messages", [])
        if not messages:
            return
        records = [_record(each) for each in messages]
        # What comes back is looked for when its time is over, and a little later.
        visible_again = self._figures.visibility_seconds + 0.05
        self._network.loop.after(visible_again, self.poll)
        self._start(records)
        self._repeat(records)
        self._network.loop.after(0.05, self.poll)

    def deliver_again(self, records: list[dict[str, Any]]) -> None:
        """Deliver a batch's messages again at once, even those that were deleted.

        What is still queued becomes visible; what is not comes once more all the same,
        for a standard queue delivers at least once.
        """
        queued = {each.message_id for each in self._sqs.messages(self.url)}
        gone = [each for each in records if each["messageId"] not in queued]
        for record in records:
            if record["messageId"] in queued:
                self._sqs.change_message_visibility(
                    QueueUrl=self.url,
                    ReceiptHandle=record["receiptHandle"],
                    VisibilityTimeout=0,
                )
        self._network.loop.after(0, self.poll)
        if gone:
            self._host.invoke(self._stage, {"Records": gone})

    def waiting(self) -> int:
        """Return how many messages the queue holds, visible or not."""
        return len(self._sqs.messages(self.url))

    def dead(self) -> list[Any]:
        """Return the dead letters."""
        return list(self._sqs.messages(self.dead_url))

    def redrive(self) -> dict[str, str]:
        """Move the dead letters back, as an operator does; return old ids to new."""
        moved: dict[str, str] = {}
        while True:
            answer = self._sqs.receive_message(
                QueueUrl=self.dead_url, MaxNumberOfMessages=10
            )
            messages = answer.get("Messages", [])
            if not messages:
                return moved
            for each in messages:
                moved[each["MessageId"]] = self.send(each["Body"])
                self._sqs.delete_message(
                    QueueUrl=self.dead_url, ReceiptHandle=each["ReceiptHandle"]
                )

    def _start(self, records: list[dict[str, Any]]) -> None:
        self._running += 1
        self._host.invoke(
            self._stage,
            {"Records": records},
            on_end=partial(self._ended, records),
        )

    def _ended(
        self, records: list[dict[str, Any]], answer: dict[str, Any] | None
    ) -> None:
        self._running -= 1
        self._network.loop.after(0, self.poll)
        if answer is None:
            return  # The batch failed whole: all of it comes back.
        failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        plan = self._network.plan
        for record in records:
            message_id = record["messageId"]
            key = f"{message_id}/{record['attributes']['ApproximateReceiveCount']}"
            if message_id in failed or plan.strikes(Fault.ACK_LOST, key):
                continue
            self._sqs.delete_message(
                QueueUrl=self.url, ReceiptHandle=record["receiptHandle"]
            )

    def _repeat(self, records: list[dict[str, Any]]) -> None:
        """Deliver some messages once more, now or much later: at least once it is."""
        plan, loop = self._network.plan, self._network.loop
        for record in records:
            key = f"{record['messageId']}/{record['receiptHandle']}"
            event = {"Records": [record]}
            again = partial(self._host.invoke, self._stage, event)
            if plan.strikes(Fault.MESSAGE_TWICE, key):
                loop.after(plan.chance.between(f"{key}/twice", 0, 0.3), again)
            if plan.strikes(Fault.MESSAGE_AGAIN, key):
                loop.after(plan.chance.skewed(f"{key}/again", *AGAIN_SECONDS), again)


def _create(sqs: Any, name: str, figures: Figures) -> tuple[str, str]:  # noqa: ANN401
    dead_url: str = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    attributes = sqs.get_queue_attributes(
        QueueUrl=dead_url, AttributeNames=["QueueArn"]
    )
    arn = attributes["Attributes"]["QueueArn"]
    url: str = sqs.create_queue(
        QueueName=name,
        Attributes={
            "VisibilityTimeout": str(figures.visibility_seconds),
            "RedrivePolicy": (
                f'{{"deadLetterTargetArn": "{arn}",'
                f' "maxReceiveCount": {figures.receives_max}}}'
            ),
        },
    )["QueueUrl"]
    return dead_url, url


def _record(message: dict[str, Any]) -> dict[str, Any]:
    """Return a received message as Lambda hands it to a function."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {},
        "eventSource": "aws:sqs",
    }
