"""Messages in the request queue that dispatch has not taken yet.

To look at a message is to receive it, of which eight times end in the dead-letter
queue. So it is done only where there are some, and once for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import batched
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from headrace_client.evolution.bodies_read import candidate_of
from headrace_client.evolution.findings import Candidate, Kind, Unchecked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

MESSAGES_MAX = 100
"""Messages looked at; a queue that dispatch keeps up with has a handful."""

HELD_SECONDS = 10
"""For how long a message that we looked at is kept from dispatch, and from us."""

_BATCH = 10  # Amazon SQS API Reference, ReceiveMessage: at most 10 messages


@dataclass(frozen=True, slots=True, kw_only=True)
class UntakenMessages:
    """The messages of a queue.

    Attributes:
        sqs: A low-level client.
        url: The queue's.
        messages_max: How many are looked at.
        now: The clock.
    """

    sqs: SQSClient
    url: str
    messages_max: int = MESSAGES_MAX
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def what(self) -> str:
        """See `Source`."""
        return "messages in the request queue"

    def candidates(
        self, names: frozenset[str], on_progress: Callable[[str], object]
    ) -> Iterator[Candidate | Unchecked]:
        """See `Source`. What was received is given back at once."""
        del on_progress
        waiting, under_way = self._numbers()
        if under_way:
            yield Unchecked(
                f"{under_way} messages were taken by dispatch and not answered yet."
            )
        if not waiting:
            return
        messages = self._received()
        if waiting > len(messages):
            yield Unchecked(
                f"About {waiting} messages wait in the request queue;"
                f" {len(messages)} were looked at."
            )
        for message in messages:
            found = candidate_of(
                message["Body"],
                kind=Kind.MESSAGE,
                name=message["MessageId"],
                names=names,
                at=self.now(),
            )
            if found is not None:
                yield found

    def _numbers(self) -> tuple[int, int]:
        """Return how many wait, and how many dispatch is working on; about."""
        wanted: Final = "ApproximateNumberOfMessages"
        under_way: Final = "ApproximateNumberOfMessagesNotVisible"
        numbers = self.sqs.get_queue_attributes(
            QueueUrl=self.url, AttributeNames=[wanted, under_way]
        )["Attributes"]
        return int(numbers[wanted]), int(numbers[under_way])

    def _received(self) -> list[MessageTypeDef]:
        messages: dict[str, MessageTypeDef] = {}
        try:
            while len(messages) < self.messages_max:
                page = self.sqs.receive_message(
                    QueueUrl=self.url,
                    MaxNumberOfMessages=_BATCH,
                    VisibilityTimeout=HELD_SECONDS,
                    WaitTimeSeconds=1,  # asks all of SQS's servers, not some
                ).get("Messages", [])
                new = {message["MessageId"]: message for message in page}
                if not new.keys() - messages.keys():
                    break
                messages |= new
        finally:
            self._give_back(list(messages.values()))
        return list(messages.values())

    def _give_back(self, messages: list[MessageTypeDef]) -> None:
        for some in batched(messages, _BATCH, strict=False):
            entries = [
                {
                    "Id": str(number),
                    "ReceiptHandle": message["ReceiptHandle"],
                    "VisibilityTimeout": 0,
                }
                for number, message in enumerate(some)
            ]
            try:
                self.sqs.change_message_visibility_batch(
                    QueueUrl=self.url,
                    Entries=entries,  # type: ignore[arg-type]  # a TypedDict
                )
            except ClientError:
                return  # they come back by themselves in a moment
