"""What runs beside the servers: heartbeat, guard, readers of what happens, reload."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from headrace_local.background import Background
from headrace_local.happenings import Happening, Kind
from headrace_local.heartbeat import PERIOD_SECONDS, Heartbeat
from headrace_local.stream import (
    LOG_PERIOD_SECONDS,
    STREAM_PERIOD_SECONDS,
    ChangeReader,
    TroubleReader,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from headrace_local.access import AwsAccess
    from headrace_local.deploy import Deployment
    from headrace_local.happenings import Listener
    from headrace_local.reload import Reloader
    from headrace_local.servers import Servers

RECONCILE = "ReconcileFunction"
STOP_SECONDS = 3.0
GUARD_SECONDS = 0.2


class Attendants:
    """Threads that attend a running pipeline, until `ask_to_stop`."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._running: list[Background | Reloader] = []

    def beat(self, access: AwsAccess, deployment: Deployment) -> None:
        """Wake reconcile every second from now on."""
        function = deployment.functions.get(RECONCILE)
        if function is not None:
            heartbeat = Heartbeat(access.client("lambda"), function, self._listener)
            self._repeat("heartbeat", heartbeat.beat, seconds=PERIOD_SECONDS)

    def guard(self, servers: Servers) -> None:
        """Start the local ECS again whenever it ends on its own, from now on."""

        def look() -> None:
            code = servers.revive_tasks()
            if code is not None:
                text = f"ended with exit code {code} and is started again, state kept"
                self._tell("local ECS", text)

        self._repeat("guard", look, seconds=GUARD_SECONDS)

    def watch(self, access: AwsAccess, deployment: Deployment) -> None:
        """Tell the listener of jobs and troubles from now on."""
        table = deployment.outputs["JobTableName"]
        changes = ChangeReader(access.client("dynamodbstreams"), table, self._listener)
        changes.open()  # now: what follows the start must not be missed
        self._repeat("changes", changes.read, seconds=STREAM_PERIOD_SECONDS)
        troubles = TroubleReader(
            access.client("logs"), deployment.function_logs, self._listener
        )
        self._repeat("troubles", troubles.read, seconds=LOG_PERIOD_SECONDS)

    def reload(self, reloader: Reloader) -> None:
        """Make edits live from now on."""
        reloader.start()
        self._running.append(reloader)

    def ask_to_stop(self) -> None:
        """Begin nothing new; errors that stopping servers cause are no longer told."""
        for each in self._running:
            each.ask_to_stop()

    def wait(self) -> None:
        """Wait until all ended, but not for ever."""
        deadline = time.monotonic() + STOP_SECONDS
        for each in self._running:
            each.wait(max(0.0, deadline - time.monotonic()))
        self._running = []

    def _repeat(self, name: str, step: Callable[[], None], *, seconds: float) -> None:
        def report(error: Exception) -> None:
            with contextlib.suppress(Exception):
                self._tell(name, str(error))

        loop = Background(name, step, seconds=seconds, report=report)
        self._running.append(loop)
        loop.start()

    def _tell(self, subject: str, text: str) -> None:
        self._listener(Happening(kind=Kind.TROUBLE, subject=subject, text=text))
