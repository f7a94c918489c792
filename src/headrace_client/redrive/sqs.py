"""Dead-letter queues and live queues on Amazon SQS."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import batched
from typing import TYPE_CHECKING, Any

from headrace_client.aws_problems import speaking_to_aws
from headrace_client.redrive.letters import DeadLetter
from headrace_client.redrive.ports import Depth

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

BATCH_MESSAGES_MAX = 10
"""Amazon SQS API Reference, ReceiveMessage and ChangeMessageVisibilityBatch."""

WAIT_SECONDS = 1
"""A receive that waits asks all of SQS's servers, one that does not only some:
Amazon SQS Developer Guide, "Amazon SQS short and long polling"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SqsDeadLetters:
    """A dead-letter queue on SQS; see `DeadLetters`.

    Attributes:
        sqs: A low-level client.
        name: What the queue is called in `QUEUES`.
        url: The queue's.
        endpoint: Where the client connects, for error messages; None is AWS.
        wait_seconds: How long a receive waits for a message.
    """

    sqs: SQSClient
    name: str
    url: str
    endpoint: str | None = None
    wait_seconds: int = WAIT_SECONDS

    def receive(self, *, limit: int, hidden_seconds: int) -> Sequence[DeadLetter]:
        """See `DeadLetters`."""
        found: dict[str, DeadLetter] = {}
        while len(found) < limit:
            wanted = min(limit - len(found), BATCH_MESSAGES_MAX)
            letters = list(self._received(wanted, hidden_seconds))
            if not letters:
                break
            found.update((letter.message_id, letter) for letter in letters)
        return sorted(found.values(), key=lambda letter: letter.sent_at)

    def hide(self, letters: Sequence[DeadLetter], *, seconds: int) -> None:
        """See `DeadLetters`."""
        for some in batched(letters, BATCH_MESSAGES_MAX, strict=False):
            entries: Any = [
                {
                    "Id": str(number),
                    "ReceiptHandle": letter.receipt,
                    "VisibilityTimeout": seconds,
                }
                for number, letter in enumerate(some)
            ]
            with speaking_to_aws("hold dead letters", endpoint=self.endpoint):
                self.sqs.change_message_visibility_batch(
                    QueueUrl=self.url, Entries=entries
                )

    def delete(self, letter: DeadLetter) -> None:
        """See `DeadLetters`."""
        with speaking_to_aws("delete the dead letter", endpoint=self.endpoint):
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=letter.receipt)

    def depth(self) -> Depth:
        """See `DeadLetters`."""
        with speaking_to_aws("look at the queue", endpoint=self.endpoint):
            answer = self.sqs.get_queue_attributes(
                QueueUrl=self.url,
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesNotVisible",
                ],
            )
        told = answer["Attributes"]
        return Depth(
            waiting=int(told["ApproximateNumberOfMessages"]),
            held=int(told["ApproximateNumberOfMessagesNotVisible"]),
        )

    def _received(self, limit: int, hidden_seconds: int) -> Iterator[DeadLetter]:
        with speaking_to_aws(f"receive {self.name}", endpoint=self.endpoint):
            answer = self.sqs.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=limit,
                VisibilityTimeout=hidden_seconds,
                WaitTimeSeconds=self.wait_seconds,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
        for message in answer.get("Messages", ()):
            yield _letter(self.name, message)


@dataclass(frozen=True, slots=True, kw_only=True)
class SqsLiveQueue:
    """A live queue on SQS; see `LiveQueue`.

    Attributes:
        sqs: A low-level client.
        url: The queue's.
        endpoint: Where the client connects, for error messages; None is AWS.
    """

    sqs: SQSClient
    url: str
    endpoint: str | None = None

    def send(self, body: str, *, group: str | None) -> str:
        """See `LiveQueue`."""
        request: Any = {"QueueUrl": self.url, "MessageBody": body}
        if group is not None:
            request["MessageGroupId"] = group
        with speaking_to_aws("send the message back", endpoint=self.endpoint):
            return self.sqs.send_message(**request)["MessageId"]


def _letter(queue_name: str, message: MessageTypeDef) -> DeadLetter:
    system = {str(name): told for name, told in message.get("Attributes", {}).items()}
    attributes = message.get("MessageAttributes", {})
    return DeadLetter(
        queue_name=queue_name,
        message_id=message["MessageId"],
        receipt=message["ReceiptHandle"],
        body=message["Body"],
        sent_at=datetime.fromtimestamp(int(system["SentTimestamp"]) / 1000, UTC),
        receives=int(system["ApproximateReceiveCount"]),
        group=system.get("MessageGroupId"),
        attributes={
            name: value["StringValue"]
            for name, value in attributes.items()
            if "StringValue" in value
        },
    )
