"""`Workflows` on Step Functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from headrace.aws.table_errors import error_code
from headrace.errors import TryLater
from headrace.ports import Answered

if TYPE_CHECKING:
    from headrace.announcements.answers import TokenAnswer

CLOSED = frozenset({"InvalidToken", "TaskDoesNotExist", "TaskTimedOut"})
"""Codes of a token that nobody can answer any more, an answered one included.

Source: AWS Step Functions API Reference, SendTaskSuccess and SendTaskFailure, "Errors".
"""


class StepFunctions:
    """Answers task tokens.

    Args:
        client: A low-level client of Step Functions.
    """

    def __init__(self, client: Any) -> None:  # noqa: ANN401 - botocore's
        self._client = client

    def answer(self, answer: TokenAnswer) -> Answered:
        """See `Workflows`."""
        try:
            self._send(answer)
        except ClientError as error:
            if error_code(error) not in CLOSED:
                raise TryLater(str(error)) from error
            return Answered.CLOSED
        except BotoCoreError as error:
            raise TryLater(str(error)) from error
        return Answered.TAKEN

    def _send(self, answer: TokenAnswer) -> None:
        if answer.output is not None:
            self._client.send_task_success(taskToken=answer.token, output=answer.output)
            return
        self._client.send_task_failure(
            taskToken=answer.token, error=answer.error, cause=answer.cause
        )
