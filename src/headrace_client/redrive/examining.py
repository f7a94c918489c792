"""What is known of dead letters: what they are about, and what went wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from headrace_client.errors import ClientError
from headrace_client.redrive.letters import About, DeadLetter
from headrace_client.redrive.ports import LastError
from headrace_client.redrive.queues import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from headrace_client.redrive.ports import Depth, StageLog

_ERROR_CODE, _ERROR_MESSAGE = "ERROR_CODE", "ERROR_MESSAGE"
"""Attributes by which EventBridge says why: EventBridge User Guide, "Using dead-letter
queues to process undelivered events"; EventBridge Scheduler's are called the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A dead letter, what it is about, and what went wrong with it last.

    Attributes:
        last_error: None where nothing is known.
    """

    letter: DeadLetter
    about: About
    last_error: LastError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was found in dead-letter queues.

    Attributes:
        examined: The messages, by queue and age.
        left: By queue: what is there beside them, about.
        unseen: What could not be looked at, and why, a sentence each.
    """

    examined: tuple[Examined, ...]
    left: Mapping[str, Depth]
    unseen: tuple[str, ...]


def examine(
    letters: Iterable[DeadLetter],
    *,
    about: Callable[[DeadLetter], About],
    logs: Mapping[str, StageLog],
) -> tuple[Sequence[Examined], tuple[str, ...]]:
    """Return what is known of messages, and what could not be looked at.

    Args:
        letters: The messages.
        about: Reads what one is about.
        logs: Of the functions that failed on a queue's messages, by the queue's name.
    """
    letters = list(letters)
    subjects = {letter.message_id: about(letter) for letter in letters}
    errors: dict[str, LastError] = {}
    unseen: list[str] = []
    for name in dict.fromkeys(letter.queue_name for letter in letters):
        of_queue = [letter for letter in letters if letter.queue_name == name]
        keys = {
            letter.message_id: arn
            for letter in of_queue
            if (arn := subjects[letter.message_id].task_arn) is not None
        }
        try:
            errors |= _logged(name, of_queue, keys, logs)
        except ClientError as error:
            unseen.append(f"The log about {name} was not read. {error.problem}")
    examined = [
        Examined(
            letter=letter,
            about=subjects[letter.message_id],
            last_error=error_in_attributes(letter) or errors.get(letter.message_id),
        )
        for letter in letters
    ]
    return examined, tuple(unseen)


def error_in_attributes(letter: DeadLetter) -> LastError | None:
    """Return what EventBridge says in a message's attributes; None for nothing."""
    if _ERROR_CODE not in letter.attributes:
        return None
    return LastError(
        error=letter.attributes[_ERROR_CODE],
        detail=letter.attributes.get(_ERROR_MESSAGE, ""),
    )


def _logged(
    name: str,
    letters: Sequence[DeadLetter],
    keys: Mapping[str, str],
    logs: Mapping[str, StageLog],
) -> Mapping[str, LastError]:
    if name in logs:
        return logs[name].last_errors(letters, keys)
    if BY_NAME[name].events:
        raise ClientError(
            "The log group's name is not known.", advice="Name the stack: --stack."
        )
    return {}
