"""Those who are told of jobs: the event bus and Step Functions, in memory."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from itertools import count
from typing import TYPE_CHECKING, Any

from headrace_local.simulation.faults import Fault
from headrace_local.simulation.sdk_errors import an_error

if TYPE_CHECKING:
    from headrace_local.simulation.faults import Plan

ENTRIES_MAX = 10
CALL_BYTES_MAX = 262_144
ENTRY_BYTES = 14
OUTPUT_BYTES_MAX = 262_144
ERROR_CHARACTERS_MAX = 256
CAUSE_CHARACTERS_MAX = 32_768


class EventBus:
    """EventBridge, of which announce uses one call.

    Attributes:
        details: Of every event that it took, in order.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._numbers = count(1)
        self.details: list[dict[str, Any]] = []

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        """Take events in, each for itself."""
        size = sum(map(_size, Entries))
        if not 0 < len(Entries) <= ENTRIES_MAX or size > CALL_BYTES_MAX:
            raise an_error("ValidationException", HTTPStatus.BAD_REQUEST)
        answers = [self._taken(each) for each in Entries]
        failed = sum("ErrorCode" in each for each in answers)
        return {"FailedEntryCount": failed, "Entries": answers}

    def _taken(self, entry: dict[str, Any]) -> dict[str, Any]:
        number = next(self._numbers)
        if self._plan.strikes(Fault.ENTRY_REFUSED, f"entry/{number}"):
            return {"ErrorCode": "InternalFailure", "ErrorMessage": "simulated"}
        self.details.append(json.loads(entry["Detail"]))
        return {"EventId": f"event-{number}"}


@dataclass(frozen=True, slots=True)
class TakenAnswer:
    """An answer that a task took."""

    token: str
    is_success: bool
    said: str


class Workflows:
    """Step Functions: each token waits until it is answered, once.

    Attributes:
        answers: Those that were taken, in order.
        refused: How many came for a token that was answered already.
    """

    def __init__(self) -> None:
        self.answers: list[TakenAnswer] = []
        self.refused = 0

    def send_task_success(self, *, taskToken: str, output: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        """Let a task go on."""
        _check(len(output.encode()) <= OUTPUT_BYTES_MAX)
        return self._taken(TakenAnswer(taskToken, is_success=True, said=output))

    def send_task_failure(
        self,
        *,
        taskToken: str,  # noqa: N803 - boto3's name
        error: str,
        cause: str,
    ) -> dict[str, Any]:
        """Let a task fail."""
        _check(
            len(error) <= ERROR_CHARACTERS_MAX and len(cause) <= CAUSE_CHARACTERS_MAX
        )
        return self._taken(TakenAnswer(taskToken, is_success=False, said=error))

    def _taken(self, answer: TakenAnswer) -> dict[str, Any]:
        if any(each.token == answer.token for each in self.answers):
            self.refused += 1
            raise an_error("TaskTimedOut", HTTPStatus.BAD_REQUEST)
        self.answers.append(answer)
        return {}


def _size(entry: dict[str, Any]) -> int:
    texts = (entry["Source"], entry["DetailType"], entry["Detail"])
    return ENTRY_BYTES + sum(len(each.encode()) for each in texts)


def _check(is_valid: bool) -> None:  # noqa: FBT001 - an assertion
    if not is_valid:
        raise an_error("ValidationException", HTTPStatus.BAD_REQUEST)
