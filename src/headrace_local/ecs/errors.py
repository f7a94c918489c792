"""What a call to the local ECS can raise, in the words of the ECS API."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# The error codes that botocore's ECS model lists for RunTask (and, with
# ServiceNotFoundException and the throttle, for the other three task operations), with
# the sentence that an injected error carries unless another is given.
MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        "AccessDeniedException": "You don't have authorization to perform the "
        "requested action.",
        "BlockedException": "Your account is currently blocked.",
        "ClientException": "The request could not be completed.",
        "ClusterNotFoundException": "Cluster not found.",
        "ConflictException": "The clientToken was used with other parameters.",
        "InvalidParameterException": "The specified parameter isn't valid.",
        "PlatformTaskDefinitionIncompatibilityException": "The specified platform "
        "version doesn't satisfy the required capabilities of the task definition.",
        "PlatformUnknownException": "The specified platform version doesn't exist.",
        "ServerException": "Service Unavailable. Please try again later.",
        "ServiceNotFoundException": "Service not found.",
        "ThrottlingException": "Rate exceeded",
        "UnsupportedFeatureException": "The specified task isn't supported in this "
        "Region.",
    }
)

SERVER_ERRORS = frozenset({"ServerException"})

HIDDEN_THROTTLE = (
    "Error retrieving subnet information for [subnet-0]: Rate exceeded "
    "(ErrorCode: Throttling)"
)


class EcsError(Exception):
    """An error answer of the ECS API.

    Attributes:
        code: The error's name in the ECS model, for example ``ClientException``.
        message: The sentence that comes with it.
        status: The HTTP status: 400, or 500 for a server error.
        members: Further members of the error's shape (``resourceIds``).
    """

    def __init__(
        self,
        code: str,
        message: str | None = None,
        status: int | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        self.code = code
        self.message = MESSAGES.get(code, code) if message is None else message
        default_status = 500 if code in SERVER_ERRORS else 400
        self.status = default_status if status is None else status
        self.members: Mapping[str, Any] = dict(members or {})
        super().__init__(f"{self.code}: {self.message}")


class AnswerLostError(Exception):
    """The call's answer is lost: what the call did, or will do, is unknown.

    Raised only by an injected fault. The HTTP server hangs up without a byte; a caller
    in the same process must treat it as a broken connection.
    """


def invalid(message: str) -> EcsError:
    """Return an ``InvalidParameterException`` with this sentence."""
    return EcsError("InvalidParameterException", message)


def client_error(message: str) -> EcsError:
    """Return a ``ClientException`` with this sentence."""
    return EcsError("ClientException", message)
