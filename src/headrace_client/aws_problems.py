"""What AWS's errors mean for the person at the keyboard.

One table by error code; nothing is guessed from an error's text.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore import exceptions as aws

from headrace.errors import RecordUnreadable, TryLater
from headrace_client.errors import (
    ClientError,
    NotConfiguredError,
    NotFoundError,
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
        (UnreachableError, "You are not allowed to", _PERMIT),
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
        (NotFoundError, "There is no such queue or table: cannot", _NAMES),
    ),
    **dict.fromkeys(
        ("ProvisionedThroughputExceededException", "ThrottlingException"),
        (UnreachableError, "AWS limits the call rate: cannot", "Try again later."),
    ),
}
"""Error code: the error to raise, its sentence's beginning, and what to try."""

_UNANSWERED = (
    aws.ConnectionError,  # includes refused, timed out and name not resolved
    aws.HTTPClientError,
)


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
    except aws.NoCredentialsError as error:
        raise NotConfiguredError(
            f"Cannot {doing}: no AWS credentials were found.",
            advice="Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        ) from error
    except (
        aws.ProfileNotFound,
        aws.NoRegionError,
        aws.CredentialRetrievalError,
    ) as error:
        raise NotConfiguredError(f"Cannot {doing}: {error}", advice=_SIGN_IN) from error
    except _UNANSWERED as error:
        raise _unanswered(doing, endpoint) from error
    except TryLater as error:
        if isinstance(error.__cause__, _UNANSWERED):
            raise _unanswered(doing, endpoint) from error
        raise UnreachableError(
            f"Cannot {doing} just now: {error}.", advice="Try again in a while."
        ) from error
    except RecordUnreadable as error:
        raise UnreachableError(
            f"Cannot {doing}: {error}.",
            advice="A newer Headrace may have written it; update this client.",
        ) from error
    except aws.ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code not in _BY_CODE:
            raise UnreachableError(
                f"Cannot {doing}: {error}.", advice="See what AWS says about that code."
            ) from error
        kind, start, advice = _BY_CODE[code]
        raise kind(f"{start} {doing} ({code}).", advice=advice) from error


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
