"""Sends events to the SQS targets of EventBridge rules, until the upstream takes them.

One thread; order is kept only as far as no fault and no retry disturbs it, as on AWS.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from headrace_local.ecs.routing import Routes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from headrace_local.ecs.clock import Timers
    from headrace_local.ecs.faults import Faults
    from headrace_local.ecs.routing import Target
    from headrace_local.ecs.settings import EngineSettings

logger = logging.getLogger(__name__)

BATCH_MESSAGES_MAX = 10
GATHERED_EVENTS_MAX = 200
RETRY_SECONDS_FIRST = 0.05
RETRY_SECONDS_MAX = 2.0

type Event = dict[str, Any]
type Message = tuple[Target, str]


class Delivery:
    """A queue of events and the thread that empties it.

    Args:
        events: A boto3 EventBridge client on the upstream.
        sqs: A boto3 SQS client on the upstream.
        faults: Events may be lost, sent twice or late.
        timers: Where late events wait.
        settings: Scales the lateness.
    """

    def __init__(
        self,
        *,
        events: Any,  # noqa: ANN401 - boto3 clients have no static type here
        sqs: Any,  # noqa: ANN401 - ditto
        faults: Faults,
        timers: Timers,
        settings: EngineSettings,
    ) -> None:
        self._routes = Routes(events)
        self._sqs = sqs
        self._faults = faults
        self._timers = timers
        self._settings = settings
        self._waiting: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._urls: dict[str, str] = {}
        self._unsent: list[Message] = []
        self._is_closing = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name="ecs-events", daemon=True
        )
        self.delivered_messages = 0

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def close(self, timeout_seconds: float = 2.0) -> None:
        """Send what waits, for so long at most, and end."""
        self._waiting.put(None)
        self._thread.join(timeout_seconds)
        self._is_closing.set()
        self._thread.join(timeout_seconds)

    def take(self, event: Event) -> None:
        """Send an event, with whatever fault waits for it."""
        detail = event["detail"]
        whom = {
            "started_by": detail.get("startedBy"),
            "last_status": detail["lastStatus"],
        }
        if self._faults.take("loseEvent", **whom) is not None:
            return
        copies = 2 if self._faults.take("duplicateEvent", **whom) is not None else 1
        late = self._faults.take("delayEvent", **whom)
        for _ in range(copies):
            if late is None:
                self._waiting.put(event)
            else:
                seconds = self._settings.scaled(late.seconds)
                self._timers.after(seconds, lambda: self._waiting.put(event))

    def _run(self) -> None:
        is_open = True
        while is_open:
            gathered, is_open = self._gather()
            self._until_answered(partial(self._route, gathered))
            self._until_answered(self._send)

    def _gather(self) -> tuple[list[Event], bool]:
        """Wait for an event and take with it what else waits."""
        gathered: list[Event] = []
        event = self._waiting.get()
        while event is not None:
            gathered.append(event)
            if len(gathered) == GATHERED_EVENTS_MAX:
                return gathered, True
            try:
                event = self._waiting.get_nowait()
            except queue.Empty:
                return gathered, True
        return gathered, False

    def _until_answered(self, step: Callable[[], bool]) -> None:
        seconds = RETRY_SECONDS_FIRST
        while not self._is_closing.is_set():
            try:
                if step():
                    return
            except (BotoCoreError, ClientError) as error:
                logger.warning("event delivery waits for the upstream: %s", error)
            time.sleep(seconds)
            seconds = min(seconds * 2, RETRY_SECONDS_MAX)

    def _route(self, gathered: list[Event]) -> bool:
        while gathered:
            event = gathered[0]
            targets = self._routes.targets(event)
            self._unsent += [(target, target.body(event)) for target in targets]
            gathered.pop(0)
        return True

    def _send(self) -> bool:
        """Send what is unsent; return whether nothing is left."""
        for arn in dict.fromkeys(target.queue_arn for target, _ in self._unsent):
            messages = [each for each in self._unsent if each[0].queue_arn == arn]
            for batch in _batches(messages):
                sent = self._send_batch(arn, batch)
                self._unsent = [each for each in self._unsent if id(each) not in sent]
        return not self._unsent

    def _send_batch(self, arn: str, batch: list[Message]) -> set[int]:
        """Send one batch; return which messages need no further try."""
        try:
            answer = self._sqs.send_message_batch(
                QueueUrl=self._url(arn), Entries=[*_entries(batch)]
            )
        except ClientError as error:
            if error.response["Error"]["Code"].endswith(
                ("NonExistentQueue", "QueueDoesNotExist")
            ):
                logger.error("events dropped: their target %s does not exist", arn)  # noqa: TRY400
                self._urls.pop(arn, None)
                return {id(each) for each in batch}
            raise
        done = [int(each["Id"]) for each in answer.get("Successful", ())]
        self.delivered_messages += len(done)
        return {id(batch[index]) for index in done}

    def _url(self, arn: str) -> str:
        if arn not in self._urls:
            *_, account, name = arn.split(":")
            answer = self._sqs.get_queue_url(
                QueueName=name, QueueOwnerAWSAccountId=account
            )
            self._urls[arn] = answer["QueueUrl"]
        return self._urls[arn]


def _batches(messages: list[Message]) -> Iterable[list[Message]]:
    for begin in range(0, len(messages), BATCH_MESSAGES_MAX):
        yield messages[begin : begin + BATCH_MESSAGES_MAX]


def _entries(batch: list[Message]) -> Iterable[dict[str, str]]:
    for index, (target, body) in enumerate(batch):
        entry = {"Id": str(index), "MessageBody": body}
        if target.message_group_id is not None:
            entry["MessageGroupId"] = target.message_group_id
        yield entry
