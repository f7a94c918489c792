"""What DynamoDB's failures mean: a condition that failed, a busy store, or a bug.

Knows no items. Everything it does not know is left as botocore raised it: a denied
or malformed call is not made better by waiting.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from botocore.exceptions import (
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's: no connection was made
    HTTPClientError,
    IncompleteReadError,
)

from headrace.errors import StoreBusy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headrace.aws.wire_values import Item

CONDITION_FAILED = "ConditionalCheckFailedException"
CANCELLED_BY_CONDITION = "ConditionalCheckFailed"
"""The same, as the reason why a transaction was cancelled."""

BUSY_CODES = frozenset(
    {
        "InternalServerError",
        "ItemCollectionSizeLimitExceededException",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "ReplicatedWriteConflictException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
"""Codes after which the same write may succeed in a while.

Source: Amazon DynamoDB Developer Guide, "Error handling with DynamoDB". The SDK does
not retry transaction conflicts by itself.
"""

BUSY_REASONS = frozenset(
    {"ProvisionedThroughputExceeded", "ThrottlingError", "TransactionConflict"}
)
"""Likewise, as the reason why a transaction was cancelled."""


_NO_ANSWER = (ConnectionError, HTTPClientError, IncompleteReadError)
"""What botocore raises where nothing came back; the rest it raises is a wrong call."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A condition failed; `item` is what stands, None where nothing does."""

    item: Item | None


@contextmanager
def busy_told(action: str) -> Iterator[None]:
    """Raise what may pass by waiting as `StoreBusy`, with its cause.

    Args:
        action: What was tried, for the message: `"store job abc"`.

    Raises:
        StoreBusy: DynamoDB throttled, failed or did not answer; whether a write was
            done is not known.
    """
    try:
        yield
    except ClientError as error:
        if not _is_busy(error):
            raise
        raise StoreBusy(f"{action}: {error}") from error
    except _NO_ANSWER as error:
        raise StoreBusy(f"{action}: {error}") from error


def write_if(
    operation: Callable[..., Any], action: str, request: dict[str, Any]
) -> Obstacle | None:
    """Send a conditional write; return what its condition met, None when done.

    Raises:
        StoreBusy: As `busy_told`.
    """
    try:
        with busy_told(action):
            operation(**request, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    except ClientError as error:
        if error_code(error) != CONDITION_FAILED:
            raise
        response: dict[str, Any] = dict(error.response)
        return Obstacle(response.get("Item"))
    return None


def error_code(error: ClientError) -> str:
    """Return DynamoDB's code of an error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def cancellation_codes(error: ClientError) -> list[str]:
    """Return why each action of a cancelled transaction failed; `None` as text."""
    reasons = error.response.get("CancellationReasons", [])
    return [str(reason.get("Code", "None")) for reason in reasons]


def _is_busy(error: ClientError) -> bool:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return (
        error_code(error) in BUSY_CODES
        or status >= HTTPStatus.INTERNAL_SERVER_ERROR
        or status == HTTPStatus.TOO_MANY_REQUESTS
        or not BUSY_REASONS.isdisjoint(cancellation_codes(error))
    )
