"""Amazon SQS in memory, called like boto3's low-level client.

Standard queues only. It never fails, duplicates or loses by chance: whoever wants that
wraps it. No call waits, because the clock is the caller's; what nobody here asks for is
left out: permissions, tags, the limit on messages in flight.
"""

# Longer than other modules because a client has a method for each call.

from __future__ import annotations

from datetime import timedelta
from threading import RLock
from typing import TYPE_CHECKING, Any

from headrace_local.memory_sdk.calls import api_call
from headrace_local.memory_sdk.queue_attributes import (
    VISIBILITY_SECONDS_MAX,
    attributes_of,
    invalid_value,
    within,
)
from headrace_local.memory_sdk.queue_messages import MessageQueue, oldest
from headrace_local.memory_sdk.queue_receives import bury, redriven, told
from headrace_local.memory_sdk.queue_sends import (
    batch_done,
    check_batch_size,
    check_most,
    sent,
)
from headrace_local.memory_sdk.service_errors import Refused, answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from headrace_local.ecs.clock import Clock
    from headrace_local.memory_sdk.queue_messages import Pick, SqsMessage

_URL = "https://sqs.us-east-1.amazonaws.com/123456789012/"
_ARN = "arn:aws:sqs:us-east-1:123456789012:"
_MESSAGE = "DelaySeconds MessageAttributes MessageSystemAttributes MessageGroupId"
_RECEIVE = (
    "MaxNumberOfMessages VisibilityTimeout WaitTimeSeconds AttributeNames"
    " MessageSystemAttributeNames MessageAttributeNames"
)


class MemorySqs:
    """Queues in memory. Threads may share it; its calls are made one at a time.

    Args:
        clock: Says when a message was sent and when a hidden one is back.
        new_id: Makes the ids of messages and tasks, each another one.
        pick: Chooses which visible messages a receive gives, and in which order; by
            default those that came first.
    """

    def __init__(
        self, clock: Clock, *, new_id: Callable[[], str], pick: Pick = oldest
    ) -> None:
        self._clock = clock
        self._new_id = new_id
        self._pick = pick
        self._queues: dict[str, MessageQueue] = {}
        self._lock = RLock()

    def messages(self, queue_url: str) -> Sequence[SqsMessage]:
        """Return everything that lies in a queue, in the order in which it came.

        Raises:
            KeyError: There is no such queue.
        """
        with self._lock:
            return self._queues[queue_url].messages(self._clock.now())

    @api_call("CreateQueue", "QueueName", "Attributes tags")
    def create_queue(self, request: dict[str, Any]) -> dict[str, Any]:
        """Create a queue; one that is there already is left as it is."""
        name, attributes = request["QueueName"], request.get("Attributes", {})
        url = _URL + name
        queue = self._queues.get(url)
        if queue is None:
            now = self._clock.now()
            parsed = attributes_of(attributes)
            queue = MessageQueue(
                url=url, arn=_ARN + name, attributes=parsed, created_at=now
            )
            self._check_target(queue)
            self._queues[url] = queue
        elif not attributes.items() <= queue.attributes.told.items():
            raise Refused(
                "QueueAlreadyExists",
                "A queue already exists with the same name and a different value for"
                " its attributes",
            )
        return answer(QueueUrl=url)

    @api_call("GetQueueUrl", "QueueName", "QueueOwnerAWSAccountId")
    def get_queue_url(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return a queue's URL."""
        return answer(QueueUrl=self._queue(_URL + request["QueueName"]).url)

    @api_call("GetQueueAttributes", "QueueUrl", "AttributeNames")
    def get_queue_attributes(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return a queue's attributes, and how many messages it holds."""
        queue = self._queue(request["QueueUrl"])
        known = {
            "QueueArn": queue.arn,
            "CreatedTimestamp": str(int(queue.created_at.timestamp())),
            "LastModifiedTimestamp": str(int(queue.changed_at.timestamp())),
            **queue.counts(self._clock.now()),
            **queue.attributes.told,
        }
        wanted = request.get("AttributeNames", ())
        shown = {n: v for n, v in known.items() if n in wanted or "All" in wanted}
        return answer(Attributes=shown) if shown else answer()

    @api_call("SetQueueAttributes", "QueueUrl Attributes")
    def set_queue_attributes(self, request: dict[str, Any]) -> dict[str, Any]:
        """Change a queue's attributes; messages that are hidden stay so."""
        queue = self._queue(request["QueueUrl"])
        standing = queue.attributes
        queue.attributes = attributes_of(request["Attributes"], standing.told)
        try:
            self._check_target(queue)
        except Refused:
            queue.attributes = standing
            raise
        queue.changed_at = self._clock.now()
        return answer()

    @api_call("SendMessage", "QueueUrl MessageBody", _MESSAGE)
    def send_message(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send a message."""
        queue, now = self._queue(request["QueueUrl"]), self._clock.now()
        return answer(**sent(queue, request, self._new_id(), now))

    @api_call("SendMessageBatch", "QueueUrl Entries")
    def send_message_batch(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send up to 10 messages, each of which succeeds or fails by itself."""
        queue, entries = self._queue(request["QueueUrl"]), request["Entries"]
        now = self._clock.now()
        check_batch_size(entries)
        done = batch_done(
            entries, lambda entry: sent(queue, entry, self._new_id(), now)
        )
        return answer(**done)

    @api_call("ReceiveMessage", "QueueUrl", _RECEIVE)
    def receive_message(self, request: dict[str, Any]) -> dict[str, Any]:
        """Receive up to 10 visible messages, and hide them from other receivers."""
        queue = self._queue(request["QueueUrl"])
        most = check_most(request.get("MaxNumberOfMessages", 1))
        visibility = queue.attributes.visibility
        if "VisibilityTimeout" in request:
            visibility = _visibility(request)
        now = self._clock.now()
        redrive = queue.attributes.redrive
        if redrive is not None:
            dead = self._queue(_URL + redrive.target_arn.removeprefix(_ARN))
            bury(queue, dead, redrive.receives_max, now)
        picked = self._pick(queue.url, queue.visible(now), most)
        received = [queue.receive(message, now, visibility) for message in picked]
        shown = [told(message, request) for message in received]
        return answer(Messages=shown) if shown else answer()

    @api_call("DeleteMessage", "QueueUrl ReceiptHandle")
    def delete_message(self, request: dict[str, Any]) -> dict[str, Any]:
        """Delete a message by its latest receipt; an older one deletes nothing."""
        self._queue(request["QueueUrl"]).delete(request["ReceiptHandle"])
        return answer()

    @api_call("DeleteMessageBatch", "QueueUrl Entries")
    def delete_message_batch(self, request: dict[str, Any]) -> dict[str, Any]:
        """Delete up to 10 messages, likewise."""
        queue = self._queue(request["QueueUrl"])

        def delete(entry: Mapping[str, Any]) -> Mapping[str, Any]:
            queue.delete(entry["ReceiptHandle"])
            return {}

        return answer(**batch_done(request["Entries"], delete))

    @api_call("ChangeMessageVisibility", "QueueUrl ReceiptHandle VisibilityTimeout")
    def change_message_visibility(self, request: dict[str, Any]) -> dict[str, Any]:
        """Change for how long from now a received message is hidden."""
        queue, visibility = self._queue(request["QueueUrl"]), _visibility(request)
        queue.hide(request["ReceiptHandle"], self._clock.now(), visibility)
        return answer()

    @api_call("ChangeMessageVisibilityBatch", "QueueUrl Entries")
    def change_message_visibility_batch(
        self, request: dict[str, Any]
    ) -> dict[str, Any]:
        """Change it for up to 10 messages, each by itself."""
        queue, now = self._queue(request["QueueUrl"]), self._clock.now()

        def change(entry: Mapping[str, Any]) -> Mapping[str, Any]:
            queue.hide(entry["ReceiptHandle"], now, _visibility(entry))
            return {}

        return answer(**batch_done(request["Entries"], change))

    @api_call(
        "StartMessageMoveTask",
        "SourceArn",
        "DestinationArn MaxNumberOfMessagesPerSecond",
    )
    def start_message_move_task(self, request: dict[str, Any]) -> dict[str, Any]:
        """Move the visible messages of a dead-letter queue back, all at once.

        Without a destination each one goes to the queue that it came from.
        """
        dead = self._queue_of_arn(request["SourceArn"])
        if not any(
            queue.attributes.redrive and queue.attributes.redrive.target_arn == dead.arn
            for queue in self._queues.values()
        ):
            raise invalid_value(
                dead.arn,
                "SourceArn",
                "Source queue must be configured as a Dead Letter Queue.",
            )
        now = self._clock.now()
        for message in dead.visible(now):
            arn = request.get("DestinationArn", message.source_arn)
            if arn is not None:  # without a source there is no way back
                target = self._queue_of_arn(arn)
                dead.take(message)
                target.add(redriven(message, self._new_id(), now))
        return answer(TaskHandle=self._new_id())

    def _queue(self, url: str) -> MessageQueue:
        queue = self._queues.get(url)
        if queue is None:
            raise Refused(
                "AWS.SimpleQueueService.NonExistentQueue",
                "The specified queue does not exist.",
            )
        return queue

    def _queue_of_arn(self, arn: str) -> MessageQueue:
        queue = self._queues.get(_URL + arn.removeprefix(_ARN))
        if queue is None:
            raise Refused(
                "ResourceNotFoundException",
                "The resource that you specified for the ARN does not exist.",
            )
        return queue

    def _check_target(self, queue: MessageQueue) -> None:
        redrive = queue.attributes.redrive
        if redrive and _URL + redrive.target_arn.removeprefix(_ARN) not in self._queues:
            raise invalid_value(
                queue.attributes.told["RedrivePolicy"],
                "RedrivePolicy",
                "Dead letter target does not exist.",
            )


def _visibility(request: Mapping[str, Any]) -> timedelta:
    seconds = request["VisibilityTimeout"]
    return timedelta(
        seconds=within(seconds, "VisibilityTimeout", VISIBILITY_SECONDS_MAX)
    )
