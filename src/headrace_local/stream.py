"""What happens in the pipeline, read from the job table's stream and the logs."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from headrace_local.happenings import Happening, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mypy_boto3_logs import CloudWatchLogsClient

    from headrace_local.happenings import Listener

STREAM_PERIOD_SECONDS = 0.5
LOG_PERIOD_SECONDS = 2.0
PAGE_RECORDS = 1000
TROUBLE_LEVELS = frozenset({"WARNING", "ERROR", "CRITICAL"})
# Runtime errors that end an invocation: not JSON, as the runtime writes them itself.
TROUBLE_PREFIXES = ("[ERROR]", "Task timed out", "RuntimeError")
TEXT_CHARACTERS_MAX = 300


class ChangeReader:
    """Reads job changes from the table's stream, from now on."""

    def __init__(
        self,
        streams: Any,  # noqa: ANN401 - its stubs are not among our dependencies
        table: str,
        listener: Listener,
    ) -> None:
        self._streams = streams
        self._table = table
        self._listener = listener
        self._iterator: str | None = None

    def open(self) -> None:
        """Begin at the stream's end."""
        arn = self._streams.list_streams(TableName=self._table)["Streams"][0][
            "StreamArn"
        ]
        stream = self._streams.describe_stream(StreamArn=arn)["StreamDescription"]
        self._iterator = self._streams.get_shard_iterator(
            StreamArn=arn,
            ShardId=stream["Shards"][-1]["ShardId"],
            ShardIteratorType="LATEST",
        )["ShardIterator"]

    def read(self) -> None:
        """Pass on what changed since the last call."""
        if self._iterator is None:
            self.open()
        try:
            while self._iterator is not None:
                page = self._streams.get_records(
                    ShardIterator=self._iterator, Limit=PAGE_RECORDS
                )
                self._iterator = page.get("NextShardIterator")
                for record in page["Records"]:
                    images = record["dynamodb"]
                    happening = change_in(
                        images.get("OldImage", {}), images.get("NewImage", {})
                    )
                    if happening is not None:
                        self._listener(happening)
                if len(page["Records"]) < PAGE_RECORDS:
                    return
        except ClientError:
            self._iterator = None  # too old, or of a table made anew
            raise


def change_in(old: Mapping[str, Any], new: Mapping[str, Any]) -> Happening | None:
    """Return what a table change means to a person, or None where it means nothing.

    Args:
        old: the item before, in DynamoDB's JSON; empty for a new one.
        new: the item after; empty for a deleted one.
    """
    kind, _, record_id = _text(new, "pk").partition("#")
    name = _text(new, "jobName")
    if kind == "REJECTION" and not old:
        reason = f"REJECTED {_text(new, 'reasonCode')}: {_text(new, 'message')}"
        return Happening(kind=Kind.JOB, subject=record_id, name=name, text=reason)
    if kind != "JOB" or _state(old) == _state(new):
        return None
    return Happening(kind=Kind.JOB, subject=record_id, name=name, text=_state(new))


def _state(item: Mapping[str, Any]) -> str:
    """Return a job's status with its cause, and its attempt where it is not the first.

    Two states that read the same are the same to a person.
    """
    outcome = item.get("outcome", {}).get("M", {})
    reason = _text(item, "reasonCode") or _text(outcome, "reasonCode")
    exit_code = _text(item, "exitCode") or _text(outcome, "exitCode")
    parts = [_text(item, "status"), _text(item, "waitReason")]
    parts.append("" if reason == "OK" else reason)
    if exit_code not in {"", "0"}:
        parts.append(f"exit code {exit_code}")
    attempt = _text(item, "attempt")
    if attempt not in {"", "0", "1"}:
        parts.append(f"(attempt {attempt})")
    return " ".join(part for part in parts if part)


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name, {})
    return str(value.get("S") or value.get("N") or "")


class TroubleReader:
    """Reads warnings and errors from the functions' logs, from now on."""

    def __init__(
        self,
        logs: CloudWatchLogsClient,
        groups: Mapping[str, str],
        listener: Listener,
    ) -> None:
        self._logs = logs
        self._groups = groups
        self._listener = listener
        now = int(time.time() * 1000)
        self._since = dict.fromkeys(groups, now)

    def read(self) -> None:
        """Pass on what was logged since the last call."""
        for function, group in self._groups.items():
            messages = [event["message"] for event in self._events(function, group)]
            for text in troubles_in(messages):
                self._listener(
                    Happening(kind=Kind.TROUBLE, subject=function, text=text)
                )

    def _events(self, function: str, group: str) -> Iterator[Any]:
        """Yield a group's new events; a group nobody wrote to yet has none."""
        request = {"logGroupName": group, "startTime": self._since[function]}
        while True:
            try:
                page = self._logs.filter_log_events(**request)  # type: ignore[arg-type] # its own two arguments
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
                return
            for event in page["events"]:
                self._since[function] = max(
                    self._since[function], event["timestamp"] + 1
                )
                yield event
            token = page.get("nextToken")
            if not token:
                return
            request["nextToken"] = token


def troubles_in(messages: Iterable[str]) -> Iterator[str]:
    """Yield what log lines complain of; a traceback is told by its last line."""
    in_traceback = False
    for message in messages:
        if message.startswith("Traceback "):
            in_traceback = True
        elif in_traceback and not message.startswith(" ") and message.strip():
            in_traceback = False
            yield message[:TEXT_CHARACTERS_MAX]
        elif message.startswith("{"):
            yield from _trouble_in_json(message)
        elif message.startswith(TROUBLE_PREFIXES):
            yield message[:TEXT_CHARACTERS_MAX]


def _trouble_in_json(message: str) -> Iterator[str]:
    try:
        line = json.loads(message)
    except ValueError:
        return
    if line.get("level") not in TROUBLE_LEVELS:
        return
    # `exception` is a whole traceback; its last line says what it was.
    cause = str(line.get("exception") or line.get("error") or "").strip()
    parts = (
        line["level"],
        line.get("event") or line.get("message", ""),
        *cause.splitlines()[-1:],
    )
    yield " ".join(map(str, parts))[:TEXT_CHARACTERS_MAX]
