"""The dead-letter queues of a deployment: one line in `QUEUES` for each. Pure.

The runbook has a page for each of them, under the name of its alarm.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Contents(StrEnum):
    """What the messages of a dead-letter queue are, which decides what may be done."""

    REQUEST = "request"
    TASK_EVENT = "task event"
    TICK = "tick"
    ANNOUNCEMENT = "announcement"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterQueue:
    """One dead-letter queue.

    Attributes:
        name: What people call it.
        logical_id: In the template; its output is that and `Url`.
        variable: Instead of the output, where no stack is named.
        page: In docs/runbook, without `.md`.
        contents: What its messages are.
        events: The events of the log lines that tell why a message came here.
        why: Why messages come here, in a sentence.
    """

    name: str
    logical_id: str
    variable: str
    page: str
    contents: Contents
    events: tuple[str, ...]
    why: str

    @property
    def output(self) -> str:
        """The stack's output that has its URL."""
        return f"{self.logical_id}Url"


QUEUES = (
    DeadLetterQueue(
        name="requests",
        logical_id="RequestDeadLetterQueue",
        variable="HEADRACE_REQUEST_DEAD_LETTER_QUEUE_URL",
        page="request-dead-letters",
        contents=Contents.REQUEST,
        events=("dispatch.message_deferred", "dispatch.batch_deferred"),
        why="dispatch failed on it eight times: an outage, or a fault of Headrace;"
        " or a schedule could not send it",
    ),
    DeadLetterQueue(
        name="task-events",
        logical_id="TaskEventDeadLetterQueue",
        variable="HEADRACE_TASK_EVENT_DEAD_LETTER_QUEUE_URL",
        page="task-event-dead-letters",
        contents=Contents.TASK_EVENT,
        events=("record.message_deferred", "record.message_unreadable"),
        why="record failed on it eight times: an outage, or its job has no record",
    ),
    DeadLetterQueue(
        name="task-event-rule",
        logical_id="TaskEventRuleDeadLetterQueue",
        variable="HEADRACE_TASK_EVENT_RULE_DEAD_LETTER_QUEUE_URL",
        page="task-event-rule-dead-letters",
        contents=Contents.TASK_EVENT,
        events=(),
        why="EventBridge could not put it on the task event queue",
    ),
    DeadLetterQueue(
        name="schedules",
        logical_id="ScheduleDeadLetterQueue",
        variable="HEADRACE_SCHEDULE_DEAD_LETTER_QUEUE_URL",
        page="schedule-dead-letters",
        contents=Contents.TICK,
        events=(),
        why="EventBridge Scheduler could not invoke reconcile with it",
    ),
    DeadLetterQueue(
        name="announcements",
        logical_id="AnnounceDeadLetterQueue",
        variable="HEADRACE_ANNOUNCE_DEAD_LETTER_QUEUE_URL",
        page="announce-dead-letters",
        contents=Contents.ANNOUNCEMENT,
        events=(),
        why="announce could not publish or answer it, or read the record; it says why",
    ),
)

BY_NAME: Mapping[str, DeadLetterQueue] = {queue.name: queue for queue in QUEUES}


def urls_from(values: Mapping[str, str], *, is_stack: bool) -> Mapping[str, str]:
    """Return the URL of each queue that outputs, or variables, name."""
    named = {
        queue.name: values.get(queue.output if is_stack else queue.variable)
        for queue in QUEUES
    }
    return {name: url for name, url in named.items() if url}
