"""I2: a launch makes at most one task, and all sends of it are the same bytes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from headrace_local.simulation.checks.check import Check

if TYPE_CHECKING:
    from headrace_local.ecs.tasks import TaskRecord
    from headrace_local.simulation.checks.check import Sent
    from headrace_local.simulation.world import World


class OneTaskPerLaunch(Check):
    """Asked at every RunTask and whenever a task changes."""

    name = "I2"
    promise = "a launch makes at most one task; all sends of a token are the same bytes"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._bytes: dict[str, str] = {}
        self._tasks: dict[str, str] = {}

    def on_sent(self, sent: Sent) -> None:
        """See `Check`."""
        if sent.operation != "run_task":
            return
        token = sent.request["clientToken"]
        text = json.dumps(sent.request, sort_keys=True)
        if self._bytes.setdefault(token, text) != text:
            self.fail(f"two requests with the token {token}", about=token[:26])

    def on_task(self, task: TaskRecord) -> None:
        """See `Check`."""
        token = task.started_by or ""
        if self._tasks.setdefault(token, task.arn) != task.arn:
            self.fail(f"two tasks of the launch {token}", about=token[:26])
