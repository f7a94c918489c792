"""A queue's attributes: their limits, and what they say when they are set.

Source: Amazon SQS API Reference, SetQueueAttributes, and Developer Guide, "Amazon SQS
message quotas".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from headrace_local.memory_sdk.service_errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

VISIBILITY_SECONDS_MAX = 43_200
DELAY_SECONDS_MAX = 900
MESSAGE_BYTES_MAX = 1_048_576
RECEIVES_MAX = 1_000

_DEFAULTS = {
    "VisibilityTimeout": "30",
    "DelaySeconds": "0",
    "MaximumMessageSize": str(MESSAGE_BYTES_MAX),
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "SqsManagedSseEnabled": "true",
}
_RANGES = {
    "VisibilityTimeout": (0, VISIBILITY_SECONDS_MAX),
    "DelaySeconds": (0, DELAY_SECONDS_MAX),
    "MaximumMessageSize": (1_024, MESSAGE_BYTES_MAX),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
}
_OTHERS = frozenset(
    {
        "KmsDataKeyReusePeriodSeconds",
        "KmsMasterKeyId",
        "Policy",
        "RedriveAllowPolicy",
        "RedrivePolicy",
        "SqsManagedSseEnabled",
    }
)


def invalid_value(value: object, parameter: str, reason: str) -> Refused:
    """Return the refusal of a parameter's value."""
    return Refused(
        "InvalidParameterValue",
        f"Value {value} for parameter {parameter} is invalid. Reason: {reason}",
    )


def within(value: int, parameter: str, highest: int) -> int:
    """Return a number of a request if it lies within its limits, from 0.

    Raises:
        Refused: It does not.
    """
    if not 0 <= value <= highest:
        raise invalid_value(value, parameter, f"Must be between 0 and {highest}.")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Redrive:
    """After how many receives a message goes to which dead-letter queue."""

    target_arn: str
    receives_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueAttributes:
    """What a queue's attributes say.

    Attributes:
        told: As they were set, defaults included.
        redrive: None keeps messages however often they are received.
    """

    told: Mapping[str, str]
    visibility: timedelta
    delay: timedelta
    retention: timedelta
    message_bytes_max: int
    redrive: Redrive | None


def attributes_of(
    changes: Mapping[str, Any], standing: Mapping[str, str] | None = None
) -> QueueAttributes:
    """Return a queue's attributes after a change.

    Raises:
        Refused: A name or a value is none that SQS takes.
        NotImplementedError: The queue would be FIFO.
    """
    told = dict(_DEFAULTS if standing is None else standing)
    for name, value in changes.items():
        if name == "FifoQueue":
            raise NotImplementedError("FifoQueue: only standard queues are in memory")
        _check(name, str(value))
        told[name] = str(value)
    redrive = _redrive(told)
    if redrive is None:
        told.pop("RedrivePolicy", None)
    return QueueAttributes(
        told=told,
        visibility=timedelta(seconds=int(told["VisibilityTimeout"])),
        delay=timedelta(seconds=int(told["DelaySeconds"])),
        retention=timedelta(seconds=int(told["MessageRetentionPeriod"])),
        message_bytes_max=int(told["MaximumMessageSize"]),
        redrive=redrive,
    )


def _check(name: str, value: str) -> None:
    if name in _OTHERS:
        return
    if name not in _RANGES:
        raise Refused("InvalidAttributeName", f"Unknown Attribute {name}.")
    lowest, highest = _RANGES[name]
    if not value.isdecimal() or not lowest <= int(value) <= highest:
        raise Refused(
            "InvalidAttributeValue", f"Invalid value for the parameter {name}."
        )


def _redrive(told: Mapping[str, str]) -> Redrive | None:
    policy = told.get("RedrivePolicy", "")
    if not policy:
        return None
    try:
        parsed = json.loads(policy)
        redrive = Redrive(
            target_arn=parsed["deadLetterTargetArn"],
            receives_max=int(parsed["maxReceiveCount"]),
        )
    except (KeyError, TypeError, ValueError):
        raise invalid_value(
            policy, "RedrivePolicy", "Redrive policy is not a valid JSON map."
        ) from None
    if not 1 <= redrive.receives_max <= RECEIVES_MAX:
        raise invalid_value(
            policy,
            "RedrivePolicy",
            f"Invalid value for maxReceiveCount: {redrive.receives_max}, valid values"
            f" are from 1 to {RECEIVES_MAX} both inclusive.",
        )
    return redrive
