"""Announce's dead letters, and the operator who lets announce take them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace_local.simulation import deployment

if TYPE_CHECKING:
    from headrace_local.memory_sdk import MemorySqs
    from headrace_local.simulation.functions import FunctionHost

QUEUE = {"QueueUrl": deployment.LETTERS_URL}
LETTERS_MAX = 10


class LetterBox:
    """The queue of what could not be announced."""

    def __init__(self, sqs: MemorySqs, host: FunctionHost) -> None:
        self._sqs = sqs
        self._host = host

    def bodies(self) -> list[str]:
        """Return the letters."""
        kept = self._sqs.messages(deployment.LETTERS_URL)
        return [each.body for each in kept]

    def redrive(self) -> None:
        """Let announce take its letters again; what fails becomes new ones."""
        answer = self._sqs.receive_message(**QUEUE, MaxNumberOfMessages=LETTERS_MAX)
        messages = answer.get("Messages", [])

        def ended(answer: dict[str, Any] | None) -> None:
            if answer is None or answer["failed"]:
                return
            for each in messages:
                handle = each["ReceiptHandle"]
                self._sqs.delete_message(**QUEUE, ReceiptHandle=handle)
            self.redrive()

        if messages:
            event = {"letters": [each["Body"] for each in messages]}
            self._host.invoke("announce", event, on_end=ended)
