"""Tells the world of every change of a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace_local.ecs.envelope import task_state_change

if TYPE_CHECKING:
    from collections.abc import Callable

    from headrace_local.ecs.clock import Clock
    from headrace_local.ecs.tasks import TaskRecord

type EventListener = Callable[[dict[str, Any]], None]
type TaskObserver = Callable[[TaskRecord], None]


class Announcer:
    """Keeps listeners for events and observers of tasks.

    Args:
        clock: Dates the events.
        new_id: Makes 32 hexadecimal digits.
    """

    def __init__(self, clock: Clock, new_id: Callable[[], str]) -> None:
        self._clock = clock
        self._new_id = new_id
        self.listeners: list[EventListener] = []
        self.observers: list[TaskObserver] = []

    def announce(self, task: TaskRecord) -> None:
        """Show a task's present state to everybody."""
        for observer in self.observers:
            observer(task)
        if not self.listeners:
            return
        event = task_state_change(
            task, happened_at=self._clock.now(), new_id=self._new_id
        )
        for listener in self.listeners:
            listener(event)
