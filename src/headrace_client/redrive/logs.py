"""What the functions logged of messages that they failed on: CloudWatch Logs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from headrace_client.aws_problems import speaking_to_aws
from headrace_client.redrive.ports import LastError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from headrace_client.redrive.letters import DeadLetter

PAGES_MAX = 50
"""Of log lines; a queue full of dead letters has more, and its oldest are enough."""

_OF_ALL = "dispatch.batch_deferred"
"""An event of a whole batch, that names no message of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudWatchStageLog:
    """A function's log in CloudWatch Logs; see `StageLog`.

    Attributes:
        logs: A low-level client.
        group: The function's log group.
        events: What its lines of failed messages are called.
        endpoint: Where the client connects, for error messages; None is AWS.
    """

    logs: Any  # its stubs are not among what a person's machine needs
    group: str
    events: tuple[str, ...]
    endpoint: str | None = None

    def last_errors(
        self, letters: Iterable[DeadLetter], keys: Mapping[str, str]
    ) -> Mapping[str, LastError]:
        """See `StageLog`.

        A line of a whole batch counts for a message that has none of its own.
        """
        letters = list(letters)
        if not letters:
            return {}
        since_at = min(letter.sent_at for letter in letters)
        own: dict[str, LastError] = {}
        of_all: LastError | None = None
        for line, at in self._lines(since_at):
            error = _error_in(line, at)
            if line.get("event") == _OF_ALL:
                of_all = error
            for name in ("message_id", "task_arn"):
                if name in line:
                    own[str(line[name])] = error
        found = {
            letter.message_id: own.get(letter.message_id)
            or own.get(keys.get(letter.message_id, ""))
            or (of_all if of_all and _is_after(of_all, letter) else None)
            for letter in letters
        }
        return {message_id: error for message_id, error in found.items() if error}

    def _lines(self, since_at: datetime) -> Iterator[tuple[dict[str, Any], datetime]]:
        """Yield the lines of failed messages, oldest first."""
        wanted = [f'($.event = "{event}")' for event in self.events]
        request: dict[str, Any] = {
            "logGroupName": self.group,
            "startTime": int(since_at.timestamp() * 1000),
            # CloudWatch Logs User Guide, "Filter pattern syntax", of JSON log lines.
            "filterPattern": f"{{ {' || '.join(wanted)} }}",
        }
        for _ in range(PAGES_MAX):
            page = self._page(request)
            for event in page["events"]:
                line = _line(event["message"])
                if line.get("event") in self.events:
                    yield line, datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
            if "nextToken" not in page:
                return
            request["nextToken"] = page["nextToken"]

    def _page(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        with speaking_to_aws(f"read the log {self.group}", endpoint=self.endpoint):
            try:
                page: dict[str, Any] = self.logs.filter_log_events(**request)
            except ClientError as error:
                # A group that nobody has written to yet has no lines.
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
                return {"events": ()}
        return page


def _line(message: str) -> dict[str, Any]:
    try:
        line = json.loads(message)
    except ValueError:
        return {}
    return line if isinstance(line, dict) else {}


def _error_in(line: Mapping[str, Any], at: datetime) -> LastError:
    is_of_all = line.get("event") == _OF_ALL
    kind = "a whole batch failed" if is_of_all else "unreadable"
    return LastError(
        error=str(line.get("error") or kind), detail=str(line.get("detail", "")), at=at
    )


def _is_after(error: LastError, letter: DeadLetter) -> bool:
    return error.at is not None and error.at >= letter.sent_at
