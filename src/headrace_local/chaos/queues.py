"""The queues of a chaos run: short visibility, dead letters soon, and back again."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from headrace_local.chaos.evidence import Message

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from headrace_local.chaos.submissions import Sending

# The template's six minutes, as the laptop profile scales every other length of time.
VISIBILITY_SECONDS = 6
# Instead of eight: requests whose batch is cut short are dead letters, to be redriven;
# events whose batch is come back once.
REQUEST_RECEIVES_MAX = 1
EVENT_RECEIVES_MAX = 2


@dataclass(slots=True, kw_only=True)
class SentMessages:
    """Every message that was sent, and the ids that redrives gave it. Thread-safe."""

    _sendings: dict[str, Sending] = field(default_factory=dict)
    _ids: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _first_ids: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, message_id: str, sending: Sending) -> None:
        """Remember a message."""
        with self._lock:
            self._sendings[message_id] = sending
            self._ids[message_id].append(message_id)
            self._first_ids[message_id] = message_id

    def redriven(self, message_id: str, new_id: str) -> None:
        """Remember the id that a message has from now on."""
        with self._lock:
            first = self._first_ids.get(message_id, message_id)
            self._first_ids[new_id] = first
            self._ids[first].append(new_id)

    def messages(self) -> Sequence[Message]:
        """Return all of them."""
        with self._lock:
            return [
                Message(
                    kind=sending.kind,
                    ids=tuple(self._ids[first]),
                    job_id=sending.job_id,
                    reason_code=sending.reason_code,
                )
                for first, sending in self._sendings.items()
            ]


class Queues:
    """The deployment's queues that feed a function, with their dead letters.

    Args:
        sqs: The deployment's SQS.
        request_queue_url: Where requests are sent.
        sent: Told of new message ids.
    """

    def __init__(
        self, sqs: SQSClient, request_queue_url: str, sent: SentMessages
    ) -> None:
        self._sqs = sqs
        self._requests = request_queue_url
        self._sent = sent
        self._dead_letters: dict[str, str] = {}  # to where they came from
        self.redriven = 0

    def hasten(self) -> None:
        """Bring the minutes of the template's queues down to seconds."""
        for url in self._sqs.list_queues()["QueueUrls"]:
            redrive = self._attributes(url).get("RedrivePolicy")
            if redrive is None:
                continue
            policy: dict[str, Any] = json.loads(redrive)
            name = policy["deadLetterTargetArn"].rpartition(":")[2]
            self._dead_letters[self._sqs.get_queue_url(QueueName=name)["QueueUrl"]] = (
                url
            )
            is_requests = url == self._requests
            receives_max = REQUEST_RECEIVES_MAX if is_requests else EVENT_RECEIVES_MAX
            self._sqs.set_queue_attributes(
                QueueUrl=url,
                Attributes={
                    "VisibilityTimeout": str(VISIBILITY_SECONDS),
                    "RedrivePolicy": json.dumps(
                        policy | {"maxReceiveCount": receives_max}
                    ),
                },
            )

    def send(self, sending: Sending) -> None:
        """Send one message to the request queue."""
        answer = self._sqs.send_message(
            QueueUrl=self._requests, MessageBody=sending.body
        )
        self._sent.add(answer["MessageId"], sending)

    def redrive(self) -> None:
        """Send every dead letter to its queue again, as a console's redrive would."""
        for dead_letters, source in self._dead_letters.items():
            while found := self._sqs.receive_message(
                QueueUrl=dead_letters, MaxNumberOfMessages=10, VisibilityTimeout=30
            ).get("Messages"):
                for each in found:
                    answer = self._sqs.send_message(
                        QueueUrl=source, MessageBody=each["Body"]
                    )
                    if source == self._requests:
                        self._sent.redriven(each["MessageId"], answer["MessageId"])
                    self._sqs.delete_message(
                        QueueUrl=dead_letters, ReceiptHandle=each["ReceiptHandle"]
                    )
                    self.redriven += 1

    def left(self) -> Mapping[str, int]:
        """Return how many messages every queue of the account has."""
        found = {}
        for url in self._sqs.list_queues()["QueueUrls"]:
            attributes = self._attributes(url)
            found[url.rpartition("/")[2]] = sum(
                int(attributes[name])
                for name in (
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesNotVisible",
                    "ApproximateNumberOfMessagesDelayed",
                )
            )
        return found

    def _attributes(self, url: str) -> Mapping[str, str]:
        answer = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        return {str(name): value for name, value in answer["Attributes"].items()}
