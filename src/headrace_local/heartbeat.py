"""Wakes the reconcile function every second, as the schedule does every minute on AWS.

The laptop profile's windows are a sixtieth of AWS's, and so is this.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from headrace_local.happenings import Happening, Kind

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

    from headrace_local.happenings import Listener

PERIOD_SECONDS = 1.0
EVENT = {"source": "headrace.local", "detail-type": "Heartbeat"}


class Heartbeat:
    """One wake a call. Waits for the function's end, so that wakes never pile up."""

    def __init__(
        self, lambda_: LambdaClient, function: str, listener: Listener
    ) -> None:
        self._lambda = lambda_
        self._function = function
        self._listener = listener
        self._last_error = ""

    def beat(self) -> None:
        """Invoke reconcile once, and pass on a failure that is not the last one's."""
        try:
            answer = self._lambda.invoke(
                FunctionName=self._function, Payload=json.dumps(EVENT).encode()
            )
        except ClientError as error:
            # Another wake holds the only execution slot: the work is being done.
            if error.response["Error"]["Code"] != "TooManyRequestsException":
                raise
            return
        error_message = ""
        if answer.get("FunctionError"):
            payload = json.loads(answer["Payload"].read() or "{}")
            error_message = str(payload.get("errorMessage", "failed"))
        if error_message not in {"", self._last_error}:
            self._listener(
                Happening(kind=Kind.TROUBLE, subject="reconcile", text=error_message)
            )
        self._last_error = error_message
