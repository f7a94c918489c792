"""`Waker` by an asynchronous invoke of the reconcile function."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from headrace.errors import TryLater

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_lambda import LambdaClient

    from headrace.ports import Signals


class ReconcileWaker:
    """Wakes reconcile with one call.

    A call that fails is told to operators, and to the caller only if it names tasks:
    the rest of what it would have hurried is in the table, and the schedule wakes
    reconcile within the minute.
    """

    def __init__(
        self, client: LambdaClient, function_name: str, signals: Signals
    ) -> None:
        self._client = client
        self._function_name = function_name
        self._signals = signals

    def wake(self, *, stray_task_arns: Sequence[str] = ()) -> None:
        """See `Waker`."""
        payload = json.dumps({"strayTaskArns": list(stray_task_arns)})
        try:
            self._client.invoke(
                FunctionName=self._function_name,
                InvocationType="Event",
                Payload=payload.encode(),
            )
        except (BotoCoreError, ClientError) as error:
            self._signals.emit("reconcile.wake_failed", detail=str(error))
            if stray_task_arns:
                raise TryLater(f"wake reconcile: {error}") from error
