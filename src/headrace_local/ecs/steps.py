"""The small steps that every move of a task is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from headrace_local.ecs.clock import Timer, Timers
    from headrace_local.ecs.runners.port import ContainerRunner
    from headrace_local.ecs.settings import EngineSettings
    from headrace_local.ecs.tasks import TaskRecord


class Steps:
    """What starting and stopping share. The engine's lock is held in every method.

    Args:
        timers: Where later steps wait.
        runner: Runs the containers.
        settings: How fast tasks move, and how long stops may take.
        lock: The engine's; later steps take it.
        announce: Told of a task after each change that raises its version.
    """

    def __init__(
        self,
        timers: Timers,
        runner: ContainerRunner,
        settings: EngineSettings,
        lock: threading.RLock,
        announce: Callable[[TaskRecord], None],
    ) -> None:
        self.timers = timers
        self.runner = runner
        self.settings = settings
        self.lock = lock
        self.announce = announce

    def enter(self, task: TaskRecord, status: str) -> None:
        """Move a task to a status and announce it."""
        task.last_status = status
        self.change(task)

    def change(self, task: TaskRecord) -> None:
        """Raise a task's version and announce it as it stands."""
        task.version += 1
        self.announce(task)

    def mark(self, task: TaskRecord, key: str) -> None:
        """Note the present moment under the API's name for it."""
        task.times[key] = self.timers.clock.now()

    def later(self, seconds: float, step: Callable[[], None]) -> Timer:
        """Do something so many seconds from now, holding the lock."""

        def locked() -> None:
            with self.lock:
                step()

        return self.timers.after(seconds, locked)

    def then(self, seconds: float, step: Callable[[], None]) -> None:
        """Do something after so many seconds, or at once."""
        if seconds > 0:
            self.later(seconds, step)
        else:
            step()
