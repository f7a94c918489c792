"""`DeadLetters` on SQS."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from headrace.errors import TryLater


class LetterQueue:
    """Keeps letters in one queue.

    Args:
        client: A low-level client of SQS.
        url: The queue's.
    """

    def __init__(self, client: Any, url: str) -> None:  # noqa: ANN401 - botocore's
        self._client = client
        self._url = url

    def keep(self, body: str) -> None:
        """See `DeadLetters`."""
        try:
            self._client.send_message(QueueUrl=self._url, MessageBody=body)
        except (BotoCoreError, ClientError) as error:
            raise TryLater(f"keep a dead letter: {error}") from error
