"""Reading one log stream of CloudWatch Logs, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from headrace_client.aws_problems import speaking_to_aws

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class StreamedLine:
    """One event of a stream: when it was printed, and the text."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class StreamPage:
    """Some lines of a stream.

    Attributes:
        cursor: Where the next page begins; it stays the same at the stream's end.
    """

    lines: Sequence[StreamedLine]
    cursor: str


class LogStreams(Protocol):
    """Where log streams are read."""

    def page(
        self,
        group: str,
        stream: str,
        *,
        region: str | None,
        cursor: str | None,
        since_at: datetime | None,
    ) -> StreamPage | None:
        """Return the next lines of a stream; None where there is no such stream.

        Raises:
            headrace_client.errors.ClientError: It could not be read.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudWatchStreams:
    """Log streams in CloudWatch Logs.

    Attributes:
        client_in: Makes a low-level client for a region; None is the usual one.
        endpoint: Where it connects, for error messages; None is AWS.
    """

    client_in: Callable[[str | None], Any]
    endpoint: str | None = None

    def page(
        self,
        group: str,
        stream: str,
        *,
        region: str | None,
        cursor: str | None,
        since_at: datetime | None,
    ) -> StreamPage | None:
        """See `LogStreams`.

        At the end of a stream GetLogEvents answers the token that it was asked with,
        and a page may be empty before that. One stream is read because a job has one
        for each task; FilterLogEvents would search the whole group. Source: Amazon
        CloudWatch Logs API Reference, GetLogEvents.
        """
        request: dict[str, Any] = {
            "logGroupName": group,
            "logStreamName": stream,
            "startFromHead": True,
        }
        if cursor is not None:
            request["nextToken"] = cursor
        if since_at is not None:
            request["startTime"] = round((since_at - _EPOCH).total_seconds() * 1000)
        doing = f"read the log stream {stream!r} of {group!r}"
        with speaking_to_aws(doing, endpoint=self.endpoint):
            try:
                answer = self.client_in(region).get_log_events(**request)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
                return None
        lines = [_line(event) for event in answer["events"]]
        return StreamPage(lines, answer["nextForwardToken"])


def _line(event: dict[str, Any]) -> StreamedLine:
    at = _EPOCH + timedelta(milliseconds=event["timestamp"])
    return StreamedLine(at, event["message"])
