"""What an SDK raises, and what it does about it itself."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from botocore.exceptions import ClientError

from headrace_local.simulation.faults import Fault

SLOW_DOWN = "SlowDown"
"""How S3 throttles, with status 503: Amazon S3 API Reference, "Error responses"."""

HIDDEN_THROTTLE = "Rate exceeded (Service: AmazonEC2; ErrorCode: Throttling)"


def is_retried(error: Exception) -> bool:
    """Whether the SDK's standard retry mode sends the request again."""
    if not isinstance(error, ClientError):
        return True
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    code = error.response["Error"]["Code"]
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or "Throttl" in code


def count_retries(error: Exception, retries: int) -> None:
    """Let an error answer say how often its request was repeated."""
    if isinstance(error, ClientError):
        error.response["ResponseMetadata"]["RetryAttempts"] = retries


def answered(fault: Fault, throttle_code: str) -> ClientError:
    """Return the error that AWS answers with."""
    match fault:
        case Fault.THROTTLED if throttle_code == SLOW_DOWN:
            return an_error(throttle_code, HTTPStatus.SERVICE_UNAVAILABLE)
        case Fault.THROTTLED:
            return an_error(throttle_code, HTTPStatus.BAD_REQUEST)
        case Fault.CONFLICT:
            return an_error("TransactionConflictException", HTTPStatus.BAD_REQUEST)
        case Fault.DENIED:
            return an_error("AccessDeniedException", HTTPStatus.BAD_REQUEST)
        case Fault.HIDDEN_THROTTLE:
            code = "InvalidParameterException"
            return an_error(code, HTTPStatus.BAD_REQUEST, HIDDEN_THROTTLE)
        case _:
            return an_error("InternalServerError", HTTPStatus.INTERNAL_SERVER_ERROR)


def an_error(code: str, status: int, message: str = "simulated") -> ClientError:
    """Return an error answer as botocore raises it."""
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": int(status), "RetryAttempts": 0},
    }
    return ClientError(response, "simulated")
