"""What AWS's errors mean for the person at the keyboard.

One table by error code; nothing is guessed from an error's text.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore import exceptions as aws

from headrace.errors import HeadraceError, RecordUnreadable, TryLater
from headrace_client.errors import (
    ClientError,
    NotAllowedError,
    NotConfiguredError,
    UnreachableError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SIGN_IN = "Sign in again (`aws sso login`), or check AWS_PROFILE and the AWS_* keys."
_PERMIT = "Ask for the permission, or use a profile that has it."
_NAMES = "Check the HEADRACE_* variables or --stack, the region and the account."

_BY_CODE: Mapping[str, tuple[type[ClientError], str, str]] = {
    **dict.fromkeys(
        (
            "AccessDenied",
            "AccessDeniedException",
            "AWS.SimpleQueueService.AccessDenied",
        ),
        (NotAllowedError, "You are not allowed to", _PERMIT),
    ),
    **dict.fromkeys(
        (
            "ExpiredToken",
            "ExpiredTokenException",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        ),
        (NotConfiguredError, "Your credentials were refused: cannot", _SIGN_IN),
    ),
    **dict.fromkeys(
        (
            "AWS.SimpleQueueService.NonExistentQueue",
            "QueueDoesNotExist",
            "ResourceNotFoundException",
        ),
        (NotConfiguredError, "There is no such queue or table: cannot", _NAMES),
    ),
    **dict.fromkeys(
        ("ProvisionedThroughputExceededException", "ThrottlingException"),
        (UnreachableError, "AWS limits the call rate: cannot", "Try again later."),
    ),
}
"""Error code: the error to raise, its sentence's beginning, and what to try."""


@contextmanager
def speaking_to_aws(doing: str, *, endpoint: str | None = None) -> Iterator[None]:
    """Turn AWS's errors into the client's.

    Args:
        doing: What is being done, to go on after "cannot": "send the request".
        endpoint: Where it is done, if not at AWS's own address.

    Raises:
        ClientError: The call failed for a reason that the table knows, or AWS did
            not answer. Other errors pass.
    """
    try:
        yield
    except (aws.BotoCoreError, aws.ClientError, HeadraceError) as error:
        meaning = _meaning(error, doing, endpoint)
        if meaning is None:
            raise
        raise meaning from error


def _meaning(error: Exception, doing: str, endpoint: str | None) -> ClientError | None:
    """Return an error's meaning; None for what is not AWS's doing."""
    cause = (error.__cause__ if isinstance(error, TryLater) else None) or error
    match cause:
        case aws.ConnectionError() | aws.HTTPClientError():
            return _unanswered(doing, endpoint)
        case aws.ClientError():
            return _refused(cause, doing)
        case aws.NoCredentialsError() | aws.CredentialRetrievalError():
            return NotConfiguredError(
                f"Cannot {doing}: no AWS credentials were found.",
                advice="Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and"
                " AWS_SECRET_ACCESS_KEY, or sign in again (`aws sso login`).",
            )
        case TryLater():
            return UnreachableError(
                f"Cannot {doing} just now: {error}.", advice="Try again in a while."
            )
        case RecordUnreadable():
            return UnreachableError(
                f"Cannot {doing}: {error}.",
                advice="A newer Headrace may have written it; update this client.",
            )
        case _:
            return None


def _refused(error: aws.ClientError, doing: str) -> ClientError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    if code not in _BY_CODE:
        return UnreachableError(
            f"Cannot {doing}: {error}.", advice="See what AWS says about that code."
        )
    kind, start, advice = _BY_CODE[code]
    return kind(f"{start} {doing} ({code}).", advice=advice)


def _unanswered(doing: str, endpoint: str | None) -> UnreachableError:
    if endpoint is None:
        return UnreachableError(
            f"Cannot {doing}: AWS did not answer.",
            advice="Check the network and AWS_REGION, then try again.",
        )
    return UnreachableError(
        f"Cannot {doing}: nothing answers at {endpoint}.",
        advice=(
            "Start the laptop run (`headrace local up`) and paste its export lines,"
            " or unset AWS_ENDPOINT_URL to use AWS."
        ),
    )
