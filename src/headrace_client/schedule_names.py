"""What of a deployment its schedules need: group, role and queues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from headrace_client.connection import outputs_of
from headrace_client.errors import NotConfiguredError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace_client.connection import Connection

_SOURCES = {
    "group": ("HEADRACE_SCHEDULE_GROUP_NAME", "ScheduleGroupName"),
    "role_arn": ("HEADRACE_SCHEDULER_ROLE_ARN", "SchedulerRoleArn"),
    "queue_arn": ("HEADRACE_REQUEST_QUEUE_ARN", "RequestQueueArn"),
    "dead_letters_arn": (
        "HEADRACE_REQUEST_DEAD_LETTER_QUEUE_ARN",
        "RequestDeadLetterQueueArn",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleNames:
    """The names that a schedule is made of.

    Attributes:
        group: The deployment's group of schedules.
        role_arn: What they send with.
        queue_arn: Where they send to.
        dead_letters_arn: Where a slot ends that could not be sent.
    """

    group: str
    role_arn: str
    queue_arn: str
    dead_letters_arn: str

    @classmethod
    def of(cls, connection: Connection) -> Self:
        """Return those of a deployment, from where its other names are from.

        Raises:
            NotConfiguredError: Some are not told.
            UnreachableError: AWS did not answer.
        """
        if connection.stack_name is None:
            return cls._from(connection.clients.variables, 0, "set")
        outputs = outputs_of(connection.stack_name, connection.clients)
        return cls._from(outputs, 1, f"among the outputs of {connection.stack_name}")

    @classmethod
    def _from(cls, values: Mapping[str, str], source: int, where: str) -> Self:
        names = {field: both[source] for field, both in _SOURCES.items()}
        missing = [name for name in names.values() if not values.get(name)]
        if missing:
            raise NotConfiguredError(
                f"The deployment's schedules are not known: {', '.join(missing)} not"
                f" {where}.",
                advice="Name the stack (--stack NAME) of a deployment of this release;"
                " on a laptop, paste the export lines of `headrace local up` again.",
            )
        return cls(**{field: values[name] for field, name in names.items()})
