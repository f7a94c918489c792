"""Sends container output to CloudWatch Logs (`awslogs`) on the upstream.

What cannot be sent is dropped with a warning: logs never hold a task up.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from headrace_local.ecs.runners.port import (
        ContainerReports,
        ContainerRunner,
        ContainerSpec,
        StopSignal,
    )

logger = logging.getLogger(__name__)

SHIP_SECONDS = 0.5
EVENTS_MAX = 1000
EVENT_BYTES_MAX = 200_000
READ_BYTES_MAX = 500_000  # well under PutLogEvents' 1 MiB with 26 bytes a line added


class LogSource(Protocol):
    """Where a runner keeps a container's output."""

    def log_path(self, key: str) -> Path:
        """Return the file of a container's stdout and stderr."""
        ...


@dataclass(slots=True)
class _Stream:
    group: str
    name: str
    path: Path
    creates_group: bool
    is_made: bool = False
    has_ended: bool = False
    offset: int = 0


class ShippedLogs:
    """A runner around a runner: the same containers, and their logs sent.

    Args:
        runner: Runs the containers.
        source: Where their output is.
        make_client: Makes a boto3 CloudWatch Logs client.
    """

    def __init__(
        self,
        runner: ContainerRunner,
        source: LogSource,
        make_client: Callable[[], Any],
    ) -> None:
        self._runner = runner
        self._source = source
        self._make_client = make_client
        self._streams: dict[str, _Stream] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._reports: ContainerReports | None = None

    def bind(self, reports: ContainerReports) -> None:
        """Take the place where reports go."""
        self._reports = reports
        self._runner.bind(self)

    def start(self, spec: ContainerSpec) -> None:
        """Begin to run a container and to send its output."""
        if spec.log_group is not None and spec.log_stream is not None:
            stream = _Stream(
                group=spec.log_group,
                name=spec.log_stream,
                path=self._source.log_path(spec.key),
                creates_group=spec.log_options.get("awslogs-create-group") == "true",
            )
            with self._lock:
                self._streams[spec.key] = stream
                if self._thread is None:
                    self._thread = threading.Thread(
                        target=self._run, name="ecs-logs", daemon=True
                    )
                    self._thread.start()
        self._runner.start(spec)

    def stop(self, key: str, signal: StopSignal) -> None:
        """Pass a signal on."""
        self._runner.stop(key, signal)

    def close(self) -> None:
        """End every container, send what is left, and stop sending."""
        self._runner.close()
        self._ended.set()
        if self._thread is not None:
            self._thread.join(5)

    def container_started(
        self, key: str, *, runtime_id: str, image_digest: str | None = None
    ) -> None:
        """Pass the report on."""
        if self._reports is not None:
            self._reports.container_started(
                key, runtime_id=runtime_id, image_digest=image_digest
            )

    def container_failed_to_start(self, key: str, *, reason: str) -> None:
        """Pass the report on."""
        self._mark_ended(key)
        if self._reports is not None:
            self._reports.container_failed_to_start(key, reason=reason)

    def container_exited(
        self, key: str, *, exit_code: int | None, reason: str | None = None
    ) -> None:
        """Pass the report on; what is left of the output is sent once more."""
        self._mark_ended(key)
        if self._reports is not None:
            self._reports.container_exited(key, exit_code=exit_code, reason=reason)

    def container_health_changed(self, key: str, *, healthy: bool) -> None:
        """Pass the report on."""
        if self._reports is not None:
            self._reports.container_health_changed(key, healthy=healthy)

    def _mark_ended(self, key: str) -> None:
        with self._lock:
            if key in self._streams:
                self._streams[key].has_ended = True

    def _run(self) -> None:
        client = self._make_client()
        is_open = True
        while is_open:
            is_open = not self._ended.wait(SHIP_SECONDS)
            with self._lock:
                streams = list(self._streams.items())
            for key, stream in streams:
                has_ended = stream.has_ended
                try:
                    self._ship(client, stream)
                except (BotoCoreError, ClientError) as error:
                    logger.warning("logs of %s dropped: %s", stream.name, error)
                    has_ended = True
                if has_ended:
                    with self._lock:
                        self._streams.pop(key, None)

    def _ship(self, client: Any, stream: _Stream) -> None:  # noqa: ANN401 - boto3 clients have no static type here
        while lines := self._read(stream):
            if not stream.is_made:
                _make_stream(client, stream)
            now = round(time.time() * 1000)
            events = [{"timestamp": now, "message": each} for each in lines]
            for begin in range(0, len(events), EVENTS_MAX):
                client.put_log_events(
                    logGroupName=stream.group,
                    logStreamName=stream.name,
                    logEvents=events[begin : begin + EVENTS_MAX],
                )

    def _read(self, stream: _Stream) -> list[str]:
        """Return the next whole lines; the last unfinished one once it has ended."""
        if not stream.path.exists():
            return []
        with stream.path.open("rb") as file:
            file.seek(stream.offset)
            data = file.read(READ_BYTES_MAX)
        if not stream.has_ended and len(data) < READ_BYTES_MAX:
            data = data[: data.rfind(b"\n") + 1]
        stream.offset += len(data)
        lines = data.decode("utf-8", "replace").splitlines()
        return [each[:EVENT_BYTES_MAX] for each in lines if each]


def _make_stream(client: Any, stream: _Stream) -> None:  # noqa: ANN401 - boto3 clients have no static type here
    exists = client.exceptions.ResourceAlreadyExistsException
    if stream.creates_group:
        with contextlib.suppress(exists):
            client.create_log_group(logGroupName=stream.group)
    with contextlib.suppress(exists):
        client.create_log_stream(logGroupName=stream.group, logStreamName=stream.name)
    stream.is_made = True
