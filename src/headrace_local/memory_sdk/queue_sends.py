"""Sending: what makes a message, and what is no message that SQS takes."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import md5
from typing import TYPE_CHECKING, Any

from headrace_local.memory_sdk.queue_attributes import (
    DELAY_SECONDS_MAX,
    MESSAGE_BYTES_MAX,
    invalid_value,
    within,
)
from headrace_local.memory_sdk.queue_messages import SqsMessage
from headrace_local.memory_sdk.service_errors import Refused
from headrace_local.memory_sdk.wire_items import size_of_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from headrace_local.memory_sdk.queue_messages import MessageQueue

ENTRIES_MAX = 10
"""Amazon SQS API Reference, SendMessageBatch."""

_ID_CHARACTERS_MAX = 80
_ID_CHARACTERS = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
)
_SQS = "AWS.SimpleQueueService"


def sent(
    queue: MessageQueue, told: Mapping[str, Any], message_id: str, now: datetime
) -> dict[str, Any]:
    """Put a message into a queue; return what the sender is told.

    Raises:
        Refused: It is no message that SQS takes.
    """
    body = told["MessageBody"]
    _check_body(body)
    size = size_of_message(told)
    if size > queue.attributes.message_bytes_max:
        raise Refused(
            "InvalidParameterValue",
            "One or more parameters are invalid. Reason: Message must be shorter than"
            f" {queue.attributes.message_bytes_max} bytes.",
        )
    delay = queue.attributes.delay
    if "DelaySeconds" in told:
        seconds = within(told["DelaySeconds"], "DelaySeconds", DELAY_SECONDS_MAX)
        delay = timedelta(seconds=seconds)
    queue.add(
        SqsMessage(
            message_id=message_id,
            body=body,
            sent_at=now,
            visible_at=now + delay,
            attributes=_copied(told.get("MessageAttributes", {})),
            system_attributes=_system_attributes(told),
        )
    )
    return {"MessageId": message_id, "MD5OfMessageBody": digest(body)}


def digest(body: str) -> str:
    """Return a body's MD5, which SQS gives for comparing."""
    return md5(body.encode(), usedforsecurity=False).hexdigest()


def size_of_message(told: Mapping[str, Any]) -> int:
    """Return a message's bytes: its body, and its attributes with names and types."""
    size = size_of_text(told["MessageBody"])
    for name, attribute in told.get("MessageAttributes", {}).items():
        value = attribute.get("StringValue", attribute.get("BinaryValue", ""))
        size += size_of_text(name) + size_of_text(attribute["DataType"])
        size += size_of_text(value) if isinstance(value, str) else len(value)
    return size


def _copied(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: dict(attribute) for name, attribute in attributes.items()}


def _system_attributes(told: Mapping[str, Any]) -> dict[str, str]:
    attributes = {
        name: attribute["StringValue"]
        for name, attribute in told.get("MessageSystemAttributes", {}).items()
    }
    if "MessageGroupId" in told:
        attributes["MessageGroupId"] = told["MessageGroupId"]
    return attributes


def _check_body(body: str) -> None:
    if not body:
        raise Refused(
            "MissingParameter", "The request must contain the parameter MessageBody."
        )
    if not body.isprintable() and any(map(_is_refused, body)):
        raise Refused(
            "InvalidMessageContents",
            "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD |"
            " #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
        )


def _is_refused(character: str) -> bool:
    return not (
        character in "\t\n\r"
        or " " <= character <= "\ud7ff"
        or "\ue000" <= character <= "\ufffd"
        or character >= "\U00010000"
    )


def batch_done(
    entries: Sequence[Mapping[str, Any]],
    do: Callable[[Mapping[str, Any]], Mapping[str, Any]],
) -> dict[str, Any]:
    """Do each entry of a batch by itself; return which ones succeeded.

    Raises:
        Refused: The batch is none: empty, too long, or of unclear ids.
    """
    _check_entries([entry["Id"] for entry in entries])
    answer: dict[str, Any] = {}
    for entry in entries:
        try:
            done = {"Id": entry["Id"], **do(entry)}
        except Refused as refused:
            failed = {
                "Id": entry["Id"],
                "SenderFault": True,
                "Code": refused.code,
                "Message": refused.message,
            }
            answer.setdefault("Failed", []).append(failed)
        else:
            answer.setdefault("Successful", []).append(done)
    return answer


def check_batch_size(entries: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a batch of messages that together are too large.

    Raises:
        Refused: That.
    """
    size = sum(map(size_of_message, entries))
    if size > MESSAGE_BYTES_MAX:
        raise Refused(
            f"{_SQS}.BatchRequestTooLong",
            f"Batch requests cannot be longer than {MESSAGE_BYTES_MAX} bytes. You have"
            f" sent {size} bytes.",
        )


def _check_entries(ids: Sequence[str]) -> None:
    if not ids:
        raise Refused(
            f"{_SQS}.EmptyBatchRequest",
            "There should be at least one entry in the request.",
        )
    if len(ids) > ENTRIES_MAX:
        raise Refused(
            f"{_SQS}.TooManyEntriesInBatchRequest",
            f"Maximum number of entries per request are {ENTRIES_MAX}. You have sent"
            f" {len(ids)}.",
        )
    for each in ids:
        if not 0 < len(each) <= _ID_CHARACTERS_MAX or not _ID_CHARACTERS.issuperset(
            each
        ):
            raise Refused(
                f"{_SQS}.InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens"
                " and underscores. It can be at most 80 letters long.",
            )
    if len(set(ids)) != len(ids):
        repeated = next(each for each in ids if ids.count(each) > 1)
        raise Refused(f"{_SQS}.BatchEntryIdsNotDistinct", f"Id {repeated} repeated.")


def check_most(most: int) -> int:
    """Return how many messages to receive.

    Raises:
        Refused: It is not from 1 to 10.
    """
    if not 1 <= most <= ENTRIES_MAX:
        raise invalid_value(
            most,
            "MaxNumberOfMessages",
            f"Must be between 1 and {ENTRIES_MAX}, if provided.",
        )
    return most
