"""Refusals as AWS answers them, raised as botocore raises them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, NoReturn

from botocore.exceptions import ClientError, ParamValidationError


class Refused(Exception):
    """A call that the service refuses; the client makes it an SDK error.

    Args:
        code: AWS's error code.
        message: The sentence that comes with it.
        status: The HTTP status.
        fields: Further members of the error, as the service's model names them.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = HTTPStatus.BAD_REQUEST,
        **fields: Any,  # noqa: ANN401 - the model's shapes
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self._status = int(status)
        self.fields = fields

    def told(self, operation: str) -> ClientError:
        """Return the error that a boto3 client raises for this refusal."""
        response: Any = {
            "Error": {"Code": self.code, "Message": self.message},
            "ResponseMetadata": {"HTTPStatusCode": self._status, "RetryAttempts": 0},
            **self.fields,
        }
        return ClientError(response, operation)


def invalid(message: str) -> Refused:
    """Return DynamoDB's refusal of a request that can never be right."""
    return Refused("ValidationException", message)


def malformed(report: str) -> NoReturn:
    """Refuse what botocore refuses before it sends anything.

    Raises:
        ParamValidationError: Always.
    """
    raise ParamValidationError(report=report)


def check_parameters(
    request: dict[str, Any], required: frozenset[str], optional: frozenset[str]
) -> None:
    """Refuse a call whose parameters are not those of the operation.

    Raises:
        ParamValidationError: A required one is missing.
        NotImplementedError: One is not kept in memory, or is none of AWS's.
    """
    given = request.keys()
    if not required <= given:
        missing = ", ".join(sorted(required - given))
        malformed(f'Missing required parameter in input: "{missing}"')
    if not given <= (required | optional):
        unknown = ", ".join(sorted(given - required - optional))
        raise NotImplementedError(f"{unknown}: not known to the client in memory")


def answer(**members: Any) -> dict[str, Any]:  # noqa: ANN401 - the model's shapes
    """Return the answer of a call that succeeded."""
    members["ResponseMetadata"] = {"HTTPStatusCode": 200, "RetryAttempts": 0}
    return members
