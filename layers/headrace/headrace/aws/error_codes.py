"""What ECS's answers to RunTask mean: one table of codes, one of failure reasons.

A code that is not here is no refusal: nobody knows what it did, so a task may exist.
Texts are only read where AWS hides a throttle or a quota behind another code.
"""

from __future__ import annotations

from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING

from headrace.launches.launch import RefusalKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CONFLICT = "ConflictException"
"""The client token is taken by a request with other parameters."""

UNANSWERED_CODES = frozenset(
    {
        "InternalFailure",
        "InternalServerError",
        "RequestAbortedException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServerException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
    }
)
"""Codes that AWS lists and that do not say whether the call took effect."""

THROTTLE_CODES = frozenset(
    {
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
"""Codes of a call that AWS did not take because others came too fast."""

REFUSAL_CODES: Mapping[str, RefusalKind] = MappingProxyType(
    dict.fromkeys(THROTTLE_CODES, RefusalKind.THROTTLED)
    | {
        "LimitExceededException": RefusalKind.CAPACITY,
        # Who calls, or with what: waiting may help while permissions spread.
        "AccessDenied": RefusalKind.DENIED,
        "AccessDeniedException": RefusalKind.DENIED,
        "BlockedException": RefusalKind.DENIED,
        "ExpiredToken": RefusalKind.DENIED,
        "ExpiredTokenException": RefusalKind.DENIED,
        "IncompleteSignature": RefusalKind.DENIED,
        "InvalidClientTokenId": RefusalKind.DENIED,
        "InvalidSignatureException": RefusalKind.DENIED,
        "MissingAuthenticationToken": RefusalKind.DENIED,
        "MissingAuthenticationTokenException": RefusalKind.DENIED,
        "NotAuthorized": RefusalKind.DENIED,
        "OptInRequired": RefusalKind.DENIED,
        "RequestExpired": RefusalKind.DENIED,
        "SignatureDoesNotMatch": RefusalKind.DENIED,
        "UnrecognizedClientException": RefusalKind.DENIED,
        # What is asked for: the same request can never work.
        "ClientException": RefusalKind.PERMANENT,
        "ClusterNotFoundException": RefusalKind.PERMANENT,
        "InvalidParameterException": RefusalKind.PERMANENT,
        "MalformedHttpRequestException": RefusalKind.PERMANENT,
        "PlatformTaskDefinitionIncompatibilityException": RefusalKind.PERMANENT,
        "PlatformUnknownException": RefusalKind.PERMANENT,
        "RequestEntityTooLargeException": RefusalKind.PERMANENT,
        "SerializationException": RefusalKind.PERMANENT,
        "UnknownOperationException": RefusalKind.PERMANENT,
        "UnsupportedFeatureException": RefusalKind.PERMANENT,
        "ValidationError": RefusalKind.PERMANENT,
        "ValidationException": RefusalKind.PERMANENT,
    }
)
"""Codes by which ECS says that it made no task.

Sources: Amazon ECS API Reference, RunTask, "Errors", and "Common Errors".
"""

_CODES_THAT_HIDE = frozenset({"ClientException", "InvalidParameterException"})
_HIDDEN: Mapping[str, RefusalKind] = MappingProxyType(
    {
        # ECS calls EC2 for the caller and wraps EC2's throttle.
        "(ErrorCode: Throttling)": RefusalKind.THROTTLED,
        "RequestLimitExceeded": RefusalKind.THROTTLED,
        "Request limit exceeded": RefusalKind.THROTTLED,
        "Rate exceeded": RefusalKind.THROTTLED,
        # RunTask, "Errors", ClientException; and the quota of tasks in an account.
        "Tasks provisioning capacity limit exceeded": RefusalKind.CAPACITY,
        "reached the limit on the number of": RefusalKind.CAPACITY,
    }
)

_REASONS: Mapping[str, RefusalKind] = MappingProxyType(
    {
        "AGENT": RefusalKind.TRANSIENT,
        "ATTRIBUTE": RefusalKind.PERMANENT,
        "INACTIVE": RefusalKind.PERMANENT,
        "LOCATION": RefusalKind.PERMANENT,
        "MISSING": RefusalKind.PERMANENT,
    }
)
_CAPACITY_TEXTS = ("Capacity is unavailable", "reached the limit on the number of")
_MOST_HOPEFUL = (RefusalKind.CAPACITY, RefusalKind.TRANSIENT, RefusalKind.PERMANENT)


def refusal_of_error(code: str, message: str, status: int) -> RefusalKind | None:
    """Return what an error answer means; None where a task may exist all the same.

    Args:
        code: AWS's error code.
        message: The sentence that came with it.
        status: The HTTP status; from 500 on, no code says what happened.
    """
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return None
    if code in _CODES_THAT_HIDE:
        for text, kind in _HIDDEN.items():
            if text.lower() in message.lower():
                return kind
    return REFUSAL_CODES.get(code)


def refusal_of_reason(reason: str) -> RefusalKind | None:
    """Return what one of RunTask's `failures` means; None where AWS listed it not.

    Source: Amazon ECS Developer Guide, "Amazon ECS API failure reasons".
    """
    if reason.startswith("RESOURCE") or any(text in reason for text in _CAPACITY_TEXTS):
        return RefusalKind.CAPACITY
    return _REASONS.get(reason)


def refusal_of_reasons(reasons: Iterable[str]) -> RefusalKind:
    """Return what all failures of one answer mean together: the most hopeful one.

    An unknown reason passes for a transient one: launches are bounded, and the reason
    stands in the refusal.
    """
    kinds = {refusal_of_reason(each) or RefusalKind.TRANSIENT for each in reasons}
    return next(kind for kind in _MOST_HOPEFUL if kind in kinds)
